"""Members of a workspace."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Q, QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from privacy_service.managing.acting import change_kind, dismiss, let_in
from privacy_service.managing.parsing import StrictSerializer, Text
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
from workspaces.keys import Scope
from workspaces.models import Membership, User
from workspaces.permissions import Permission
from workspaces.roles import KIND_ROLES, Role


class UserSerializer(serializers.Serializer[User]):
    """A person, or a service that reads on its own account."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(User.Kind.choices)
    email = serializers.EmailField(allow_null=True)
    external_id = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    is_active = serializers.BooleanField()


class MemberSerializer(serializers.Serializer[Membership]):
    """A member, the roles they hold beside the one of their kind, and what they see."""

    id = serializers.UUIDField()
    user = UserSerializer()
    kind = serializers.ChoiceField(Membership.Kind.choices)
    roles = serializers.SerializerMethodField()
    sees = serializers.SerializerMethodField(help_text="Personal data: everything, part, or nothing but masked data.")
    created_at = serializers.DateTimeField()

    def get_roles(self, member: Membership) -> list[str]:
        """Name the roles that were given by grants."""
        return sorted({given.role for given in member.grants.all() if given.role not in KIND_ROLES})

    def get_sees(self, member: Any) -> str:
        """Say how much of personal data the member sees."""
        if not member.user.is_active:
            return "nothing"
        return "everything" if member.views_pii else "part" if member.views_part else "nothing"


class NewMember(StrictSerializer):
    """Who joins, and as what."""

    user = Text(max_length=320, help_text="An e-mail or an external id; somebody unknown becomes known by this name.")
    kind = serializers.ChoiceField(Membership.Kind.choices, default=Membership.Kind.MEMBER)


class MemberChange(StrictSerializer):
    """What of a membership can be changed; roles are given and taken at /grants."""

    kind = serializers.ChoiceField(Membership.Kind.choices)


class MemberListing(Listing):
    """Filters of the list of members."""

    orders: ClassVar[dict[str, str]] = {"created_at": "created_at", "name": "user__name"}
    ordering = ordering(orders, default="created_at")
    kind = serializers.ChoiceField(Membership.Kind.choices, required=False)
    role = serializers.ChoiceField(Role.choices, required=False, help_text="Members who hold this role themselves.")
    user = serializers.CharField(required=False, max_length=320, help_text="The e-mail or external id.")
    search = serializers.CharField(required=False, max_length=100, help_text="A part of the name, e-mail or id.")
    sees = serializers.ChoiceField(["some", "nothing"], required=False, help_text="Personal data.")


MEMBERS_PAGE = listed("members", MemberSerializer)
_EXAMPLE = OpenApiExample("a member", {"user": "bob@example.com", "kind": "member"}, request_only=True)


class MemberViewSet(ManagementViewSet):
    """Members of a workspace."""

    collection = "members"
    scope = Scope.MEMBERS
    reading = writing = Permission.MANAGE_MEMBERS
    listing = MemberListing
    serializer_class = MemberSerializer

    def get_queryset(self) -> QuerySet[Membership]:
        """Return the workspace's members with what is shown of each, in two queries."""
        rows = Membership.objects.filter(workspace=self.space).with_sight(self.space)
        return rows.select_related("user").prefetch_related("grants")

    @extend_schema(
        operation_id="members_list",
        parameters=[MemberListing, *COMMON],
        responses={200: MEMBERS_PAGE, **problems(422)},
    )
    def list(self, request: Request, slug: str) -> Response:
        """List the members."""
        del request, slug
        filters = self.asked()
        return self.page(filtered(self.get_queryset(), filters), filters)

    @extend_schema(
        operation_id="members_read", parameters=[*COMMON, ETAG], responses={200: MemberSerializer, **problems()}
    )
    def retrieve(self, request: Request, slug: str, pk: UUID) -> Response:
        """Show a member."""
        del request, slug
        return self.answer(self.one(self.get_queryset(), pk))

    @extend_schema(
        operation_id="members_add",
        parameters=[IDEMPOTENCY_KEY, *COMMON, ETAG],
        request=NewMember,
        examples=[_EXAMPLE],
        responses={201: MemberSerializer, **problems(409, 422)},
    )
    @writes
    def create(self, request: Request, slug: str) -> Response:
        """Add a member. Only an owner adds owners."""
        del request, slug
        asked = self.body(NewMember)
        membership = let_in(self.space, asked["user"], asked["kind"], rights=self.rights, by=self.actor)
        return self.created(self.one(self.get_queryset(), membership.pk))

    @extend_schema(
        operation_id="members_change",
        parameters=[IF_MATCH, *COMMON, ETAG],
        request=MemberChange,
        examples=[OpenApiExample("an owner", {"kind": "owner"}, request_only=True)],
        responses={200: MemberSerializer, **problems(409, 412, 422, 428)},
    )
    @writes
    def partial_update(self, request: Request, slug: str, pk: UUID) -> Response:
        """Make a member an owner, or an owner a member. Owners only; one owner always remains."""
        del request, slug
        membership = self.one(self.get_queryset(), pk)
        self.check_unchanged(membership)
        change_kind(membership, self.body(MemberChange)["kind"], rights=self.rights, by=self.actor)
        return self.answer(self.one(self.get_queryset(), pk))

    @extend_schema(
        operation_id="members_remove",
        parameters=[IF_MATCH_IF_WANTED, *COMMON],
        responses={204: None, **problems(409, 412)},
    )
    @writes
    def destroy(self, request: Request, slug: str, pk: UUID) -> Response:
        """Remove a member, with every role they held here. Only an owner removes owners; one always remains."""
        del request, slug
        membership = self.one(self.get_queryset(), pk)
        self.check_unchanged(membership, required=False)
        dismiss(membership, rights=self.rights, by=self.actor)
        return Response(status=204)


def filtered(rows: Any, filters: dict[str, Any]) -> QuerySet[Membership]:
    """Return the members, read by with_sight(), that the filters keep."""
    if kind := filters.get("kind"):
        rows = rows.filter(kind=kind)
    if role := filters.get("role"):
        rows = rows.filter(pk__in=Membership.objects.filter(grants__role=role).values("pk"))
    if user := filters.get("user"):
        rows = rows.filter(user__in=User.objects.named(user).values("pk"))
    if part := filters.get("search"):
        named = Q(user__name__icontains=part) | Q(user__email__icontains=part) | Q(user__external_id__icontains=part)
        rows = rows.filter(named)
    if sees := filters.get("sees"):
        rows = rows.seeing() if sees == "some" else rows.not_seeing()
    return rows  # type: ignore[no-any-return]
