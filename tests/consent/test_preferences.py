"""What events say of consent, and what that allows."""

from typing import Any

import pytest

from privacy_service.consent.preferences import agreed_in, allows


def said(preferences: Any) -> dict[str, Any]:
    return {"context": {"consent": {"categoryPreferences": preferences}}}


SAID: list[tuple[Any, frozenset[str] | None]] = [
    ({}, None),
    ({"context": {}}, None),
    ({"context": "x"}, None),
    ({"context": {"consent": None}}, None),
    ([1], None),
    (None, None),
    (said({}), frozenset()),
    ({"context": {"consent": {}}}, frozenset()),
    ({"context": {"consent": True}}, frozenset()),
    (said([]), frozenset()),
    (said({"ads": True, "mail": False}), frozenset({"ads"})),
    (said({"ads": "true", "mail": 1}), frozenset()),
]


@pytest.mark.parametrize(("event", "agreed"), SAID)
def test_only_true_agrees_and_what_cannot_be_read_agrees_to_nothing(event: Any, agreed: Any) -> None:
    assert agreed_in(event) == agreed


@pytest.mark.parametrize(
    ("agreed", "needed", "may"),
    [
        (None, {"ads"}, True),  # It says nothing of consent: it flows.
        (set(), {"ads"}, False),
        (set(), set(), True),
        ({"ads"}, {"ads"}, True),
        ({"ads"}, {"ads", "analytics"}, False),
        ({"ads", "analytics", "mail"}, {"ads", "analytics"}, True),
    ],
)
def test_a_destination_needs_all_of_its_categories(agreed: Any, needed: set[str], may: bool) -> None:
    assert allows(None if agreed is None else frozenset(agreed), frozenset(needed)) is may
