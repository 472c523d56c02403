"""Fields of what passes come into the Inbox beside its answers: names and kinds, no value, no shape."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError
from pytest_django import Settings

from classifier import PayloadKind
from privacy_service.enforcement import witnessing
from privacy_service.enforcement.enforce import Payload
from privacy_service.enforcement.witnessing import Passing
from privacy_service.inventory.models import Field, InventorySettings
from privacy_service.inventory.passing import Onlooker, records_of
from privacy_service.streams.brokers.types import Batch, Made
from privacy_service.streams.records import Record
from privacy_service.streams.witnessing import witnessed
from tests.asking import through_hot_path
from tests.factories import make_source
from tests.inventory.conftest import CANARY
from workspaces.models import AccessStamp, User, Workspace

EVENT = b'{"traits":{"email":"dora.canary@example.com","plan":"gold","dora":1}}'


class StillOnlooker(Onlooker):
    """One whose thread does not start: the test itself works the queue off."""

    def __init__(self) -> None:
        super().__init__()
        self._thread = object()  # type: ignore[assignment]

    def work_all(self) -> None:
        """Look at everything that waits."""
        while self._queue:
            self.work_off()


@pytest.fixture
def onlooker(workspace: Workspace, settings: Settings) -> Iterator[StillOnlooker]:
    """Return an onlooker that takes everything."""
    settings.PRIVACY_INVENTORY_SHARE = 1.0
    still = StillOnlooker()
    witnessing.WITNESSES.append(still)
    yield still
    witnessing.WITNESSES.remove(still)


def ask(key: str, body: bytes = EVENT, **headers: str) -> int:
    sent = {"Authorization": f"Bearer {key}", "X-Actor": "bob@example.com", "Content-Type": "application/json"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    return through_hot_path("POST", "/v1/workspaces/acme/mask", body, sent).status


def seen() -> set[tuple[str, str, str]]:
    return {(one.source, one.place, one.path) for one in Field.objects.all()}


def test_what_is_masked_is_looked_at(
    released_workspace: Workspace, bob: User, key: str, onlooker: StillOnlooker
) -> None:
    make_source(released_workspace, "web")

    status = ask(key, PII_Source="web")
    onlooker.work_all()

    assert status == 200
    assert seen() == {("web", "mask", f"/traits/{name}") for name in ("email", "plan", "*")}
    assert not any(needle in str(list(Field.objects.values())) for needle in (CANARY, "dora", "gold", "***"))


def test_before_the_release_it_is_looked_at_too(
    workspace: Workspace, bob: User, key: str, onlooker: StillOnlooker
) -> None:
    ask(key)
    onlooker.work_all()

    assert Field.objects.get(path="/traits/email").kinds == {"EMAIL_ADDRESS": 1}


def test_strangers_fill_no_inbox(released_workspace: Workspace, key: str, onlooker: StillOnlooker) -> None:
    status = ask(key)
    onlooker.work_all()

    assert (status, seen()) == (403, set())


def test_the_same_again_costs_no_query(
    released_workspace: Workspace, bob: User, key: str, onlooker: StillOnlooker, django_assert_max_num_queries: Any
) -> None:
    ask(key)
    onlooker.work_all()
    ask(key)

    with django_assert_max_num_queries(1):  # The policy's own matchers; within a test's transaction nothing is kept.
        onlooker.work_all()


def test_a_workspace_can_have_none_of_it(workspace: Workspace, bob: User, key: str, onlooker: StillOnlooker) -> None:
    InventorySettings.objects.create(workspace=workspace, watches_traffic=False)

    ask(key)
    onlooker.work_all()

    assert seen() == set()


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_the_sample_is_as_large_as_the_setting_says(
    workspace: Workspace, onlooker: StillOnlooker, settings: Settings, share: float
) -> None:
    settings.PRIVACY_INVENTORY_SHARE = share

    assert witnessing.is_wanted(workspace) is (share == 1.0)


def test_there_is_room_for_so_much_and_no_more(
    workspace: Workspace, onlooker: StillOnlooker, settings: Settings
) -> None:
    settings.PRIVACY_INVENTORY_QUEUE_BYTES = 64 * len(EVENT)
    passing = Passing(workspace, "", "mask", Payload(PayloadKind.JSON, EVENT))

    for _ in range(70):
        onlooker.see(passing)
    onlooker.see(passing._replace(payload=Payload(PayloadKind.JSON, EVENT + b" ")))

    assert len(onlooker._queue) == 64


def test_what_cannot_be_read_is_told_without_a_word_of_it(
    workspace: Workspace, onlooker: StillOnlooker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    onlooker.look_at(Passing(workspace, "", "mask", Payload(PayloadKind.JSON, b'{"email": "canary@example.com')))

    assert "could not be looked at" in caplog.text
    assert "canary" not in caplog.text


BODIES = [
    (PayloadKind.JSON, b'{"a": 1}', [{"a": 1}]),
    (PayloadKind.JSON, b'[{"a": 1}, 7, {"b": 2}]', [{"a": 1}, {"b": 2}]),
    (PayloadKind.NDJSON, b'{"a": 1}\n\n{"b": 2}\n', [{"a": 1}, {"b": 2}]),
    (PayloadKind.FORM, b"email=a%40example.com&plan=gold", [{"email": "a@example.com", "plan": "gold"}]),
    (PayloadKind.CSV, b"email,plan\na@example.com,gold\n", [{"email": "a@example.com", "plan": "gold"}]),
    (
        PayloadKind.CSV,
        b"dora@example.com,gold\nemil@example.com,blue\n",
        [{"1": "dora@example.com", "2": "gold"}, {"1": "emil@example.com", "2": "blue"}],
    ),
    (PayloadKind.TEXT, b"dora@example.com", []),
]


@pytest.mark.parametrize(("kind", "body", "records"), BODIES)
def test_a_body_of_each_kind_has_its_records(kind: PayloadKind, body: bytes, records: list[dict[str, Any]]) -> None:
    assert list(records_of(Payload(kind, body))) == records


def test_a_long_feed_is_looked_at_as_far_as_its_beginning(workspace: Workspace, onlooker: StillOnlooker) -> None:
    lines = b'{"email": "canary@example.com"}\n' * 10_000

    onlooker.see(Passing(workspace, "", "mask", Payload(PayloadKind.NDJSON, lines)))

    [(passing, size)] = onlooker._queue
    assert size <= 1 << 14
    assert passing.payload.body.endswith(b"}\n")


def test_one_record_of_a_flows_batch_is_looked_at(workspace: Workspace, onlooker: StillOnlooker) -> None:
    batch = Batch([Record(EVENT), Record(b'{"phone": "+1 415 555 0100"}')], ["events", "events"])
    made = Made()

    carried = witnessed(lambda _: made, "acme")(batch)
    onlooker.work_all()

    assert carried is made
    assert ("", "topic:events", "/traits/email") in seen()
    assert not Field.objects.filter(path="/phone").exists()


@pytest.mark.parametrize("error", [DatabaseError, AccessStamp.DoesNotExist])
def test_a_flow_goes_on_where_nothing_can_be_looked_up(
    onlooker: StillOnlooker, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def fails(slug: str) -> Workspace:
        raise error(slug)

    monkeypatch.setattr("privacy_service.streams.witnessing.workspace_of", fails)
    made = Made()

    assert witnessed(lambda _: made, "acme")(Batch([Record(EVENT)], ["events"])) is made
    assert not onlooker._queue


def test_a_flow_of_no_workspace_is_nobodys(workspace: Workspace, onlooker: StillOnlooker) -> None:
    witnessed(lambda _: Made(), "nowhere")(Batch([Record(EVENT)], ["events"]))

    assert not onlooker._queue
