"""enforce(): pass, mask or deny."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import NamedTuple

from django.conf import settings

import classifier
from classifier import Limits, PayloadKind
from privacy_service.decisions.types import Decision, Effect
from privacy_service.enforcement import hiding
from privacy_service.exceptions import BodyTooDeep, InvalidBody, LeakBlocked
from privacy_service.observability import metrics
from privacy_service.observability.logging import logger_named

logger = logger_named(__name__)

NOTHING: Mapping[str, int] = MappingProxyType({})


class Payload(NamedTuple):
    """A body and what kind of body it is."""

    kind: PayloadKind
    body: bytes
    person: str = ""
    """Whom the caller says it is about, such as `user_id=9`; empty where the body itself may say so."""


class Enforced(NamedTuple):
    """A body as its reader may see it, and how many pieces of each kind were hidden."""

    body: bytes
    entities: Mapping[str, int] = NOTHING


def enforce(decision: Decision, payload: Payload) -> Enforced:
    """Return the payload as the decision allows; raise AccessDenied, InvalidBody or BodyTooDeep."""
    match decision.effect:
        case Effect.PASS:
            return Enforced(payload.body)
        case Effect.MASK:
            return _masked(decision.operators, payload)
        case Effect.DENY:
            raise decision.refusal


def check_readable(payload: Payload) -> None:
    """Refuse what would be read wrongly: text of two bytes a letter is valid UTF-8, with a NUL after each letter."""
    if payload.kind is not PayloadKind.JSON and b"\x00" in payload.body:
        message = "The body holds NUL bytes, as UTF-16 does. Send it as UTF-8."
        raise InvalidBody(message)


def _masked(operators: classifier.Policy, payload: Payload) -> Enforced:
    check_readable(payload)
    with refusals_translated():
        masked = hiding.mask(
            payload.body, operators, kind=payload.kind, limits=limits(), tier=tier(), person=payload.person
        )
    return Enforced(masked.payload, {entity.value: count for entity, count in masked.entities.items()})


def limits() -> Limits:
    """Return how deep a body may be nested."""
    return Limits(max_depth=settings.PRIVACY_BODY_DEPTH)


def tier() -> classifier.Tier:
    """Return how thoroughly running text is searched."""
    return classifier.Tier(settings.PRIVACY_CLASSIFIER_TIER)


@contextmanager
def refusals_translated() -> Iterator[None]:
    """Turn the classifier's refusals of a body into this service's errors."""
    try:
        yield
    except classifier.InvalidPayload as error:
        raise InvalidBody(str(error), members={"line": error.line, "column": error.column}) from None
    except classifier.InvalidEncoding as error:
        raise InvalidBody(str(error)) from None
    except classifier.TooDeep as error:
        raise BodyTooDeep(str(error)) from None
    except classifier.LeakFound as error:
        raise LeakBlocked(error.entities) from None


def count_leak(error: LeakBlocked | classifier.LeakFound) -> None:
    """Count what a second look has found in what somebody would have got."""
    metrics.leaks_blocked.add(amount=sum(error.entities.values()))
    logger.error("A masked body still showed what was to be hidden; it was withheld")
