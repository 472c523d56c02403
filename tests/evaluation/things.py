"""JSON events about things alone: orders, builds, sensors, pages, logs. What is hidden there is hidden for nothing."""

import json
import random
from collections.abc import Iterator
from typing import Any

from tests.evaluation.drafts import Document, Draft, chosen, spelled_as_is

COUNT = 400

_PRODUCTS = (
    "Desk lamp, oak", "USB-C cable 2 m", "Espresso beans 1 kg", "Winter tyre 205/55 R16", "Garden hose 25 m",
    "Wool blanket", "Notebook A5 dotted", "Galaxy S21 case", "Cordless drill 18V", "Bluetooth speaker",
    "Olive oil 500 ml", "Running shoes size 42", "Screen protector", "Oak shelf 80x30", "Green tea, 20 bags",
)  # fmt: skip
_TITLES = (
    "How to Create a Tracking Plan", "Quarterly Report Ready for Review", "Getting Started with Webhooks",
    "Release Notes for Version 4.2", "Top Ten Tips for Faster Builds", "Your Order Has Shipped",
    "Setting Up Single Sign-On", "Why Caching Matters", "New Features in the Spring Update",
)  # fmt: skip
_SERVICES = ("billing", "search-api", "ingest.worker", "checkout", "edge-proxy", "image_resizer", "scheduler2")
_STATES = ("ok", "pending", "Active", "In Progress", "archived", "FAILED", "retrying", "Delivered", "on hold")
_COLOURS = ("red", "Dark Blue", "sage green", "black", "Silver")
_SENTENCES = (
    "Connection reset by peer after 3 attempts", "Rebuilt the index in 412 ms", "Stock below the threshold of 25",
    "Deployment finished without errors", "Parcel handed over to the carrier", "Cache warmed for 120 keys",
    "Refund approved, amount back within five working days.", "Disk usage at 81 percent on the second volume",
)  # fmt: skip
_DARK = ("c{n}", "attr_{n}", "f{n}", "x{n}", "field{n}", "k{n}v", "p_{n}", "col{n}")


def things(seed: int = 4, count: int = COUNT) -> Iterator[Document]:
    """Yield events in which there is nobody, some with field names that say nothing."""
    dice = random.Random(seed)  # noqa: S311 - nothing here is a secret.
    for number in range(count):
        draft = Draft()
        event = chosen(dice, _order, _build, _sensor, _page, _log)(dice)
        draft.write(_shaped(dice, event), spelled_as_is if dice.getrandbits(1) else json.dumps)
        yield draft.document(f"thing-{number}", "en")


def _shaped(dice: random.Random, event: dict[str, Any]) -> Any:
    """Return an event as it is, with its names taken away, or as pairs of names and values."""
    match dice.randrange(5):
        case 0 | 1:
            return event
        case 2 | 3:
            pattern = chosen(dice, *_DARK)
            return {pattern.format(n=number): value for number, value in enumerate(event.values(), 1)}
        case _:
            return {"id": _hex(dice, 16), "values": [{"k": at, "v": value} for at, value in enumerate(event.values())]}


def _hex(dice: random.Random, digits: int) -> str:
    return f"{dice.getrandbits(4 * digits):0{digits}x}"


def _stamp(dice: random.Random) -> str:
    return f"2025-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}T{dice.randint(0, 23):02}:15:42.118Z"


def _day(dice: random.Random) -> str:
    return f"202{dice.randint(3, 5)}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}"


def _order(dice: random.Random) -> dict[str, Any]:
    return {
        "order_id": f"ORD-{dice.randint(10000, 999999)}", "placed": _stamp(dice), "title": chosen(dice, *_PRODUCTS),
        "sku": f"TX-{dice.randint(100, 999)}", "quantity": dice.randint(1, 9), "due": _day(dice),
        "colour": chosen(dice, *_COLOURS), "price": round(dice.uniform(1, 900), 2), "status": chosen(dice, *_STATES),
        "tracking": f"1Z{dice.randint(10**9, 10**10 - 1)}", "note": chosen(dice, *_SENTENCES),
    }  # fmt: skip


def _build(dice: random.Random) -> dict[str, Any]:
    return {
        "build": dice.randint(1000, 9999), "commit": _hex(dice, 40), "branch": chosen(dice, "main", "release/4.2"),
        "service": chosen(dice, *_SERVICES), "version": f"{dice.randint(1, 9)}.{dice.randint(0, 20)}.0",
        "started": _stamp(dice), "status": chosen(dice, *_STATES), "message": chosen(dice, *_SENTENCES),
    }  # fmt: skip


def _sensor(dice: random.Random) -> dict[str, Any]:
    return {
        "sensor": f"node{dice.randint(1, 40)}", "reading": round(dice.uniform(-20, 90), 2), "unit": "C",
        "firmware": f"v{dice.randint(1, 4)}.{dice.randint(0, 9)}", "installed": _day(dice), "at": _stamp(dice),
        "battery": dice.randint(1, 100), "zone": chosen(dice, "Hall 3", "Line B", "Roof", "Tank 12"),
    }  # fmt: skip


def _page(dice: random.Random) -> dict[str, Any]:
    return {
        "event": chosen(dice, "Page Viewed", "Article Read"), "title": chosen(dice, *_TITLES),
        "path": f"/docs/{chosen(dice, 'plans', 'webhooks', 'sso')}/{dice.randint(1, 90)}",
        "seconds": dice.randint(1, 400), "session": _hex(dice, 16), "published": _day(dice),
        "tags": [chosen(dice, "beta", "howto"), "product"],
    }  # fmt: skip


def _log(dice: random.Random) -> dict[str, Any]:
    return {
        "level": chosen(dice, "INFO", "WARN", "ERROR"), "logger": chosen(dice, *_SERVICES), "time": _stamp(dice),
        "message": chosen(dice, *_SENTENCES), "thread": f"worker-{dice.randint(1, 16)}", "trace": _hex(dice, 32),
        "duration_ms": dice.randint(1, 4000), "retries": dice.randint(0, 5),
    }  # fmt: skip
