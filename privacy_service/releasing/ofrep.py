"""The release flag in the words of OFREP 0.2, so that OpenFeature clients in the backends read the same flag."""

import hashlib
import logging
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from privacy_service.body import body_reader
from privacy_service.decisions.access import caller_in
from privacy_service.enforcement.views import AnyAccept
from privacy_service.exceptions import InvalidBody, PrivacyError
from privacy_service.http import Call, request_id_now
from privacy_service.observability import metrics
from privacy_service.rollout.models import PII_ACCESS
from privacy_service.rollout.release import cause_of
from privacy_service.rollout.stages import Cause
from workspaces.authentication import Caller, workspace_of
from workspaces.keys import Scope
from workspaces.models import Workspace
from workspaces.stamp import StampedCache

logger = logging.getLogger(__name__)

ENDPOINT = "ofrep"
LIMIT_BYTES = 64 * 1024

_REASONS = {
    Cause.OFF: "DISABLED",
    Cause.PUBLIC: "STATIC",
    Cause.DIAL: "SPLIT",
    Cause.NOT_REACHED: "SPLIT",
}  # Every other cause is about this one workspace.
_by_id = StampedCache()


class Refused(Exception):
    """The flag is not evaluated; OFREP has a code for why."""

    def __init__(self, status: int, code: str, details: str) -> None:
        super().__init__(details)
        self.status, self.code, self.details = status, code, details


EVALUATION = inline_serializer(
    "FlagEvaluation",
    {
        "key": serializers.CharField(),
        "value": serializers.BooleanField(help_text="Whether the feature is released to the workspace."),
        "reason": serializers.ChoiceField(["STATIC", "TARGETING_MATCH", "SPLIT", "DISABLED"]),
        "variant": serializers.ChoiceField(["on", "off"]),
        "metadata": serializers.DictField(help_text="`cause`: off, forced-on, internal, beta, dial and so on."),
    },
)
FAILURE = inline_serializer(
    "FlagFailure",
    {
        "key": serializers.CharField(required=False),
        "errorCode": serializers.CharField(),
        "errorDetails": serializers.CharField(),
    },
)
CONTEXT = inline_serializer(
    "FlagContext",
    {
        "context": serializers.DictField(
            help_text="`workspace`, or else `targetingKey`: the workspace's slug or id. Other fields count for nothing."
        )
    },
)
FAILURES: Mapping[int, Any] = dict.fromkeys((400, 401, 403, 404, 429, 500), FAILURE)


class OfrepView(APIView):
    """Answers in OFREP's shapes, errors too."""

    content_negotiation_class = AnyAccept
    http_method_names = ["post"]  # noqa: RUF012 - Django's own type.

    def answer(
        self, request: Request, evaluate: Callable[[Caller, Mapping[str, Any]], HttpResponse], key: str = ""
    ) -> HttpResponse:
        """Find the caller and the context, and evaluate; whatever fails becomes one of OFREP's errors."""
        named = {"key": key} if key else {}
        try:
            response = evaluate(_caller(request), _context(request))
        except Refused as error:
            response = _json({**named, "errorCode": error.code, "errorDetails": error.details}, error.status)
        except PrivacyError as error:
            status = min(error.status, 500)  # OFREP knows no other error of a server.
            response = _json({**named, "errorCode": "GENERAL", "errorDetails": error.detail}, status, error.headers)
        except Exception:  # A client then takes its own default.
            logger.exception("The release flag could not be evaluated")
            metrics.fail_closed.add(ENDPOINT)
            details = "The release cannot be told now; take your default."
            response = _json({**named, "errorCode": "GENERAL", "errorDetails": details}, 500)
        metrics.requests.add(ENDPOINT, str(response.status_code))
        return response


class FlagView(OfrepView):
    """One flag."""

    @extend_schema(operation_id="ofrep_flag", request=CONTEXT, responses={200: EVALUATION, **FAILURES})
    def post(self, request: Request, key: str) -> HttpResponse:
        """Say whether the feature is released to a workspace."""

        def evaluate(caller: Caller, context: Mapping[str, Any]) -> HttpResponse:
            if key != PII_ACCESS:
                raise Refused(404, "FLAG_NOT_FOUND", f"The only flag here is {PII_ACCESS}.")
            return _json(evaluation(workspace_in(context, caller)))

        return self.answer(request, evaluate, key[:100])


