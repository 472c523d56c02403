"""Dead letters: told by what stands beside them, sent again to where they came from, or dropped; never shown.

What is asked for is in the trail before the broker is asked, and what came of it afterwards; no row is
locked meanwhile.
"""

import re
from collections.abc import Mapping, Sequence

from django.db import transaction

from privacy_service.exceptions import BadRequest, PrivacyError
from privacy_service.streams.brokers.redis_streams import RedisBroker
from privacy_service.streams.brokers.types import Head, dead_letters_of
from privacy_service.streams.errors import StreamsError
from privacy_service.streams.models import RegisteredFlow
from privacy_service.streams.standing import Brokers
from workspaces.acts import Act, note
from workspaces.models import User

MOST = 100
_ID = re.compile(r"[0-9]{1,20}-[0-9]{1,20}")


def service_of(flow: RegisteredFlow, name: str) -> Mapping[str, Sequence[str]] | None:
    """Return a service of a flow as it was registered, or None."""
    return next((one for one in flow.services if one["name"] == name), None)


def heads_of(brokers: Brokers, service: Mapping[str, Sequence[str]], before: str = "", most: int = MOST) -> list[Head]:
    """Return the newest dead letters of a service, without what is in them; raise StreamsError."""
    return _broker(brokers, service).heads(_topic(service), most, before if _ID.fullmatch(before) else "")


def send_again(
    flow: RegisteredFlow, service: Mapping[str, Sequence[str]], ids: Sequence[str], *, brokers: Brokers, by: User | None
) -> int:
    """Send letters again to the topics that they came from; raise BadRequest, or PrivacyError where it is away.

    They go to the end of their topic as new records: whoever else reads it gets them once more.
    """
    wanted = _checked(ids)
    _note(flow, service, by, "send-again-asked", len(wanted))
    try:
        broker = _broker(brokers, service)
        # Of each topic only those go that came from it; names that a letter makes up lead nowhere.
        sent = sum(broker.send_again(_topic(service), source, wanted) for source in service["sources"])
    except StreamsError:
        raise _away() from None
    _note(flow, service, by, "sent-again", sent)
    return sent


def drop(
    flow: RegisteredFlow, service: Mapping[str, Sequence[str]], ids: Sequence[str], *, brokers: Brokers, by: User | None
) -> int:
    """Take letters away for good; raise BadRequest, or PrivacyError where it is away."""
    wanted = _checked(ids)
    _note(flow, service, by, "drop-asked", len(wanted))
    try:
        dropped = _broker(brokers, service).drop(_topic(service), wanted)
    except StreamsError:
        raise _away() from None
    _note(flow, service, by, "dropped", dropped)
    return dropped


def _note(flow: RegisteredFlow, service: Mapping[str, Sequence[str]], by: User | None, done: str, count: int) -> None:
    with transaction.atomic():
        note(Act.LETTERS_SETTLED, flow.workspace, by, flow, done=done, service=_name(service), count=count)


def _checked(ids: Sequence[str]) -> list[str]:
    wanted = [one for one in dict.fromkeys(ids) if _ID.fullmatch(one)]
    if not wanted or len(wanted) > MOST:
        message = f"Name from 1 to {MOST} dead letters by their ids."
        raise BadRequest(message)
    return wanted


def _broker(brokers: Brokers, service: Mapping[str, Sequence[str]]) -> RedisBroker:
    return brokers.of(service["sources"][0])


def _topic(service: Mapping[str, Sequence[str]]) -> str:
    return dead_letters_of(_name(service))


def _name(service: Mapping[str, Sequence[str]]) -> str:
    return str(service["name"])


def _away() -> PrivacyError:
    message = "The broker of this flow does not answer, or is a Kafka. Nothing was changed; try again shortly."
    return PrivacyError(message, Retry_After="1")
