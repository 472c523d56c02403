"""Sources of a workspace, with the labels that grants go by."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from workspaces.admin.grants import LabelsField
from workspaces.admin.shared import acting_user
from workspaces.models import Source
from workspaces.sources import add_source, change_source, is_kept_closed_by, remove_source


class SourceForm(forms.ModelForm):  # type: ignore[type-arg]
    """A source; its labels as key:value."""

    labels = LabelsField(required=False, help_text="key:value, apart by spaces; one value a key.")

    class Meta:
        model = Source
        fields = ("workspace", "slug", "name", "labels", "is_restricted")


@admin.register(Source)
class SourceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Sources; backends name them in PII-Source."""

    form = SourceForm
    list_display = ("slug", "workspace", "name", "labelled", "is_restricted")
    list_filter = ("is_restricted",)
    list_select_related = ("workspace",)
    search_fields = ("slug", "name", "workspace__slug")
    search_help_text = "Slug, name or workspace"
    autocomplete_fields = ("workspace",)

    def get_readonly_fields(self, request: HttpRequest, obj: Source | None = None) -> tuple[str, ...]:
        """Keep the slug that backends name it by, and a restricted source from being opened by a mere member."""
        if obj is None:
            return ()
        kept = ("is_restricted",) if is_kept_closed_by(obj, acting_user(request)) else ()
        return ("workspace", "slug", *kept)

    def has_delete_permission(self, request: HttpRequest, obj: Source | None = None) -> bool:
        """Leave a restricted source to its owners where a member looks after the installation."""
        if obj is not None and is_kept_closed_by(obj, acting_user(request)):
            return False
        return super().has_delete_permission(request, obj)

    @admin.display(description="labels")
    def labelled(self, source: Source) -> str:
        """Show the labels as they are typed."""
        return " ".join(f"{key}:{value}" for key, value in source.labels.items()) or "-"

    def save_model(self, request: HttpRequest, obj: Source, form: Any, change: Any) -> None:
        """Write through the writers of sources."""
        del form
        by = acting_user(request)
        if change:
            change_source(obj, by=by)
        else:
            added = add_source(
                obj.workspace, obj.slug, name=obj.name, labels=obj.labels, restricted=obj.is_restricted, by=by
            )
            obj.pk = added.pk

    def delete_model(self, request: HttpRequest, obj: Source) -> None:
        """End the source; grants that name it reach nothing else instead."""
        remove_source(obj, by=acting_user(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Source]) -> None:
        """End sources."""
        for source in queryset.select_related("workspace"):
            self.delete_model(request, source)
