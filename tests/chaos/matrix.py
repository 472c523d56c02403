"""The failure matrix against real processes: everything that breaks, in every way in. `make chaos` runs it.

Each cell asks while it is broken, and again when it is whole; at the end every place is searched for the planted
values, and what was answered, written, asked for is counted.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from uuid import UUID

import pytest

from tests.chaos import columns, faults, misbehaving, sweeping
from tests.chaos.columns import COLUMNS, FLOWS, NO_ANSWER, Said, ask, produce
from tests.chaos.installation import BODY, NUMBER, Installation, installation, wait

BROKEN_SECONDS = 2.5
WHOLE_WITHIN_SECONDS = 90
RIGHT = {
    "mask": {200},
    "decision": {200},
    "gateway": {200},
    "jobs": {201, 202},
    "subject requests": {201},
    "console": {200},
}
# What a cell may be answered while something is broken: right, refused, or not at all. Nothing else.
ALLOWED = {200, 201, 202, 302, 401, 403, 404, 409, 429, 500, 502, 503, 504, NO_ANSWER}
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
    said = _while_broken(there, faults.FAULTS[name])
    _check_whole(there)

    print(f"\n{name}: {_counted(said)}")  # noqa: T201 - the figures of docs/reliability.md.
    assert [str(one) for one in said if one.leaks] == []
    assert [str(one) for one in said if one.status not in ALLOWED] == []
    assert {one.column for one in said} == {*COLUMNS, FLOWS}
    PASSED[name] += len(said)


def _counted(said: list[Said]) -> str:
    counts = Counter((one.column, one.status) for one in said)
    return ", ".join(f"{column} {status or 'no answer'} x{count}" for (column, status), count in sorted(counts.items()))


@pytest.mark.parametrize("word", misbehaving.WORDS)
def test_a_classifier_that_fails_shows_nothing(there: Installation, word: str) -> None:
    body = BODY.replace(b"a word", f"a word, {word}".encode())
    there.backend.on("/customers", body, Content_Type="application/json")
    said = [ask(there, column, body) for column in ("mask", "gateway")]
    there.backend.on("/customers", BODY, Content_Type="application/json")
    _check_whole(there)

    print(f"\n{word}: {_counted(said)}")  # noqa: T201 - as above.
    expected = {200} if word == "please-hang" else {502, 503, NO_ANSWER}
    assert [str(one) for one in said if one.leaks or one.status not in expected] == []
    PASSED[word] += len(said)


def test_what_was_answered_is_in_the_trail(there: Installation) -> None:
    wanted = {str(UUID(one)) for one in there.answered}

    def missing() -> set[str]:
        return wanted - set(there.sql("COPY (SELECT id FROM decisions_decisionrecord) TO STDOUT").split())

    wait(WHOLE_WITHIN_SECONDS, lambda: not missing())

    assert wanted
    assert missing() == set()
    print(f"\n{len(wanted)} answered decisions, all of them in the trail")  # noqa: T201 - as above.


def test_every_record_of_the_flow_came_out_once_and_masked(there: Installation) -> None:
    def came_out() -> list[bytes]:
        broker = there.broker()
        try:
            return [one.value for one in broker.browse("masked", from_beginning=True, follow=False)]
        finally:
            broker.close()

    wait(WHOLE_WITHIN_SECONDS, lambda: len(came_out()) >= there.written)

    written = came_out()
    print(f"\n{there.written} records written, {len(written)} came out")  # noqa: T201 - as above.
    assert len(written) == len(set(written)) == there.written
    assert not any(NUMBER.encode() in one for one in written)


def test_every_job_and_every_subject_request_that_was_taken_ends(there: Installation) -> None:
    def open_ones() -> list[str]:
        jobs = "SELECT 'job ' || state FROM jobs_job WHERE state IN ('waiting', 'running')"
        asked = "SELECT 'request ' || state FROM subjects_subjectrequest WHERE state IN ('pending', 'in_progress')"
        return there.sql(f"COPY ({jobs} UNION ALL {asked}) TO STDOUT").split("\n")[1:-1]

    wait(2 * WHOLE_WITHIN_SECONDS, lambda: not open_ones())

    assert open_ones() == []


def test_no_planted_value_is_anywhere(there: Installation) -> None:
    found = sweeping.found_in(there)

    print(f"\n{len(PASSED)} faults, {there.sent} requests and records sent, {len(found)} values leaked")  # noqa: T201 - as above.
    assert found == []
    assert columns.COLUMNS
