"""The policy: what hides each kind, changed in versions, by the rules of the management API."""

import re

import pytest
from django.test import Client

from classifier import ENTITIES
from privacy_service.decisions.models import Policy
from privacy_service.decisions.policies import operators_for
from tests.console.conftest import Opened
from tests.factories import make_policy
from tests.managing.rights import give
from workspaces.models import Membership, User, Workspace

PAGE = "/console/w/acme/policy"


def said(client: Client, **fields: str) -> str:
    """Store a change and return the page that follows."""
    return client.post(f"{PAGE}/change", {"replaces": "0", **fields}, follow=True).content.decode()


def operator_of(workspace: Workspace, entity: str) -> str:
    """Return what hides a kind now."""
    rules = operators_for(workspace).as_dict()["operators"][entity]
    return str(rules["name"] if isinstance(rules, dict) else rules)


def test_each_kind_is_shown_with_what_hides_it_and_an_example(
    opened: Opened, workspace: Workspace, alice: User
) -> None:
    make_policy(workspace, {"US_SSN": "shape", "PERSON": "keep"})
    first, page = (opened(alice).get(PAGE + more).content.decode() for more in ("", "?kinds=all"))

    assert "***-**-****" in page
    assert "kept readable" in page
    assert "version 1" in page
    assert "***-**-****" not in first  # The page loads the rest by itself, or by a link where no script runs.
    assert f"{PAGE}?kinds=all" in first
    assert 'hx-trigger="load"' not in page


def test_the_form_offers_the_first_kinds_at_once_and_every_kind_once_all_are_asked_for(
    opened: Opened, workspace: Workspace, alice: User
) -> None:
    del workspace
    first, chosen, every = (
        re.findall(r'<option value="([A-Z_]+)"', opened(alice).get(PAGE + more).content.decode())
        for more in ("", "?entity=US_SSN", "?kinds=all")
    )

    assert (len(first), chosen) == (10, [*first, "US_SSN"])
    assert every == [entity for entity, info in ENTITIES.items() if info.part_of is None]


def test_a_change_is_a_new_version_with_its_reason(opened: Opened, workspace: Workspace, alice: User) -> None:
    page = said(opened(alice), change="operator", entity="US_SSN", operator="redact", note="Ticket 4711")

    stored = Policy.objects.get(workspace=workspace)
    assert (stored.version, stored.note, stored.created_by) == (1, "Ticket 4711", alice)
    assert operator_of(workspace, "US_SSN") == "redact"
    assert "Version 1 counts now." in page


def test_a_change_made_from_an_older_version_is_refused(opened: Opened, workspace: Workspace, alice: User) -> None:
    make_policy(workspace, {"US_SSN": "shape"})

    assert "the change was made from version 0" in said(
        opened(alice), change="operator", entity="US_SSN", operator="redact"
    )
    assert operator_of(workspace, "US_SSN") == "shape"


@pytest.mark.parametrize(("asked", "kind", "operator"), [("?entity=US_SSN", "US_SSN", "shape"), ("", "PERSON", "keep")])
def test_the_form_starts_from_what_counts_for_the_kind(
    opened: Opened, workspace: Workspace, alice: User, asked: str, kind: str, operator: str
) -> None:
    make_policy(workspace, {"US_SSN": "shape", "PERSON": "keep"})
    page = opened(alice).get(PAGE + asked).content.decode()

    chosen = re.findall(r'<option value="([^"]+)" selected>', page)
    assert chosen == [kind, operator]


@pytest.mark.parametrize(
    "change",
    [
        {"change": "operator", "entity": "US_SSN", "operator": "shape"},
        {"change": "operator", "entity": "EMAIL_ADDRESS", "operator": "replace"},  # As the policy that it extends does.
        {"change": "base", "base": "balanced"},
        {"change": "drop", "name": "of none"},
        {"change": "back", "version": "1"},
    ],
)
def test_a_version_that_would_say_the_same_is_not_stored(
    opened: Opened, workspace: Workspace, alice: User, change: dict[str, str]
) -> None:
    make_policy(workspace, {} if change["change"] == "base" else {"US_SSN": "shape"})

    assert "The policy says that already" in said(opened(alice), replaces="1", **change)
    assert Policy.objects.count() == 1


def test_a_first_version_may_say_what_the_default_says(opened: Opened, workspace: Workspace, alice: User) -> None:
    fields = {"change": "base", "base": "balanced"}
    client = opened(alice)

    assert "stays so whatever the installation" in client.post(f"{PAGE}/try", fields).content.decode()
    assert "Version 1 counts now." in said(client, **fields)
    assert "This changes nothing." in client.post(f"{PAGE}/try", fields).content.decode()


