"""Topics over HTTP: who may read which, what they see of each record, and how a right that goes ends it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import orjson
import pytest
from django.conf import LazySettings, settings
from django.test import Client

from privacy_service.decisions import audit
from privacy_service.observability import metrics
from privacy_service.rollout import release
from privacy_service.streams.brokers.redis_streams import RedisBroker
from privacy_service.streams.flow import Access
from privacy_service.streams.models import RegisteredTopic
from privacy_service.streams.records import Record
from privacy_service.streams.topics import following
from tests.asking import Reply, through_django
from tests.factories import make_key, make_workspace
from tests.streams.making import empty_broker
from workspaces.keys import Scope
from workspaces.models import Membership, User, Workspace
from workspaces.stamp import stamp

ALICE = b'{"name":"alice",\n "ssn":"123-45-6789","n":1.50}'
MASKED = b'{"name":"<PERSON>",  "ssn":"***-**-****","n":1.50}'
LAID = b'{"name":"alice",  "ssn":"123-45-6789","n":1.50}'

Read = Callable[..., Reply]


@pytest.fixture
def broker() -> Iterator[RedisBroker]:
    """Return acme's topics, with nothing in them."""
    with empty_broker() as broker:
        yield broker


@pytest.fixture
def topic(released_workspace: Workspace, broker: RedisBroker) -> RegisteredTopic:
    """Return a topic with one record, as each member's role says."""
    broker.write("events", [Record(ALICE)])
    return RegisteredTopic.objects.create(workspace=released_workspace, name="events", access=Access.DECIDED)


