"""The decision and masking APIs as Django views: the hot path's endpoints, described for the API's documentation."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.views import APIView

from privacy_service.answering import Endpoint
from privacy_service.body import body_reader
from privacy_service.decisions.endpoints import decision
from privacy_service.decisions.questions import Name
from privacy_service.decisions.types import Effect, Reason
from privacy_service.enforcement.comparing import compare
from privacy_service.enforcement.endpoints import classify, mask
from privacy_service.enforcement.explaining import explain
from privacy_service.enforcement.media import KINDS
from privacy_service.enforcement.unmasking import unmask
from privacy_service.handlers import as_response
from privacy_service.http import received
from workspaces.actor_tokens import Check

ACTOR = OpenApiParameter(
    "X-Actor", str, OpenApiParameter.HEADER, description="The reader: their e-mail or external id."
)
ACTOR_TOKEN = OpenApiParameter(
    "X-Actor-Token", str, OpenApiParameter.HEADER, description="The reader, proven: a JSON Web Token (docs/api.md)."
)
READER = [ACTOR, ACTOR_TOKEN]
ANSWER_HEADERS = [
    OpenApiParameter(name, str, OpenApiParameter.HEADER, response=[200], description=description)
    for name, description in (
        ("PII-Decision", f"One of {', '.join(Effect)}."),
        ("PII-Reason", f"One of {', '.join(Reason)}."),
        ("PII-Entities", "How many pieces of each kind were hidden, such as EMAIL_ADDRESS=2, PERSON=1."),
        ("PII-Policy", "The version of the policy that masked; 0 for the installation's default, or for none."),
        ("PII-Request-Id", "Names this request in logs and in the audit trail."),
    )
]
REASONS = [reason.value for reason in Reason]
PROBLEM = inline_serializer(
    "Problem",
    {
        "type": serializers.CharField(),
        "title": serializers.CharField(),
        "status": serializers.IntegerField(),
        "detail": serializers.CharField(help_text="What to do next."),
        "reason": serializers.CharField(help_text="Stable; see docs/api.md for the list."),
        "request_id": serializers.CharField(),
        "line": serializers.IntegerField(required=False),
        "column": serializers.IntegerField(required=False),
        "check": serializers.ChoiceField([*Check], required=False, help_text="Which check a reader's token failed."),
    },
)
PROBLEMS = {
    (status, "application/problem+json"): OpenApiResponse(PROBLEM, description=description)
    for status, description in (
        (400, "The body or the reader's name cannot be understood."),
        (401, "No key, or one that opens nothing; or a reader's token that proves nothing."),
        (403, "The reader is not a member, or the key lacks a scope."),
        (404, "No such workspace, or the key does not reach it."),
        (413, "The body is over the limit."),
        (415, "The content type cannot be masked."),
        (422, "The body is nested too deeply."),
        (429, "The key asks too often; see Retry-After."),
        (503, "Something failed; nothing was passed on. Try again."),
    )
}
DECISION = inline_serializer(
    "Decision",
    {
        "effect": serializers.ChoiceField([*Effect]),
        "reason": serializers.ChoiceField(REASONS),
        "policy_version": serializers.IntegerField(),
        "max_age": serializers.IntegerField(help_text="For how many seconds it may be relied on."),
    },
)
FINDINGS = inline_serializer(
    "Findings",
    {
        "entities": serializers.DictField(child=serializers.IntegerField()),
        "findings": inline_serializer(
            "Finding",
            {
                "pointer": serializers.CharField(help_text="JSON pointer; /row/column for CSV; empty for text."),
                "start": serializers.IntegerField(help_text="In characters of that value."),
                "end": serializers.IntegerField(),
                "entity": serializers.CharField(),
                "score": serializers.FloatField(),
                "recognizer": serializers.CharField(),
            },
            many=True,
        ),
    },
)
EXPLANATION = inline_serializer(
    "Explanation",
    {
        "at": serializers.DateTimeField(),
        "actor_id": serializers.UUIDField(allow_null=True, help_text="Of the reader; null for somebody unknown."),
        "source": serializers.CharField(allow_null=True),
        "release": serializers.CharField(help_text="How far the release had come, such as beta or dial 25."),
        "effect": serializers.ChoiceField([*Effect]),
        "reason": serializers.ChoiceField(REASONS),
        "policy_version": serializers.IntegerField(),
        "valid_until": serializers.DateTimeField(allow_null=True, help_text="When a grant it rests on ends."),
        "questions": inline_serializer(
            "AskedQuestion",
            {
                "name": serializers.ChoiceField([*Name]),
                "question": serializers.CharField(),
                "answer": serializers.BooleanField(),
                "decides": serializers.BooleanField(),
            },
            many=True,
        ),
        "through": serializers.ListField(help_text="The grants that show something, with role, group and terms."),
        "fields": serializers.ListField(
            required=False,
            help_text="Of a payload: pointer, start, end, entity, score, recognizer, operator, hidden; never values.",
        ),
    },
)
COMPARISON = inline_serializer(
    "Comparison",
    {
        "readers": serializers.ListField(required=False, help_text='E-mails, external ids, or {"token": ...}.'),
        "roles": serializers.ListField(
            required=False, help_text="Names of roles, `stranger`, or objects with roles, entities and colours."
        ),
        "payload": serializers.JSONField(help_text="JSON, or a text that holds a payload of the content_type."),
        "content_type": serializers.ChoiceField([*KINDS], required=False),
    },
)
_COMPARED_AS = OpenApiExample(
    "as a member and as an owner",
    {"roles": ["member", "owner"], "payload": {"name": "alice", "ssn": "123-45-6789"}},
    request_only=True,
)
COMPARED = inline_serializer(
    "Compared",
    {
        "compared": inline_serializer(
            "ComparedOne",
            {
                "reader": serializers.CharField(required=False),
                "roles": serializers.ListField(required=False),
                "effect": serializers.ChoiceField([*Effect]),
                "reason": serializers.ChoiceField(REASONS),
                "policy_version": serializers.IntegerField(),
                "output": serializers.JSONField(allow_null=True),
                "entities": serializers.DictField(child=serializers.IntegerField()),
            },
            many=True,
        )
    },
)
BODY = dict.fromkeys(KINDS, OpenApiTypes.STR) | {"application/json": OpenApiTypes.ANY}
RECORD = OpenApiExample(
    "record", {"name": "alice", "ssn": "123-45-6789"}, request_only=True, media_type="application/json"
)
_WITH_TOKENS = OpenApiExample(
    "masked", {"name": "alice", "ssn": "ptok_US_SSN_..._"}, request_only=True, media_type="application/json"
)


class AnyAccept(BaseContentNegotiation):
    """Takes any Accept header: an answer is of the kind of its body, errors are problems."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        """Return the first parser; none is ever used."""
        del request
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        """Return the first renderer; none is ever used."""
        del request, format_suffix
        return renderers[0], renderers[0].media_type


class EndpointView(APIView):
    """Hands every method to an endpoint, which refuses those it does not take."""

    endpoint: ClassVar[Callable[..., Any]]
    content_negotiation_class = AnyAccept

    def answer(self, request: Request, slug: str) -> HttpResponse:
        """Return the endpoint's answer."""
        endpoint: Endpoint = type(self).endpoint
        return as_response(endpoint(received(request.META, slug, body_reader(request.META))))

    def http_method_not_allowed(self, request: Any, *_: Any, **kwargs: Any) -> Any:
        """Let the endpoint refuse the method in its own words."""
        return self.answer(request, kwargs.get("slug", ""))

    options = http_method_not_allowed


