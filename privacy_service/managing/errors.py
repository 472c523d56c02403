"""Every error of the management API as the one kind of problem that the service answers with."""

from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from rest_framework import exceptions as drf
from rest_framework.settings import api_settings

from privacy_service.exceptions import (
    BadRequest,
    Conflict,
    InvalidBody,
    InvalidFields,
    LastOwner,
    MethodNotAllowed,
    NoSuchResource,
    PrivacyError,
    UnsupportedMediaType,
)
from privacy_service.handlers import as_response
from privacy_service.http import problem
from privacy_service.observability import metrics
from privacy_service.observability.logging import logger_named
from workspaces import exceptions as refusals

logger = logger_named(__name__)

WHERE = "management"


def as_problem(error: Exception, context: dict[str, Any]) -> HttpResponse:
    """Answer an error; what nobody foresaw is logged without its message and answered with 503."""
    view = context["view"]
    return as_response(problem(_translated(error, view), view.request_id))


def _translated(error: Exception, view: Any) -> PrivacyError:
    if isinstance(error, PrivacyError):
        return error
    for foreign, translate in _TRANSLATIONS.items():
        if isinstance(error, foreign):
            return translate(error, view)
    logger.error("A request failed; nothing was changed", endpoint=WHERE, exc_info=error)
    metrics.fail_closed.add(WHERE)
    return PrivacyError(Retry_After="1")


def _method_refused(view: Any) -> MethodNotAllowed:
    allowed = ", ".join(view.allowed_methods)
    return MethodNotAllowed(f"Use one of {allowed}.", Allow=allowed)


def _emergency_refused(error: refusals.EmergencyRefused) -> PrivacyError:
    return invalid_fields({error.field: [str(error)]}) if error.field else Conflict(str(error))


# What our writers, Django and its REST framework raise, from the narrow to the wide.
_TRANSLATIONS: Mapping[type[Exception], Callable[[Any, Any], PrivacyError]] = {
    refusals.LastOwner: lambda *_: LastOwner(),
    refusals.EmergencyRefused: lambda error, _: _emergency_refused(error),
    refusals.RightsRefused: lambda error, _: invalid_fields({"": [str(error)]}),
    ValidationError: lambda error, _: invalid_fields(error.message_dict),
    drf.ValidationError: lambda error, _: invalid_fields(error.detail),
    drf.ParseError: lambda error, _: InvalidBody(str(error.detail)),
    drf.UnsupportedMediaType: lambda *_: UnsupportedMediaType("Send application/json in UTF-8."),
    drf.MethodNotAllowed: lambda _, view: _method_refused(view),
    Http404: lambda *_: NoSuchResource(),
    drf.APIException: lambda error, _: BadRequest(str(error.detail)),
}


def invalid_fields(errors: Any) -> InvalidFields:
    """Return the error that names each field with what to change."""
    named = errors if isinstance(errors, dict) else {"": errors}
    flat = {path.strip(".") or "body": messages for path, messages in _flattened(named)}
    message = "; ".join(f"{name}: {' '.join(messages)}" for name, messages in list(flat.items())[:3])
    return InvalidFields(message[:600], members={"errors": flat})


def _flattened(errors: Any, path: str = "") -> list[tuple[str, list[str]]]:
    """Return each field's path with its messages, however deep DRF has put them."""
    if isinstance(errors, dict):
        return [one for name, inner in errors.items() for one in _flattened(inner, f"{path}.{_plain(name)}")]
    if isinstance(errors, list) and any(isinstance(one, dict | list) for one in errors):
        return [one for index, inner in enumerate(errors) for one in _flattened(inner, f"{path}.{index}")]
    return [(path, [str(one) for one in errors] if isinstance(errors, list) else [str(errors)])]


def _plain(name: object) -> str:
    return "" if name == api_settings.NON_FIELD_ERRORS_KEY else str(name)[:80]
