"""Consent, to look at; owners set it up over the API."""

from typing import Any

from django.contrib import admin

from privacy_service.consent.choices import is_intact
from privacy_service.consent.models import Choice, ConsentSettings
from workspaces.admin.shared import ReadOnlyAdmin


@admin.register(ConsentSettings)
class ConsentSettingsAdmin(ReadOnlyAdmin):
    """What each workspace asks people to agree to."""

    list_display = ("workspace", "is_open", "in_mask", "unsaid", "valid_days")
    list_filter = ("is_open", "in_mask", "unsaid")
    list_select_related = ("workspace",)
    search_fields = ("workspace__slug",)


@admin.register(Choice)
class ChoiceAdmin(ReadOnlyAdmin):
    """What people chose; who they are is known to nobody."""

    list_display = ("at", "workspace", "way", "preferences", "language", "site")
    list_filter = ("way",)
    list_select_related = ("workspace",)
    search_fields = ("workspace__slug", "id")
    search_help_text = "Workspace or id"
    date_hierarchy = "at"
    readonly_fields = ("intact",)

    @admin.display(description="as it was kept", boolean=True)
    def intact(self, choice: Any) -> bool:
        """Compare it with its seal."""
        return is_intact(choice)
