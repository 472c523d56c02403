"""The inventory in the admin: Inbox and decided fields, sources as they are documented, scans."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

import classifier
from classifier import Colour
from privacy_service.exceptions import InvalidFields
from privacy_service.inventory.deciding import CHANGEABLE, decide_fields
from privacy_service.inventory.documenting import check_places
from privacy_service.inventory.models import Field, InventorySettings, Scan, SourceNote
from workspaces.acts import Act, note
from workspaces.admin.shared import ReadOnlyAdmin, acting_user
from workspaces.models import Workspace
from workspaces.sources import is_kept_closed_by

_PAINT = {Colour.RED: "#b3261e", Colour.YELLOW: "#8a6100", Colour.GREEN: "#1e6b3a"}


class ListField(forms.CharField):
    """A list of names, typed with commas."""

    def prepare_value(self, value: Any) -> Any:
        """Show the names apart by commas."""
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        """Return the names."""
        return [one.strip() for one in super().clean(value).split(",") if one.strip()]


class FieldForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is decided about a field."""

    processors = ListField(required=False, help_text="Who else gets it; names apart by commas.")

    class Meta:
        model = Field
        fields = CHANGEABLE


class InboxFilter(admin.SimpleListFilter):
    """What waits for somebody."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the choices."""
        del request, model_admin
        return [("inbox", "Inbox"), ("decided", "Decided")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow the list."""
        del request
        rows = Field.objects.filter(pk__in=queryset.values("pk"))
        if self.value() == "inbox":
            return rows.inbox()
        return rows.decided() if self.value() == "decided" else queryset


@admin.register(Field)
class FieldAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Fields that were seen; a decision here masks as one over the API does."""

    form = FieldForm
    list_display = ("path", "source", "place", "workspace", "decided", "advice", "found_in", "shapes", "first_seen_at")
    list_filter = (InboxFilter, "recommended", "colour", "seen_in")
    list_select_related = ("workspace",)
    search_fields = ("path", "source", "place", "workspace__slug")
    search_help_text = "Path, source, place or workspace"
    date_hierarchy = "first_seen_at"
    actions = ("call_red", "call_yellow", "call_green")
    fields = ("workspace", "source", "place", "path", "advice", "found_in", "found_by", "shapes", *CHANGEABLE)
    readonly_fields = ("workspace", "source", "place", "path", "advice", "found_in", "found_by", "shapes")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Fields are seen, or written down over the API."""
        del request
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Fields are forgotten over the API, where the trail tells of it."""
        del request, obj
        return False

    @admin.display(description="colour", ordering="colour")
    def decided(self, field: Field) -> SafeString | str:
        """Show the colour that was decided."""
        return _painted(field.colour) if field.colour else "-"

    @admin.display(description="recommended", ordering="recommended")
    def advice(self, field: Field) -> SafeString:
        """Show the colour that is recommended."""
        return _painted(field.recommended)

    @admin.display(description="found")
    def found_in(self, field: Field) -> str:
        """Say what was found, and in which part of the values."""
        share = "" if field.share is None else f" in {field.share:.0%} of {field.sampled}"
        return (", ".join(sorted(field.kinds)) or "nothing") + share

    @admin.display(description="shapes")
    def shapes(self, field: Field) -> str:
        """Show the shapes of some values."""
        return " · ".join(field.examples) or "-"

    def save_model(self, request: HttpRequest, obj: Field, form: Any, change: Any) -> None:
        """Decide as over the API."""
        del change
        said = {name: form.cleaned_data[name] for name in form.changed_data}
        try:
            version = decide_fields(obj.workspace, [obj], said, by=acting_user(request))
        except classifier.PolicyError as error:
            self.message_user(request, f"Not decided: {error}", messages.ERROR)
            return
        if version:
            self.message_user(request, f"It is masked by its name from now on: policy version {version}.")

    @admin.action(description="Call them red: mask them", permissions=["change"])
    def call_red(self, request: HttpRequest, queryset: QuerySet[Field]) -> None:
        """Decide that these fields are red."""
        self._call(request, queryset, Colour.RED)

    @admin.action(description="Call them yellow: mask them", permissions=["change"])
    def call_yellow(self, request: HttpRequest, queryset: QuerySet[Field]) -> None:
        """Decide that these fields are yellow."""
        self._call(request, queryset, Colour.YELLOW)

    @admin.action(description="Call them green: harmless", permissions=["change"])
    def call_green(self, request: HttpRequest, queryset: QuerySet[Field]) -> None:
        """Decide that these fields are green."""
        self._call(request, queryset, Colour.GREEN)

    def _call(self, request: HttpRequest, queryset: QuerySet[Field], colour: Colour) -> None:
        by = acting_user(request)
        for workspace in Workspace.objects.filter(pk__in=queryset.order_by().values("workspace")):
            fields = list(queryset.filter(workspace=workspace))
            try:
                decide_fields(workspace, fields, {"colour": colour}, by=by)
            except classifier.PolicyError as error:
                self.message_user(request, f"{workspace}: not decided: {error}", messages.ERROR)
                continue
            self.message_user(request, f"{workspace}: {len(fields)} called {colour}.", messages.SUCCESS)


class SourceNoteForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is written down about a source."""

    processors = ListField(required=False, help_text="Who else gets it; names apart by commas.")
    places = ListField(required=False, help_text="Such as topic:orders, file:///data/payroll/; apart by commas.")

    class Meta:
        model = SourceNote
        fields = ("source", "description", "owner", "purpose", "retention", "region", "processors", "places")

    def clean(self) -> dict[str, Any]:
        """Refuse places of others; whoever runs the installation may take one from a restricted source."""
        said: dict[str, Any] = super().clean() or {}
        source = said.get("source") or (self.instance.source if self.instance.pk else None)
        if source is not None and "places" in said:
            try:
                check_places(source, said["places"], before=self.initial.get("places", ()))
            except InvalidFields as error:
                self.add_error("places", str(error.detail))
        return said


@admin.register(SourceNote)
class SourceNoteAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Sources as they are documented; whether one is restricted is said on the source itself."""

    form = SourceNoteForm
    list_display = ("source", "owner", "region", "retention", "restricted")
    list_filter = ("source__is_restricted", "region")
    list_select_related = ("source__workspace",)
    search_fields = ("source__slug", "source__workspace__slug", "owner")
    autocomplete_fields = ("source",)

    def get_readonly_fields(self, request: HttpRequest, obj: SourceNote | None = None) -> tuple[str, ...]:
        """Keep a note with its source, and the places of a restricted one from being taken by a mere member."""
        if obj is None:
            return ()
        return ("source", "places") if is_kept_closed_by(obj.source, acting_user(request)) else ("source",)

    def has_delete_permission(self, request: HttpRequest, obj: SourceNote | None = None) -> bool:
        """Refuse likewise to take all places away at once."""
        if obj is not None and is_kept_closed_by(obj.source, acting_user(request)):
            return False
        return super().has_delete_permission(request, obj)

    @transaction.atomic
    def delete_model(self, request: HttpRequest, obj: SourceNote) -> None:
        """Forget what was written down, and have the trail tell of it."""
        note(Act.SOURCE_CHANGED, obj.source.workspace, acting_user(request), obj.source, done="note removed")
        obj.delete()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[SourceNote]) -> None:
        """Forget each."""
        for one in queryset.select_related("source__workspace"):
            self.delete_model(request, one)

    def save_model(self, request: HttpRequest, obj: SourceNote, form: Any, change: Any) -> None:
        """Keep the note, and have the trail tell of it."""
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            by, changed = acting_user(request), sorted(form.changed_data)
            note(Act.SOURCE_CHANGED, obj.source.workspace, by, obj.source, done="documented", changed=changed)

    @admin.display(description="restricted", boolean=True)
    def restricted(self, note: SourceNote) -> bool:
        """Say whether the source is kept from whoever is shown nothing of it."""
        return note.source.is_restricted


@admin.register(InventorySettings)
class InventorySettingsAdmin(ReadOnlyAdmin):
    """Who is told of new red fields."""

    list_display = ("workspace", "watches_traffic", "alert_url", "alert_email")
    list_select_related = ("workspace",)
    exclude = ("sealed",)


@admin.register(Scan)
class ScanAdmin(ReadOnlyAdmin):
    """Scans, and what came of each."""

    list_display = ("created_at", "workspace", "source", "address", "state", "records", "new_fields", "new_red_fields")
    list_filter = ("state",)
    list_select_related = ("workspace",)
    search_fields = ("source", "address", "workspace__slug")


def _painted(colour: str) -> SafeString:
    return format_html('<b style="color: {}">{}</b>', _PAINT[Colour(colour)], colour)
