"""Home: what waits for whom, what they see themselves, and the decisions of the last day."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from classifier import Entity
from privacy_service.console.attention import lines_for
from privacy_service.console.places import place_of
from privacy_service.console.pulse import BARS, pulse_of
from privacy_service.decisions.models import AuditChain
from privacy_service.decisions.types import Effect, Reason
from privacy_service.inventory.deciding import decide_fields
from privacy_service.rollout import moves, release
from privacy_service.rollout.moves import Wish
from privacy_service.rollout.stages import Position, Stage
from tests.console.conftest import Opened
from tests.factories import make_member, make_policy, make_record, make_source, make_workspace
from tests.inventory.conftest import CANARY, see
from tests.managing.rights import give
from workspaces import break_glass
from workspaces.grants import add_grant
from workspaces.keys import create_service_account, issue_key
from workspaces.models import Emergency, Membership, User, Workspace
from workspaces.roles import Role
from workspaces.terms import Terms


def waiting_for(user: User) -> list[str]:
    """Return the kinds of what waits for somebody."""
    return [line.kind for line in lines_for(place_of(user, "acme"))]


def ending_soon(user: User) -> None:
    """Give somebody access for two days."""
    terms = Terms(expires_at=timezone.now() + timedelta(days=2), reason="A visit")
    add_grant(Membership.objects.get(user=user), Role.PII_VIEWER, terms)


def test_an_owner_is_told_what_waits_and_a_member_is_not(
    released_workspace: Workspace, alice: User, bob: User, erin: User
) -> None:
    break_glass.ask(released_workspace, erin, minutes=5, reason="Ticket 4711: a refund")
    ending_soon(bob)
    account = create_service_account("backend", workspace=released_workspace)
    issue_key(account.user, expires_at=timezone.now() + timedelta(days=3))
    make_record(released_workspace, bob)
    AuditChain.objects.filter(pk=released_workspace.pk).update(faults=1, verified_at=timezone.now())

    assert waiting_for(alice) == ["Audit", "Emergency", "Access", "Key"]
    assert waiting_for(bob) == []


def test_who_can_do_something_is_told_that_everybody_gets_data_unmasked(
    opened: Opened, released_workspace: Workspace, administrator: User, alice: User, bob: User
) -> None:
    assert "Access control is on" in opened(alice).get("/console/w/acme/").content.decode()
    moves.off(Wish(administrator, "console", "Wrong masks"))
    pages = {user: opened(user).get("/console/w/acme/").content.decode() for user in (alice, bob)}

    assert waiting_for(alice)[0] == "Release"
    assert "Access control was turned off: everybody gets data unmasked" in pages[alice]
    assert waiting_for(bob) == []
    for page in pages.values():
        assert 'badge-deny">Not on</span>' in page
        assert "not on here: everybody gets data unmasked." in page
    assert re.findall(r"<dd>(.*?)</dd>", opened(alice).get("/console/w/acme/people").content.decode()) == ["2", "2"]


@pytest.mark.django_db
def test_a_new_installation_is_told_of_nothing_that_was_turned_off() -> None:
    alice = make_member(make_workspace(), "alice", kind=Membership.Kind.OWNER).user

    assert release.state().position == Position(Stage.OFF)
    assert waiting_for(alice) == []


def test_who_moves_the_release_is_told_of_its_gates(workspace: Workspace, alice: User) -> None:
    alice.is_staff = alice.is_superuser = True
    alice.save()

    assert "Release" not in waiting_for(alice)


def test_a_member_reads_by_examples_what_is_left_of_each_kind_and_why(
    opened: Opened, released_workspace: Workspace, bob: User
) -> None:
    make_policy(released_workspace, {"EMAIL_ADDRESS": "shape", "PERSON": "token", "CREDIT_CARD": "last4"})
    add_grant(Membership.objects.get(user=bob), Role.PII_VIEWER, Terms(entities=(Entity.GENDER,)))
    client = opened(bob)
    page, every = (client.get(f"/console/w/acme/{more}").content.decode() for more in ("", "?kinds=all"))
    rows = re.findall(r"<tr><th scope.*?</tr>", page)

    assert "Gender" in rows[0]
    assert "kept readable" in rows[0]
    assert [row for row in rows if "**** **** **** 1111" in row]
    [names] = [row for row in rows if "Alice Liddell" in row]
    assert names.endswith("<br>-</td></tr>"), "Made with the workspace's keys, which are not for a member to try."
    assert "Does a grant show some kinds of it?" in page
    assert len(rows) == 12
    assert len(re.findall("<tr><th scope", every)) > 100


def test_who_sees_masked_data_is_told_whom_to_ask(
    opened: Opened, released_workspace: Workspace, alice: User, bob: User, carol: User, erin: User
) -> None:
    pages = {user: opened(user).get("/console/w/acme/").content.decode() for user in (alice, bob, carol, erin)}

    assert [user for user in pages if 'href="mailto:alice@example.com"' in pages[user]] == [bob, erin]
    assert [user for user in pages if "/console/w/acme/emergencies/ask" in pages[user]] == [erin]
    assert [user for user in pages if "What you read of each kind" in pages[user]] == [bob, erin]


@pytest.mark.parametrize(("answer", "state"), [("approve", "approved"), ("refuse", "refused")])
def test_an_owner_answers_who_asks_for_emergency_access(
    opened: Opened, released_workspace: Workspace, alice: User, erin: User, answer: str, state: str
) -> None:
    asked = break_glass.ask(released_workspace, erin, minutes=5, reason="Ticket 4711: a refund")
    opened(alice).post(f"/console/w/acme/emergencies/{asked.pk}", {"answer": answer})

    assert Emergency.objects.get().state == state


def test_nobody_answers_themselves_and_no_member_answers(
    opened: Opened, released_workspace: Workspace, alice: User, bob: User, erin: User
) -> None:
    asked = break_glass.ask(released_workspace, alice, minutes=5, reason="Ticket 4711: a refund")
    path = f"/console/w/acme/emergencies/{asked.pk}"
    opened(alice).post(path, {"answer": "approve"})

    assert opened(bob).post(path, {"answer": "approve"}).status_code == 403
    assert Emergency.objects.get().state == "asked"


@pytest.mark.parametrize(
    ("name", "words"),
    [("bob", "Personal data is masked for you"), ("carol", "You see personal data as it is")],
)
def test_everybody_is_told_what_they_see_and_why(
    opened: Opened,
    released_workspace: Workspace,
    alice: User,
    request: pytest.FixtureRequest,
    name: str,
    words: str,
) -> None:
    page = opened(request.getfixturevalue(name)).get("/console/w/acme/").content.decode()

    assert words in page
    assert ("alice@example.com" in page) is (name == "bob")  # Whom to ask.


def test_who_sees_a_part_is_not_told_that_all_is_masked(
    opened: Opened, released_workspace: Workspace, bob: User, carol: User
) -> None:
    grants = {
        bob: Terms(entities=("EMAIL_ADDRESS",)),
        make_member(released_workspace, "dora").user: Terms(sources=(make_source(released_workspace, "orders"),)),
    }
    for user, terms in grants.items():
        add_grant(user.memberships.get(), Role.PII_VIEWER, terms)
    kinds, places = (opened(user).get("/console/w/acme/").content.decode() for user in grants)

    assert "You see some kinds of personal data; the others are masked for you." in kinds
    assert "is masked for you, except where the lines below say otherwise." in places
    assert "PII viewer: everything, in orders" in places


def test_who_manages_members_is_told_how_many_see_personal_data(
    opened: Opened, released_workspace: Workspace, alice: User, bob: User, carol: User
) -> None:
    ending_soon(bob)
    make_member(released_workspace, "dora")
    shown = opened(alice).get("/console/w/acme/people").content.decode()

    assert re.findall(r"<dd>(.*?)</dd>", shown) == ["4", "3"]
    assert 'hx-get="/console/w/acme/people"' in opened(alice).get("/console/w/acme/").content.decode()
    assert opened(bob).get("/console/w/acme/people").status_code == 403
    assert "/people" not in opened(bob).get("/console/w/acme/").content.decode()


def test_the_chart_counts_the_decisions_of_the_last_day(workspace: Workspace, bob: User) -> None:
    now = timezone.now()
    for hours, effect in ((1, Effect.MASK), (1, Effect.PASS), (5, Effect.DENY), (25, Effect.DENY)):
        make_record(workspace, bob, at=now - timedelta(hours=hours), effect=effect, reason=Reason.ROLE_LACKS_PII)
    pulse = pulse_of(workspace, now)

    assert dict(pulse.counts) == {"mask": 1, "pass": 1, "deny": 1}
    assert [(bar.effect, bar.x, bar.height) for bar in pulse.bars] == [
        ("deny", (BARS - 10) * 10 + 1, 42.0),
        ("pass", (BARS - 2) * 10 + 1, 42.0),
        ("mask", (BARS - 2) * 10 + 1, 42.0),
    ]


@pytest.mark.parametrize("language", ["en", "de", "es"])
def test_the_chart_is_drawn_in_every_language(opened: Opened, workspace: Workspace, alice: User, language: str) -> None:
    for effect in (Effect.MASK, Effect.MASK, Effect.DENY):
        make_record(workspace, alice, at=timezone.now(), effect=effect, reason=Reason.ROLE_LACKS_PII)
    page = opened(alice).get("/console/w/acme/", headers={"Accept-Language": language}).content.decode()

    assert re.findall(r' y="(\S+)" width="8" height="(\S+)"', page) == [("31.0", "56.0"), ("3.0", "28.0")]


def test_an_empty_chart_says_how_it_fills(opened: Opened, alice: User) -> None:
    assert "No decision in the last 24 hours" in opened(alice).get("/console/w/acme/pulse").content.decode()


def test_who_handles_requests_is_told_of_red_fields_until_they_are_decided(
    opened: Opened, workspace: Workspace, bob: User
) -> None:
    fields = see(workspace, {"email": CANARY, "plan": "gold"})
    give(Membership.objects.get(user=bob), "manage_subject_requests")
    page = opened(bob).get("/console/w/acme/").content.decode()
    decide_fields(workspace, [fields["/email"]], {"colour": "red"}, by=bob)

    assert "1 red field waits in the Inbox" in page
    assert 'href="/console/w/acme/inventory"' in page
    assert CANARY not in page
    assert waiting_for(bob) == []
