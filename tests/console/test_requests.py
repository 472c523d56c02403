"""Requests: asked on somebody's behalf, planned, seen to; whom they name is shown by no page and told by no log."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from privacy_service.console.attention import lines_for
from privacy_service.console.deadlines import deadlines_of
from privacy_service.console.places import place_of
from privacy_service.console.vouching import Asked
from privacy_service.subjects.identifiers import Identifier, Kind
from privacy_service.subjects.lifecycle import due
from privacy_service.subjects.models import Destination, Law, Receipt, Status, SubjectForm, SubjectRequest, Wish
from tests.console.conftest import Opened
from tests.factories import make_workspace
from tests.managing.rights import give
from workspaces.models import Membership, User, Workspace

LIST = "/console/w/acme/requests"
CANARY = "anna.whitfield@example.com"


@pytest.fixture(autouse=True)
def paper(workspace: Workspace) -> Destination:
    """Return a system that no program reaches."""
    known_by = {"kind": "manual", "options": {"steps": "Shred it."}, "identifiers": ["email"]}
    return Destination.objects.create(workspace=workspace, slug="paper", name="Paper archive", **known_by)


def form(**fields: str) -> dict[str, str]:
    """Return what the form of a new request sends."""
    return {"kind": "email", "value": CANARY, "wish": "DELETE_ONLY", "law": "gdpr", **fields}


def said(client: Client, path: str, fields: dict[str, str]) -> str:
    """Send a form and return the page that follows."""
    return client.post(path, fields, follow=True).content.decode()


def seen(client: Client, **fields: str) -> dict[str, str]:
    """Look at what the systems hold, and return what the button that follows sends."""
    found = re.search(r'name="sealed" value="([^"]+)"', client.post(f"{LIST}/plan", form(**fields)).content.decode())
    assert found is not None
    return {"sealed": found[1]}


def asked(client: Client, **fields: str) -> SubjectRequest:
    """Ask, and return the request."""
    client.post(f"{LIST}/new", seen(client, **fields))
    return SubjectRequest.objects.get()


def test_a_request_is_asked_and_its_name_is_shown_by_no_page_and_no_log(
    opened: Opened, alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    client = opened(alice)
    page = said(client, f"{LIST}/new", seen(client))
    request = SubjectRequest.objects.get()

    assert "Asked. The name is sealed" in page
    assert "<strong>paper</strong>" in page
    assert "Ask again" not in page  # No program reaches it.
    assert (request.state, request.law, request.by) == ("in_progress", "gdpr", alice)
    assert CANARY not in page + client.get(LIST).content.decode() + caplog.text


def test_what_the_systems_hold_is_asked_first_and_nothing_kept(opened: Opened, alice: User) -> None:
    page = opened(alice).post(f"{LIST}/plan", form()).content.decode()

    assert "A person looks there." in page
    assert "Yes, delete" in page
    assert CANARY not in page
    assert not SubjectRequest.objects.exists()


@pytest.mark.parametrize(
    ("fields", "button"),
    [({}, "Yes, delete"), ({"hold": "on"}, "Keep it for now"), ({"wish": "SUPPRESS_ONLY"}, "Yes, ask")],
)
def test_the_button_says_what_it_does(opened: Opened, alice: User, fields: dict[str, str], button: str) -> None:
    page = opened(alice).post(f"{LIST}/plan", form(**fields)).content.decode()

    shown = [one for one in ("Yes, delete", "Keep it for now", "Yes, ask") if one in page]
    assert shown == [button]


def test_nothing_is_asked_that_was_not_looked_at_by_the_same_member_lately(
    opened: Opened, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(Membership.objects.get(user=bob), "manage_subject_requests")
    client, earlier = opened(alice), timezone.now() - timedelta(hours=2)
    asked_by_alice = Asked(Identifier(Kind.EMAIL, CANARY), Wish.DELETE_ONLY, Law.GDPR, is_held=False)
    with monkeypatch.context() as patched:
        patched.setattr("privacy_service.console.vouching.timezone.now", lambda: earlier)
        old = asked_by_alice.sealed(place_of(alice, "acme"))
    fresh = seen(client)["sealed"]

    assert CANARY not in fresh
    for who, sealed in ((client, ""), (client, old), (client, "no seal"), (opened(bob), fresh)):
        assert "Look at what the systems hold first" in said(who, f"{LIST}/new", {**form(), "sealed": sealed})
    assert not SubjectRequest.objects.exists()


@pytest.mark.parametrize(
    "fields", [{"value": ""}, {"kind": "shoe size"}, {"wish": "ACCESS"}, {"law": "of gravity"}, {"value": "x" * 1001}]
)
def test_what_cannot_be_asked_is_said(opened: Opened, alice: User, fields: dict[str, str]) -> None:
    client = opened(alice)

    page = client.post(f"{LIST}/plan", form(**fields))

    assert page.status_code == 422
    assert "Say who it is, what they want" in page.content.decode()
    assert '<details class="ask" open>' in page.content.decode()
    assert CANARY not in page.content.decode()
    assert not SubjectRequest.objects.exists()


def test_the_same_asked_twice_is_one(opened: Opened, alice: User) -> None:
    client = opened(alice)
    for _ in range(2):
        client.post(f"{LIST}/new", seen(client))

    assert SubjectRequest.objects.count() == 1


def test_one_that_is_held_begins_later_or_never(opened: Opened, alice: User) -> None:
    client = opened(alice)
    request = asked(client, hold="on")
    path = f"{LIST}/{request.pk}"
    assert request.state == "pending"

    assert "Begun." in said(client, f"{path}/start", {})
    assert "one that is pending" in said(client, f"{path}/start", {})
    request.refresh_from_db()
    assert request.state == "in_progress"


def test_one_that_is_pending_is_cancelled(opened: Opened, alice: User) -> None:
    client = opened(alice)
    request = asked(client, hold="on")

    assert "Cancelled." in said(client, f"{LIST}/{request.pk}/cancel", {})
    request.refresh_from_db()
    assert request.state == "cancelled"


def test_a_system_that_no_program_reaches_is_not_asked_again(opened: Opened, alice: User) -> None:
    client = opened(alice)
    request = asked(client)
    receipt = Receipt.objects.get()
    before = Receipt.objects.values().get()

    assert "Ask again" not in client.get(f"{LIST}/{request.pk}").content.decode()
    assert "say that it was done by hand" in said(client, f"{LIST}/{request.pk}/{receipt.pk}/again", {})
    assert Receipt.objects.values().get() == before


def test_a_system_that_was_taken_away_is_not_asked_again_but_done_by_hand(opened: Opened, alice: User) -> None:
    client = opened(alice)
    request = asked(client)
    Receipt.objects.update(status=Status.FAILED)
    Destination.objects.all().delete()
    before = Receipt.objects.values().get()
    path = f"{LIST}/{request.pk}/{before['id']}"

    assert "Ask again" not in client.get(f"{LIST}/{request.pk}").content.decode()
    assert "This system was taken away, so that it cannot be asked" in said(client, f"{path}/again", {})
    assert Receipt.objects.values().get() == before
    assert "Kept as done by hand." in said(client, f"{path}/done", {"proof": "Ticket 4711"})


def test_a_system_that_failed_is_asked_again_or_done_by_hand(opened: Opened, alice: User) -> None:
    client = opened(alice)
    request = asked(client)
    receipt = Receipt.objects.get()
    Receipt.objects.update(status=Status.FAILED)
    Destination.objects.update(kind="http")  # One that a program reaches.
    path = f"{LIST}/{request.pk}/{receipt.pk}"

    assert "Ask again" in client.get(f"{LIST}/{request.pk}").content.decode()
    assert "It is asked again within seconds." in said(client, f"{path}/again", {})
    assert "Say what shows it" in said(client, f"{path}/done", {"proof": " "})
    assert "Kept as done by hand." in said(client, f"{path}/done", {"proof": "Ticket 4711"})
    receipt.refresh_from_db()
    assert (receipt.status, receipt.evidence, receipt.done_by) == ("completed", {"by hand": "Ticket 4711"}, alice)
    assert "only one that is waiting or failed" in said(client, f"{path}/again", {})


@pytest.mark.parametrize(
    ("shown", "is_there"), [("", True), ("open", True), ("failed", True), ("done", False), ("what", True)]
)
def test_requests_are_listed_by_what_they_need(opened: Opened, alice: User, shown: str, is_there: bool) -> None:
    client = opened(alice)
    request = asked(client)
    Receipt.objects.update(status=Status.FAILED)

    assert (str(request.pk) in client.get(f"{LIST}?show={shown}").content.decode()) is is_there


def test_what_is_due_or_needs_a_person_waits_on_home(opened: Opened, alice: User, workspace: Workspace) -> None:
    asked(opened(alice))
    Receipt.objects.update(status=Status.FAILED)
    SubjectRequest.objects.update(due_at=timezone.now() - timedelta(days=1))

    told = [line.text for line in lines_for(place_of(alice, "acme")) if line.page == "requests"]
    assert told == ["1 request is due within a week", "In 1 request a person is needed"]
    assert "overdue" in opened(alice).get(LIST).content.decode()


def test_a_privacy_admin_handles_requests_and_a_member_does_not(opened: Opened, bob: User, carol: User) -> None:
    give(Membership.objects.get(user=bob), "manage_subject_requests")

    assert opened(bob).get(LIST).status_code == 200
    assert [opened(carol).post(f"{LIST}/{path}", form()).status_code for path in ("new", "plan")] == [403, 403]


def test_a_request_of_another_workspace_is_not_there(opened: Opened, alice: User) -> None:
    other = make_workspace("other")
    due = timezone.now() + timedelta(days=30)
    request = SubjectRequest.objects.create(workspace=other, wish="DELETE_ONLY", due_at=due)
    client, nobody = opened(alice), "00000000-0000-0000-0000-000000000000"

    assert client.get(f"{LIST}/{request.pk}").status_code == 404
    for then in ("start", "cancel", f"{nobody}/again", f"{nobody}/done"):
        assert client.post(f"{LIST}/{request.pk}/{then}", {"proof": "x"}).status_code == 404, then


def test_deadlines_stand_in_a_calendar_that_leads_to_their_requests(
    opened: Opened, workspace: Workspace, alice: User
) -> None:
    now = timezone.now()
    for days in (-400, 3, 3, 300):
        made = SubjectRequest(workspace=workspace, wish="DELETE_ONLY", law="gdpr", due_at=now + timedelta(days=days))
        made.save()
    drawn = deadlines_of(workspace, now)
    day = (now + timedelta(days=3)).astimezone(UTC).date()
    client = opened(alice)
    page = client.get(LIST).content.decode()
    of_day = client.get(f"{LIST}?due={day}").content.decode()

    assert (drawn.overdue, drawn.later) == (1, 1)
    assert {one.date: one.due for week in drawn.weeks for one in week if one.due} == {day: 2}
    assert f'href="?due={day}"' in page
    assert (page.count('<th scope="row">'), of_day.count('<th scope="row">')) == (4, 2)
    for no_day in ("yesterday", "9999-12-31", "0001-01-01"):
        assert client.get(f"{LIST}?due={no_day}").status_code == 200


def test_without_anything_open_the_calendar_says_so(opened: Opened, workspace: Workspace, alice: User) -> None:
    assert "Nothing is open" in opened(alice).get(LIST).content.decode()


def test_the_public_form_is_opened_and_closed_where_it_is_found(
    opened: Opened, alice: User, workspace: Workspace, settings: Settings
) -> None:
    settings.PRIVACY_PUBLIC_URL, form_at = "https://privacy.example.com", "https://privacy.example.com/people/acme"
    client, anybody = opened(alice), opened(None)
    closed = anybody.get("/people/acme")
    told = said(client, f"{LIST}/form", {"open": "yes"})

    assert (closed.status_code, "the page was closed" in closed.content.decode()) == (404, True)
    assert "The public form is open." in told
    assert f'href="{form_at}"' in told
    assert anybody.get("/people/acme").status_code == 200
    assert "The public form is closed." in said(client, f"{LIST}/form", {"open": "no"})
    assert form_at not in client.get(LIST).content.decode()
    assert anybody.get("/people/acme").status_code == 404


@pytest.mark.parametrize(
    ("law", "words"),
    [
        ("gdpr", "They ask under the GDPR: each request is due one month after it was made."),
        ("ccpa", "They ask under the CCPA: each request is due 45 days after it was made."),
        ("none", "No law is named: each request is due 30 days after it was made."),
    ],
)
def test_beside_the_public_form_stands_until_when_what_is_asked_there_is_due(
    opened: Opened, alice: User, workspace: Workspace, law: str, words: str
) -> None:
    SubjectForm.objects.create(workspace=workspace, law=law)
    january = datetime(2026, 1, 31, tzinfo=UTC)

    assert words in opened(alice).get(LIST).content.decode()
    assert due(Law(law), january) - january == timedelta(days={"gdpr": 28, "ccpa": 45, "none": 30}[law])


def test_a_form_that_would_be_nowhere_is_not_opened(
    opened: Opened, alice: User, carol: User, settings: Settings
) -> None:
    settings.PRIVACY_PUBLIC_URL = ""

    assert "must set PRIVACY_PUBLIC_URL" in said(opened(alice), f"{LIST}/form", {"open": "yes"})
    assert opened(carol).post(f"{LIST}/form", {"open": "yes"}).status_code == 403
    assert not SubjectForm.objects.filter(is_open=True).exists()
