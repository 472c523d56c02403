"""This service forgets its own users: in one workspace, wholly where they belong to no other, and never its trail."""

import pytest

from privacy_service.decisions import audit
from privacy_service.decisions.models import AuditRecord
from privacy_service.subjects.destinations import driver_of
from privacy_service.subjects.destinations.base import OptionsRefused, Refused, Subject
from privacy_service.subjects.destinations.own_models import OwnModels
from privacy_service.subjects.identifiers import Identifier, Kind
from privacy_service.subjects.models import Destination
from tests.factories import make_record, make_workspace
from tests.shop import make_destination
from workspaces.grants import add_member
from workspaces.keys import issue_key
from workspaces.models import ApiKey, Membership, User, Workspace


def named(user: User) -> Subject:
    return Subject((Identifier(Kind.EMAIL, str(user.email).upper()), Identifier(Kind.USER_ID, "someone else's")))


@pytest.fixture
def here(workspace: Workspace) -> OwnModels:
    made = driver_of(make_destination(workspace, "django", {}))
    assert isinstance(made, OwnModels)
    return made


def test_a_member_goes_with_their_keys_and_the_trail_stays(workspace: Workspace, here: OwnModels, bob: User) -> None:
    issue_key(bob)
    make_record(workspace, bob)
    Destination.objects.update(contact="Bob@example.com")
    found = here.find(named(bob))

    done = [here.delete(named(bob)).counts, here.delete(named(bob)).counts]
    audit.ship()

    bob.refresh_from_db()
    assert (found, done) == (
        {"memberships": 1, "users": 1, "contacts": 1},
        [{"memberships": 1, "users": 1, "contacts": 1}, {"memberships": 0, "users": 0, "contacts": 0}],
    )
    assert (bob.email, bob.name, bob.is_active, str(bob.external_id)[:7]) == (None, "", False, "erased-")
    assert not ApiKey.objects.filter(user=bob).exists()
    assert Destination.objects.get().contact == ""
    assert AuditRecord.objects.filter(actor_id=bob.pk).count() == 1


def test_whoever_belongs_elsewhere_too_stays_there(workspace: Workspace, here: OwnModels, bob: User) -> None:
    other = make_workspace("other")
    add_member(other, bob)

    done = here.delete(named(bob))

    bob.refresh_from_db()
    assert (done.counts["memberships"], done.counts["users"]) == (1, 0)
    assert (bob.email, list(Membership.objects.filter(user=bob).values_list("workspace__slug", flat=True))) == (
        "bob@example.com",
        ["other"],
    )


def test_nobody_of_another_workspace_is_found_or_touched(here: OwnModels, mallory: User) -> None:
    add_member(make_workspace("other"), mallory)

    assert here.find(named(mallory)) == here.delete(named(mallory)).counts
    assert list(here.export(named(mallory))) == []


def test_the_last_owner_cannot_go_and_is_told_what_to_do(here: OwnModels, alice: User) -> None:
    with pytest.raises(Refused, match="make somebody else an owner first") as refused:
        here.delete(named(alice))

    alice.refresh_from_db()
    assert "alice" not in str(refused.value)
    assert alice.email == "alice@example.com"


def test_members_are_named_and_handed_out_with_their_roles(here: OwnModels, alice: User, carol: User) -> None:
    people = set(here.people([Kind.EMAIL, Kind.USER_ID]))
    exported = dict(here.export(named(carol)))

    assert people == {
        (Identifier(Kind.USER_ID, f"id-{name}"), Identifier(Kind.EMAIL, f"{name}@example.com"))
        for name in ("alice", "carol")
    }
    assert exported["users"]["name"] == "Carol"
    assert exported["memberships"]["roles"] == ["member", "pii_viewer"]
    assert not list(here.people([Kind.PHONE]))


def test_it_takes_no_options() -> None:
    with pytest.raises(OptionsRefused, match="no such option"):
        OwnModels({"models": ["User"]}, {})
