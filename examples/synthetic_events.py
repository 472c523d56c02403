"""Made-up events and doctor's notes to try the service with: `python examples/synthetic_events.py --seed 7 --notes 3`.

The same seed gives the same lines; nobody in them exists, and nothing is fetched. Pipe them into /mask as
application/x-ndjson, or send each note's text to /process/text.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any

from faker import Faker

_START = datetime(2026, 1, 1, tzinfo=UTC)
_CONDITIONS = ("asthma", "hypertension", "type 2 diabetes", "migraine", "eczema", "gout", "anaemia", "arthritis")
_DRUGS = ("ibuprofen", "metformin", "amoxicillin", "lisinopril", "salbutamol", "sertraline")
_TITLES = ("Order Completed", "Feedback Given", "Ticket Opened", "Plan Changed")
_NOTE = (
    "{name}, born {birth}, seen on {day}. History of {first} and {second}; on {drug}. Reached at {phone}, lives at "
    "{address}. Insurance number {number}. Plan: continue {drug}, review in six weeks. {doctor}"
)


def main() -> None:
    """Print one JSON object a line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--events", type=int, default=10, help="identify and track events, in turn")
    parser.add_argument("--notes", type=int, default=0, help="doctor's notes, as track events")
    chosen = parser.parse_args()
    for line in lines(chosen.seed, chosen.events, chosen.notes):
        sys.stdout.write(json.dumps(line) + "\n")


def lines(seed: int, events: int, notes: int) -> Iterator[dict[str, Any]]:
    """Yield events, then notes."""
    fake, random = Faker("en_US"), Random(seed)  # noqa: S311 - nothing here is secret.
    fake.seed_instance(seed)
    for number in range(events):
        yield _event(fake, random, number)
    for number in range(notes):
        content = _note(fake, random)
        properties = {"title": "Consultation", "content": content}
        yield {**_head(fake, number, "track"), "event": "Note Written", "properties": properties}


def _event(fake: Faker, random: Random, number: int) -> dict[str, Any]:
    if number % 2:
        content = f"{fake.name()} ({fake.email()}) asked to be called at {fake.phone_number()}."
        properties = {"title": fake.sentence(4), "content": content, "total": round(random.uniform(5, 500), 2)}
        return {**_head(fake, number, "track"), "event": random.choice(_TITLES), "properties": properties}
    traits = {
        "name": fake.name(),
        "email": fake.email(),
        "created_at": fake.date_time_between(datetime(2020, 1, 1, tzinfo=UTC), _START, tzinfo=UTC).isoformat(),
        "account_id": f"acc-{random.randrange(10**6):06}",
        "ssn": fake.ssn(),
        "ip": fake.ipv4_public(),
    }
    return {**_head(fake, number, "identify"), "traits": traits}


def _head(fake: Faker, number: int, kind: str) -> dict[str, Any]:
    moment = fake.date_time_between(_START, datetime(2026, 11, 1, tzinfo=UTC), tzinfo=UTC)
    return {"type": kind, "messageId": f"made-up-{number}", "userId": fake.uuid4(), "timestamp": moment.isoformat()}


def _note(fake: Faker, random: Random) -> str:
    first, second = random.sample(_CONDITIONS, 2)
    return _NOTE.format(
        name=fake.name(),
        birth=fake.date_between(
            datetime(1930, 1, 1, tzinfo=UTC).date(), datetime(2008, 1, 1, tzinfo=UTC).date()
        ).strftime("%d %B %Y"),
        day=fake.date_between(_START.date(), datetime(2026, 11, 1, tzinfo=UTC).date()).strftime("%d %B %Y"),
        first=first,
        second=second,
        drug=random.choice(_DRUGS),
        phone=fake.phone_number(),
        address=fake.address().replace("\n", ", "),
        number=fake.bothify("??#######").upper(),
        doctor=f"Dr. {fake.last_name()}",
    )


if __name__ == "__main__":
    main()
