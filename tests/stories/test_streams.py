"""Messages flow between topics and come out masked, whatever dies meanwhile: nothing is lost, and nothing is twice."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from privacy_service import embedded
from privacy_service.streams.brokers.redis_streams import RedisBroker
from privacy_service.streams.errors import StreamsError
from privacy_service.streams.records import Record
from tests.environment import development
from tests.services import free_port
from tests.stories.conftest import ROOT
from tests.stories.making import BARE
from tests.test_embedded import servers

EXAMPLE = ROOT / "examples/mask-user-info"
ALICE = b'{"name":"alice","ssn":"123-45-6789"}'
BOB = b'{"name":"bob","ssn":"987-65-4321"}'
CAROL = b"carol's number is 123-45-6789, she says"
HIDDEN = b"***-**-****"
WRITTEN = 'privacy_stream_records_total{outcome="written",service="mask-ssn-service"} 3.0'
STATE = ("state", "mask-ssn-service/mask-ssn/metrics", "--table")


def environment(data: Path, **settings: str) -> dict[str, str]:
    """Return that of a bare machine, with the development settings and a data folder of this test's."""
    own = {"DATABASE_URL": f"sqlite:///{data / 'db.sqlite3'}", "REDIS_URL": "embedded", "PRIVACY_DATA_DIR": str(data)}
    return BARE | development() | own | settings


def flow(arguments: tuple[str, ...], surroundings: Mapping[str, str], given: bytes = b"") -> str:
    """Run an action in the folder of the example, as somebody does who has just found it."""
    command = [sys.executable, str(ROOT / "manage.py"), "flow", *arguments]
    finished = subprocess.run(command, cwd=EXAMPLE, env=surroundings, input=given, capture_output=True, check=False)
    assert finished.returncode == 0, finished.stderr.decode()
    return finished.stdout.decode()


@contextmanager
def running(
    surroundings: Mapping[str, str], *arguments: str, folder: Path = EXAMPLE
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the flow during the block, and end it as Ctrl-C does."""
    command = [sys.executable, str(ROOT / "manage.py"), "flow", "run", *arguments]
    process = subprocess.Popen(command, cwd=folder, env=surroundings, stdout=subprocess.PIPE, start_new_session=True)
    try:
        assert process.stdout
        assert b"1 service" in process.stdout.readline()
        yield process
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=40)


def within(seconds: float, is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_example_masks_what_it_is_given_and_says_so_on_a_bare_machine(tmp_path: Path) -> None:
    bare = environment(tmp_path)
    page = f"127.0.0.1:{free_port()}"

    with running(bare | {"PRIVACY_METRICS_LISTEN": page}) as example:
        produced = flow(("produce", "user-info"), bare, b"\n".join([ALICE, BOB, CAROL]))
        broker = RedisBroker(embedded.address_of(tmp_path), "example")
        within(20, lambda: _counts(broker) == (3, 0))
        broker.close()
        within(10, lambda: WRITTEN in httpx.get(f"http://{page}/metrics").text)
        numbers = httpx.get(f"http://{page}/metrics").text
    after = flow(STATE, bare)
    with embedded.running(tmp_path) as address:
        broker = RedisBroker(address, "example")
        masked = [one.value for one in broker.browse("masked", from_beginning=True, follow=False)]
        broker.close()

    assert produced == "Ok! 3 records on user-info\n"
    assert masked == [
        one.replace(b"123-45-6789", HIDDEN).replace(b"987-65-4321", HIDDEN) for one in (ALICE, BOB, CAROL)
    ]
    assert after == "Key    Window  succeeded  failed\nstats  *       3          0\n"
    assert example.returncode == 0
    assert not any(value in numbers for value in ("alice", "bob", "carol", "6789"))
    assert servers(tmp_path) == []


def test_whatever_dies_nothing_is_lost_and_nothing_is_twice(tmp_path: Path) -> None:
    killed = ends_of_random_processes(tmp_path, kills=4, seed=7)

    assert killed == 4


@dataclass(frozen=True)
class Flow:
    """A flow from `user-info` to `masked`: its folder, its namespace, its function, and what else may die under it."""

    folder: Path = EXAMPLE
    namespace: str = "example"
    function: str = "mask-ssn"
    settings: Mapping[str, str] = field(default_factory=dict)
    kill_another: Callable[[], None] | None = None

    def broker(self, address: str) -> RedisBroker:
        """Return what opens its topics."""
        return RedisBroker(address, self.namespace)


def ends_of_random_processes(data: Path, *, kills: int, seed: int, one: Flow = Flow()) -> int:
    """Kill workers and servers at random while records flow; see that each came out once, and was counted once."""
    surroundings = environment(data, PRIVACY_STREAM_STALLED_SECONDS="1", PRIVACY_STREAM_BATCH="50", **one.settings)
    chance = random.Random(seed)  # noqa: S311 - it chooses victims.
    with (
        embedded.running(data) as address,
        running(surroundings, "--workers", "2", folder=one.folder) as supervisor,
    ):
        producer = _Producer(one.broker(address))
        done = 0
        while done < kills:
            producer.go_on(chance.uniform(0.05, 0.6))
            done += _kill_one(chance, data, supervisor, one)
        producer.go_on(0.1)
        broker = one.broker(address)
        within(60, lambda: sum(_counts(broker, one.function)) >= producer.count)
        came_out = [json.loads(each.value) for each in broker.browse("masked", from_beginning=True, follow=False)]
        dead = list(broker.browse("mask-ssn-service.dead-letters", from_beginning=True, follow=False))
        counts = _counts(broker, one.function)
        broker.close()
        producer.close()
    assert [len(dead), counts] == [0, (producer.count, 0)]
    assert sorted(each["number"] for each in came_out) == list(range(producer.count))
    assert {each["ssn"] for each in came_out} == {HIDDEN.decode()}
    return done


class _Producer:
    """Appends numbered records; what the server did not confirm is looked up before it is sent again."""

    def __init__(self, broker: RedisBroker) -> None:
        self._broker = broker
        self.count = 0

    def go_on(self, seconds: float) -> None:
        """Append records for a while."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            numbers = range(self.count, self.count + 20)
            # With ids of their own, so that what was written before the server died is a repeat.
            records = [
                Record(json.dumps({"number": number, "ssn": "123-45-6789"}).encode(), id=f"made/{number}")
                for number in numbers
            ]
            while not self._sent(records):
                time.sleep(0.05)
            self.count += len(records)
            time.sleep(0.002)

    def _sent(self, records: list[Record]) -> bool:
        try:
            self._broker.write("user-info", records)
        except StreamsError:
            return False
        return True

    def close(self) -> None:
        """Let go of the connection."""
        self._broker.close()


def _kill_one(chance: random.Random, data: Path, supervisor: "subprocess.Popen[bytes]", flow: Flow) -> int:
    """Kill a worker or a server, if there is one just now."""
    if flow.kill_another is not None and chance.random() < 0.25:
        flow.kill_another()
        return 1
    workers = [int(name) for name in _children_of(supervisor.pid)]
    victims = servers(data) if chance.random() < 0.4 else workers
    if not victims:
        return 0
    try:
        os.kill(chance.choice(victims), signal.SIGKILL)
    except ProcessLookupError:
        return 0
    return 1


def _children_of(process: int) -> list[str]:
    return Path(f"/proc/{process}/task/{process}/children").read_text().split()


def _counts(broker: RedisBroker, function: str = "mask-ssn") -> tuple[int, int]:
    try:
        return broker.counts("mask-ssn-service", function)
    except StreamsError:
        return 0, 0
