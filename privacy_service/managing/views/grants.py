"""Grants: which member or group holds which role, and on which terms."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from classifier import Entity
from privacy_service.exceptions import Conflict, NoSuchResource
from privacy_service.managing.acting import give
from privacy_service.managing.parsing import StrictSerializer, Text
from privacy_service.managing.people import check_may_give
from privacy_service.managing.schema import (
    COMMON,
    ETAG,
    IDEMPOTENCY_KEY,
    IF_MATCH,
    IF_MATCH_IF_WANTED,
    listed,
    problems,
)
from privacy_service.managing.views.base import Listing, ManagementViewSet, ordering, writes
from workspaces import break_glass
from workspaces.grants import Holder, change_grant
from workspaces.keys import Scope
from workspaces.models import Grant, Membership, Source, WorkspaceGroup
from workspaces.permissions import Permission
from workspaces.roles import GRANTABLE_ROLES, KIND_ROLES, Role
from workspaces.terms import COLOURS, Terms

_GRANTABLE = [(role.value, role.label) for role in GRANTABLE_ROLES]


class HolderSerializer(serializers.Serializer[Any]):
    """Whom a grant is given to."""

    type = serializers.ChoiceField(["member", "group"])
    id = serializers.UUIDField()
    name = serializers.CharField()


class GiverSerializer(serializers.Serializer[Any]):
    """Who did something."""

    id = serializers.UUIDField()
    name = serializers.CharField()


class GrantSerializer(serializers.Serializer[Grant]):
    """A role, who holds it, and on which terms; those that are empty narrow nothing."""

    id = serializers.UUIDField()
    holder = serializers.SerializerMethodField()
    role = serializers.ChoiceField(_GRANTABLE)
    entities = serializers.ListField(child=serializers.CharField(), help_text="The only kinds a PII viewer sees.")
    colours = serializers.ListField(child=serializers.CharField(), help_text="The same by colour.")
    sources = serializers.ListField(child=serializers.UUIDField(), help_text="The only sources it reaches.")
    labels = serializers.DictField(child=serializers.CharField(), help_text="Labels of the only sources it reaches.")
    expires_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()
    emergency = serializers.BooleanField(help_text="Given by breaking the glass.")
    is_live = serializers.SerializerMethodField()
    granted_by = GiverSerializer(allow_null=True)
    granted_at = serializers.DateTimeField()

    @extend_schema_field(HolderSerializer)
    def get_holder(self, given: Grant) -> dict[str, Any]:
        """Say whom it is given to."""
        if given.membership:
            return {"type": "member", "id": str(given.membership.pk), "name": str(given.membership.user)}
        return {"type": "group", "id": str(given.group_id), "name": given.holder.name}  # type: ignore[union-attr]

    def get_is_live(self, given: Grant) -> bool:
        """Say whether it still counts."""
        return given.expires_at is None or given.expires_at > timezone.now()


class TermsFields(StrictSerializer):
    """On which terms; what is empty narrows nothing."""

    entities = serializers.ListField(
        child=serializers.ChoiceField([*Entity]), default=list, help_text="The only kinds a PII viewer may see."
    )
    colours = serializers.ListField(
        child=serializers.ChoiceField(COLOURS), default=list, help_text="The same by colour; both add up."
    )
    sources = serializers.ListField(
        child=serializers.UUIDField(), default=list, max_length=1000, help_text="Ids of the only sources it reaches."
    )
    labels = serializers.DictField(
        child=Text(max_length=63), default=dict, help_text="Labels of the only sources it reaches, all of them."
    )
    expires_at = serializers.DateTimeField(allow_null=True, default=None, help_text="When it ends by itself.")
    reason = Text(max_length=500, allow_blank=True, default="")


class NewGrant(TermsFields):
    """A new grant, to a member or to a group."""

    member = serializers.UUIDField(required=False, help_text="The id of the member who holds it; or send `group`.")
    group = serializers.UUIDField(required=False, help_text="The id of the group that holds it; or send `member`.")
    role = serializers.ChoiceField(_GRANTABLE)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse two holders, or none."""
        if ("member" in attrs) == ("group" in attrs):
            raise serializers.ValidationError({"member": ["Name a member or a group."]})
        return attrs


class GrantListing(Listing):
    """Filters of the list of grants."""

    orders: ClassVar[dict[str, str]] = {"granted_at": "granted_at"}
    ordering = ordering(orders, default="-granted_at")
    member = serializers.UUIDField(required=False, help_text="Grants that this member holds themselves.")
    group = serializers.UUIDField(required=False, help_text="Grants that this group holds.")
    role = serializers.ChoiceField(_GRANTABLE, required=False)
    live = serializers.ChoiceField(["true", "false"], required=False, help_text="Whether it still counts.")
    emergency = serializers.ChoiceField(["true", "false"], required=False)


_SUPPORT = OpenApiExample(
    "a support agent",
    {
        "member": "8d1b7a52-3f0e-4a53-9d0e-6a3b6ad3b3f1",
        "role": "pii_viewer",
        "entities": ["EMAIL_ADDRESS", "PHONE_NUMBER"],
        "expires_at": "2027-01-31T18:00:00Z",
        "reason": "Support rota, ticket 4711",
    },
    request_only=True,
)


