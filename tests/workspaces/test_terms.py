"""On which terms a role may be given, and what the writers refuse."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from tests.factories import make_member, make_source, make_workspace
from workspaces.exceptions import TermsRefused
from workspaces.grants import add_grant, change_grant, end_grant, grant
from workspaces.models import Grant, Membership, User, Workspace
from workspaces.roles import Role
from workspaces.sources import change_source
from workspaces.terms import Terms, terms_of

REFUSED = [
    (Role.OWNER, Terms(), "comes with the kind of membership"),
    (Role.MEMBER, Terms(), "comes with the kind of membership"),
    (Role.SOURCE_ADMIN, Terms(entities=("PERSON",)), "for a PII viewer only"),
    (Role.PRIVACY_ADMIN, Terms(colours=("red",)), "for a PII viewer only"),
    (Role.PRIVACY_ADMIN, Terms(labels={"env": "prod"}), "cannot be given for some sources"),
    (Role.PII_VIEWER, Terms(entities=("e-mail",)), "is no kind of personal data"),
    (Role.PII_VIEWER, Terms(colours=("blue",)), "A colour is one of"),
    (Role.PII_VIEWER, Terms(labels={"env": ""}), "Write labels as"),
    (Role.PII_VIEWER, Terms(expires_at=timezone.now() - timedelta(days=1)), "would have ended already"),
    (Role.PII_VIEWER, Terms(reason="x" * 501), "at most 500"),
]


@pytest.mark.parametrize(("role", "terms", "advice"), REFUSED)
def test_terms_that_mean_nothing_are_refused_and_nothing_is_written(
    bob: User, role: Role, terms: Terms, advice: str
) -> None:
    membership = Membership.objects.get(user=bob)
    before = Grant.objects.count()

    with pytest.raises(TermsRefused, match=advice):
        add_grant(membership, role, terms)

    assert Grant.objects.count() == before


def test_a_source_of_another_workspace_is_refused(workspace: Workspace, bob: User) -> None:
    theirs = make_source(make_workspace("other"), "web")

    with pytest.raises(TermsRefused, match="its own workspace"):
        add_grant(Membership.objects.get(user=bob), Role.PII_VIEWER, Terms(sources=(theirs,)))


def test_sources_and_labels_together_are_refused(workspace: Workspace, bob: User) -> None:
    terms = Terms(sources=(make_source(workspace, "web"),), labels={"env": "prod"})

    with pytest.raises(TermsRefused, match="not both"):
        add_grant(Membership.objects.get(user=bob), Role.PII_VIEWER, terms)


def test_terms_are_kept_as_they_were_given(workspace: Workspace, alice: User, bob: User) -> None:
    source = make_source(workspace, "web")
    ends = timezone.now() + timedelta(days=1)
    terms = Terms(
        entities=("PERSON", "IBAN_CODE"), colours=("red",), sources=(source,), expires_at=ends, reason="Case 7"
    )

    given = add_grant(Membership.objects.get(user=bob), Role.PII_VIEWER, terms, by=alice)

    stored = Grant.objects.get(pk=given.pk)
    assert terms_of(stored) == Terms(
        entities=("IBAN_CODE", "PERSON"), colours=("red",), sources=(source,), expires_at=ends, reason="Case 7"
    )
    assert stored.granted_by == alice


def test_a_role_given_for_good_leaves_grants_on_other_terms_alone(bob: User) -> None:
    membership = Membership.objects.get(user=bob)
    timed = add_grant(membership, Role.PII_VIEWER, Terms(expires_at=timezone.now() + timedelta(days=1)))
    grant(membership, Role.PII_VIEWER, entities=["PERSON"])

    grant(membership, Role.PII_VIEWER, entities=["EMAIL_ADDRESS"])

    kinds = [given.entities for given in Grant.objects.filter(membership=membership, role=Role.PII_VIEWER)]
    assert sorted(kinds) == [[], ["EMAIL_ADDRESS"]]
    assert Grant.objects.filter(pk=timed.pk).exists()


def test_the_grant_of_the_kind_of_membership_cannot_be_ended_alone(alice: User) -> None:
    with pytest.raises(TermsRefused, match="change that instead"):
        end_grant(Grant.objects.get(membership__user=alice, role=Role.OWNER))


def test_a_changed_grant_says_who_changed_it(workspace: Workspace, alice: User, bob: User) -> None:
    given = add_grant(Membership.objects.get(user=bob), Role.PII_VIEWER, Terms(reason="Case 7"))

    change_grant(given, Terms(entities=("PERSON",), reason="Case 8"), by=alice)

    stored = Grant.objects.get(pk=given.pk)
    assert (stored.entities, stored.reason, stored.granted_by) == (["PERSON"], "Case 8", alice)


@pytest.mark.parametrize("labels", [{"env": 1}, {"": "x"}, {"env": "a:b\n"}, ["env"], {"env": {"a": "b"}}])
def test_labels_are_short_plain_words(workspace: Workspace, labels: object) -> None:
    source = make_source(workspace, "web", env="prod")

    with pytest.raises(ValidationError, match="one value a key"):
        change_source(source, labels=labels)  # type: ignore[arg-type]


def test_two_sources_of_a_workspace_have_two_slugs(workspace: Workspace) -> None:
    make_source(workspace, "web")

    with pytest.raises(ValidationError, match="has a source with this slug"):
        make_source(workspace, "web")


def test_a_member_of_another_workspace_shares_no_grant(workspace: Workspace) -> None:
    dave = make_member(make_workspace("other"), "dave")
    grant(dave, Role.PII_VIEWER)

    assert not Grant.objects.of_workspace(workspace).filter(role=Role.PII_VIEWER).exists()
