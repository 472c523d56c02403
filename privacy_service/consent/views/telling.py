"""What backends and ingests ask: whether events may go somewhere, and what a person has chosen."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request

from privacy_service.consent import endpoints
from privacy_service.consent.endpoints import ConsentAsked, ConsentTold
from privacy_service.consent.views.choices import ConsentChoiceSerializer
from privacy_service.enforcement.views import PROBLEMS, EndpointView
from privacy_service.subjects.views.naming import ONE_PERSON

_EVENT = {"userId": "u9", "context": {"consent": {"categoryPreferences": {"marketing": False}}}}


class CheckView(EndpointView):
    """Where events may go."""

    endpoint = endpoints.check

    @extend_schema(
        operation_id="consents_check",
        request=inline_serializer(
            "ConsentQuestion",
            {
                "events": serializers.ListField(child=serializers.DictField()),
                "destinations": serializers.ListField(child=serializers.CharField(), required=False),
            },
        ),
        examples=[OpenApiExample("one event", {"events": [_EVENT], "destinations": ["ads"]}, request_only=True)],
        responses={
            200: inline_serializer(
                "ConsentAnswer",
                {"allowed": serializers.ListField(child=serializers.ListField(child=serializers.CharField()))},
            ),
            **PROBLEMS,
        },
    )
    def post(self, request: Request, slug: str) -> Any:
        """Say of each event to which destinations it may go, in their order. Nothing is kept of them."""
        return self.answer(request, slug)


class RecordView(EndpointView):
    """Putting a choice on record."""

    endpoint = endpoints.record

    @extend_schema(
        operation_id="consents_record",
        request=ConsentTold,
        examples=[OpenApiExample("some", {**ONE_PERSON.value, "categoryPreferences": {"marketing": False}})],
        responses={201: ConsentChoiceSerializer, **PROBLEMS},
    )
    def post(self, request: Request, slug: str) -> Any:
        """Keep what a person agreed to, under keyed hashes of their identifiers; categories left out are declined."""
        return self.answer(request, slug)


class CurrentView(EndpointView):
    """What holds for somebody now."""

    endpoint = endpoints.current

    @extend_schema(
        operation_id="consents_current",
        request=ConsentAsked,
        examples=[ONE_PERSON],
        responses={
            200: inline_serializer("PresentConsent", {"choice": ConsentChoiceSerializer(allow_null=True)}),
            **PROBLEMS,
        },
    )
    def post(self, request: Request, slug: str) -> Any:
        """Say what a person has chosen last, null where nothing is on record."""
        return self.answer(request, slug)


class WithdrawView(EndpointView):
    """Taking consent back."""

    endpoint = endpoints.withdraw

    @extend_schema(
        operation_id="consents_withdraw",
        request=ConsentAsked,
        examples=[ONE_PERSON],
        responses={201: ConsentChoiceSerializer, **PROBLEMS},
    )
    def post(self, request: Request, slug: str) -> Any:
        """Keep that a person agrees to nothing any more but to what is necessary."""
        return self.answer(request, slug)
