"""Flows on a page: drawn, counted, and their dead letters sent again or dropped without being shown."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection
from pytest_django import Settings

from privacy_service.console.drawing import drawing_of
from privacy_service.console.management.commands.demo_flow import demo_flow
from privacy_service.console.rates import rates_of
from privacy_service.decisions.models import PendingAct
from privacy_service.streams.brokers.redis_streams import RedisBroker
from privacy_service.streams.brokers.types import Batch, Letter, Made
from privacy_service.streams.flow import Converter, Flow, Operator, Service, Topic, Transform
from privacy_service.streams.models import RegisteredFlow, RegisteredTopic
from privacy_service.streams.records import Failed, Record, Trouble
from privacy_service.streams.registering import register_topics
from privacy_service.streams.standing import AWAY, Brokers, Standing, Step, brokers_of, standing_of
from tests.console.conftest import Opened
from tests.factories import make_workspace
from tests.managing.rights import give
from tests.streams.making import empty_broker
from workspaces.models import Membership, User, Workspace

JOBS, CANARY = "/console/w/acme/jobs", "dora.canary@example.com"
NOBODY = "redis://127.0.0.1:1/0"


@pytest.fixture
def broker() -> Iterator[RedisBroker]:
    """Return acme's topics, on a Redis with nothing in it."""
    with empty_broker() as broker:
        yield broker


@pytest.fixture
def flow(workspace: Workspace, broker: RedisBroker) -> RegisteredFlow:
    """Return a flow of acme that has read three records: one went on, two could not."""
    register_topics(make_flow())
    broker.write("raw", [Record(CANARY.encode(), b"key-canary"), Record(b"two"), Record(b"three")])
    reader = broker.reader("mask", ("raw",), "one", stalled_seconds=9)
    batch = read(reader)
    failed = Failed(Trouble.REFUSED, "it has no field")
    letters = [Letter(record, "mask", "sort", "raw", failed) for record in batch.records[:2]]
    reader.commit(batch, Made({"masked": [batch.records[2]]}, letters=letters, counts={"sort": (1, 2)}))
    reader.close()
    return RegisteredFlow.objects.get(workspace=workspace)


def make_flow(namespace: str = "acme") -> Flow:
    """Return a flow of one service with one step."""
    topics = {name: Topic(name, Converter.RAW) for name in ("raw", "masked")}
    service = Service("mask", ("raw",), (Transform(Operator.MAP, "sort"),), ("masked",))
    return Flow("to-teams", "0.1.0", namespace, Path(), (), topics, (service,))


def read(reader: object) -> Batch:
    """Return what a reader gets next; the first look is for what it had before."""
    reader.read(10, 0)  # type: ignore[attr-defined]
    batch: Batch = reader.read(10, 0)  # type: ignore[attr-defined]
    return batch


def letters_at(flow: RegisteredFlow) -> str:
    return f"/console/w/acme/flows/{flow.pk}/mask"


def ids(broker: RedisBroker) -> list[str]:
    return [head.id for head in broker.heads("mask.dead-letters", 10)]


def values(broker: RedisBroker, topic: str) -> list[tuple[bytes, bytes]]:
    return [(one.value, one.key) for one in broker.browse(topic, from_beginning=True, follow=False)]


def test_a_flow_is_drawn_with_what_it_has_done(opened: Opened, flow: RegisteredFlow, alice: User) -> None:
    page = opened(alice).get(JOBS).content.decode()

    assert 'aria-label="raw → mask (sort) → masked"' in page
    assert 'aria-label="2 dead letters of mask"' in page
    assert '<tspan class="bad"> \N{MINUS SIGN}2</tspan>' in page
    assert CANARY not in page


def test_a_flow_that_starts_anew_is_drawn_as_it_is_now(flow: RegisteredFlow) -> None:
    changed = make_flow()
    service = Service("mask", ("raw",), (), ("masked",))
    register_topics(Flow("to-teams", "0.2.0", "acme", Path(), (), changed.topics, (service,)))
    flow.refresh_from_db()

    assert (flow.version, flow.services) == (
        "0.2.0",
        [{"name": "mask", "sources": ["raw"], "steps": [], "sinks": ["masked"]}],
    )


