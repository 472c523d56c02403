"""Groups of a workspace, and the members in them."""

from typing import ClassVar
from uuid import UUID

from django.db.models import Count, QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from privacy_service.exceptions import Conflict
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
from privacy_service.managing.views.members import MEMBERS_PAGE, MemberListing, MemberSerializer, filtered
from workspaces.grants import add_to_group, create_group, delete_group, remove_from_group, rename_group
from workspaces.keys import Scope
from workspaces.models import Grant, Membership, WorkspaceGroup
from workspaces.permissions import Permission


class GroupSerializer(serializers.Serializer[WorkspaceGroup]):
    """A group."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    member_count = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class NewGroup(StrictSerializer):
    """A group's name."""

    name = Text(max_length=100)


class NewPlace(StrictSerializer):
    """Who joins a group."""

    member = serializers.UUIDField(help_text="The id of the member.")


class GroupListing(Listing):
    """Filters of the list of groups."""

    orders: ClassVar[dict[str, str]] = {"name": "name", "created_at": "created_at"}
    ordering = ordering(orders, default="name")
    search = serializers.CharField(required=False, max_length=100, help_text="A part of the name.")
    member = serializers.UUIDField(required=False, help_text="Groups that this member is in.")


class GroupViewSet(ManagementViewSet):
    """Groups of a workspace."""

    collection = "groups"
    scope = Scope.MEMBERS
    reading = writing = Permission.MANAGE_MEMBERS
    listing = GroupListing
    serializer_class = GroupSerializer

    def get_queryset(self) -> QuerySet[WorkspaceGroup]:
        """Return the workspace's groups with the number of their members, in one query."""
        return WorkspaceGroup.objects.filter(workspace=self.space).annotate(member_count=Count("group_memberships"))

    @extend_schema(
        operation_id="groups_list",
        parameters=[GroupListing, *COMMON],
        responses={200: listed("groups", GroupSerializer), **problems(422)},
    )
    def list(self, request: Request, slug: str) -> Response:
        """List the groups."""
        del request, slug
        filters = self.asked()
        rows = self.get_queryset()
        if part := filters.get("search"):
            rows = rows.filter(name__icontains=part)
        if member := filters.get("member"):
            rows = rows.filter(pk__in=WorkspaceGroup.objects.filter(members=member).values("pk"))
        return self.page(rows, filters)

    @extend_schema(
        operation_id="groups_read", parameters=[*COMMON, ETAG], responses={200: GroupSerializer, **problems()}
    )
    def retrieve(self, request: Request, slug: str, pk: UUID) -> Response:
        """Show a group."""
        del request, slug
        return self.answer(self.one(self.get_queryset(), pk))

    @extend_schema(
        operation_id="groups_create",
        parameters=[IDEMPOTENCY_KEY, *COMMON, ETAG],
        request=NewGroup,
        examples=[OpenApiExample("a team", {"name": "Support"}, request_only=True)],
        responses={201: GroupSerializer, **problems(409, 422)},
    )
    @writes
    def create(self, request: Request, slug: str) -> Response:
        """Make an empty group."""
        del request, slug
        name = self._free_name()
        group = create_group(self.space, name, by=self.actor)
        return self.created(self.one(self.get_queryset(), group.pk))

    @extend_schema(
        operation_id="groups_change",
        parameters=[IF_MATCH, *COMMON, ETAG],
        request=NewGroup,
        examples=[OpenApiExample("another name", {"name": "Care"}, request_only=True)],
        responses={200: GroupSerializer, **problems(409, 412, 422, 428)},
    )
    @writes
    def partial_update(self, request: Request, slug: str, pk: UUID) -> Response:
        """Rename a group."""
        del request, slug
        group = self.one(self.get_queryset(), pk)
        self.check_unchanged(group)
        rename_group(group, self._free_name(but=pk), by=self.actor)
        return self.answer(self.one(self.get_queryset(), pk))

    @extend_schema(
        operation_id="groups_delete",
        parameters=[IF_MATCH_IF_WANTED, *COMMON],
        responses={204: None, **problems(412)},
    )
    @writes
    def destroy(self, request: Request, slug: str, pk: UUID) -> Response:
        """Delete a group, with everything it gave its members."""
        del request, slug
        group = self.one(self.get_queryset(), pk)
        self.check_unchanged(group, required=False)
        delete_group(group, by=self.actor)
        return Response(status=204)

    def _free_name(self, but: UUID | None = None) -> str:
        name: str = self.body(NewGroup)["name"]
        namesakes = WorkspaceGroup.objects.filter(workspace=self.space, name=name).values_list("pk", flat=True)
        if any(pk != but for pk in namesakes):
            message = "The workspace has a group with this name."
            raise Conflict(message)
        return name


class GroupMemberViewSet(ManagementViewSet):
    """Members of one group."""

    collection = "members"
    scope = Scope.MEMBERS
    reading = writing = Permission.MANAGE_MEMBERS
    listing = MemberListing
    serializer_class = MemberSerializer

    def get_queryset(self) -> QuerySet[Membership]:
        """Return the members in this group of the workspace."""
        rows = Membership.objects.filter(workspace=self.space, group_memberships__group=self._group().pk)
        return rows.with_sight(self.space).select_related("user").prefetch_related("grants")

    @extend_schema(
        operation_id="group_members_list",
        parameters=[MemberListing, *COMMON],
        responses={200: MEMBERS_PAGE, **problems(422)},
    )
    def list(self, request: Request, slug: str, group_id: UUID) -> Response:
        """List the members in a group."""
        del request, slug, group_id
        rows = self.get_queryset()
        filters = self.asked()
        return self.page(filtered(rows, filters), filters)

    @extend_schema(
        operation_id="group_members_add",
        parameters=[IDEMPOTENCY_KEY, *COMMON, ETAG],
        request=NewPlace,
        examples=[OpenApiExample("a member", {"member": "8d1b7a52-3f0e-4a53-9d0e-6a3b6ad3b3f1"}, request_only=True)],
        responses={201: MemberSerializer, **problems(409, 422)},
    )
    @writes
    def create(self, request: Request, slug: str, group_id: UUID) -> Response:
        """Put a member into a group. Whoever is no owner must hold all that the group gives."""
        del request, slug, group_id
        group = self._group()
        member = self.one(Membership.objects.filter(workspace=self.space), self.body(NewPlace)["member"])
        for given in Grant.objects.filter(group=group):
            check_may_give(self.rights, given)
        if self.get_queryset().filter(pk=member.pk).exists():
            message = "They are in this group already."
            raise Conflict(message)
        add_to_group(group, member, by=self.actor)
        return self.created(self.one(self.get_queryset(), member.pk))

    @extend_schema(
        operation_id="group_members_remove",
        parameters=[*COMMON],
        responses={204: None, **problems()},
    )
    @writes
    def destroy(self, request: Request, slug: str, group_id: UUID, pk: UUID) -> Response:
        """Take a member out of a group; they stay in the workspace."""
        del request, slug, group_id
        remove_from_group(self._group(), self.one(self.get_queryset(), pk), by=self.actor)
        return Response(status=204)

    def _group(self) -> WorkspaceGroup:
        rows = WorkspaceGroup.objects.filter(workspace=self.space)
        group: WorkspaceGroup = self.one(rows, self.kwargs["group_id"])
        return group
