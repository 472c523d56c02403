"""What a processor has to say about a request of ours: nothing is believed of it before its signature is verified.

Even then it says no more than "ask me now": how far a request is stands in the processor's own signed answer, so that
a callback which comes late, twice or never changes nothing.
"""

from contextlib import suppress
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from privacy_service.body import json_in
from privacy_service.decisions.limits import RateLimit
from privacy_service.exceptions import BodyTooLarge, CallbackRefused, InvalidBody, NoSuchResource, RateExceeded
from privacy_service.http import Answer, Call, json_answer
from privacy_service.subjects.destinations import OptionsRefused, driver_of
from privacy_service.subjects.destinations.base import NotDone
from privacy_service.subjects.destinations.opendsr import OPENDSR, OpenDsr
from privacy_service.subjects.lifecycle import WORK
from privacy_service.subjects.models import Destination, Receipt, Status
from privacy_service.subjects.opendsr.trusting import NotTrusted
from privacy_service.subjects.opendsr.words import CALLBACK, VERSIONS, Version
from workspaces.queueing import send_task_soon
from workspaces.sealing import SealBroken

_LIMIT_BYTES = 64 * 1024
_limit = RateLimit(20)  # A second, for each destination.


def hear(call: Call, destination_id: UUID) -> Answer:
    """Have a processor asked at once that says it has news; refuse what is not signed by its own certificate."""
    destination = Destination.objects.filter(pk=destination_id, kind=OPENDSR.name).first()
    if destination is None:
        raise NoSuchResource
    if wait := _limit.wait_seconds(destination_id):  # Anybody may call here, and each call may ask the processor.
        raise RateExceeded(Retry_After=str(wait))
    body = call.read()
    if len(body) > _LIMIT_BYTES:
        message = f"At most {_LIMIT_BYTES} bytes are taken here."
        raise BodyTooLarge(message)
    _check_sender(call, destination, body)
    number = _number_in(body, f"{settings.PRIVACY_PUBLIC_URL}{CALLBACK}{destination_id}")
    waiting = Receipt.objects.filter(pk=number, destination=destination, status=Status.WAITING)
    if waiting.update(next_try_at=timezone.now()):
        send_task_soon(WORK)
    return json_answer(202, {}, call.id)


def _check_sender(call: Call, destination: Destination, body: bytes) -> None:
    named, signature = _signed(call, VERSIONS[1]) if _signed(call, VERSIONS[1])[0] else _signed(call, VERSIONS[2])
    try:
        driver = driver_of(destination)
        if isinstance(driver, OpenDsr):
            driver.check_message(named, signature, body)
    except (NotTrusted, NotDone, OptionsRefused, SealBroken) as error:
        raise CallbackRefused(str(error)) from None


def _signed(call: Call, version: Version) -> tuple[str, str]:
    """Return the domain and the signature that the headers of a version name."""
    names = (version.domain_header, version.signature_header)
    named, signature = (call.header(f"HTTP_{name.upper().replace('-', '_')}") for name in names)
    return named, signature


def _number_in(body: bytes, ours: str) -> UUID:
    """Return which request a callback is about; raise InvalidBody, also where it was meant for somebody else."""
    said = json_in(body)
    told = said if isinstance(said, dict) and said.get("status_callback_url") == ours else {}
    with suppress(TypeError, ValueError, AttributeError):
        return UUID(told.get("subject_request_id"))
    message = "Send status_callback_url, which must be this address, and subject_request_id."
    raise InvalidBody(message)
