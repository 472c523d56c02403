"""Upstreams, with a button that tries them, and the register of integrated systems."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path

from privacy_service.gateway.checking import check
from privacy_service.gateway.models import Integration, Upstream
from privacy_service.gateway.upstreams import remove_upstream, store_upstream
from workspaces.admin.shared import acting_user, page_of


@admin.register(Upstream)
class UpstreamAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Backends behind the gateway."""

    change_form_template = "admin/gateway/upstream/change_form.html"
    fields = (
        "workspace",
        "slug",
        "url",
        "source",
        "token_account",
        "passed_types",
        "screens_events",
        "destination",
        "connect_seconds",
        "read_seconds",
        "is_active",
    )
    list_display = ("slug", "workspace", "url", "is_active")
    list_select_related = ("workspace",)
    list_filter = ("is_active",)
    search_fields = ("slug", "url", "workspace__slug")
    search_help_text = "Slug, address or workspace"
    autocomplete_fields = ("workspace", "source", "token_account")

    def get_readonly_fields(self, request: HttpRequest, obj: Upstream | None = None) -> tuple[str, ...]:
        """Keep the workspace: another one's readers would get this one's data."""
        del request
        return ("workspace",) if obj else ()

    def get_urls(self) -> Any:
        """Add the button."""
        view = self.admin_site.admin_view(self.check_view)
        return [path("<uuid:pk>/check/", view, name="gateway_upstream_check"), *super().get_urls()]

    def check_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Ask the upstream for its first path and say what it answers."""
        upstream = get_object_or_404(Upstream.objects.select_related("workspace"), pk=pk)
        if request.method != "POST" or not self.has_change_permission(request, upstream):
            raise PermissionDenied
        checked = check(upstream)
        level = messages.SUCCESS if checked.is_well else messages.ERROR
        self.message_user(request, " ".join(checked.lines), level)
        return HttpResponseRedirect(page_of(upstream))

    def save_model(self, request: HttpRequest, obj: Upstream, form: Any, change: Any) -> None:
        """Write through the writer of upstreams."""
        del form, change
        store_upstream(obj, by=acting_user(request))

    def delete_model(self, request: HttpRequest, obj: Upstream) -> None:
        """Take the upstream away."""
        remove_upstream(obj, by=acting_user(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Upstream]) -> None:
        """Take upstreams away."""
        for upstream in queryset.select_related("workspace"):
            self.delete_model(request, upstream)


@admin.register(Integration)
class IntegrationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Which systems are integrated, and how far each has come."""

    fields = ("system", "owner", "way", "status", "kinds", "note", "first_seen_at", "last_seen_at")
    readonly_fields = ("kinds", "first_seen_at", "last_seen_at")
    list_display = ("system", "owner", "way", "status", "kinds", "last_seen_at")
    list_filter = ("status", "way", "last_seen_at")
    search_fields = ("system", "owner", "note")
    search_help_text = "System, owner or note"

    @admin.display(description="kinds of data")
    def kinds(self, integration: Integration) -> str:
        """Name the kinds that masking has found."""
        return ", ".join(integration.data_kinds) or "-"