def test_a_rule_of_ones_own_is_added_and_dropped(opened: Opened, workspace: Workspace, alice: User) -> None:
    client = opened(alice)
    said(client, change="matcher", name="Project", term="Falcon", on="value", how="exact", colour="red")
    assert [one.name for one in operators_for(workspace).own.matchers] == ["Project"]
    said(client, replaces="1", change="drop", name="Project")
    assert operators_for(workspace).own.matchers == ()


def test_a_named_policy_begins_anew_and_leaves_ones_own_rules(
    opened: Opened, workspace: Workspace, alice: User
) -> None:
    client = opened(alice)
    said(client, change="matcher", name="Project", term="Falcon")
    said(client, replaces="1", change="base", base="strict")

    assert [one.name for one in operators_for(workspace).own.matchers] == ["Project"]
    assert Policy.objects.count() == 2


def test_an_old_version_comes_back_as_a_new_one(opened: Opened, workspace: Workspace, alice: User) -> None:
    for operator in ("shape", "redact"):
        make_policy(workspace, {"US_SSN": operator})
    client = opened(alice)

    assert "operators.US_SSN" in client.get(f"{PAGE}?with=1").content.decode()
    said(client, replaces="2", change="back", version="1", note="Back to version 1.")
    assert (operator_of(workspace, "US_SSN"), Policy.objects.count()) == ("shape", 3)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"change": ""}, "Say what is to change."),
        ({"change": "operator", "entity": "NO_KIND", "operator": "redact"}, "Choose a kind of personal data"),
        ({"change": "operator", "entity": "US_SSN", "operator": "shout"}, "Choose a kind of personal data"),
        ({"change": "base", "base": "loose"}, "Choose one of the named policies."),
        ({"change": "matcher", "name": "", "term": ""}, "notice-error"),
        ({"change": "matcher", "name": "x", "term": "(", "how": "pattern"}, "notice-error"),
        ({"change": "matcher", "name": "x", "term": "y", "colour": "blue"}, "Choose a colour"),
        ({"change": "back", "version": "7"}, "The policy has no version 7."),
        ({"change": "operator", "replaces": "x"}, "Name a version by its number."),
    ],
)
def test_what_cannot_be_stored_is_said(
    opened: Opened, workspace: Workspace, alice: User, fields: dict[str, str], words: str
) -> None:
    assert words in said(opened(alice), **fields)
    assert not Policy.objects.exists()


def test_what_would_change_is_shown_and_nothing_stored(
    opened: Opened, workspace: Workspace, alice: User, bob: User
) -> None:
    client = opened(alice)
    page = client.post(f"{PAGE}/try", {"change": "operator", "entity": "CREDIT_CARD", "operator": "last4"})

    assert "operators.CREDIT_CARD" in page.content.decode()
    assert "1 of 2 members" in page.content.decode()
    assert "Choose a kind" in client.post(f"{PAGE}/try", {"change": "operator"}).content.decode()
    assert not Policy.objects.exists()


def test_who_does_not_see_personal_data_shows_no_more_of_it(opened: Opened, workspace: Workspace, bob: User) -> None:
    give(Membership.objects.get(user=bob), "manage_policy")

    assert "show more than those in force" in said(opened(bob), change="operator", entity="PERSON", operator="keep")
    assert "Version 1 counts now." in said(opened(bob), change="operator", entity="PERSON", operator="redact")


@pytest.mark.parametrize("then", ["/try", "/change"])
def test_a_member_changes_nothing(opened: Opened, carol: User, then: str) -> None:
    assert opened(carol).post(PAGE + then, {"change": "operator"}).status_code == 403


def test_tokens_can_die_with_the_person(opened: Opened, workspace: Workspace, alice: User) -> None:
    client = opened(alice)
    tried = client.post(f"{PAGE}/try", {"change": "operator", "entity": "US_SSN", "operator": "token:person"})
    said(client, change="operator", entity="US_SSN", operator="token:person")
    page = client.get(f"{PAGE}?kinds=all").content.decode()

    assert "operators.US_SSN" in tried.content.decode()
    stored = operators_for(workspace).as_dict()["operators"]["US_SSN"]
    assert stored == {"name": "token", "params": {"per": "person"}}
    assert page.count("token that dies with the person") == 3  # At the kind, and where both are chosen.
