"""Whom an event is about: the identifiers in it, at the places where Segment's specification has them."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from privacy_service.subjects.identifiers import LONGEST, Identifier, Kind

# Elsewhere an e-mail may be another person's: of a referrer, a recipient, a colleague.
_PLACES = ((), ("traits",), ("properties",), ("context",), ("context", "traits"), ("context", "device"))
_HOLDERS = frozenset(place[0] for place in _PLACES if place)
_KINDS: Mapping[str, tuple[Kind, ...]] = {
    "userid": (Kind.USER_ID,),
    "anonymousid": (Kind.ANONYMOUS_ID,),
    "email": (Kind.EMAIL,),
    "emailaddress": (Kind.EMAIL,),
    "phone": (Kind.PHONE,),
    "phonenumber": (Kind.PHONE,),
    "deviceid": (Kind.DEVICE_ID,),
    # Which of them it is stands in `device.type`, where it stands at all; no id is of two of these.
    "advertisingid": (Kind.ANDROID_ADVERTISING_ID, Kind.IOS_ADVERTISING_ID, Kind.FIRE_ADVERTISING_ID),
    "idfa": (Kind.IOS_ADVERTISING_ID,),
    "idfv": (Kind.IOS_VENDOR_ID,),
    **{kind.replace("_", ""): (kind,) for kind in Kind},
}


def identifiers_in(event: Any) -> list[Identifier]:
    """Return every identifier of the person whom an event is about."""
    return [identifier for place in _PLACES for identifier in _named(_at(event, place))]


def _at(event: Any, place: tuple[str, ...]) -> Mapping[str, Any]:
    for name in place:
        event = event.get(name) if isinstance(event, dict) else None
    return event if isinstance(event, dict) else {}


def _named(fields: Mapping[str, Any]) -> Iterator[Identifier]:
    for name, value in fields.items():
        for kind in _kinds_of(name):
            one = Identifier(kind, text_of(value))
            if one.normal:  # A phone such as `n/a` is nobody's.
                yield one


def tells_of_people(names: Iterable[str]) -> bool:
    """Say whether any of these fields, at the top of a record, may name a person."""
    return any(_kinds_of(name) or name in _HOLDERS for name in names)


def text_of(value: object) -> str:
    """Return what an identifier says; a whole number as JSON writes one: a column with gaps turns 9 into 9.0."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value)[:LONGEST]


@lru_cache(maxsize=8192)
def _kinds_of(name: str) -> tuple[Kind, ...]:
    return _KINDS.get("".join(filter(str.isalnum, name)).lower(), ())