class MaskView(EndpointView):
    """The body as its reader may see it."""

    endpoint = mask

    @extend_schema(
        operation_id="mask",
        parameters=[*READER, *ANSWER_HEADERS],
        request=BODY,
        examples=[RECORD],
        responses={**{(200, kind): schema for kind, schema in BODY.items()}, **PROBLEMS},
    )
    def post(self, request: Request, slug: str) -> HttpResponse:
        """Pass a body through or mask it, as the reader's role and the release say; its kind stays the same."""
        return self.answer(request, slug)


class UnmaskView(EndpointView):
    """The values behind the tokens of a body."""

    endpoint = unmask

    @extend_schema(
        operation_id="unmask",
        parameters=[
            *READER,
            OpenApiParameter("PII-Purpose", str, OpenApiParameter.HEADER, required=True, description="What for."),
            OpenApiParameter(
                "PII-Tokens-Gone",
                str,
                OpenApiParameter.HEADER,
                response=[200],
                description="How many tokens stay closed for good: the person was forgotten, or the key is not here.",
            ),
        ],
        request=BODY,
        examples=[_WITH_TOKENS],
        responses={**{(200, kind): schema for kind, schema in BODY.items()}, **PROBLEMS},
    )
    def post(self, request: Request, slug: str) -> HttpResponse:
        """Turn the tokens of a body back into values, for a reader who may; each use is in the audit trail."""
        return self.answer(request, slug)


class ClassifyView(EndpointView):
    """What in a body is personal."""

    endpoint = classify

    @extend_schema(operation_id="classify", request=BODY, examples=[RECORD], responses={200: FINDINGS, **PROBLEMS})
    def post(self, request: Request, slug: str) -> HttpResponse:
        """Say what in a body is personal and where, never the values."""
        return self.answer(request, slug)


class DecisionView(EndpointView):
    """The decision alone."""

    endpoint = decision

    @extend_schema(
        operation_id="decision",
        parameters=[OpenApiParameter("actor", str, description="The reader; or send X-Actor."), *READER],
        responses={200: DECISION, **PROBLEMS},
    )
    def get(self, request: Request, slug: str) -> HttpResponse:
        """Say whether a reader's data would pass, be masked or be denied, without sending any."""
        return self.answer(request, slug)


class ExplainView(EndpointView):
    """Why a reader sees what they see."""

    endpoint = explain

    @extend_schema(
        operation_id="explain",
        parameters=[
            OpenApiParameter("at", str, description="A moment that has passed, such as 2026-10-01T00:00Z; else now."),
            *READER,
        ],
        request=BODY,
        examples=[RECORD],
        responses={200: EXPLANATION, **PROBLEMS},
    )
    def post(self, request: Request, slug: str) -> HttpResponse:
        """Tell each question with its answer, what decided, and what hides each field of a payload; never a value."""
        return self.answer(request, slug)


class CompareView(EndpointView):
    """One payload as several readers see it."""

    endpoint = compare

    @extend_schema(
        operation_id="compare",
        request={"application/json": COMPARISON},
        examples=[_COMPARED_AS],
        responses={200: COMPARED, **PROBLEMS},
    )
    def post(self, request: Request, slug: str) -> HttpResponse:
        """Show one payload as readers, or holders of roles, would get it."""
        return self.answer(request, slug)
