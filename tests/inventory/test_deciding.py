"""A field that is called red is masked for readers at once; green shows nothing."""

import pytest

import classifier
from classifier import Colour, PayloadKind
from privacy_service.decisions.engine import decide
from privacy_service.decisions.models import Policy
from privacy_service.decisions.types import AccessRequest
from privacy_service.enforcement.enforce import Payload, enforce
from privacy_service.inventory.deciding import decide_fields
from privacy_service.inventory.enforcing import PREFIX, hides_by_name, operators_of
from privacy_service.inventory.models import Field
from tests.factories import make_policy
from tests.inventory.conftest import CANARY, see
from workspaces.models import User, Workspace

NOTE = b'{"properties":{"loyaltyNotes":"oat milk"},"plan":"gold"}'


@pytest.fixture
def notes(released_workspace: Workspace) -> Field:
    """Return a field that the classifier finds nothing in."""
    return see(released_workspace, {"loyaltyNotes": "oat milk"})["/loyaltyNotes"]


def seen_by(reader: User, workspace: Workspace) -> bytes:
    return enforce(decide(AccessRequest(reader, workspace)), Payload(PayloadKind.JSON, NOTE)).body


def call(field: Field, colour: Colour, by: User) -> int | None:
    return decide_fields(field.workspace, [field], {"colour": colour}, by=by)


@pytest.mark.parametrize("colour", [Colour.RED, Colour.YELLOW])
def test_a_field_called_red_or_yellow_is_masked_at_once(notes: Field, alice: User, bob: User, colour: Colour) -> None:
    before = seen_by(bob, notes.workspace)

    version = call(notes, colour, alice)

    after = seen_by(bob, notes.workspace)
    assert version == 1
    assert (b"oat milk" in before, b"oat milk" in after, b'"plan":"gold"' in after) == (True, False, True)
    assert Policy.objects.get(workspace=notes.workspace, version=version).created_by == alice


def test_whoever_sees_everything_still_does(notes: Field, alice: User, carol: User) -> None:
    call(notes, Colour.RED, alice)

    assert seen_by(carol, notes.workspace) == NOTE


def test_what_is_masked_by_its_name_already_needs_no_matcher(released_workspace: Workspace, alice: User) -> None:
    email = see(released_workspace, {"email": CANARY})["/email"]

    assert call(email, Colour.RED, alice) is None
    assert not Policy.objects.exists()


def test_green_shows_nothing_that_was_masked(notes: Field, alice: User, bob: User) -> None:
    call(notes, Colour.RED, alice)

    version = call(notes, Colour.GREEN, alice)

    assert version is None
    assert b"oat milk" not in seen_by(bob, notes.workspace)


def test_red_takes_the_place_of_yellow_and_never_the_other_way(notes: Field, alice: User) -> None:
    for colour in (Colour.YELLOW, Colour.RED, Colour.YELLOW):
        call(notes, colour, alice)

    matchers = operators_of(notes.workspace).own.matchers
    assert [(one.name, one.colour) for one in matchers] in (
        [(f"{PREFIX}loyaltyNotes", Colour.YELLOW)],
        [(f"{PREFIX}loyaltyNotes", Colour.RED)],
    )


def test_the_rest_of_the_policy_stays_as_it_was(notes: Field, alice: User) -> None:
    make_policy(notes.workspace, {"PERSON": "redact"})
    before = operators_of(notes.workspace)

    call(notes, Colour.RED, alice)

    after = operators_of(notes.workspace)
    assert (after.operators, after.default) == (before.operators, before.default)


def test_a_field_without_a_name_is_called_red_and_hidden_by_kind_alone(
    released_workspace: Workspace, alice: User
) -> None:
    star = see(released_workspace, {"attributes": {"dora": CANARY}})["/attributes/*"]

    assert call(star, Colour.RED, alice) is None
    assert Field.objects.get(pk=star.pk).colour == Colour.RED


def test_more_than_a_policy_holds_is_refused_and_nothing_is_kept(
    notes: Field, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("classifier.matchers.types.MOST_MATCHERS", 0)

    with pytest.raises(classifier.PolicyError, match="at most 0 matchers"):
        call(notes, Colour.RED, alice)
    assert Field.objects.get(pk=notes.pk).colour == ""


@pytest.mark.parametrize(
    ("path", "is_hidden"),
    [("/email", True), ("/traits/email", True), ("/contacts/*/phone", True), ("/plan", False), ("/*", False)],
)
def test_what_a_name_alone_hides_is_tried_on_the_policy(workspace: Workspace, path: str, is_hidden: bool) -> None:
    assert hides_by_name(operators_of(workspace), path) is is_hidden
