"""Events that pass tell the index who is known by which names, where a workspace wants that."""

import pytest
from django.db import OperationalError, connection

from privacy_service.subjects.identifiers import Identifier, Kind
from privacy_service.subjects.index import overhearing
from privacy_service.subjects.index.overhearing import file, names_in, overhear_events, overheard
from privacy_service.subjects.models import IndexEntry, IndexSettings
from privacy_service.subjects.suppressions import suppress
from tests.asking import through_hot_path
from tests.streams.making import built_in, values
from tests.subjects.conftest import DORA, DORAS_ID
from workspaces.models import User, Workspace

IDENTIFY = (
    b'{"type": "identify", "userId": "9", "anonymousId": "tablet", "traits": {"email": "dora.canary@example.com"}}'
)
TABLET = Identifier(Kind.ANONYMOUS_ID, "tablet")


@pytest.fixture
def listening(released_workspace: Workspace, carol: User) -> Workspace:
    """Return acme, whose events tell the index."""
    del carol
    IndexSettings.objects.create(workspace=released_workspace, from_events=True)
    return released_workspace


def send(key: str, body: bytes, kind: str = "application/json") -> bytes:
    headers = {"Authorization": f"Bearer {key}", "X-Actor": "carol@example.com", "Content-Type": kind}
    return through_hot_path("POST", "/v1/workspaces/acme/mask", body, headers).body


def filed() -> list[list[Identifier]]:
    return [row.identifiers for row in IndexEntry.objects.order_by("first_seen_at", "pk")]


def test_an_event_that_passes_is_filed_beside_the_answer_and_unchanged(listening: Workspace, key: str) -> None:
    answers = [send(key, IDENTIFY), send(key, IDENTIFY), send(key, b"17"), send(key, b"{}\n", "application/x-ndjson")]
    before = IndexEntry.objects.count()

    touched = file()

    assert (answers[:2], before, touched, file()) == ([IDENTIFY, IDENTIFY], 0, 1, 0)
    assert filed() == [[TABLET, DORA, DORAS_ID]]
    assert IndexEntry.objects.get().source == "(events)"


def test_nothing_is_noted_where_the_workspace_did_not_ask_for_it(
    released_workspace: Workspace, carol: User, key: str
) -> None:
    send(key, IDENTIFY)

    assert (file(), filed()) == (0, [])


def test_nothing_is_noted_of_whoever_is_suppressed(listening: Workspace, key: str) -> None:
    suppress(listening, [DORAS_ID])
    send(key, IDENTIFY)

    assert (file(), filed()) == (0, [])


NAMES = [
    ({"type": "track", "userId": "9", "anonymousId": "tablet"}, {DORAS_ID, TABLET}),
    ({"type": "alias", "userId": "9", "previousId": "tablet"}, {DORAS_ID, TABLET}),
    ({"type": "page", "anonymousId": "tablet"}, set()),
    ({"type": "order", "userId": "9", "email": "eve@example.com"}, set()),
    ({"userId": "9", "anonymousId": "tablet"}, set()),
    ({"type": ["identify"], "userId": "9", "anonymousId": "tablet"}, set()),
    (17, set()),
]


@pytest.mark.parametrize(("event", "names"), NAMES[:5] + NAMES[6:])
def test_events_in_segments_shapes_alone_tell_and_only_of_who_has_two_names(
    event: object, names: set[Identifier]
) -> None:
    assert names_in(event) == names


def test_an_id_from_before_leads_to_the_account(listening: Workspace) -> None:
    overhear_events(listening.pk, [{"type": "alias", "userId": "9", "previousId": "tablet"}])
    file()

    assert filed() == [[TABLET, DORAS_ID]]


def test_what_cannot_be_filed_waits_and_no_answer_waits_with_it(listening: Workspace, key: str) -> None:
    def gone(*_: object) -> None:
        raise OperationalError

    send(key, IDENTIFY)
    with connection.execute_wrapper(gone), pytest.raises(OperationalError):
        file()

    assert (file(), filed()) == (1, [[TABLET, DORA, DORAS_ID]])


def test_a_queue_that_is_full_drops_and_remembers_nothing_of_it(
    listening: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overhearing, "MOST_WAITING", 1)
    for number in range(3):
        overhear_events(listening.pk, [{"type": "identify", "userId": str(number), "anonymousId": "a"}])

    assert len(overheard.take()) == 1
    overhear_events(listening.pk, [{"type": "identify", "userId": "2", "anonymousId": "a"}])
    assert len(overheard.take()) == 1


def test_a_flow_notes_a_batch_before_it_goes_on(workspace: Workspace) -> None:
    function = built_in("index-people", {}, namespace=workspace.slug)

    out = values(function, IDENTIFY, b'{"n": 1}', b"no json")

    assert out == [IDENTIFY, b'{"n": 1}', "unreadable"]
    assert filed() == [[TABLET, DORA, DORAS_ID]]
    assert values(built_in("index-people", {"workspace": "gone"}), IDENTIFY) == ["unavailable"]
