"""From a response to what it says; whatever is not clearly the service's answer is an error."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import httpx

from privacy_service.client.answers import (
    Classified,
    Decision,
    Effect,
    Explanation,
    Field,
    Finding,
    Masked,
    Question,
)
from privacy_service.client.errors import Unavailable, error_from
from privacy_service.client.hops import REQUEST_ID

T = TypeVar("T")
_ALLOWED = frozenset({Effect.PASS, Effect.MASK})


def masked_in(response: httpx.Response, content_type: str) -> Masked:
    """Return the body that the service answered; raise a PrivacyServiceError where it did not."""
    return _read(response, lambda: _masked(response, content_type))


def decision_in(response: httpx.Response) -> Decision:
    """Return the decision."""
    return _read(response, lambda: _decision(response.json()))


def classified_in(response: httpx.Response) -> Classified:
    """Return what is personal."""
    return _read(response, lambda: _classified(response.json()))


def explanation_in(response: httpx.Response) -> Explanation:
    """Return the explanation."""
    return _read(response, lambda: _explanation(response.json()))


def unreachable(kind: str) -> Unavailable:
    """Return the error for a call that no answer came to; `kind` is that of httpx's own error, which holds the body."""
    return Unavailable(f"The privacy-service did not answer ({kind}).", reason="unreachable")


def _read(response: httpx.Response, read: Callable[[], T]) -> T:
    request_id = response.headers.get(REQUEST_ID, "")
    if response.status_code != httpx.codes.OK:
        raise error_from(response.status_code, _problem_in(response), request_id)
    try:
        return read()
    except (KeyError, TypeError, ValueError, AttributeError):
        detail = "The answer is not one of the privacy-service."
    # Raised outside of the handler: the error that was caught may quote what was answered.
    raise Unavailable(detail, reason="not-understood", status=response.status_code, request_id=request_id)


def _problem_in(response: httpx.Response) -> Mapping[str, Any]:
    if response.headers.get("Content-Type", "").partition(";")[0] != "application/problem+json":
        return {}
    try:
        problem = response.json()
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}


def _masked(response: httpx.Response, content_type: str) -> Masked:
    """Believe an answer only if it says what was decided and is of the kind that was sent."""
    said = response.headers
    effect, answered_type = Effect(said["PII-Decision"]), said["Content-Type"]
    if effect not in _ALLOWED or _media_type(answered_type) != _media_type(content_type):
        raise ValueError
    return Masked(
        response.content,
        answered_type,
        effect,
        said["PII-Reason"],
        int(said["PII-Policy"]),
        _counts(said["PII-Entities"]),
        said[REQUEST_ID],
    )


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _counts(said: str) -> dict[str, int]:
    pairs = (pair.split("=") for pair in said.split(", ") if pair)
    return {entity: int(count) for entity, count in pairs}


def _decision(said: Mapping[str, Any]) -> Decision:
    return Decision(Effect(said["effect"]), str(said["reason"]), int(said["policy_version"]), int(said["max_age"]))


def _classified(said: Mapping[str, Any]) -> Classified:
    return Classified(dict(said["entities"]), tuple(map(_finding, said["findings"])))


def _finding(said: Mapping[str, Any]) -> Finding:
    return Finding(**{name: said[name] for name in ("pointer", "start", "end", "entity", "score", "recognizer")})


def _explanation(said: Mapping[str, Any]) -> Explanation:
    return Explanation(
        effect=Effect(said["effect"]),
        reason=said["reason"],
        policy_version=said["policy_version"],
        at=said["at"],
        release=said["release"],
        questions=tuple(
            Question(one["name"], one["question"], one["answer"], one["decides"]) for one in said["questions"]
        ),
        through=tuple(said["through"]),
        fields=tuple(Field(_finding(one), one["operator"], one["hidden"]) for one in said.get("fields", ())),
    )
