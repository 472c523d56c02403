"""What this service keeps of people by itself, to look at: the index, its scans, archives, keys; and who is down.

Whom a row is about is known to nobody here: names and keys lie encrypted, and are not shown.
"""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest

from privacy_service.subjects.models import Archive, IndexEntry, IndexScan, Outage, TokenKey
from workspaces.admin.shared import ReadOnlyAdmin


@admin.register(IndexEntry)
class IndexEntryAdmin(ReadOnlyAdmin):
    """Which source knows how many people, since when; owners ask `/index/find` where somebody is."""

    fields = ("workspace", "source", "first_seen_at", "seen_at", "names")
    readonly_fields = ("names",)
    list_display = ("workspace", "source", "names", "first_seen_at", "seen_at")
    list_filter = ("source",)
    list_select_related = ("workspace",)
    search_fields = ("workspace__slug", "source")
    search_help_text = "Workspace or source"
    show_full_result_count = False  # There is a row for each person in each source.

    def get_queryset(self, request: HttpRequest) -> QuerySet[IndexEntry]:
        """Count the names of each."""
        entries: QuerySet[IndexEntry] = super().get_queryset(request)
        return entries.annotate(names=Count("keys"))

    @admin.display(description="names")
    def names(self, entry: Any) -> int:
        """Return by how many names the person is found."""
        names: int = entry.names
        return names


@admin.register(IndexScan)
class IndexScanAdmin(ReadOnlyAdmin):
    """How far the reading of each source is."""

    fields = list_display = (
        "destination",
        "state",
        "people",
        "problem",
        "by",
        "created_at",
        "started_at",
        "alive_at",
        "finished_at",
    )
    list_filter = ("state",)
    list_select_related = ("destination", "by")
    search_fields = ("destination__slug", "destination__workspace__slug")


@admin.register(Archive)
class ArchiveAdmin(ReadOnlyAdmin):
    """Copies that were made for people: how large, until when, and whether they were fetched."""

    fields = ("request", "created_at", "ready_at", "expires_at", "fetched_at", "records")
    readonly_fields = ("records",)
    list_display = ("workspace", "wish", "records", "created_at", "ready_at", "expires_at", "fetched_at")
    list_select_related = ("request__workspace",)
    search_fields = ("request__workspace__slug", "request__id")
    search_help_text = "Workspace or request"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Archive]:
        """Count the records of each."""
        archives: QuerySet[Archive] = super().get_queryset(request)
        return archives.annotate(records=Sum("parts__records"))

    @admin.display(ordering="request__workspace__slug")
    def workspace(self, archive: Archive) -> str:
        """Return whose workspace asked its systems."""
        return str(archive.request.workspace)

    @admin.display(ordering="request__wish")
    def wish(self, archive: Archive) -> str:
        """Return what was asked for."""
        return archive.request.get_wish_display()

    @admin.display(description="records")
    def records(self, archive: Any) -> int:
        """Return how many there are."""
        return archive.records or 0


@admin.register(Outage)
class OutageAdmin(ReadOnlyAdmin):
    """Systems that do not answer, since when, and when one is tried next."""

    fields = list_display = ("destination", "since", "failures", "pauses", "until", "told_at")
    list_select_related = ("destination__workspace",)
    search_fields = ("destination__slug", "destination__workspace__slug")


@admin.register(TokenKey)
class TokenKeyAdmin(ReadOnlyAdmin):
    """Keys of people by the ids that their tokens show; a key that is not here was destroyed with its person."""

    fields = list_display = ("workspace", "key_id", "created_at")
    list_select_related = ("workspace",)
    search_fields = ("=key_id", "workspace__slug")
    search_help_text = "The six letters in a token, or the workspace"
    show_full_result_count = False  # There is a row for each person.