def test_dead_letters_are_told_by_what_stands_beside_them(opened: Opened, flow: RegisteredFlow, alice: User) -> None:
    page = opened(alice).get(letters_at(flow)).content.decode()

    assert page.count("The function refused it") == 2
    assert "it has no field" in page
    assert CANARY not in page
    assert "key-canary" not in page


def told_of_letters() -> list[str]:
    """Return what the trail is told of dead letters, in order."""
    return [act.line for act in PendingAct.objects.filter(line__contains='"letters-settled"').order_by("pk")]


def test_letters_are_sent_again_as_they_were(
    opened: Opened, flow: RegisteredFlow, alice: User, broker: RedisBroker
) -> None:
    first = ids(broker)[-1]
    page = opened(alice).post(f"{letters_at(flow)}/settle", {"act": "again", "letter": [first, "1-1"]}, follow=True)
    asked, told = told_of_letters()

    assert "1 record was sent again." in page.content.decode()
    assert values(broker, "raw")[-1] == (CANARY.encode(), b"key-canary")
    assert broker.size("mask.dead-letters") == 1
    assert '"count":1' in told
    assert '"done":"sent-again"' in told
    assert '"done":"send-again-asked"' in asked
    assert CANARY not in asked + told


def test_a_letter_goes_back_to_no_topic_but_its_own(flow: RegisteredFlow, broker: RedisBroker) -> None:
    assert broker.send_again("mask.dead-letters", "masked", ids(broker)) == 0
    assert broker.size("mask.dead-letters") == 2


def test_letters_are_dropped(opened: Opened, flow: RegisteredFlow, alice: User, broker: RedisBroker) -> None:
    page = opened(alice).post(f"{letters_at(flow)}/settle", {"act": "drop", "letter": ids(broker)}, follow=True)

    assert "2 records are gone." in page.content.decode()
    assert "No dead letter" in page.content.decode()
    assert len(values(broker, "raw")) == 3


@pytest.mark.parametrize("letters", [[], ["no id"], ["1-1"] * 3])
def test_ids_that_name_no_letter_change_nothing(
    opened: Opened, flow: RegisteredFlow, alice: User, broker: RedisBroker, letters: list[str]
) -> None:
    opened(alice).post(f"{letters_at(flow)}/settle", {"act": "again", "letter": letters})

    assert (broker.size("mask.dead-letters"), len(values(broker, "raw"))) == (2, 3)


