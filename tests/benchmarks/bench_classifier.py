"""What masking costs, in microseconds of one core: `python -m tests.benchmarks.bench_classifier`.

Compare the ratios to orjson's loads and dumps of the same event, measured in the same run.
"""

import copy
import statistics
import sys
import timeit
from collections.abc import Callable
from typing import Any

import orjson

from classifier import REDACT_EVERYTHING, PayloadKind, Policy, classify, mask
from classifier.keys import table_of
from classifier.leaves import find_in_leaves
from classifier.payloads.json_syntax import check_json
from classifier.payloads.json_walk import split, walk

ROUNDS, CALLS = 15, 400

# 31 leaves, seven of them personal by key.
PERSONAL: dict[str, Any] = {
    "messageId": "ajs-next-1700000000000-8f5c0e3b",
    "type": "identify",
    "channel": "web",
    "userId": "u_48291",
    "anonymousId": "0f8e3a52-6f0b-4a64-9f3e-1d2c3b4a5f60",
    "timestamp": "2024-05-01T12:34:56.789Z",
    "sentAt": "2024-05-01T12:34:57.001Z",
    "traits": {
        "email": "alice.liddell@example.com",
        "name": "Alice Liddell",
        "phone": "+1 415 555 0132",
        "plan": "enterprise",
        "createdAt": "2023-01-15T09:00:00Z",
        "visits": 42,
        "company": {"name": "Wonderland Ltd", "size": 120, "industry": "hospitality"},
        "address": {"street": "12 Rabbit Hole Lane", "city": "Oxford", "postalCode": "OX1 2JD"},
    },
    "context": {
        "ip": "203.0.113.77",
        "locale": "en-GB",
        "timezone": "Europe/London",
        "library": {"name": "analytics.js", "version": "4.2.0"},
        "page": {
            "path": "/account",
            "title": "Your account",
            "url": "https://app.example.com/account?tab=profile",
            "referrer": "https://app.example.com/",
        },
        "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124 Safari/537.36",
    },
    "integrations": {"All": True},
}


def without_personal_data(event: dict[str, Any]) -> dict[str, Any]:
    """Return an event as long as this one, with nothing personal in it."""
    clean = copy.deepcopy(event)
    clean["context"]["app"] = clean["context"].pop("ip").replace(".", "-")
    clean["traits"] |= {"tier": "gold standard customers", "flavour": "vanilla sky", "palette": "blue-green-red"}
    clean["traits"]["shelf"] = {"row": "12 Rabbit Hole Lane", "bay": "Oxford", "slot": "OX1 2JD"}
    for name in ("email", "name", "phone", "address"):
        del clean["traits"][name]
    return clean


def microseconds(act: Callable[[], object], calls: int = CALLS) -> float:
    """Return the median cost of a call."""
    act()
    return statistics.median(timeit.repeat(act, number=calls, repeat=ROUNDS)) / calls * 1e6


def event_rows(title: str, payload: bytes) -> list[tuple[str, float, float]]:
    """Return the cost of each way to treat an event, and its ratio to parsing and writing it."""
    strict, kind = Policy.named("strict"), PayloadKind.JSON
    floor = microseconds(lambda: orjson.dumps(orjson.loads(payload)))
    costs = {
        "orjson loads + dumps": floor,
        "mask": microseconds(lambda: mask(payload, strict, kind=kind)),
        "mask, redact everything": microseconds(lambda: mask(payload, REDACT_EVERYTHING, kind=kind)),
        "classify": microseconds(lambda: classify(payload, kind=kind)),
    }
    return [(f"{title}: {name}", cost, cost / floor) for name, cost in (costs | stages(payload)).items()]


def stages(payload: bytes) -> dict[str, float]:
    """Return what the stages of masking cost alone."""
    text, table = payload.decode(), table_of("root")
    parts = split(text)
    leaves = [parts[at] for at, _ in walk(parts, table, 100).leaves]
    return {
        "  validate": microseconds(lambda: check_json(text, 100)),
        "  split": microseconds(lambda: split(text)),
        "  walk, keys": microseconds(lambda: walk(parts, table, 100)),
        "  patterns": microseconds(lambda: find_in_leaves(leaves)),
    }


def bulk_rows(event: bytes) -> list[tuple[str, float, float]]:
    """Return the cost of larger bodies, and their megabytes a second."""
    strict = Policy.named("strict")
    log = b"2024-05-01 12:34:56,789 INFO worker-3 finished job 48291 in 182 ms status=ok path=/api/v1/items\n"
    bodies = {
        "1,000 events as an array": (b"[" + b",".join([event] * 1000) + b"]", PayloadKind.JSON),
        "1,000 events as NDJSON": (b"\n".join([event] * 1000), PayloadKind.NDJSON),
        "1 MB of clean log lines": (log * (10**6 // len(log)), PayloadKind.TEXT),
    }
    rows = []
    for name, (body, kind) in bodies.items():
        cost = microseconds(lambda body=body, kind=kind: mask(body, strict, kind=kind), calls=1)  # type: ignore[misc]
        rows.append((name, cost, len(body) / cost))
    return rows


def main() -> None:
    """Print the tables."""
    personal = orjson.dumps(PERSONAL)
    clean = orjson.dumps(without_personal_data(PERSONAL))
    rows = event_rows(f"{len(personal)} bytes, personal", personal) + event_rows(f"{len(clean)} bytes, clean", clean)
    lines = [f"{'':46} {'µs':>10} {'x floor':>9}"]
    lines += [f"{name:46} {cost:10.2f} {ratio:9.1f}" for name, cost, ratio in rows]
    lines += ["", f"{'':46} {'µs':>10} {'MB/s':>9}"]
    lines += [f"{name:46} {cost:10.0f} {speed:9.1f}" for name, cost, speed in bulk_rows(personal)]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
