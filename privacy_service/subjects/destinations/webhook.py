"""A webhook in Segment's shape: one `delete` event for each user id, signed where there is a shared secret."""

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
    Refused,
    Secrets,
    Subject,
    object_of,
    text_of,
)
from privacy_service.subjects.destinations.sending import check_answer, checked_url, send
from privacy_service.subjects.identifiers import Kind

_EXPECTED = frozenset(range(200, 300))


class Webhook:
    """A receiver of Segment's deletion events: `X-Signature` is the HMAC-SHA1 of the body, in hexadecimal digits."""

    def __init__(self, options: Options, secrets: Secrets) -> None:
        told = object_of(options, "options", ("url",))
        self._url = checked_url(text_of(told.get("url"), "url"), "url")
        self._secret = secrets.get("shared_secret", "")

    def find(self, subject: Subject) -> NoReturn:
        """Say that this cannot be told."""
        del subject
        message = "A webhook is only told to delete."
        raise CannotTell(message)

    def delete(self, subject: Subject) -> Done:
        """Tell it of each user id."""
        codes = [self._told(value) for value in subject.values(Kind.USER_ID)]
        if not codes:
            message = "It knows people by user_id, which the request does not name."
            raise Refused(message)
        return Done(max(codes), {"events": len(codes)})

    def _told(self, user_id: str) -> int:
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        body = orjson.dumps({"type": "delete", "userId": user_id, "timestamp": now})
        headers = {"Content-Type": "application/json", "User-Agent": "privacy-service"}
        if self._secret:
            headers["X-Signature"] = hmac.new(self._secret.encode(), body, hashlib.sha1).hexdigest()
        response = send("POST", self._url, headers=headers, content=body)
        check_answer(response, _EXPECTED)
        return response.status_code


WEBHOOK = DestinationKind("webhook", "A webhook in Segment's shape", Webhook, secrets=("shared_secret",))