@pytest.mark.parametrize("act", ["again", "drop"])
def test_the_trail_is_told_before_the_broker_is_asked_and_no_row_is_locked_meanwhile(
    opened: Opened, flow: RegisteredFlow, alice: User, broker: RedisBroker, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside, found, seen = len(connection.savepoint_ids), Brokers.of, []

    def look(brokers: Brokers, topic: str) -> RedisBroker:
        seen.append((len(connection.savepoint_ids) - outside, len(told_of_letters())))
        return found(brokers, topic)

    client, letter = opened(alice), ids(broker)
    monkeypatch.setattr(Brokers, "of", look)
    client.post(f"{letters_at(flow)}/settle", {"act": act, "letter": letter})

    assert (seen[0], len(told_of_letters())) == ((0, 1), 2)


def test_who_else_reads_the_topic_is_named_before_anything_is_sent_again(
    opened: Opened, flow: RegisteredFlow, alice: User
) -> None:
    service = {"name": "count", "sources": ["raw"], "steps": [], "sinks": ["counted"]}
    RegisteredFlow.objects.create(workspace=flow.workspace, name="counting", version="1.0.0", services=[service])

    assert "get them once more: count." in opened(alice).get(letters_at(flow)).content.decode()


def test_a_broker_that_is_away_is_said_so_and_asked_once(
    opened: Opened, flow: RegisteredFlow, alice: User, broker: RedisBroker
) -> None:
    waiting = ids(broker)
    RegisteredTopic.objects.update(address=NOBODY)
    client = opened(alice)
    page = client.get(JOBS).content.decode()
    again = client.post(f"{letters_at(flow)}/settle", {"act": "again", "letter": waiting}, follow=True).content.decode()
    with brokers_of(flow.workspace) as brokers:
        [standing] = standing_of(flow, brokers)

    assert "The broker of this flow does not answer" in page
    assert "not known now" in page
    assert "Nothing was changed; try again shortly." in again
    assert ['"done":"send-again-asked"' in line for line in told_of_letters()] == [True]
    assert "The broker does not answer" in client.get(letters_at(flow)).content.decode()
    assert (standing.problem, standing.steps) == (AWAY, (Step("sort"),))


def test_topics_on_kafka_have_no_figures_here(opened: Opened, flow: RegisteredFlow, alice: User) -> None:
    RegisteredTopic.objects.update(address="kafka://one.example:9093")

    assert "on Kafka: its figures are in the metrics" in opened(alice).get(JOBS).content.decode()


def test_without_a_flow_the_page_says_how_one_comes(opened: Opened, workspace: Workspace, alice: User) -> None:
    assert "whose namespace is acme" in opened(alice).get(JOBS).content.decode()


def test_flows_of_another_workspace_are_not_there(opened: Opened, flow: RegisteredFlow, alice: User) -> None:
    register_topics(make_flow(make_workspace("other").slug))
    theirs = RegisteredFlow.objects.get(workspace__slug="other")
    client = opened(alice)

    assert client.get(letters_at(theirs)).status_code == 404
    assert client.post(f"{letters_at(theirs)}/settle", {"act": "drop", "letter": "1-1"}).status_code == 404
    assert client.get(letters_at(flow).replace("/mask", "/none")).status_code == 404
    assert client.post(f"{letters_at(flow)}/settle", {"act": "burn", "letter": "1-1"}).status_code == 404


def test_dead_letters_are_for_who_may_run_jobs(opened: Opened, flow: RegisteredFlow, bob: User) -> None:
    before = opened(bob).get(letters_at(flow)).status_code
    give(Membership.objects.get(user=bob), "run_jobs")

    assert (before, opened(bob).get(letters_at(flow)).status_code) == (403, 200)


def service(name: str, sources: tuple[str, ...], sinks: tuple[str, ...], done: int = 0) -> Standing:
    """Return how a service of one step stands."""
    return Standing(name, sources, sinks, (Step("step", done, 0),))


DRAWN = [
    (
        [service("a", ("in",), ("mid",)), service("b", ("mid",), ("out",))],
        {"in": 0, "a": 1, "mid": 2, "b": 3, "out": 4},
    ),
    (
        [service("b", ("mid",), ("out",)), service("a", ("in",), ("mid",))],
        {"in": 0, "a": 1, "mid": 2, "b": 3, "out": 4},
    ),
    ([service("a", ("one",), ("two",)), service("b", ("two",), ("one",))], {"one": 0, "a": 1, "two": 2, "b": 3}),
    ([service("a", ("in", "more"), ("out",))], {"in": 0, "more": 0, "a": 1, "out": 2}),
]


@pytest.mark.parametrize(("services", "columns"), DRAWN)
def test_a_drawing_goes_from_left_to_right(services: list[Standing], columns: dict[str, int]) -> None:
    drawing = drawing_of(services, {})

    assert {box.name: box.column for box in drawing.boxes} == columns
    assert len(drawing.paths) == sum(len(one.sources) + len(one.sinks) for one in services)
    assert all(box.x >= 0 and box.x + box.width <= drawing.width for box in drawing.boxes)
    assert all(box.y >= 0 and box.y + box.height <= drawing.height for box in drawing.boxes)


def test_a_rate_is_what_was_carried_since_the_last_looks(workspace: Workspace) -> None:
    cache.delete(f"flow-rates:{workspace.pk}")
    looks = [(0.0, 100), (1.0, 150), (10.0, 600), (70.0, 600), (72.0, 0)]
    rates = [rates_of(workspace, [service("a", ("in",), ("out",), done)], 1000 + at) for at, done in looks]

    # The first two are one reading; those that are over a minute old, and a count that fell, say nothing.
    assert rates == [{}, {}, {"a": 50.0}, {"a": 0.0}, {}]


def test_without_a_cache_there_is_no_rate_and_the_page_goes_on(workspace: Workspace, settings: Settings) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": NOBODY}}

    assert rates_of(workspace, [service("a", ("in",), ("out",))]) == {}


def test_the_flow_of_the_demo_is_one_that_could_be_written(workspace: Workspace) -> None:
    register_topics(demo_flow())

    assert {one["name"] for one in RegisteredFlow.objects.get().services} == {"mask-events", "sort-events"}
