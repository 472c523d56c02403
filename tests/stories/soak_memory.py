"""Half an hour of everything a web server is asked, with new values, readers and workspaces all the time: `make soak`.

SOAK_MINUTES says how long (30), SOAK_RATE how many requests a second (150).
"""

import json
import os
import statistics
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

from privacy_service.processes import ALLOCATION
from tests.benchmarks.arriving import Arrivals, Request
from tests.benchmarks.inputs import personal_event
from tests.stories.conftest import DEMO_KEY, Service, service_with_demo

MINUTES = int(os.environ.get("SOAK_MINUTES", "30"))
RATE = float(os.environ.get("SOAK_RATE", "150"))
SAMPLE_SECONDS = 20
WORKSPACES, READERS = 20, 50
DIALECT_KEY = DEMO_KEY  # Bound to a workspace, as a call of a dialect names none.
KEY = "soak-of-memory-key-0123456789"
# Every fifth reader sees personal data.
_SET_UP = f"""
from workspaces.grants import add_member, grant
from workspaces.keys import create_service_account
from workspaces.models import Workspace
from workspaces.roles import Role
account = create_service_account("soak")
issue_key(account.user, name="soak", scopes=tuple(Scope), key="{KEY}")
call_command("release", "public", force="to try memory")
for number in range({WORKSPACES}):
    workspace = Workspace.objects.create(slug=f"w{{number}}", name=f"W {{number}}")
    for reader in range({READERS}):
        member = add_member(workspace, User.objects.create_user(f"r{{reader}}@w{{number}}.example"))
        if reader % 5 == 0:
            grant(member, Role.PII_VIEWER)
"""
# What is asked, by shares of a hundred.
_SHARES = {"mask": 50, "classify": 12, "decision": 20, "process": 8, "suppressions": 8, "stranger": 2}


def asked(drawn: Random) -> Request:
    """Return the next request: of a kind, about a reader of a workspace, with values that nobody sent before."""
    kind = drawn.choices([*_SHARES], [*_SHARES.values()])[0]
    place, reader, number = drawn.randrange(WORKSPACES), drawn.randrange(READERS), drawn.getrandbits(48)
    base, said, email = f"/v1/workspaces/w{place}", f"r{reader}@w{place}.example", f"reader{number}@example.com"
    match kind:
        case "decision":
            return _get(f"{base}/decision?actor={said}")
        case "suppressions":
            return _is_suppressed(base, email, said)
        case "process":
            text = json.dumps({"text": [f"Mail {email} about order {number}"]}).encode()
            return _post("/process/text", text, said, _hides(email), key=DIALECT_KEY)
    body = json.dumps([personal_event(number + more) for more in range(drawn.choice((1, 1, 1, 2, 5)))]).encode()
    if kind == "stranger":
        return _post(f"{base}/mask", body, f"nobody{number}@example.org", lambda _: False)
    is_raw = kind == "mask" and reader % 5 == 0
    return _post(f"{base}/{kind}", body, said, (lambda got: got == body) if is_raw else _lacks(email))


def _is_suppressed(base: str, email: str, reader: str) -> Request:
    body = json.dumps({"identifiers": [{"kind": "email", "value": email}]}).encode()
    return _post(f"{base}/suppressions/check", body, reader, lambda got: json.loads(got)["suppressed"] == [False])


def _lacks(value: str) -> Callable[[bytes], bool]:
    return lambda got: value.encode() not in got


def _post(path: str, body: bytes, reader: str, is_right: Callable[[bytes], bool], *, key: str = KEY) -> Request:
    lines = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-Api-Key: {key}\r\n"
        f"X-Actor: {reader}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return Request(lines.encode() + body, is_right)


def _hides(value: str) -> Callable[[bytes], bool]:
    """Return what sees that a dialect's masked text lacks a value; its findings repeat it, as the contract wants."""
    return lambda got: all(value not in one["processed_text"] for one in json.loads(got))


def _get(path: str) -> Request:
    lines = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: {KEY}\r\n\r\n"
    return Request(lines.encode(), lambda got: b"effect" in got)


def processes_of(parent: int) -> list[int]:
    """Return a process and all below it."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [parent, *(one for child in children for one in processes_of(int(child)))]


def megabytes_of(process: int) -> float:
    """Return the memory that a process holds."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def growth(samples: list[float]) -> float:
    """Return by how many megabytes an hour memory grew since the first third, which fills caches (least squares)."""
    settled = samples[len(samples) // 3 :]
    hours = [number * SAMPLE_SECONDS / 3600 for number in range(len(settled))]
    return statistics.linear_regression(hours, settled).slope


def soaked(service: Service) -> tuple[Counter[int], dict[int, list[float]], int]:
    """Ask for so many minutes; return how many answers each status has, memory by process, and wrong answers."""
    statuses: Counter[int] = Counter()
    memory: dict[int, list[float]] = {process: [] for process in processes_of(service.process.pid)}
    wrong = 0
    arrivals = Arrivals(("127.0.0.1", service.port), asked)
    for _ in range(MINUTES * 60 // SAMPLE_SECONDS):
        outcome = arrivals.run(RATE, SAMPLE_SECONDS)
        statuses += outcome.statuses
        wrong += outcome.wrong + outcome.broken
        for process, samples in memory.items():
            samples.append(megabytes_of(process))
        print(f"{sum(statuses.values())} requests, MB: {[round(one[-1], 1) for one in memory.values()]}", flush=True)  # noqa: T201 - it is what one wants to know.
    return statuses, memory, wrong


def test_memory_does_not_grow() -> None:
    with service_with_demo(_SET_UP, **ALLOCATION) as service:
        statuses, memory, wrong = soaked(service)

    slopes = {process: growth(samples) for process, samples in memory.items()}
    print(f"\n{dict(statuses)}, wrong {wrong}, MB an hour: {[round(one, 1) for one in slopes.values()]}")  # noqa: T201 - as above.
    settled = {process: samples[len(samples) // 3 :] for process, samples in memory.items()}
    assert set(statuses) <= {200, 403, 503}
    assert wrong == 0
    assert all(max(samples[-5:]) < 1.05 * max(samples[:5]) + 3 for samples in settled.values())
