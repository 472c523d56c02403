"""What an event says its person has agreed to, at `context.consent.categoryPreferences`, and what that allows."""

from collections.abc import Mapping
from typing import Any

Agreed = frozenset[str]
NOTHING: Agreed = frozenset()


def agreed_in(event: Any) -> Agreed | None:
    """Return the categories that were agreed to, None where the event says nothing of consent.

    What says something that nobody can read agrees to nothing, and only `true` agrees.
    """
    context = event.get("context") if isinstance(event, dict) else None
    consent = context.get("consent") if isinstance(context, dict) else None
    if consent is None:
        return None
    preferences = consent.get("categoryPreferences") if isinstance(consent, dict) else None
    return agreed_to(preferences) if isinstance(preferences, dict) else NOTHING


def agreed_to(preferences: Mapping[str, Any]) -> Agreed:
    """Return the categories that preferences agree to."""
    return frozenset(name for name, is_agreed in preferences.items() if is_agreed is True)


def allows(agreed: Agreed | None, needed: Agreed) -> bool:
    """Say whether an event may go where all of these categories are needed; one that says nothing may."""
    return agreed is None or needed <= agreed