class BulkView(OfrepView):
    """All flags, of which there is one."""

    @extend_schema(
        operation_id="ofrep_flags",
        request=CONTEXT,
        responses={
            200: inline_serializer("FlagEvaluations", {"flags": serializers.ListField(child=EVALUATION)}),
            304: None,
            **FAILURES,
        },
    )
    def post(self, request: Request) -> HttpResponse:
        """Evaluate every flag; with `If-None-Match`, 304 where nothing has changed for this context."""

        def evaluate(caller: Caller, context: Mapping[str, Any]) -> HttpResponse:
            content = {"flags": [evaluation(workspace_in(context, caller))], "metadata": {}}
            etag = _etag(content, context)
            if etag in {one.strip() for one in request.META.get("HTTP_IF_NONE_MATCH", "").split(",")}:
                return HttpResponse(status=304, headers={"ETag": etag})
            return _json(content, headers={"ETag": etag})

        return self.answer(request, evaluate)


def evaluation(workspace: Workspace) -> dict[str, Any]:
    """Return the flag for a workspace; raise Flag.DoesNotExist where nobody can tell."""
    cause = cause_of(workspace)
    return {
        "key": PII_ACCESS,
        "value": cause.is_live,
        "reason": _REASONS.get(cause, "TARGETING_MATCH"),
        "variant": "on" if cause.is_live else "off",
        "metadata": {"cause": cause.value, "workspace": workspace.slug},
    }


def workspace_in(context: Mapping[str, Any], caller: Caller) -> Workspace:
    """Return the workspace that a context names, if the caller may ask about it; raise Refused."""
    named = context.get("workspace") or context.get("targetingKey")
    if not named:
        raise Refused(
            400, "TARGETING_KEY_MISSING", "Name the workspace, by slug or id, in targetingKey or in workspace."
        )
    workspace = _reachable(named, caller) if isinstance(named, str) else None
    if workspace is None:
        raise Refused(400, "INVALID_CONTEXT", "There is no such workspace, or not for this key.")
    return workspace


def _reachable(named: str, caller: Caller) -> Workspace | None:
    """Look a workspace up as far as the key reaches: a bound key is told nothing of others, not even by time."""
    if caller.workspace_slug is not None:
        own = workspace_of(caller.workspace_slug)
        return own if own and named in {own.slug, str(own.pk)} else None
    workspace = workspace_of(named) or _with_id(named)
    if workspace and not caller.is_service and not workspace.has_member(caller.user):
        return None
    return workspace


def _with_id(named: str) -> Workspace | None:
    try:
        pk = serializers.UUIDField().to_internal_value(named)
    except serializers.ValidationError:
        return None
    return _by_id.get(pk, lambda: Workspace.objects.filter(pk=pk).first())


def _caller(request: Request) -> Caller:
    return caller_in(Call(request.META, "", body_reader(request.META), request_id_now()), Scope.FLAGS)


def _context(request: HttpRequest | Request) -> Mapping[str, Any]:
    """Return the context of a request; raise Refused where its body is none."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LIMIT_BYTES:
        raise Refused(400, "PARSE_ERROR", f"At most {LIMIT_BYTES} bytes are taken here.")
    try:
        content = orjson.loads(body_reader(request.META)())
    except (orjson.JSONDecodeError, InvalidBody):
        raise Refused(400, "PARSE_ERROR", "The body is not JSON.") from None
    context = content.get("context", {}) if isinstance(content, dict) else None
    if not isinstance(context, dict):
        raise Refused(400, "INVALID_CONTEXT", "Send an object with the object `context`.")
    return context


def _etag(content: Mapping[str, Any], context: Mapping[str, Any]) -> str:
    spelled = orjson.dumps([content, context], option=orjson.OPT_SORT_KEYS)
    return f'"{hashlib.sha256(spelled).hexdigest()[:32]}"'


def _json(content: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    fixed = {
        "Content-Type": "application/json",
        "Cache-Control": "private, no-cache",
        "Vary": "Authorization, X-Api-Key",
    }
    return HttpResponse(orjson.dumps(content), status=status, headers={**fixed, **(headers or {})})
