"""Answers in OpenDSR's words, signed over the very bytes that are sent."""

import base64
from collections.abc import Mapping
from typing import Any

import orjson
from django.utils import timezone

from privacy_service.exceptions import InvalidFields, NotOffered, PrivacyError
from privacy_service.http import PRIVATE, Answer, Call, json_answer
from privacy_service.subjects.models import ControllerRequest
from privacy_service.subjects.models.requests import SubjectRequest
from privacy_service.subjects.opendsr.results import results_of
from privacy_service.subjects.opendsr.signing import SETTINGS, NotSetUp, domain, is_set_up, sign
from privacy_service.subjects.opendsr.telling import moment
from privacy_service.subjects.opendsr.words import Version

_BAD = 400


def refuse(error: PrivacyError, call_id: str) -> Answer:
    """Word an error as OpenDSR does; what cannot be taken is a bad request there, whatever is wrong with it."""
    status = _BAD if isinstance(error, InvalidFields) else error.status
    fields: Mapping[str, list[str]] = error.members.get("errors", {})
    told = [f"{field}: {' '.join(messages)}" for field, messages in fields.items()] or [error.detail]
    named = "Validation" if status == _BAD else error.reason
    reason = "IllegalArgumentException" if status == _BAD else error.title
    errors = [{"domain": named, "reason": reason, "message": message} for message in told]
    content = {"error": {"code": status, "message": "; ".join(told)[:600], "errors": errors}}
    reply = json_answer(status, content, call_id)
    return Answer(status, (*reply.headers, *error.headers.items()), reply.body)


def check_set_up() -> None:
    """Raise NotOffered where this installation cannot sign."""
    if not is_set_up():
        message = f"OpenDSR is not set up here: whoever runs this service sets {SETTINGS}."
        raise NotOffered(message)


def signed(call: Call, status: int, content: Mapping[str, Any], version: Version) -> Answer:
    """Answer under the signature of this service's domain."""
    body = orjson.dumps(content)
    try:
        signature = sign(body)
    except NotSetUp as error:
        raise NotOffered(str(error)) from None
    headers = (
        ("Content-Type", "application/json"),
        (version.domain_header, domain()),
        (version.signature_header, signature),
        ("PII-Request-Id", call.id),
        *PRIVATE,
    )
    return Answer(status, headers, body)


def taken(asked: ControllerRequest, body: bytes, version: Version) -> dict[str, Any]:
    """Return the answer to a request that is taken; `encoded_request` gives its sender back what they sent."""
    return {
        "controller_id": str(asked.controller_id),
        "expected_completion_time": moment(asked.request.due_at),
        "received_time": moment(asked.created_at),
        "encoded_request": base64.b64encode(body).decode(),
        "subject_request_id": str(asked.number),
        "api_version": version.name,
    }


def standing(asked: ControllerRequest, version: Version) -> dict[str, Any]:
    """Return how far a request is."""
    return {
        "controller_id": str(asked.controller_id),
        "expected_completion_time": moment(asked.request.finished_at or asked.request.due_at),
        "subject_request_id": str(asked.number),
        "request_status": SubjectRequest.State.CANCELLED if asked.cancelled_at else asked.request.state,
        **results_of(asked),
        "api_version": version.name,
    }


def cancelled(asked: ControllerRequest, version: Version) -> dict[str, Any]:
    """Return the answer to a request that is taken back."""
    return {
        "controller_id": str(asked.controller_id),
        "subject_request_id": str(asked.number),
        "received_time": moment(timezone.now()),
        "api_version": version.name,
    }
