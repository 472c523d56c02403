"""The gates' evidence: what each process counted, written once a minute and added up over a window."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from privacy_service.observability import metrics
from privacy_service.rollout import gates, minutes, wording
from privacy_service.rollout.models import Minute
from tests.rollout.conftest import good_minute
from workspaces.models import Workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def process() -> minutes.Process:
    """Return a server process that has written what it counted so far."""
    fresh = minutes.Process()
    fresh.write()
    Minute.objects.all().delete()
    return fresh


def test_a_row_holds_what_came_since_the_last_one(process: minutes.Process) -> None:
    for status in ("200", "200", "403", "503"):
        metrics.requests.add("mask", status)
    metrics.stage_seconds.add("all", amount=0.0007)
    metrics.fail_closed.add("mask")
    process.write()
    metrics.requests.add("mask", "500")
    process.write()

    rows = Minute.objects.order_by("id")
    assert [(row.requests, row.errors, row.fail_closed, sum(row.seconds)) for row in rows] == [
        (4, 1, 1, 1),
        (1, 1, 0, 0),
    ]
    assert {row.process for row in rows} == {process.name}


def test_who_was_refused_at_the_door_moves_no_gate(process: minutes.Process) -> None:
    for _ in range(3):  # Anybody can have this happen, also without a key.
        metrics.requests.add("mask", "503")
        metrics.shed.add("mask")
    metrics.requests.add("mask", "200")
    process.write()

    row = Minute.objects.get()
    assert (row.requests, row.errors, row.fail_closed) == (1, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_what_could_not_be_written_is_in_the_next_row(process: minutes.Process) -> None:
    metrics.requests.add("mask", "200")

    def vanish(*_: object) -> object:
        raise DatabaseError

    with connection.execute_wrapper(vanish), pytest.raises(DatabaseError):
        process.write()
    metrics.requests.add("mask", "200")
    process.write()

    assert Minute.objects.get().requests == 2


def test_processes_and_hosts_are_added_up_over_the_window_and_no_further(workspace: Workspace) -> None:
    good_minute(host="web-1", process="a", errors=1)
    good_minute(host="web-1", process="b", errors=2)
    good_minute(host="web-2", process="c", errors=4)
    good_minute(host="web-3", process="d", errors=8, until=timezone.now() - timedelta(minutes=16))

    seen = minutes.evidence(timezone.now() - timedelta(minutes=15))

    assert (seen.counts.requests, seen.counts.errors, seen.processes, seen.hosts) == (3000, 7, 3, 2)
    assert seen.counts.seconds[6] == 3000


def test_processes_of_two_versions_with_other_buckets_are_added_up(workspace: Workspace) -> None:
    good_minute(process="old", seconds=[1, 2])
    good_minute(process="new", seconds=[1, 2, 3])

    assert minutes.evidence(timezone.now() - timedelta(minutes=1)).counts.seconds == (2, 4, 3)


def test_reading_the_gates_costs_a_fixed_number_of_queries(
    workspace: Workspace, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for process in "abcdefgh":
        good_minute(process=process)

    with django_assert_num_queries(3):
        gates.measure()


@pytest.mark.parametrize(
    ("buckets", "expected"),
    [
        ((), None),
        ((0, 0), None),
        ((100,), 0.0000095),
        ((0, 100), 0.00001 + 0.000015 * 0.95),
        ((90, 10), 0.00001 + 0.000015 * 0.5),
        ((0,) * 15 + (1,), float("inf")),
    ],
)
def test_the_share_of_fast_requests_is_read_from_buckets(buckets: tuple[int, ...], expected: float | None) -> None:
    assert minutes.quantile(buckets, 0.95) == (None if expected is None else pytest.approx(expected))


def test_old_rows_are_forgotten(workspace: Workspace) -> None:
    good_minute(until=timezone.now() - timedelta(days=3))
    good_minute()

    assert (minutes.prune(), Minute.objects.count()) == (1, 1)


def test_a_failure_counts_however_few_the_requests_were(workspace: Workspace) -> None:
    good_minute(requests=3, errors=1, seconds=[3])

    assert {gate.name: gate.state for gate in gates.measure().gates}[gates.GateName.ERROR_RATE] == "red"


@pytest.mark.parametrize(("needed", "state"), [(0, "green"), (1, "no-data")])
def test_an_installation_says_how_many_requests_prove_something(
    workspace: Workspace, settings: Settings, needed: int, state: str
) -> None:
    settings.PRIVACY_RELEASE_LEAST_REQUESTS = settings.PRIVACY_RELEASE_LEAST_SAMPLES = needed

    measured = gates.measure().gates

    assert [gate.state for gate in measured] == [state] * 4 + ["green"]
    assert [gate.standing for gate in measured] == ["unmeasured"] * 4 + ["green"]
    assert [gate.measured for gate in measured] == [None] * 4 + [0]


@pytest.mark.parametrize("needed", [0, 1])
def test_where_gates_open_on_nothing_it_is_said(workspace: Workspace, settings: Settings, needed: int) -> None:
    settings.PRIVACY_RELEASE_LEAST_REQUESTS = settings.PRIVACY_RELEASE_LEAST_SAMPLES = needed

    lines = wording.gate_lines(gates.measure())

    assert sum("no answer was" in line and "unmeasured" in line for line in lines) == 3
    assert (wording.UNMEASURED in lines[-1]) is (needed == 0)
    assert "0 of 0" not in " ".join(lines)


def test_what_failed_without_a_request_was_measured(workspace: Workspace) -> None:
    good_minute(requests=0, seconds=[], fail_closed=2)

    named = {gate.name: gate for gate in gates.measure().gates}
    assert (named[gates.GateName.FAIL_CLOSED].standing, named[gates.GateName.ERROR_RATE].standing) == (
        "red",
        "unmeasured",
    )


def test_a_leak_is_measured_and_red_though_no_sample_is_known(workspace: Workspace) -> None:
    good_minute(leaks=1, sampled=0)

    [leaks] = [gate for gate in gates.measure().gates if gate.name == "leaks"]
    assert (leaks.state, leaks.standing, leaks.measured) == ("red", "red", 1)
    assert leaks.words.startswith("1 leaks in 0 requests")


def test_the_gates_are_kept_as_plain_data(workspace: Workspace, green: None) -> None:
    kept = gates.measure().as_dict()

    assert kept["leaks"] == {
        "name": "leaks",
        "state": "green",
        "measured": 0,
        "limit": 0,
        "words": "0 leaks in 500 requests masked in shadow; 500 in two days, 100 needed",
        "is_measured": True,
    }
    assert (kept["processes"], kept["hosts"]) == (1, 1)


def test_a_request_asks_no_gate_and_writes_no_row(
    workspace: Workspace, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        metrics.requests.add("mask", "200")
        metrics.stage_seconds.add("all", amount=0.1)
