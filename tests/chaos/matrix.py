"""The failure matrix against real processes: everything that breaks, in every way in. `make chaos` runs it.

Each cell asks while it is broken, and again when it is whole; at the end every place is searched for the planted
values, and what was answered, written, asked for is counted.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from uuid import UUID

import pytest

from privacy_service.schedule import SCHEDULE
from tests.chaos import damage, faults, misbehaving, stages, sweeping
from tests.chaos.clock import DAY
from tests.chaos.columns import COLUMNS, FLOWS, NO_ANSWER, Said, ask, produce
from tests.chaos.installation import BODY, KEY, MASKED, Installation, installation, wait
from tests.chaos.needles import is_in
from tests.stories.conftest import run_command

BROKEN_SECONDS = 2.5
WHOLE_WITHIN_SECONDS = 90
PICKED_UP_WITHIN_SECONDS = 150  # Beat looks once a minute for what was lost with its worker.
# Nobody takes a task for lost before five minutes are over; the rows say that they are.
_FIVE_MINUTES_ARE_OVER = (
    "UPDATE jobs_job SET moved_at = moved_at - interval '6 minutes'",
    "UPDATE jobs_jobfile SET leased_until = leased_until - interval '6 minutes'",
    "UPDATE jobs_chunk SET leased_until = leased_until - interval '6 minutes'",
)
RIGHT = {
    "mask": {200},
    "decision": {200},
    "gateway": {200},
    "topics": {200},
    "jobs": {201, 202},
    "subject requests": {201},
    "console": {200},
}
RIGHT_OF_A_FLOW = 200
# What nobody may notice at all.
UNNOTICED = {"restarted by a deployment"}
# What a cell may be answered while something is broken: right, refused, or not at all. Nothing else.
ALLOWED = {200, 201, 202, 302, 401, 403, 404, 409, 429, 500, 502, 503, 504, NO_ANSWER}
# Each order of beat may come once more for each jump of the clock, and for the way that beat is started.
SHORTEST_PERIOD_SECONDS, JUMPS = 5, 3
ORDERED = {order["task"] for order in SCHEDULE.values()}
# Where an answer was withheld or masked whole for a failure, as alerts and runbook name it.
COUNTED = {
    "database down": "mask",
    "Redis down": "topics",
    "flag unknown": "decide",
    "policy broken": "decide",
    "disk full, audit spool too": "mask",
}
PASSED: Counter[str] = Counter()


@pytest.fixture(scope="module")
def there() -> Iterator[Installation]:
    """Return everything, running and right."""
    with installation() as running:
        running.backend.on("/customers", BODY, Content_Type="application/json")
        _check_whole(running)
        yield running


def _check_whole(there: Installation) -> None:
    """Wait until every column answers right."""
    for column in COLUMNS:
        last = [Said(column, NO_ANSWER)]

        def is_right(column: str = column, last: list[Said] = last) -> bool:
            last[0] = ask(there, column)
            return last[0].status in RIGHT[column]

        wait(WHOLE_WITHIN_SECONDS, is_right)
        assert is_right(), f"never whole again: {last[0]}"


def _asked_until(there: Installation, done: threading.Event, said: list[Said], column: str) -> None:
    while not done.is_set():
        said.append(produce(there) if column == FLOWS else ask(there, column))
        time.sleep(0.02)


@pytest.fixture(autouse=True)
def _orders_are_counted(there: Installation) -> Iterator[None]:
    """See that beat orders nothing more often than it is due, also while the clock jumps, however far."""
    before, began = Counter(there.watch.tasks), time.monotonic()
    yield
    periods = (time.monotonic() - began) / SHORTEST_PERIOD_SECONDS
    ordered = there.watch.tasks - before
    assert {name: count for name, count in ordered.items() if name in ORDERED and count > periods + JUMPS} == {}


def _while_broken(there: Installation, fault: faults.Fault) -> list[Said]:
    """Ask every column again and again, before, while and after something is broken."""
    said: list[Said] = []
    done = threading.Event()
    names = (*COLUMNS, FLOWS)
    threads = [threading.Thread(target=_asked_until, args=(there, done, said, name), daemon=True) for name in names]
    for thread in threads:
        thread.start()
    try:
        with fault(there):
            time.sleep(BROKEN_SECONDS)
    finally:
        done.set()
        for thread in threads:
            thread.join(timeout=30)
    return said


@pytest.mark.parametrize("name", faults.FAULTS)
def test_whatever_breaks_nobody_is_shown_a_value_and_all_is_whole_again(there: Installation, name: str) -> None:
    before = _withheld(there, name)
    said = _while_broken(there, faults.FAULTS[name])
    _check_whole(there)

    print(f"\n{name}: {_counted(said)}")  # noqa: T201 - the figures of docs/reliability.md.
    if name in COUNTED:
        wait(5, lambda: _withheld(there, name) > before)
        assert _withheld(there, name) > before
    assert [str(one) for one in said if one.leaks] == []
    assert [str(one) for one in said if one.status not in ALLOWED] == []
    assert {one.column for one in said} == {*COLUMNS, FLOWS}
    if name in UNNOTICED:
        assert [str(one) for one in said if one.status not in RIGHT.get(one.column, {RIGHT_OF_A_FLOW})] == []
    PASSED[name] += len(said)


def _withheld(there: Installation, name: str) -> float:
    """Return how many answers the service counts that were withheld, where this failure should make it count."""
    wanted = f'privacy_fail_closed_total{{where="{COUNTED.get(name)}"}} '
    lines = there.web.client.get("/metrics").text.splitlines() if name in COUNTED else []
    return sum(float(line.removeprefix(wanted)) for line in lines if line.startswith(wanted))


def _counted(said: list[Said]) -> str:
    counts = Counter((one.column, one.outcome) for one in said)
    return ", ".join(f"{column} {outcome} x{count}" for (column, outcome), count in sorted(counts.items()))


@pytest.mark.parametrize("word", misbehaving.WORDS)
def test_a_classifier_that_fails_shows_nothing(there: Installation, word: str) -> None:
    body = BODY.replace(b"a word", f"a word, {word}".encode())
    there.backend.on("/customers", body, Content_Type="application/json")
    time.sleep(faults.CALM_SECONDS if word in _DEADLY else 0)
    said = [ask(there, column, body) for column in ("mask", "gateway")]
    there.backend.on("/customers", BODY, Content_Type="application/json")
    _check_whole(there)

    print(f"\n{word}: {_counted(said)}")  # noqa: T201 - as above.
    expected = {200} if word == "please-hang" else {502, 503, NO_ANSWER}
    assert [str(one) for one in said if one.leaks or one.status not in expected] == []
    PASSED[word] += len(said)


_DEADLY = ("please-crash", "please-die")


@pytest.mark.parametrize("word", [word for word in misbehaving.WORDS if word not in _DEADLY])
def test_a_classifier_that_fails_lets_no_record_and_no_file_through(there: Installation, word: str) -> None:
    fails = word != "please-hang"
    there.given_up |= {there.written} if fails else set()
    assert produce(there, 1, note=f"a word, {word}").status == RIGHT_OF_A_FLOW
    job = damage.files_masked(there, "fast", BODY.replace(b"a word", f"a word, {word}".encode()))

    print(f"\n{word}: jobs exit status {job.returncode}")  # noqa: T201 - as above.
    assert (job.returncode, is_in(job.stdout + job.stderr)) == (3 if fails else 0, False), job.stderr


@pytest.mark.parametrize("stage", stages.STAGES)
def test_a_process_killed_at_any_stage_of_a_request_shows_nothing(there: Installation, stage: str) -> None:
    came = {}
    for service in (there.web, there.gateway):
        time.sleep(faults.CALM_SECONDS)
        with stages.STAGES[stage](there, service) as asked:
            came[service.application] = asked.kill()
    there.backend.on("/customers", BODY, Content_Type="application/json")
    _check_whole(there)

    print(f"\nkilled while it should {stage}: bytes that came { ({name: len(one) for name, one in came.items()}) }")  # noqa: T201 - as above.
    assert [name for name, one in came.items() if is_in(one)] == []
    assert [name for name, one in came.items() if stage != "reply" and one] == []
    assert [name for name, one in came.items() if stage == "reply" and not 0 < len(one) < len(stages.LONG)] == []
    PASSED[f"killed while it should {stage}"] += len(came)


@pytest.mark.parametrize("how", damage.KINDS)
@pytest.mark.parametrize("tier", damage.FILES)
def test_without_what_a_tier_of_names_reads_nothing_passes(there: Installation, tier: str, how: str) -> None:
    with damage.damaged(there, tier, how), damage.new_servers(there, tier) as new:
        said = damage.asked_of(new)
        flowed = damage.flowed(new, tier)
        job = damage.files_masked(new, tier)
    there.backend.on("/customers", BODY, Content_Type="application/json")
    _check_whole(there)

    print(f"\n{tier} {how}: {_counted(list(said.values()))}, flows {flowed}, jobs exit status {job.returncode}")  # noqa: T201 - as above.
    assert [str(one) for one in said.values() if one.leaks] == []
    statuses = {name: one.status for name, one in said.items()}
    assert statuses == {"mask": 503, "gateway": 503, "topics": 503, "decision": 200}
    assert flowed == {FLOWS: 0, "dead letters": 1}
    assert (job.returncode, is_in(job.stdout + job.stderr)) == (3, False)
    PASSED[f"{tier} tier {how}"] += len(said)


def test_a_clock_that_jumps_forward_leaves_no_right_open(there: Installation) -> None:
    def read() -> bytes:
        return there.web.mask(BODY, actor="dave@acme.example", key=KEY).content

    assert read() == BODY  # They may see it for three days.

    with there.clock.off_by(4 * DAY):
        seen = [read() for _ in range(40)]  # By both processes, which decided a moment ago.

    assert [one for one in seen if is_in(one)] == []


def test_what_was_answered_is_in_the_trail(there: Installation) -> None:
    wanted = {str(UUID(one)) for one in there.answered}

    def missing() -> set[str]:
        return wanted - set(there.sql("COPY (SELECT id FROM decisions_decisionrecord) TO STDOUT").split())

    wait(WHOLE_WITHIN_SECONDS, lambda: not missing())

    assert wanted
    assert missing() == set()
    print(f"\n{len(wanted)} answered decisions, all of them in the trail")  # noqa: T201 - as above.


def test_the_trail_is_whole(there: Installation) -> None:
    said = run_command(["audit", "verify"], there.web.environment)
    whole = {
        chain for chain, _, told in (line.partition(": ") for line in said.splitlines()) if told.startswith("whole")
    }

    print(f"\n{said}")  # noqa: T201 - as above.
    assert {"installation", "acme"} <= whole


def test_every_record_of_the_flow_came_out_once_and_masked(there: Installation) -> None:
    def came_out() -> list[int]:
        with closing(there.broker()) as broker:
            values = [one.value for one in broker.browse(MASKED, from_beginning=True, follow=False)]
        assert not any(is_in(one) for one in values)
        return [number for value in values if (number := json.loads(value)["number"]) >= there.kept_from]

    due = sorted({*range(there.kept_from, there.written)} - there.given_up)
    wait(WHOLE_WITHIN_SECONDS, lambda: len(came_out()) >= len(due))

    assert sorted(came_out()) == due
    print(f"\n{there.written} records written, the {len(due)} that were kept and can be masked came out once")  # noqa: T201 - as above.


def test_every_job_and_every_subject_request_that_was_taken_ends(there: Installation) -> None:
    def open_ones() -> Counter[str]:
        jobs = "SELECT 'job ' || state FROM jobs_job WHERE state IN ('waiting', 'running')"
        asked = "SELECT 'request ' || state FROM subjects_subjectrequest WHERE state IN ('pending', 'in_progress')"
        return Counter(there.sql(f"COPY ({jobs} UNION ALL {asked}) TO STDOUT").split("\n")[1:-1])

    print(f"\npicked up: {dict(open_ones())}")  # noqa: T201 - as above.
    there.sql(*_FIVE_MINUTES_ARE_OVER)
    wait(PICKED_UP_WITHIN_SECONDS, lambda: not open_ones())

    assert open_ones() == Counter()


def test_beat_goes_on_and_orders_no_more_than_is_due(there: Installation) -> None:
    before = Counter(there.watch.tasks)
    began = time.monotonic()

    wait(30, lambda: there.watch.tasks["rollout.run_due_moves"] > before["rollout.run_due_moves"] + 1)

    sent = there.watch.tasks - before
    most = (time.monotonic() - began) / 5 + 1
    print(f"\n{there.watch.commands} commands read along, {there.watch.tasks.total()} of them tasks")  # noqa: T201 - as above.
    assert 1 < sent["rollout.run_due_moves"] <= most


def test_no_planted_value_is_anywhere(there: Installation) -> None:
    found = sweeping.found_in(there)

    print(f"\n{len(PASSED)} faults, {there.sent} requests and records sent, {len(found)} values leaked")  # noqa: T201 - as above.
    assert found == []
    assert there.collector.asked
