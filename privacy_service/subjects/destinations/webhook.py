"""A webhook in Segment's shape: one `delete` event for each user id, signed where there is a shared secret.

Where its receiver knows them, it gets `suppress` and `unsuppress` events too, which Segment itself does not send.
"""

import hashlib
import hmac
from datetime import UTC, datetime
from typing import NoReturn

import orjson

from privacy_service.subjects.destinations.base import (
    CannotTell,
    DestinationKind,
    Done,
    Options,
    OptionsRefused,
    Refused,
    Secrets,
    Subject,
    object_of,
    text_of,
)
from privacy_service.subjects.destinations.sending import AT_ONCE, check_answer, checked_url, send
from privacy_service.subjects.identifiers import Kind
from privacy_service.subjects.models import Ability

_NEVER = frozenset({Ability.FIND})
_EXPECTED = frozenset(range(200, 300))


class Webhook:
    """A receiver of Segment's deletion events: `X-Signature` is the HMAC-SHA1 of the body, in hexadecimal digits."""

    def __init__(self, options: Options, secrets: Secrets) -> None:
        told = object_of(options, "options", ("url", "suppresses"))
        self._url = checked_url(text_of(told.get("url"), "url"), "url")
        self._suppresses = told.get("suppresses", False)
        if not isinstance(self._suppresses, bool):
            raise OptionsRefused(option="suppresses", advice="write true where it understands `suppress` events.")
        self._secret = secrets.get("shared_secret", "")

    @property
    def lacks(self) -> frozenset[Ability]:
        """Return what it cannot: it is told and answers nothing."""
        return _NEVER if self._suppresses else _NEVER | {Ability.SUPPRESS}

    def find(self, subject: Subject) -> NoReturn:
        """Say that this cannot be told."""
        del subject
        message = "A webhook is only told to delete."
        raise CannotTell(message)

    def delete(self, subject: Subject) -> Done:
        """Tell it of each user id."""
        return self._told_all("delete", subject)

    def suppress(self, subject: Subject) -> Done:
        """Tell it of each user id."""
        return self._told_all("suppress", subject)

    def unsuppress(self, subject: Subject) -> Done:
        """Tell it of each user id."""
        return self._told_all("unsuppress", subject)

    def _told_all(self, event: str, subject: Subject) -> Done:
        codes = [self._told(event, value) for value in subject.values(Kind.USER_ID)]
        if not codes:
            message = "It knows people by user_id, which the request does not name."
            raise Refused(message)
        return Done(max(codes), {"events": len(codes)})

    def _told(self, event: str, user_id: str) -> int:
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        body = orjson.dumps({"type": event, "userId": user_id, "timestamp": now})
        headers = {"Content-Type": "application/json", "User-Agent": "privacy-service"}
        if self._secret:
            headers["X-Signature"] = hmac.new(self._secret.encode(), body, hashlib.sha1).hexdigest()
        response = send("POST", self._url, headers=headers, content=body)
        check_answer(response, _EXPECTED)
        return response.status_code


WEBHOOK = DestinationKind(
    "webhook", "A webhook in Segment's shape", Webhook, secrets=("shared_secret",), at_once=AT_ONCE
)