class GrantViewSet(ManagementViewSet):
    """Grants of a workspace; the roles that come with a kind of membership are not among them."""

    collection = "grants"
    scope = Scope.MEMBERS
    reading = writing = Permission.MANAGE_MEMBERS
    listing = GrantListing
    serializer_class = GrantSerializer
    volatile = frozenset({"is_live"})

    def get_queryset(self) -> QuerySet[Grant]:
        """Return the workspace's grants with what is shown of each, in one query."""
        rows = Grant.objects.of_workspace(self.space).exclude(role__in=KIND_ROLES)
        return rows.select_related("membership__user", "membership__workspace", "group__workspace", "granted_by")

    @extend_schema(
        operation_id="grants_list",
        parameters=[GrantListing, *COMMON],
        responses={200: listed("grants", GrantSerializer), **problems(422)},
    )
    def list(self, request: Request, slug: str) -> Response:
        """List the grants, also those that have ended by time."""
        del request, slug
        filters = self.asked()
        return self.page(_filtered(self.get_queryset(), filters), filters)

    @extend_schema(
        operation_id="grants_read", parameters=[*COMMON, ETAG], responses={200: GrantSerializer, **problems()}
    )
    def retrieve(self, request: Request, slug: str, pk: UUID) -> Response:
        """Show a grant."""
        del request, slug
        return self.answer(self.one(self.get_queryset(), pk))

    @extend_schema(
        operation_id="grants_give",
        parameters=[IDEMPOTENCY_KEY, *COMMON, ETAG],
        request=NewGrant,
        examples=[_SUPPORT],
        responses={201: GrantSerializer, **problems(409, 422)},
    )
    @writes
    def create(self, request: Request, slug: str) -> Response:
        """Give a role to a member or a group. Whoever is no owner gives only what they hold themselves, for good."""
        del request, slug
        asked = self.body(NewGrant)
        holder, role, terms = self._holder(asked), Role(asked["role"]), self._terms(asked)
        given = give(holder, role, terms, rights=self.rights, by=self.actor)
        return self.created(self.one(self.get_queryset(), given.pk))

    @extend_schema(
        operation_id="grants_replace",
        parameters=[IF_MATCH, *COMMON, ETAG],
        request=TermsFields,
        examples=[
            OpenApiExample(
                "for some kinds", {"entities": ["EMAIL_ADDRESS"], "reason": "Support rota"}, request_only=True
            )
        ],
        responses={200: GrantSerializer, **problems(409, 412, 422, 428)},
    )
    @writes
    def update(self, request: Request, slug: str, pk: UUID) -> Response:
        """Let a grant stand on other terms: these take the place of all that it has now."""
        del request, slug
        given = self.one(self.get_queryset(), pk)
        self.check_unchanged(given)
        terms = self._terms(self.body(TermsFields))
        if given.emergency:
            message = "Emergency access ends by itself and cannot be made longer: end it, or give another grant."
            raise Conflict(message)
        check_may_give(self.rights, Grant(role=given.role, **terms.as_fields()))
        change_grant(given, terms, by=self.actor)
        return self.answer(self.one(self.get_queryset(), pk))

    @extend_schema(
        operation_id="grants_end",
        parameters=[IF_MATCH_IF_WANTED, *COMMON],
        responses={204: None, **problems(412)},
    )
    @writes
    def destroy(self, request: Request, slug: str, pk: UUID) -> Response:
        """End a grant."""
        del request, slug
        given = self.one(self.get_queryset(), pk)
        self.check_unchanged(given, required=False)
        break_glass.take(given, by=self.actor)
        return Response(status=204)

    def _holder(self, asked: dict[str, Any]) -> Holder:
        if "group" in asked:
            group: WorkspaceGroup = self.one(WorkspaceGroup.objects.filter(workspace=self.space), asked["group"])
            return group
        members = Membership.objects.filter(workspace=self.space).select_related("user", "workspace")
        member: Membership = self.one(members, asked["member"])
        return member

    def _terms(self, asked: dict[str, Any]) -> Terms:
        wanted = set(asked["sources"])
        sources = Source.objects.filter(workspace=self.space, pk__in=wanted)
        if len(sources) != len(wanted):
            message = "The workspace has no source with one of these ids."
            raise NoSuchResource(message)
        return Terms(
            entities=tuple(asked["entities"]),
            colours=tuple(asked["colours"]),
            sources=tuple(sources),
            labels=asked["labels"],
            expires_at=asked["expires_at"],
            reason=asked["reason"],
        )


def _filtered(rows: Any, filters: dict[str, Any]) -> QuerySet[Grant]:
    for name, field in (("member", "membership"), ("group", "group"), ("role", "role")):
        if value := filters.get(name):
            rows = rows.filter(**{field: value})
    if emergency := filters.get("emergency"):
        rows = rows.filter(emergency=emergency == "true")
    if live := filters.get("live"):
        rows = rows.live() if live == "true" else rows.filter(expires_at__lte=timezone.now())
    return rows  # type: ignore[no-any-return]
