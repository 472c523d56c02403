"""Emergency access over HTTP: asked for by oneself, answered by a second person, seen by whoever may, ended by time."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from privacy_service.decisions import audit
from privacy_service.decisions.engine import decide
from privacy_service.decisions.types import AccessRequest, Reason
from tests.factories import make_key
from tests.managing.conftest import Api, person
from workspaces import tasks
from workspaces.models import Emergency, User, Workspace

ASKED = {"minutes": 30, "reason": "Ticket 4711: a refund went astray"}
PATH = "/emergency-accesses"


@pytest.fixture
def reader(erin: User) -> Api:
    """Return the API as erin's own key opens it."""
    return person(erin)


def reason_for(user: User, workspace: Workspace) -> Reason:
    return decide(AccessRequest(user, workspace)).reason


def test_asked_for_approved_and_over(
    reader: Api, owner: Api, erin: User, alice: User, released_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = reader.post(PATH, ASKED, Idempotency_Key="once")
    again = reader.post(PATH, ASKED, Idempotency_Key="once")
    waiting = reason_for(erin, released_workspace)
    approved = owner.post(f"{asked.headers['Location']}/approve", {})
    during = reason_for(erin, released_workspace)
    tasks.tell_owners(asked.json["id"])
    later = timezone.now() + timedelta(minutes=31)
    monkeypatch.setattr(timezone, "now", lambda: later)

    assert (asked.status, asked.json["state"], asked.json["user"]["id"]) == (201, "asked", str(erin.pk))
    assert again.json == asked.json
    assert (approved.status, approved.json["state"]) == (200, "approved")
    assert approved.json["decided_by"] == {"id": str(alice.pk), "name": "Alice"}
    assert (waiting, during) == (Reason.ROLE_LACKS_PII, Reason.BREAK_GLASS)
    assert [message.to for message in mail.outbox] == [["alice@example.com"]]
    assert reason_for(erin, released_workspace) is Reason.ROLE_LACKS_PII
    assert [(one["state"], one["owners_told"]) for one in reader.get(PATH).json["emergency_accesses"]] == [
        ("ended", True)
    ]


def test_where_the_workspace_says_so_it_begins_at_once(
    reader: Api, owner: Api, erin: User, released_workspace: Workspace
) -> None:
    changed = owner.change("", {"break_glass": "at_once", "break_glass_minutes": 45})

    reply = reader.post(PATH, ASKED)

    assert (changed.json["break_glass"], changed.json["break_glass_minutes"]) == ("at_once", 45)
    assert (reply.json["state"], reply.json["decided_by"]["id"]) == ("approved", str(erin.pk))
    assert reason_for(erin, released_workspace) is Reason.BREAK_GLASS


def test_whoever_takes_its_grant_ends_it(
    reader: Api, owner: Api, erin: User, alice: User, released_workspace: Workspace
) -> None:
    released_workspace.break_glass = "at_once"
    released_workspace.save()
    asked = reader.post(PATH, ASKED)
    taken = owner("DELETE", f"/grants/{Emergency.objects.get().grant_id}")

    assert (taken.status, reader.get(f"{PATH}/{asked.json['id']}").json["state"]) == (204, "ended")
    assert reason_for(erin, released_workspace) is Reason.ROLE_LACKS_PII
    assert reader.post(PATH, ASKED).status == 201


def test_it_is_refused_or_ended_early(reader: Api, owner: Api, erin: User, released_workspace: Workspace) -> None:
    first = reader.post(PATH, ASKED).headers["Location"]
    refused = owner.post(f"{first}/refuse", {}).json["state"]
    second = reader.post(PATH, ASKED).headers["Location"]
    owner.post(f"{second}/approve", {})
    ended = reader.post(f"{second}/end", {}).json["state"]

    assert (refused, ended) == ("refused", "ended")
    assert reason_for(erin, released_workspace) is Reason.ROLE_LACKS_PII
    assert owner.post(f"{second}/end", {}).reason == "conflict"
    assert owner.post(f"{first}/approve", {}).reason == "conflict"


def test_nobody_approves_their_own(owner: Api, alice: User) -> None:
    asked = owner.post(PATH, ASKED)

    reply = owner.post(f"{asked.headers['Location']}/approve", {})

    assert (reply.status, reply.reason) == (409, "conflict")
    assert reply.json["detail"] == "A second person answers: nobody approves their own emergency access."


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"minutes": 61, "reason": ASKED["reason"]}, "minutes"),
        ({"minutes": 0, "reason": ASKED["reason"]}, "minutes"),
        ({"minutes": "many", "reason": ASKED["reason"]}, "minutes"),
        ({"minutes": 5, "reason": "short"}, "reason"),
        ({"minutes": 5}, "reason"),
        ({**ASKED, "user": "bob@example.com"}, "user"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_by_field(reader: Api, body: object, field: str) -> None:
    reply = reader.post(PATH, body)

    assert (reply.status, list(reply.json["errors"])) == (422, [field])
    assert not Emergency.objects.exists()


def test_a_second_request_waits_for_the_first(reader: Api) -> None:
    reader.post(PATH, ASKED)

    assert reader.post(PATH, ASKED).reason == "conflict"


def test_whoever_lacks_the_right_asks_and_answers_nothing(reader: Api, bob: User) -> None:
    path = reader.post(PATH, ASKED).headers["Location"]

    assert person(bob).post(PATH, ASKED).reason == "permission-missing"
    assert person(bob).post(f"{path}/approve", {}).reason == "permission-missing"
    assert person(bob).post(f"{path}/end", {}).reason == "no-such-resource"
    assert person(bob).get(PATH).json["emergency_accesses"] == []
    assert person(bob).get(path).reason == "no-such-resource"


def test_a_backends_word_neither_asks_nor_answers(reader: Api, erin: User, workspace: Workspace, alice: User) -> None:
    path = reader.post(PATH, ASKED).headers["Location"]
    key = make_key(workspace, name="taken-over")

    asked = Api(key, actor="erin@example.com").post(PATH, ASKED)
    answered = [Api(key, actor="alice@example.com").post(f"{path}/{act}", {}) for act in ("approve", "refuse")]

    assert [(one.status, one.reason) for one in (asked, *answered)] == [(403, "actor-not-proven")] * 3
    assert Emergency.objects.get().state == "asked"
    # Ending shows less, and seeing who broke the glass shows nothing of the data.
    assert Api(key, actor="alice@example.com").post(f"{path}/end", {}).json["state"] == "ended"


def test_owners_see_all_and_filter(reader: Api, owner: Api, erin: User, alice: User) -> None:
    path = reader.post(PATH, ASKED).headers["Location"]
    owner.post(f"{path}/refuse", {})
    owner.post(PATH, ASKED)

    def users(query: str) -> list[str]:
        return [one["user"]["name"] for one in owner.get(f"{PATH}?{query}").json["emergency_accesses"]]

    assert users("") == ["Alice", "Erin"]
    assert users("open=true") == ["Alice"]
    assert users("open=false") == ["Erin"]
    assert users(f"user={erin.pk}") == ["Erin"]


def test_what_nobody_answered_within_a_day_has_lapsed(reader: Api, owner: Api) -> None:
    path = reader.post(PATH, ASKED).headers["Location"]
    Emergency.objects.update(asked_at=timezone.now() - timedelta(hours=25))

    assert owner.get(path).json["state"] == "lapsed"
    assert owner.post(f"{path}/approve", {}).reason == "conflict"
    assert reader.post(PATH, ASKED).status == 201


def test_each_step_is_in_the_trail(reader: Api, owner: Api) -> None:
    path = reader.post(PATH, ASKED).headers["Location"]
    owner.post(f"{path}/approve", {})
    owner.post(f"{path}/end", {})
    audit.ship()

    told = [one["kind"] for one in owner.get("/audit?ordering=at&resource_type=emergency").json["records"]]

    assert told == ["break-glass-asked", "break-glass-approved", "break-glass-ended"]
