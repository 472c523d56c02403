"""What the classifier is measured with: events, logs, short texts and a long note; nobody in them exists."""

import copy
from collections.abc import Callable
from typing import Any

import orjson

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
    clean["traits"]["shelf"] = {"row": "second from the door", "bay": "upper", "slot": "SL-12-B"}
    # A company is told by its legal form, whatever stands around it.
    clean["traits"]["company"]["name"] = "wonder-land"
    for name in ("email", "name", "phone", "address"):
        del clean["traits"][name]
    return clean


CLEAN = without_personal_data(PERSONAL)
LOG_LINE = b"2024-05-01 12:34:56,789 INFO worker-3 finished job 48291 in 182 ms status=ok path=/api/v1/items\n"
# About 90 characters each, as chats and reviews have.
TEXTS = (
    "Hi, this is Martha Kent, could you please call me back on 555-0144 before noon tomorrow?",
    "The second delivery arrived late and one of the boxes was open, but nothing was missing.",
    "Peter Parker moved from Queens to 12 Ingram Street and asks for the new contract by mail.",
    "We upgraded the staging cluster to version 4.2 last night; all the smoke tests are green.",
    "Please send the invoice to clark.kent@example.com, not to the address on the old account.",
    "Dr. Stephen Strange saw the patient at St. Mary Hospital and ordered another blood test.",
)
_HEAD = """Patient: Jane Doe    MRN: 0012345    DOB: 31 January 1970
Address: 12 Main Street, Springfield    Phone: (555) 123-4567

"""
_BODY = """Ms. Doe is a 54-year-old teacher who presents with three days of cough and low-grade fever. She denies
chest pain, dyspnoea on exertion and recent travel. Her husband, Robert Doe, had similar symptoms last week.
Medications: lisinopril 10 mg daily, metformin 500 mg twice daily, atorvastatin 20 mg at night. No known allergies.
On examination temperature 37.9, pulse 88 regular, BP 140/90, respirations 18, saturation 97 % on room air. Chest
with scattered rhonchi, no crackles. Heart sounds normal, no murmur. Abdomen soft, no tenderness.
Dr. Gregory House reviewed the films with Lisa Cuddy: no infiltrate, no effusion, heart size normal.
Plan: fluids, rest, paracetamol as needed; return if fever lasts beyond five days. Results to jane.doe@example.com.
Discussed with Dr. James Wilson by phone; follow-up in two weeks at the Princeton clinic.

"""
NOTE_BYTES = 4096


def note() -> bytes:
    """Return a doctor's note of 4 KB."""
    text = _HEAD + _BODY * (NOTE_BYTES // len(_BODY) + 1)
    return text[:NOTE_BYTES].encode()


def events(make: Callable[[int], dict[str, Any]], total: int) -> list[bytes]:
    """Return events of about so many bytes together, each with a number of its own."""
    written: list[bytes] = []
    while total > 0:
        written.append(orjson.dumps(make(len(written))))
        total -= len(written[-1]) + 1
    return written


def personal_event(number: int) -> dict[str, Any]:
    """Return an event as backends send them, unlike the one before."""
    traits = PERSONAL["traits"] | {"email": f"reader{number}@example.com", "visits": number}
    return PERSONAL | {"messageId": f"ajs-next-{number}", "traits": traits}


def own_matchers(count: int) -> list[dict[str, str]]:
    """Return so many matchers of all kinds, as the owners of a workspace may write them."""
    made = []
    for number in range(count):
        how = ("pattern", "exact", "exact", "similar")[number % 4]
        term = rf"T{number}-[0-9]{{4,8}}\b" if how == "pattern" else f"quintessence{number} {number * 7919 % 9973}"
        on = "key" if how == "similar" or number % 8 == 1 else "value"
        made.append({"name": f"M{number}", "term": term, "how": how, "on": on})
    return made
