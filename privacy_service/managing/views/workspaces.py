"""The workspaces that an actor belongs to, and the roles there are in each."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from privacy_service.managing.parsing import StrictSerializer, Text
from privacy_service.managing.schema import COMMON, ETAG, IF_MATCH, listed, problems
from privacy_service.managing.views.base import ANY_MEMBER, OWNER, Listing, ManagementViewSet, ordering, writes
from workspaces.acts import Act, note
from workspaces.authentication import Caller
from workspaces.keys import Scope
from workspaces.models import Membership, Workspace
from workspaces.models.places import LONGEST_BREAK_GLASS
from workspaces.permissions import DESCRIPTIONS, Permission
from workspaces.roles import GRANTABLE_ROLES, PERMISSIONS, Role


class WorkspaceSerializer(serializers.Serializer[Workspace]):
    """A workspace."""

    id = serializers.UUIDField()
    slug = serializers.CharField()
    name = serializers.CharField()
    break_glass = serializers.ChoiceField(Workspace.BreakGlass.choices, help_text="How emergency access begins.")
    break_glass_minutes = serializers.IntegerField(help_text="The longest that one may ask for.")
    demands_second_factor = serializers.BooleanField(help_text="Whether its pages open only after a second factor.")
    created_at = serializers.DateTimeField()


class WorkspaceChange(StrictSerializer):
    """What of a workspace can be changed: its slug is in the addresses that backends call, so it stays."""

    name = Text(max_length=200, required=False)
    break_glass = serializers.ChoiceField(Workspace.BreakGlass.choices, required=False)
    break_glass_minutes = serializers.IntegerField(min_value=1, max_value=LONGEST_BREAK_GLASS, required=False)
    demands_second_factor = serializers.BooleanField(required=False)


class StandingSerializer(WorkspaceSerializer):
    """A workspace, and what the actor is and may do there."""

    kind = serializers.ChoiceField(Membership.Kind.choices, help_text="What the actor is here.")
    permissions = serializers.ListField(
        child=serializers.ChoiceField([p.codename for p in Permission]), help_text="What the actor may do here."
    )


class WorkspaceListing(Listing):
    """Filters of the list of workspaces."""

    orders: ClassVar[dict[str, str]] = {"slug": "slug", "created_at": "created_at"}
    ordering = ordering(orders, default="slug")
    kind = serializers.ChoiceField(Membership.Kind.choices, required=False, help_text="What the actor is there.")


class WorkspaceViewSet(ManagementViewSet):
    """Workspaces of the actor."""

    collection = "workspaces"
    scope = Scope.MEMBERS
    reading = ANY_MEMBER
    writing = OWNER
    listing = WorkspaceListing
    serializer_class = WorkspaceSerializer

    @extend_schema(
        operation_id="workspaces_list",
        parameters=[WorkspaceListing, *COMMON],
        responses={200: listed("workspaces", WorkspaceSerializer), **problems(422)},
    )
    def list(self, request: Request) -> Response:
        """List the workspaces that the actor belongs to, as far as the key reaches."""
        filters = self.asked()
        return self.page(self._reachable(request, filters.get("kind")), filters)

    @extend_schema(
        operation_id="workspaces_read", parameters=[*COMMON, ETAG], responses={200: StandingSerializer, **problems()}
    )
    def retrieve(self, request: Request, slug: str) -> Response:
        """Show a workspace, and what the actor may do there."""
        del request, slug
        return self._answer()

    @extend_schema(
        operation_id="workspaces_change",
        parameters=[IF_MATCH, *COMMON, ETAG],
        request=WorkspaceChange,
        examples=[OpenApiExample("another name", {"name": "Acme Ltd"}, request_only=True)],
        responses={200: StandingSerializer, **problems(412, 422, 428)},
    )
    @writes
    def partial_update(self, request: Request, slug: str) -> Response:
        """Rename a workspace, or say how emergency access begins; its slug stays. Owners only."""
        del request, slug
        workspace = Workspace.objects.get(pk=self.space.pk)
        self.check_unchanged(workspace)
        asked = self.body(WorkspaceChange)
        for name, value in asked.items():
            setattr(workspace, name, value)
        if asked:
            workspace.save(update_fields=[*asked])
            note(Act.WORKSPACE_CHANGED, workspace, self.actor, workspace, **asked)
        self.workspace = workspace
        return self._answer()

    def _reachable(self, request: Request, kind: str | None) -> QuerySet[Workspace]:
        caller: Caller = request.auth  # type: ignore[assignment]
        mine = Membership.objects.filter(user=self.actor.pk, user__is_active=True)
        if kind:
            mine = mine.filter(kind=kind)
        found = Workspace.objects.filter(pk__in=mine.values("workspace"))
        return found.filter(slug=caller.workspace_slug) if caller.workspace_slug else found

    def _answer(self) -> Response:
        held = [p.codename for p in Permission if p in self.rights.permissions]
        return self.answer(self.space, kind=self.rights.kind.value, permissions=held)


class RoleSerializer(serializers.Serializer[Any]):
    """A role, and what it allows."""

    id = serializers.ChoiceField(Role.choices)
    name = serializers.CharField()
    description = serializers.CharField()
    permissions = serializers.ListField(child=serializers.ChoiceField([p.codename for p in Permission]))
    grantable = serializers.BooleanField(help_text="Whether it is given by a grant; else it comes with a membership.")


class RoleViewSet(ManagementViewSet):
    """The roles there are; the same in every workspace."""

    collection = "roles"
    scope = Scope.MEMBERS
    reading = writing = ANY_MEMBER
    listing = Listing
    serializer_class = RoleSerializer

    @extend_schema(
        operation_id="roles_list", parameters=[*COMMON], responses={200: listed("roles", RoleSerializer), **problems()}
    )
    def list(self, request: Request, slug: str) -> Response:
        """List the roles, with what each allows; all on one page."""
        del request, slug
        shown = RoleSerializer([_shown(role) for role in Role], many=True).data
        return Response({"roles": shown, "pagination": {"current": None, "count": len(shown)}})


def _shown(role: Role) -> dict[str, Any]:
    allowed = [permission for permission in Permission if permission in PERMISSIONS[role]]
    return {
        "id": role.value,
        "name": role.label,
        "description": "; ".join(DESCRIPTIONS[permission] for permission in allowed) or "Nothing by itself",
        "permissions": [permission.codename for permission in allowed],
        "grantable": role in GRANTABLE_ROLES,
    }
