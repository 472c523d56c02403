"""The actions of `manage.py flow` that carry records and look at them, as a stranger would use them."""

import io
import os
import pty
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from redis import Redis

from privacy_service.streams import supervising
from privacy_service.streams.brokers import Brokers
from privacy_service.streams.carrying import worker_of
from privacy_service.streams.reading import read_flow

FLOW = """\
apiVersion: 0.5.0
meta: {name: people, version: 1.2.3, namespace: acme}
topics:
  raw: {}
  renamed: {}
  chosen: {}
services:
  renaming:
    sources: [{type: topic, id: raw}]
    transforms:
      - {operator: map, uses: rename, with: {fields: {ssn: number}}}
    sinks: [{type: topic, id: renamed}]
  copying:
    sources: [{type: topic, id: renamed}]
    transforms:
      - {operator: map, uses: rename, with: {fields: {name: person}}}
      - {operator: map, uses: rename, with: {fields: {person: whom}}}
    sinks: [{type: topic, id: chosen}]
"""
Act = Callable[..., list[str]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a flow, in which the commands run."""
    (tmp_path / "dataflow.yaml").write_text(FLOW)
    monkeypatch.chdir(tmp_path)
    with Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
    return tmp_path


@pytest.fixture
def act(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Act:
    """Return a function that carries an action out and returns its lines."""

    def carry_out(*words: str, given: bytes = b"") -> list[str]:
        reading, writing = os.pipe()
        os.write(writing, given)
        os.close(writing)
        out = io.StringIO()
        with os.fdopen(reading) as stdin, monkeypatch.context() as patched:
            patched.setattr(sys, "stdin", stdin)
            call_command("flow", *words, stdout=out)
        return out.getvalue().splitlines()

    return carry_out


def drain(*services: str) -> None:
    """Carry what there is, in this process."""
    flow = read_flow(Path("dataflow.yaml"))
    brokers = Brokers(flow)
    for service in flow.services:
        if service.name in services:
            worker = worker_of(flow, service, brokers)
            worker.drain()
            worker.close()
    brokers.close()


def test_records_are_produced_carried_shown_and_counted(act: Act) -> None:
    assert act("produce", "raw", given=b'{"name":"a","ssn":1}\n\n{"name":"b","ssn":2}') == ["Ok! 2 records on raw"]
    drain("renaming", "copying")

    assert act("consume", "chosen", "-B", "-d") == ['{"whom":"a","number":1}', '{"whom":"b","number":2}']
    assert act("consume", "chosen", "-B", "-n", "1") == ['{"whom":"a","number":1}']
    assert act("consume", "chosen", "-d") == []
    assert act("state", "copying/rename/metrics", "--table") == [
        "Key    Window  succeeded  failed",
        "stats  *       2          0",
    ]
    assert act("state", "--table") == [
        "State                     Key    Window  succeeded  failed",
        "renaming/rename/metrics   stats  *       2          0",
        "copying/rename/metrics    stats  *       2          0",
        "copying/rename-2/metrics  stats  *       2          0",
    ]
    assert act("state", "renaming") == [
        '{"state":"renaming/rename/metrics","key":"stats","window":"*","succeeded":2,"failed":0}'
    ]


def test_lag_says_how_far_each_service_is_behind(act: Act) -> None:
    act("produce", "raw", given=b'{"ssn":1}\n{"ssn":2}\n{"ssn":3}\n')
    drain("renaming")

    lines = [line.split() for line in act("lag")]

    assert lines[0] == ["Service", "Topic", "waiting", "in", "work", "oldest"]
    assert lines[1][:4] == ["renaming", "raw", "0", "0"]
    assert lines[2][:4] == ["copying", "renamed", "3", "0"]


def test_on_a_terminal_each_record_is_answered(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    controller, terminal = pty.openpty()
    os.write(controller, b"one\ntwo\n\x04")
    out = io.StringIO()
    with os.fdopen(terminal) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        call_command("flow", "produce", "raw", stdout=out)
    os.close(controller)

    assert out.getvalue() == "Ok!\nOk!\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("produce", "nothing"), "people has no topic nothing; it has raw, renamed, chosen."),
        (("consume", "nothing", "-d"), "people has no topic nothing"),
        (("state", "renaming/other"), "it keeps renaming/rename/metrics, copying/rename/metrics"),
        (("run", "--service", "other"), "people has no service other; it has renaming, copying."),
        (("run", "elsewhere.yaml"), "There is no elsewhere.yaml"),
        (("run", "--workers", "0"), "0 is no number above 0"),
    ],
)
def test_a_mistake_is_told_what_there_is(act: Act, words: tuple[str, ...], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        act(*words)


def test_a_line_that_is_too_long_is_refused_without_being_shown(act: Act, settings: object) -> None:
    settings.PRIVACY_STREAM_RECORD_LIMIT_BYTES = 10  # type: ignore[attr-defined]

    with pytest.raises(CommandError, match="Record 2 has more than 10 bytes") as refused:
        act("produce", "raw", given=b"short\ncanary-123-45-6789\n")

    assert "canary" not in str(refused.value)
    assert act("consume", "raw", "-B", "-d") == []


@pytest.mark.usefixtures("transactional_db")
def test_once_ends_when_every_service_is_through(act: Act, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervising, "LOOK_SECONDS", 0.02)
    act("produce", "raw", given=b'{"name":"a","ssn":1}\n')

    said = act("run", "--once", "--workers", "2")

    assert said == [
        "people 1.2.3 in acme: 2 services, 2 workers",
        "  renaming: raw → rename → renamed",
        "  copying: renamed → rename → rename-2 → chosen",
        "Done.",
    ]
    assert act("consume", "chosen", "-B", "-d") == ['{"whom":"a","number":1}']


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """Give back the signals that a supervisor takes."""
    import signal  # noqa: PLC0415 - for this alone.

    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    yield
    for one, handler in before.items():
        signal.signal(one, handler)