@pytest.fixture
def read(key: str) -> Read:
    """Read acme's topic as somebody."""

    def read(actor: str, path: str = "/events", *, method: str = "GET", **headers: str) -> Reply:
        sent = {"Authorization": f"Bearer {key}", "X-Actor": f"{actor}@example.com"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return through_django(method, f"/v1/workspaces/acme/topics{path}", b"", sent)

    return read


def lines(reply: Reply) -> list[Any]:
    """Return what each line says."""
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "application/x-ndjson"
    return [orjson.loads(line) for line in reply.body.splitlines()]


@pytest.mark.parametrize(
    ("access", "reader", "expected"),
    [
        (Access.DECIDED, "bob", MASKED),
        (Access.DECIDED, "carol", LAID),
        (Access.DECIDED, "alice", LAID),
        (Access.DECIDED, "mallory", "not-a-member"),
        (Access.RESTRICTED, "bob", "permission-missing"),
        (Access.RESTRICTED, "carol", LAID),
        (Access.RESTRICTED, "alice", LAID),
        (Access.RESTRICTED, "mallory", "not-a-member"),
        (Access.OPEN, "bob", LAID),
        (Access.OPEN, "carol", LAID),
        (Access.OPEN, "mallory", "not-a-member"),
    ],
)
def test_each_reader_sees_what_the_topic_and_their_role_say(
    topic: RegisteredTopic, alice: User, bob: User, carol: User, mallory: User, read: Read, access: Access, reader: str,
    expected: bytes | str,
) -> None:  # fmt: skip
    topic.access = access
    topic.save()

    reply = read(reader)

    if isinstance(expected, str):
        assert (reply.status, reply.reason) == (403, expected)
        assert b"123-45" not in reply.body
        return
    [line] = reply.body.splitlines()
    assert line.endswith(b',"value":' + expected + b"}")
    assert reply.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(("access", "status"), [(Access.RESTRICTED, 403), (Access.DECIDED, 200), (Access.OPEN, 200)])
def test_without_the_release_raw_topics_stay_closed_and_strangers_outside(
    topic: RegisteredTopic, bob: User, mallory: User, read: Read, access: Access, status: int
) -> None:
    release.override(topic.workspace, setting=False)
    topic.access = access
    topic.save()

    assert read("bob").status == status
    assert read("mallory").status == 403


def test_records_of_every_make_are_shown_on_one_line_each(
    topic: RegisteredTopic, bob: User, broker: RedisBroker, read: Read
) -> None:
    broker.write(
        "events",
        [
            Record(b"write to alice@example.com\ntoday", b"alice@example.com"),
            Record(b'{"ssn":"1-2"}\n{"ssn":"3"}'),
            Record(b"\xff123-45-6789"),
            Record("123-45-6789".encode("utf-16-le")),
            Record(b'{"ssn": "123-45-6789"'),
            Record(b"[" * 300 + b"]" * 300),
            Record(b""),
        ],
    )

    seen = [{key: value for key, value in line.items() if key != "id"} for line in lines(read("bob"))[1:]]

    withheld = {"withheld": "it cannot be read as UTF-8 text or JSON"}
    assert seen == [
        {"key": "<EMAIL_ADDRESS>", "value": "write to <EMAIL_ADDRESS>\ntoday"},
        {"value": '{"ssn":"*-*"}\n{"ssn":"*"}'},
        withheld,
        withheld,
        {"value": '{"ssn": "***-**-****"'},
        withheld,
        {"value": ""},
    ]


def test_reading_goes_on_where_it_ended(topic: RegisteredTopic, bob: User, broker: RedisBroker, read: Read) -> None:
    broker.write("events", [Record(str(number).encode()) for number in range(120)])

    first = lines(read("bob"))
    rest = lines(read("bob", f"/events?from={first[-1]['id']}&count=1000"))

    assert [len(first), len(rest)] == [100, 21]
    assert rest[-1]["value"] == "119"
    assert lines(read("bob", "/events?from=end")) == []
    assert lines(read("bob", "/events?count=1", Last_Event_ID=first[98]["id"]))[0] == first[99]


def test_an_answer_ends_before_it_is_too_large(
    topic: RegisteredTopic, bob: User, broker: RedisBroker, read: Read, settings: LazySettings
) -> None:
    settings.PRIVACY_BODY_LIMIT_BYTES = 1000
    broker.write("events", [Record(b"x" * 100)] * 200)

    assert len(lines(read("bob", "/events?count=1000"))) == 50


@pytest.mark.parametrize(
    ("path", "headers", "status", "reason", "says"),
    [
        ("/events?count=0", {}, 400, "bad-request", "`count` is a number from 1 to 1000."),
        ("/events?count=1001", {}, 400, "bad-request", "`count` is a number"),
        ("/events?count=%C2%B2", {}, 400, "bad-request", "`count` is a number"),
        ("/events?count=1&count=2", {}, 400, "bad-request", "`count` is a number"),
        ("/events?from=yesterday", {}, 400, "bad-request", "`from` is beginning, end, or the id"),
        ("/events?from=1", {}, 400, "bad-request", "`from` is beginning"),
        ("/events", {"Last_Event_ID": "$"}, 400, "bad-request", "`from` is beginning"),
        ("/events?follow=yes", {}, 400, "bad-request", "`follow` is true or false."),
        ("/events?actor=alice", {}, 400, "bad-request", "A topic is read with from, count, follow"),
        ("/nothing", {}, 404, "unknown-topic", "Topics are listed at"),
        ("/no%00thing", {}, 404, "unknown-topic", "Topics are listed at"),
        ("/events", {"Authorization": "Bearer nonsense"}, 401, "key-refused", "Send a key"),
        ("/events", {"X_Actor": ""}, 400, "actor-missing", ""),
    ],
)
def test_what_cannot_be_answered_says_what_to_do(
    topic: RegisteredTopic,
    bob: User,
    read: Read,
    path: str,
    headers: dict[str, str],
    status: int,
    reason: str,
    says: str,
) -> None:
    reply = read("bob", path, **headers)

    assert (reply.status, reply.reason) == (status, reason)
    assert says in reply.json["detail"]


def test_topics_are_read_and_nothing_else(topic: RegisteredTopic, bob: User, read: Read) -> None:
    reply = read("bob", method="POST")

    assert (reply.status, reply.reason) == (405, "method-not-allowed")


def test_a_key_needs_the_scope(topic: RegisteredTopic, bob: User, read: Read) -> None:
    key = make_key(topic.workspace, name="masker", scopes=(Scope.MASK, Scope.READ))

    assert read("bob", Authorization=f"Bearer {key}").reason == "scope-missing"


def test_another_workspaces_topics_are_not_there(topic: RegisteredTopic, bob: User, read: Read) -> None:
    RegisteredTopic.objects.create(workspace=make_workspace("other"), name="theirs", access=Access.OPEN)

    assert read("bob", "/theirs").reason == "unknown-topic"


def withheld() -> float:
    """Return how many answers were withheld for a failure, here and in all processes."""
    metrics.fail_closed.flush()
    return float(metrics.fail_closed.flushed.total())


@pytest.mark.parametrize("password", ["", "canary"])
def test_a_broker_that_is_away_shows_nothing(
    topic: RegisteredTopic, bob: User, read: Read, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    monkeypatch.setenv("BROKER_PASSWORD", password)  # Without one the address is not whole.
    topic.address = "redis://:${BROKER_PASSWORD}@127.0.0.1:1/0"
    topic.save()
    before = withheld()
    reply = read("bob")

    assert (reply.status, reply.reason) == (503, "unavailable")
    assert b"canary" not in reply.body
    assert withheld() == before + 1


def test_topics_on_kafka_are_not_offered(topic: RegisteredTopic, bob: User, read: Read) -> None:
    topic.address = "kafka://far:9092"
    topic.save()

    assert read("bob").reason == "not-offered"


def test_what_a_reader_got_is_on_record_before_they_get_it(
    topic: RegisteredTopic, bob: User, broker: RedisBroker, read: Read
) -> None:
    broker.write("events", [Record(b"alice@example.com")] * 60)
    assert len(lines(read("bob"))) == 61

    first, second = told()
    assert [first["entities"], second["entities"]] == [
        {"EMAIL_ADDRESS": 49, "PERSON": 1, "US_SSN": 1},
        {"EMAIL_ADDRESS": 11},
    ]
    assert first["id"] != second["id"]
    assert first["detail"]["request_id"] == second["detail"]["request_id"]
    assert {first["endpoint"], first["effect"], first["actor_id"]} == {"topic-decided", "mask", str(bob.pk)}


def told() -> list[Any]:
    """Return what the spool holds."""
    return [
        orjson.loads(line)
        for segment in sorted(audit.spool().directory.glob("*"))
        for line in segment.read_bytes().strip(b"\0\n").splitlines()
        if b'"decision"' in line
    ]


def test_a_trail_that_cannot_be_kept_keeps_the_records_back(
    topic: RegisteredTopic, bob: User, read: Read, settings: LazySettings, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    settings.PRIVACY_AUDIT_SPOOL_DIR = tmp_path / "file/spool"
    audit.spool.cache_clear()

    reply = read("bob")

    assert reply.status == 503
    assert b"alice" not in reply.body


def test_members_list_the_topics(topic: RegisteredTopic, bob: User, mallory: User, read: Read) -> None:
    RegisteredTopic.objects.create(workspace=topic.workspace, name="masked", access=Access.OPEN, flow="masking")
    reply = read("bob", "")

    assert reply.json["topics"] == [
        {"name": "events", "access": "decided", "flow": ""},
        {"name": "masked", "access": "open", "flow": "masking"},
    ]
    assert read("mallory", "").status == 404


@pytest.fixture
def follow(key: str) -> Iterator[Callable[..., Iterator[bytes]]]:
    """Follow acme's topic as somebody, and leave when the test is over."""
    opened: list[Any] = []

    def follow(actor: str = "bob", query: str = "", **headers: str) -> Iterator[bytes]:
        sent: dict[str, Any] = {"HTTP_AUTHORIZATION": f"Bearer {key}", "HTTP_X_ACTOR": f"{actor}@example.com"}
        sent |= {"HTTP_ACCEPT": "text/event-stream", **headers}
        response: Any = Client().get(f"/v1/workspaces/acme/topics/events{query}", **sent)
        assert response.streaming
        assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert response.headers["X-Accel-Buffering"] == "no"
        opened.append(response)
        return iter(response.streaming_content)

    yield follow
    for response in opened:
        leave(response)


def leave(response: Any) -> None:
    """End a connection as the server does, but for its database connection, which is the test's."""
    for close in response._resource_closers:
        close()


def event(piece: bytes) -> tuple[str, Any]:
    """Return an event's id or name, and what it says."""
    name, _, data = piece.decode().strip().partition("\n")
    return name, orjson.loads(data.removeprefix("data: "))


def test_records_come_as_events_while_they_are_written(
    topic: RegisteredTopic, bob: User, broker: RedisBroker, follow: Callable[..., Iterator[bytes]]
) -> None:
    events = follow()
    assert next(events) == b": nothing new\n\n"
    name, first = event(next(events))
    broker.write("events", [Record(b"alice@example.com")])
    later = event(next(events))

    assert name == f"id: {first['id']}"
    assert first["value"] == {"name": "<PERSON>", "ssn": "***-**-****", "n": 1.5}
    assert later[1]["value"] == "<EMAIL_ADDRESS>"


def test_a_reader_whose_connection_broke_goes_on_behind_the_last_event(
    topic: RegisteredTopic, bob: User, broker: RedisBroker, follow: Callable[..., Iterator[bytes]]
) -> None:
    broker.write("events", [Record(b"second")])
    events = follow()
    next(events)
    last = next(events).split(b"\n\n")[0].split(b"\n")[0].removeprefix(b"id: ").decode()
    again = follow(query="?count=1", HTTP_LAST_EVENT_ID=last)
    next(again)

    assert event(next(again))[1]["value"] == "second"
    assert event(next(again)) == ("event: end", {"ended": "count"})


@pytest.mark.parametrize("access", [Access.DECIDED, Access.RESTRICTED])
def test_a_right_that_is_taken_away_ends_the_connection_within_two_seconds(
    topic: RegisteredTopic, carol: User, broker: RedisBroker, follow: Callable[..., Iterator[bytes]], access: Access
) -> None:
    topic.access = access
    topic.save()
    events = follow("carol")
    next(events), next(events)
    Membership.objects.get(user=carol).delete()
    stamp.forget()
    gone_at = monotonic()
    broker.write("events", [Record(b"canary")])

    assert event(next(events)) == ("event: end", {"ended": "not-a-member"})
    assert monotonic() - gone_at < 2
    assert list(events) == []


def test_a_topic_that_is_closed_to_members_ends_their_connections(
    topic: RegisteredTopic, bob: User, broker: RedisBroker, follow: Callable[..., Iterator[bytes]]
) -> None:
    events = follow()
    next(events), next(events)
    topic.access = Access.RESTRICTED
    topic.save()
    broker.write("events", [Record(b"canary")])

    assert event(next(events)) == ("event: end", {"ended": "permission-missing"})


def test_a_connection_ends_after_a_while_and_says_so(
    topic: RegisteredTopic, bob: User, follow: Callable[..., Iterator[bytes]], settings: LazySettings
) -> None:
    settings.PRIVACY_TOPIC_FOLLOW_SECONDS = 0.01
    events = follow()
    next(events), next(events)

    assert event(next(events)) == ("event: end", {"ended": "time"})


def test_only_some_readers_follow_at_once(
    topic: RegisteredTopic, bob: User, read: Read, follow: Callable[..., Iterator[bytes]]
) -> None:
    seats = [follow() for _ in range(settings.PRIVACY_TOPIC_FOLLOWERS)]
    refused = read("bob", "/events?follow=true")

    assert (refused.status, refused.reason, refused.headers["Retry-After"]) == (429, "rate-exceeded", "5")
    assert len(seats) == 4
    assert lines(read("bob")) != []


def test_a_reader_who_leaves_frees_their_seat(topic: RegisteredTopic, bob: User, key: str) -> None:
    for _ in range(2 * settings.PRIVACY_TOPIC_FOLLOWERS):
        response = Client().get(
            "/v1/workspaces/acme/topics/events?follow=true",
            HTTP_AUTHORIZATION=f"Bearer {key}",
            HTTP_X_ACTOR="bob@example.com",
        )
        assert response.status_code == 200
        leave(response)

    assert following._seats._value == settings.PRIVACY_TOPIC_FOLLOWERS
