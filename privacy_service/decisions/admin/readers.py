"""Who sees personal data in a workspace and why, on one page; and which kinds of it a member may be given."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import FilteredSelectMultiple
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

import classifier
from privacy_service.decisions.engine import decide
from privacy_service.decisions.types import AccessRequest, Reason
from workspaces.admin.grants import GrantAdmin as StockGrantAdmin
from workspaces.admin.grants import GrantForm as StockGrantForm
from workspaces.admin.memberships import FullMembershipForm
from workspaces.admin.memberships import MembershipAdmin as StockMembershipAdmin
from workspaces.admin.workspaces import WorkspaceAdmin as StockWorkspaceAdmin
from workspaces.authentication import Stranger
from workspaces.effective import Effective, effective_rights, readable
from workspaces.models import Grant, Membership, Workspace, WorkspaceGroupPermission
from workspaces.permissions import Permission


class KindsWidget(FilteredSelectMultiple):
    """The admin's two boxes, in the frame that they expect around them."""

    template_name = "admin/decisions/kinds.html"


def kinds_field() -> Any:
    """Return a choice among all kinds, with what each means."""
    kinds = sorted((entity.value, f"{entity}: {info.description}") for entity, info in classifier.ENTITIES.items())
    return forms.MultipleChoiceField(
        required=False,
        label="Only these kinds",
        choices=kinds,
        widget=KindsWidget("kinds of personal data", is_stacked=False),
        help_text="For a PII viewer. None chosen: every kind.",
    )


class MembershipForm(FullMembershipForm):
    """A membership, whose PII viewer may be kept to kinds that the classifier knows."""

    entities = kinds_field()


admin.site.unregister(Membership)


@admin.register(Membership)
class MembershipAdmin(StockMembershipAdmin):
    """Members, with the kinds of personal data to choose from."""

    form = MembershipForm


class GrantForm(StockGrantForm):
    """A grant, kept to kinds that the classifier knows."""

    entities = kinds_field()


admin.site.unregister(Grant)


@admin.register(Grant)
class GrantAdmin(StockGrantAdmin):
    """Grants, with the kinds of personal data to choose from."""

    form = GrantForm


class ReleaseNotice(StrEnum):
    """What the release means for a workspace at this moment."""

    LIVE = "live"
    NOT_RELEASED = "not-released"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who sees personal data of a workspace, and why."""

    membership: Membership
    sees: str
    through: list[str]


def readers_on(page: Page[Membership], workspace: Workspace) -> list[Reader]:
    """Say for each member on the page, read by `readable()`, what they see and through what."""
    groups = _other_groups(workspace, [membership.user_id for membership in page])
    return [
        Reader(one.membership, one.sees, _through(one, groups[one.membership.user_id]))
        for one in effective_rights(page)
    ]


def _other_groups(workspace: Workspace, user_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """Return through which of Django's groups, beside the workspace's own, these users see its personal data."""
    rows = WorkspaceGroupPermission.objects.filter(
        content_object=workspace,
        permission__codename=Permission.VIEW_PII.codename,
        group__user__in=user_ids,
        group__workspace_group=None,
    )
    groups: dict[UUID, list[str]] = defaultdict(list)
    for user_id, name in rows.values_list("group__user", "group__name").order_by("group__name"):
        groups[user_id].append(name)
    return groups


def _through(effective: Effective, groups: Sequence[str]) -> list[str]:
    reasons = [*effective.through, *(f"Group {name}, which holds the permission here" for name in groups)]
    return reasons or ["A permission set on the person outside the roles"]


def release_notice(workspace: Workspace) -> ReleaseNotice:
    """Ask what somebody unknown would get: a stranger who passes shows that nothing is released here."""
    reason = decide(AccessRequest(Stranger("nobody"), workspace)).reason
    known = {Reason.NOT_RELEASED: ReleaseNotice.NOT_RELEASED, Reason.NOT_A_MEMBER: ReleaseNotice.LIVE}
    return known.get(reason, ReleaseNotice.UNAVAILABLE)


admin.site.unregister(Workspace)


@admin.register(Workspace)
class WorkspaceAdmin(StockWorkspaceAdmin):
    """Workspaces, with the page that says who sees personal data in each and why."""

    list_display = ("slug", "name", "readers", "owners", "members", "created_at")
    readers_per_page = 100

    def get_urls(self) -> Any:
        """Add the page of readers."""
        view = self.admin_site.admin_view(self.readers_view)
        return [path("<uuid:pk>/readers/", view, name="workspaces_workspace_readers"), *super().get_urls()]

    @admin.display(description="personal data")
    def readers(self, workspace: Workspace) -> SafeString:
        """Link the page of readers."""
        address = reverse("admin:workspaces_workspace_readers", args=[workspace.pk])
        return format_html('<a href="{}">Who sees it</a>', address)

    def readers_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Show who sees personal data in a workspace, and why."""
        workspace = get_object_or_404(Workspace, pk=pk)
        if not self.has_view_permission(request, workspace):
            raise PermissionDenied
        query = request.GET.get("q", "").strip()
        members = Membership.objects.filter(workspace=workspace)
        seeing = readable(members, workspace).seeing()
        page = Paginator(_matching(seeing, query), self.readers_per_page).get_page(request.GET.get("p"))
        context = {
            **self.admin_site.each_context(request),
            "title": "Who sees personal data",
            "subtitle": workspace.name,
            "opts": self.opts,
            "original": workspace,
            "query": query,
            "page": page,
            "readers": readers_on(page, workspace),
            "masked_count": members.count() - (seeing.count() if query else page.paginator.count),
            "release": release_notice(workspace),
        }
        return TemplateResponse(request, "admin/workspaces/workspace/readers.html", context)


def _matching(members: QuerySet[Membership], query: str) -> QuerySet[Membership]:
    named = Q(user__email__icontains=query) | Q(user__external_id__icontains=query) | Q(user__name__icontains=query)
    shown = members.filter(named) if query else members
    return shown.order_by("user__email", "user__external_id")
