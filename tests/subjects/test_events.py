"""Whom an event is about."""

from typing import Any

import pytest

from privacy_service.subjects.events import identifiers_in
from privacy_service.subjects.identifiers import Kind

TABLE: list[tuple[Any, list[tuple[Kind, str]]]] = [
    ({"userId": "u1", "anonymousId": "a1"}, [(Kind.USER_ID, "u1"), (Kind.ANONYMOUS_ID, "a1")]),
    ({"user_id": 17}, [(Kind.USER_ID, "17")]),
    ({"traits": {"E-Mail": "d@example.com"}}, [(Kind.EMAIL, "d@example.com")]),
    ({"context": {"traits": {"email": "d@example.com"}}}, [(Kind.EMAIL, "d@example.com")]),
    ({"properties": {"phoneNumber": "+44 20"}}, [(Kind.PHONE, "+44 20")]),
    ({"context": {"device": {"idfa": "EA75"}}}, [(Kind.IOS_ADVERTISING_ID, "EA75")]),
    (
        {"context": {"device": {"advertisingId": "EA75"}}},
        [(Kind.ANDROID_ADVERTISING_ID, "EA75"), (Kind.IOS_ADVERTISING_ID, "EA75"), (Kind.FIRE_ADVERTISING_ID, "EA75")],
    ),
    # Somebody else's, or nobody's.
    ({"referrer": {"email": "other@example.com"}, "userId": None, "deviceId": True, "email": ""}, []),
    ({"traits": "d@example.com", "context": {"traits": [{"email": "d@example.com"}]}}, []),
    ({"phone": "n/a", "traits": {"phone": "-", "email": " "}, "properties": {"phone": "unknown"}}, []),
    ([{"userId": "u1"}], []),
    ("u1", []),
    (None, []),
]


@pytest.mark.parametrize(("event", "expected"), TABLE)
def test_an_event_is_about_whom_it_names_at_the_known_places(event: Any, expected: list[tuple[Kind, str]]) -> None:
    assert [tuple(one) for one in identifiers_in(event)] == expected
