"""Emergency access in the console: asked for by whoever has the role, by the rules of every other way, and ended."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from privacy_service.console.templatetags.console import moment
from privacy_service.decisions.engine import decide
from privacy_service.decisions.types import AccessRequest, Effect, Reason
from privacy_service.rollout import release
from tests.console.conftest import Opened
from tests.factories import make_member, make_workspace
from workspaces import break_glass
from workspaces.models import Emergency, Membership, User, Workspace

HOME = "/console/w/acme/"
ASK = f"{HOME}emergencies/ask"
WHY = "Ticket 4711: a refund went astray"


def said(client: Client, path: str = ASK, **fields: str) -> str:
    """Send a form of the card and return the page that follows."""
    return client.post(path, fields, follow=True).content.decode()


def has_form(client: Client) -> bool:
    """Say whether Home offers emergency access."""
    return ASK in client.get(HOME).content.decode()


def offer(workspace: Workspace, how: str) -> None:
    """Have the workspace offer emergency access in this way."""
    workspace.break_glass = how
    workspace.save()


def test_who_has_the_role_asks_and_an_owner_finds_it_on_home(
    opened: Opened, released_workspace: Workspace, alice: User, erin: User
) -> None:
    client = opened(erin)
    page = said(client, minutes="20", reason=WHY)
    asked = Emergency.objects.get()

    assert (asked.user, asked.minutes, asked.reason, asked.state) == (erin, 20, WHY, "asked")
    assert "Asked. Somebody who may manage members answers" in page
    assert "You asked for 20 minutes; somebody who may manage members answers." in page
    assert not has_form(client)
    assert decide(AccessRequest(erin, released_workspace)).effect is Effect.MASK
    assert WHY in opened(alice).get(HOME).content.decode()


def test_where_it_is_given_at_once_it_begins_and_is_ended_early(
    opened: Opened, released_workspace: Workspace, erin: User
) -> None:
    offer(released_workspace, "at_once")
    client = opened(erin)
    page = said(client, minutes="20", reason=WHY)
    during = decide(AccessRequest(erin, released_workspace))
    [end] = re.findall(rf'action="({HOME}emergencies/[^"]+/end)"', page)

    assert "It has begun, and ends by itself on" in page
    assert "You see all personal data of this workspace until" in page
    assert (during.effect, during.reason) == (Effect.PASS, Reason.BREAK_GLASS)
    assert "Ended. Every server process follows" in said(client, end)
    assert decide(AccessRequest(erin, released_workspace)).effect is Effect.MASK
    assert has_form(client)


def test_who_takes_its_grant_ends_it(opened: Opened, released_workspace: Workspace, alice: User, erin: User) -> None:
    offer(released_workspace, "at_once")
    asked = break_glass.ask(released_workspace, erin, minutes=5, reason=WHY)
    place = f"{HOME}access/{erin.memberships.get().pk}/take/{asked.grant_id}"
    page = said(opened(alice), place)

    assert "Taken. Every server process follows" in page
    assert Emergency.objects.get().state == "ended"
    assert decide(AccessRequest(erin, released_workspace)).effect is Effect.MASK
    assert has_form(opened(erin))


def test_what_was_asked_for_is_taken_back(opened: Opened, released_workspace: Workspace, erin: User) -> None:
    asked = break_glass.ask(released_workspace, erin, minutes=5, reason=WHY)

    assert "Ended." in said(opened(erin), f"{HOME}emergencies/{asked.pk}/end")
    assert Emergency.objects.get().state == "ended"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"minutes": "20", "reason": "too short"}, "Say why, in 10 to 500 letters"),
        ({"minutes": "20", "reason": " " * 20}, "Say why, in 10 to 500 letters"),
        ({"minutes": "0", "reason": WHY}, "minutes."),
        ({"minutes": "-5", "reason": WHY}, "minutes."),
        ({"minutes": "9" * 40, "reason": WHY}, "minutes."),
        ({"minutes": "soon", "reason": WHY}, "minutes."),
        ({}, "minutes."),
    ],
)
def test_what_cannot_be_asked_for_is_said(
    opened: Opened, released_workspace: Workspace, erin: User, fields: dict[str, str], words: str
) -> None:
    page = said(opened(erin), **fields)

    assert "notice-error" in page
    assert words in page
    assert not Emergency.objects.exists()


def test_one_is_open_at_a_time(opened: Opened, released_workspace: Workspace, erin: User) -> None:
    client = opened(erin)
    said(client, minutes="5", reason=WHY)

    assert "One emergency access is open already" in said(client, minutes="5", reason=WHY)
    assert Emergency.objects.count() == 1


def test_who_needs_none_or_may_not_ask_is_offered_none(
    opened: Opened, released_workspace: Workspace, alice: User, bob: User
) -> None:
    assert not has_form(opened(alice))  # An owner sees everything.
    assert not has_form(opened(bob))
    assert opened(bob).post(ASK, {"minutes": "5", "reason": WHY}).status_code == 403
    assert not Emergency.objects.exists()


def test_where_it_is_not_offered_or_everybody_sees_everything_there_is_no_form(
    opened: Opened, released_workspace: Workspace, erin: User
) -> None:
    client = opened(erin)
    assert has_form(client)
    offer(released_workspace, "off")
    assert not has_form(client)
    assert "This workspace offers no emergency access" in said(client, minutes="5", reason=WHY)
    offer(released_workspace, "approval")
    release.turn_off()
    assert not has_form(client)


def test_no_member_ends_anothers_here(
    opened: Opened, released_workspace: Workspace, alice: User, bob: User, erin: User
) -> None:
    asked = break_glass.ask(released_workspace, erin, minutes=5, reason=WHY)

    assert opened(bob).post(f"{HOME}emergencies/{asked.pk}/end").status_code == 404
    assert opened(alice).get(ASK).status_code == 405
    assert Emergency.objects.get().state == "asked"


def begun(workspace: Workspace, user: User) -> Emergency:
    """Have somebody have emergency access at once."""
    offer(workspace, "at_once")
    return break_glass.ask(workspace, user, minutes=20, reason=WHY)


def test_who_manages_members_sees_which_run_and_ends_one(
    opened: Opened, released_workspace: Workspace, alice: User, erin: User
) -> None:
    running = begun(released_workspace, erin)
    client = opened(alice)
    page = client.get(HOME).content.decode()
    [end] = re.findall(rf'action="({HOME}emergencies/[^"]+/end)"', page)

    assert "Emergency accesses that run now" in page
    assert f"sees all personal data until {moment(running.ends_at)}" in page
    assert f"since {moment(running.decided_at)}, begun without a second person" in page
    assert WHY in page
    assert "Yes, end it" in page
    after = said(client, end)
    assert "Ended. Every server process follows" in after
    assert "Emergency accesses that run now" not in after
    assert decide(AccessRequest(erin, released_workspace)).effect is Effect.MASK
    assert "This access has ended already." in said(client, end)


def test_who_approved_one_stands_beside_it(
    opened: Opened, released_workspace: Workspace, alice: User, erin: User
) -> None:
    asked = break_glass.ask(released_workspace, erin, minutes=20, reason=WHY)
    before = opened(alice).get(HOME).content.decode()
    break_glass.approve(asked, by=alice)

    assert "that run now" not in before  # It waits above, for an answer.
    assert ", approved by alice@example.com" in opened(alice).get(HOME).content.decode()


def test_who_manages_no_members_sees_none_of_them(
    opened: Opened, released_workspace: Workspace, bob: User, erin: User
) -> None:
    running = begun(released_workspace, erin)

    for user in (bob, erin):
        assert "that run now" not in opened(user).get(HOME).content.decode()
    assert opened(bob).post(f"{HOME}emergencies/{running.pk}/end").status_code == 404
    assert decide(AccessRequest(erin, released_workspace)).effect is Effect.PASS


def test_one_that_is_over_or_elsewhere_is_not_among_them(
    opened: Opened, released_workspace: Workspace, alice: User, erin: User
) -> None:
    over = begun(released_workspace, erin)
    Emergency.objects.filter(pk=over.pk).update(ends_at=timezone.now())
    dora = make_member(make_workspace("beta"), "dora", kind=Membership.Kind.OWNER).user
    elsewhere = begun(Workspace.objects.get(slug="beta"), dora)
    client = opened(alice)

    assert "that run now" not in client.get(HOME).content.decode()
    assert client.post(f"{HOME}emergencies/{elsewhere.pk}/end").status_code == 404
    assert Emergency.objects.get(pk=elsewhere.pk).state == "approved"
