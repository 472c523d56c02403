"""The paths of the management API."""

from typing import Any

from django.urls import URLPattern, path

from privacy_service.managing.views.accounts import AccountViewSet, KeyViewSet
from privacy_service.managing.views.audit import AuditViewSet
from privacy_service.managing.views.base import ManagementViewSet
from privacy_service.managing.views.emergencies import EmergencyViewSet
from privacy_service.managing.views.grants import GrantViewSet
from privacy_service.managing.views.groups import GroupMemberViewSet, GroupViewSet
from privacy_service.managing.views.members import MemberViewSet
from privacy_service.managing.views.policies import PolicyViewSet
from privacy_service.managing.views.signing_keys import SigningKeyViewSet
from privacy_service.managing.views.sources import SourceViewSet
from privacy_service.managing.views.workspaces import RoleViewSet, WorkspaceViewSet

LIST = {"get": "list"}
READ = {"get": "retrieve"}
ADD = {"post": "create"}
CHANGE = {"patch": "partial_update"}
REPLACE = {"put": "update"}
REMOVE = {"delete": "destroy"}


def at(route: str, view: type[ManagementViewSet], *actions: dict[str, str]) -> URLPattern:
    """Return the path of a view below `/v1/workspaces`, with what each method does there."""
    together: dict[str, Any] = {method: action for table in actions for method, action in table.items()}
    return path(f"v1/workspaces{route}", view.as_view(together))


urlpatterns = [
    at("", WorkspaceViewSet, LIST),
    at("/<slug:slug>", WorkspaceViewSet, READ, CHANGE),
    at("/<slug:slug>/roles", RoleViewSet, LIST),
    at("/<slug:slug>/members", MemberViewSet, LIST, ADD),
    at("/<slug:slug>/members/<uuid:pk>", MemberViewSet, READ, CHANGE, REMOVE),
    at("/<slug:slug>/groups", GroupViewSet, LIST, ADD),
    at("/<slug:slug>/groups/<uuid:pk>", GroupViewSet, READ, CHANGE, REMOVE),
    at("/<slug:slug>/groups/<uuid:group_id>/members", GroupMemberViewSet, LIST, ADD),
    at("/<slug:slug>/groups/<uuid:group_id>/members/<uuid:pk>", GroupMemberViewSet, REMOVE),
    at("/<slug:slug>/grants", GrantViewSet, LIST, ADD),
    at("/<slug:slug>/grants/<uuid:pk>", GrantViewSet, READ, REPLACE, REMOVE),
    at("/<slug:slug>/sources", SourceViewSet, LIST, ADD),
    at("/<slug:slug>/sources/<uuid:pk>", SourceViewSet, READ, CHANGE, REMOVE),
    at("/<slug:slug>/policy", PolicyViewSet, READ, REPLACE),
    at("/<slug:slug>/policy/versions", PolicyViewSet, LIST),
    at("/<slug:slug>/policy/versions/<int:version>", PolicyViewSet, {"get": "version"}),
    at("/<slug:slug>/policy/rollback", PolicyViewSet, {"post": "roll_back"}),
    at("/<slug:slug>/policy/diff", PolicyViewSet, {"get": "diff"}),
    at("/<slug:slug>/policy/preview", PolicyViewSet, {"post": "preview"}),
    at("/<slug:slug>/policy/choices", PolicyViewSet, {"get": "choices"}),
    at("/<slug:slug>/audit", AuditViewSet, LIST),
    at("/<slug:slug>/audit/export", AuditViewSet, {"get": "export"}),
    at("/<slug:slug>/audit/<uuid:pk>", AuditViewSet, READ),
    at("/<slug:slug>/service-accounts", AccountViewSet, LIST, ADD),
    at("/<slug:slug>/service-accounts/<uuid:pk>", AccountViewSet, READ, CHANGE, REMOVE),
    at("/<slug:slug>/service-accounts/<uuid:account_id>/keys", KeyViewSet, LIST, ADD),
    at("/<slug:slug>/service-accounts/<uuid:account_id>/keys/<uuid:pk>", KeyViewSet, READ, REMOVE),
    at("/<slug:slug>/service-accounts/<uuid:account_id>/keys/<uuid:pk>/rotate", KeyViewSet, {"post": "rotate"}),
    at("/<slug:slug>/service-accounts/<uuid:account_id>/signing-keys", SigningKeyViewSet, LIST, ADD),
    at("/<slug:slug>/service-accounts/<uuid:account_id>/signing-keys/<uuid:pk>", SigningKeyViewSet, READ, REMOVE),
    at(
        "/<slug:slug>/service-accounts/<uuid:account_id>/signing-keys/<uuid:pk>/rotate",
        SigningKeyViewSet,
        {"post": "rotate"},
    ),
    at("/<slug:slug>/emergency-accesses", EmergencyViewSet, LIST, ADD),
    at("/<slug:slug>/emergency-accesses/<uuid:pk>", EmergencyViewSet, READ),
    at("/<slug:slug>/emergency-accesses/<uuid:pk>/approve", EmergencyViewSet, {"post": "approve"}),
    at("/<slug:slug>/emergency-accesses/<uuid:pk>/refuse", EmergencyViewSet, {"post": "refuse"}),
    at("/<slug:slug>/emergency-accesses/<uuid:pk>/end", EmergencyViewSet, {"post": "end"}),
]
