"""Choices on record, to look at; nobody's name is kept, so none is shown."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from privacy_service.consent.choices import is_intact
from privacy_service.consent.models import BannerVersion, Choice, Way
from privacy_service.managing.schema import COMMON, listed, problems
from privacy_service.managing.views.base import Listing, ManagementViewSet, ordering
from workspaces.keys import Scope
from workspaces.permissions import Permission


class ConsentChoiceSerializer(serializers.Serializer[Choice]):
    """What somebody chose, when and how."""

    id = serializers.UUIDField()
    categoryPreferences = serializers.DictField(source="preferences", child=serializers.BooleanField())  # noqa: N815 - as events spell it.
    way = serializers.ChoiceField(Way.choices)
    version = serializers.CharField(help_text="Of the banner that was shown; empty where none of ours was.")
    language = serializers.CharField()
    site = serializers.CharField()
    at = serializers.DateTimeField()
    by_id = serializers.UUIDField(allow_null=True)


class ConsentChoiceProofSerializer(ConsentChoiceSerializer):
    """A choice with what proves it."""

    kept_at = serializers.DateTimeField()
    seal = serializers.CharField(help_text="A keyed hash over all of it, with the keyed hashes of who chose.")
    is_intact = serializers.SerializerMethodField(help_text="Whether this is what was put on record.")
    shown = serializers.SerializerMethodField(help_text="What the banner showed then; null where none of ours did.")

    def get_is_intact(self, choice: Choice) -> bool:
        """Compare it with its seal."""
        return is_intact(choice)

    def get_shown(self, choice: Choice) -> Any:
        """Return the texts by their version."""
        versions = BannerVersion.objects.filter(workspace=choice.workspace_id, version=choice.version)
        return versions.values_list("shown", flat=True).first()


class ChoiceListing(Listing):
    """Filters of the list."""

    orders: ClassVar[dict[str, str]] = {"at": "at"}
    ordering = ordering(orders, default="-at")
    way = serializers.ChoiceField(Way.choices, required=False)
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)


_FILTERS = {"way": "way", "since": "at__gte", "until": "at__lt"}


class ChoiceViewSet(ManagementViewSet):
    """What people chose."""

    collection = "consents"
    scope = Scope.SUBJECTS
    reading = writing = Permission.MANAGE_SUBJECT_REQUESTS
    listing = ChoiceListing
    serializer_class = ConsentChoiceSerializer

    def get_queryset(self) -> QuerySet[Choice]:
        """Return the workspace's choices."""
        return Choice.objects.filter(workspace=self.space)

    @extend_schema(
        operation_id="consents_list",
        parameters=[ChoiceListing, *COMMON],
        responses={200: listed("consents", ConsentChoiceSerializer), **problems(422)},
    )
    def list(self, request: Request, slug: str) -> Response:
        """List choices, the newest first."""
        del request, slug
        filters = self.asked()
        wanted = {field: filters[name] for name, field in _FILTERS.items() if name in filters}
        return self.page(self.get_queryset().filter(**wanted), filters)

    @extend_schema(
        operation_id="consents_read", parameters=[*COMMON], responses={200: ConsentChoiceProofSerializer, **problems()}
    )
    def retrieve(self, request: Request, slug: str, pk: UUID) -> Response:
        """Show one choice with what proves it: what was shown, and whether the record is as it was kept."""
        del request, slug
        return Response(ConsentChoiceProofSerializer(self.one(self.get_queryset(), pk)).data)
