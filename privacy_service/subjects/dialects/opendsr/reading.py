"""What a controller's request says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from privacy_service.body import json_in
from privacy_service.exceptions import BodyTooLarge, InvalidBody
from privacy_service.managing.errors import invalid_fields
from privacy_service.subjects.destinations.base import OptionsRefused
from privacy_service.subjects.destinations.sending import checked_url
from privacy_service.subjects.identifiers import LONGEST, Identifier
from privacy_service.subjects.models import Law, Wish
from privacy_service.subjects.opendsr.words import KINDS, REGULATIONS, Version

LIMIT_BYTES = 256 * 1024
MOST_IDENTITIES = 50
MOST_CALLBACKS = 10
_LONGEST_URL = 2000
_UUID_VERSION = 4

WISHES: Mapping[str, Wish] = {"access": Wish.ACCESS, "portability": Wish.PORTABILITY, "erasure": Wish.DELETE_ONLY}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of a controller."""

    number: UUID
    wish: Wish
    law: Law
    people: tuple[Identifier, ...]
    callbacks: tuple[str, ...]


def asked_in(body: bytes, version: Version) -> Asked:
    """Return what a body asks for; raise BodyTooLarge, InvalidBody, or InvalidFields, which quotes nobody."""
    if len(body) > LIMIT_BYTES:
        message = f"At most {LIMIT_BYTES} bytes are taken here."
        raise BodyTooLarge(message)
    said = json_in(body)
    if not isinstance(said, dict):
        message = "Send a JSON object."
        raise InvalidBody(message)
    _check_version(said.get("api_version", version.name), version)
    _check_moment(said.get("submitted_time"))
    return Asked(
        number=_number(said.get("subject_request_id")),
        wish=WISHES[_one_of(said, "subject_request_type", tuple(WISHES))],
        # Version 1 knows one law, and of version 2's examples not every one names it: the shorter time counts.
        law=Law(_one_of({"regulation": "gdpr"} | said, "regulation", REGULATIONS)),
        people=_people(said.get("subject_identities")),
        callbacks=_callbacks(said.get("status_callback_urls") or []),
    )


def _check_version(named: Any, version: Version) -> None:
    if not isinstance(named, str) or named.partition(".")[0] != str(version.number):
        raise invalid_fields({"api_version": [f"This path speaks {version.name}."]})


def _check_moment(said: Any) -> None:
    try:
        datetime.fromisoformat(said)
    except (TypeError, ValueError):
        raise invalid_fields({"submitted_time": ["Send a time such as 2026-11-26T10:00:00Z."]}) from None


def _number(said: Any) -> UUID:
    try:
        number = UUID(said)
    except (AttributeError, TypeError, ValueError):
        number = None
    if number is None or number.version != _UUID_VERSION or str(number) != said:
        raise invalid_fields({"subject_request_id": ["Send a UUID of version 4 in lower case."]})
    return number


def _one_of(said: Mapping[str, Any], name: str, allowed: tuple[str, ...]) -> str:
    value = said.get(name)
    if not isinstance(value, str) or value not in allowed:
        raise invalid_fields({name: [f"Send one of {', '.join(allowed)}."]})
    return value


def _people(listed: Any) -> tuple[Identifier, ...]:
    if not isinstance(listed, list) or not 1 <= len(listed) <= MOST_IDENTITIES:
        raise invalid_fields({"subject_identities": [f"Name 1 to {MOST_IDENTITIES} identities of one person."]})
    return tuple(_identity(f"subject_identities[{place}]", one) for place, one in enumerate(listed))


def _identity(where: str, one: Any) -> Identifier:
    """Return an identity; one that cannot be looked for is refused, never left out: the person would stay there."""
    said = one if isinstance(one, dict) else {}
    kind = _one_of(said, "identity_type", tuple(KINDS)) if "identity_type" in said else ""
    value = said.get("identity_value")
    if not kind or not isinstance(value, str) or not 1 <= len(value.strip()) <= LONGEST or "\0" in value:
        advice = f"Send identity_type, identity_value (1 to {LONGEST} characters) and identity_format."
        raise invalid_fields({where: [advice]})
    if said.get("identity_format", "raw") != "raw":
        raise invalid_fields({where: ["Only identity_format raw is looked for here, as /discovery says."]})
    return Identifier(KINDS[kind], value)


def _callbacks(listed: Any) -> tuple[str, ...]:
    if not isinstance(listed, list) or len(listed) > MOST_CALLBACKS:
        raise invalid_fields({"status_callback_urls": [f"List at most {MOST_CALLBACKS} addresses."]})
    for place, url in enumerate(listed):
        if advice := _advice_on(url):
            raise invalid_fields({f"status_callback_urls[{place}]": [advice]})
    return tuple(dict.fromkeys(listed))


def _advice_on(url: Any) -> str:
    """Return what to write instead of an address that cannot be, empty for one that can; it is not looked up yet."""
    if not isinstance(url, str) or len(url) > _LONGEST_URL:
        return f"Write an address of at most {_LONGEST_URL} characters."
    try:
        checked_url(url, "")
    except OptionsRefused as refused:
        return refused.advice.capitalize()
    return ""
