"""Requests of people and the systems that carry them out, to look at; owners work with them over the API."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from privacy_service.subjects import kept_admin
from privacy_service.subjects.destination_admin import DestinationAdmin
from privacy_service.subjects.models import (
    Destination,
    NoticeSettings,
    Receipt,
    Status,
    SubjectForm,
    SubjectRequest,
    SuppressionList,
)
from privacy_service.subjects.notices.schedule import store
from workspaces.admin.shared import ReadOnlyAdmin, acting_user

__all__ = ["kept_admin"]  # What it shows registers itself.


class ReceiptInline(admin.TabularInline):  # type: ignore[type-arg]
    """What each system answered."""

    model = Receipt
    fields = ("name", "status", "code", "problem", "evidence", "attempts", "next_try_at", "done_at", "done_by")
    readonly_fields = fields
    extra = 0
    can_delete = False
    verbose_name_plural = "receipts"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Systems answer; nobody writes an answer here."""
        del request, obj
        return False


class DueFilter(admin.SimpleListFilter):
    """Requests by how near their deadline is."""

    title = "deadline"
    parameter_name = "deadline"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the choices."""
        del request, model_admin
        return [("past", "Past, and still open"), ("person", "A system needs a person")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow the list."""
        del request
        if self.value() == "past":
            return queryset.filter(due_at__lt=timezone.now(), state__in=["pending", "in_progress"])
        return queryset.filter(failed__gt=0) if self.value() == "person" else queryset


@admin.register(SubjectRequest)
class SubjectRequestAdmin(ReadOnlyAdmin):
    """What people asked for; whom it is about is not shown here."""

    list_display = ("created_at", "workspace", "wish", "law", "state", "due_at", "answered", "told")
    list_filter = ("state", DueFilter, "wish", "law")
    list_select_related = ("workspace", "notice")
    search_fields = ("workspace__slug", "id")
    search_help_text = "Workspace or id"
    date_hierarchy = "created_at"
    exclude = ("sealed",)
    inlines = (ReceiptInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[SubjectRequest]:
        """Count the answers of each."""
        requests: QuerySet[SubjectRequest] = super().get_queryset(request)
        settled = ~Q(receipts__status__in=[Status.WAITING, Status.FAILED])
        return requests.annotate(
            asked=Count("receipts"),
            settled=Count("receipts", filter=settled),
            failed=Count("receipts", filter=Q(receipts__status=Status.FAILED)),
        )

    @admin.display(description="systems that answered")
    def answered(self, request: Any) -> str:
        """Say how many systems have answered for good, and how many need a person."""
        failed = f", {request.failed} need a person" if request.failed else ""
        return f"{request.settled} of {request.asked}{failed}"

    @admin.display(description="e-mail to the person")
    def told(self, request: Any) -> str:
        """Say whether the person was told, or why not."""
        notice = getattr(request, "notice", None)
        return " ".join(filter(None, (notice.get_state_display(), notice.problem))) if notice else "-"


@admin.register(NoticeSettings)
class NoticeSettingsAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """When and in which words each workspace tells people that they were forgotten: the one schedule that is edited."""

    fields = ("workspace", "is_on", "every", "day", "hour", "next_run_at", "last_run_at", "texts", "log_days")
    readonly_fields = ("next_run_at", "last_run_at")
    list_display = ("workspace", "is_on", "every", "day", "hour", "next_run_at", "log_days", "waiting", "failed")
    list_filter = ("is_on", "every")
    list_select_related = ("workspace",)
    search_fields = ("workspace__slug",)
    autocomplete_fields = ("workspace",)

    def get_readonly_fields(self, request: HttpRequest, obj: NoticeSettings | None = None) -> tuple[str, ...]:
        """Keep the workspace: it is what the row is about."""
        del request
        return (*self.readonly_fields, "workspace") if obj else self.readonly_fields

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: turning them off also forgets the addresses that wait."""
        del request, obj
        return False

    def save_model(self, request: HttpRequest, obj: NoticeSettings, form: Any, change: Any) -> None:
        """Write through the writer of schedules."""
        del form, change
        store(obj, by=acting_user(request))

    def get_queryset(self, request: HttpRequest) -> QuerySet[NoticeSettings]:
        """Count who waits, and who could not be told."""
        notices = "workspace__subject_requests__notice"
        counts = {state: Count(notices, filter=Q(**{f"{notices}__state": state})) for state in ("waiting", "failed")}
        settings: QuerySet[NoticeSettings] = super().get_queryset(request)
        return settings.annotate(**counts)

    @admin.display(description="people who wait")
    def waiting(self, settings: Any) -> int:
        """Return how many are told at the next run."""
        waiting: int = settings.waiting
        return waiting

    @admin.display(description="people who could not be told")
    def failed(self, settings: Any) -> int:
        """Return how many need a person."""
        failed: int = settings.failed
        return failed


admin.site.register(Destination, DestinationAdmin)


@admin.register(SuppressionList)
class SuppressionListAdmin(ReadOnlyAdmin):
    """How many identifiers each workspace takes in no more; which ones is known to nobody."""

    list_display = ("workspace", "count", "in_mask")
    list_select_related = ("workspace",)
    search_fields = ("workspace__slug",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[SuppressionList]:
        """Count them."""
        lists: QuerySet[SuppressionList] = super().get_queryset(request)
        return lists.annotate(count=Count("workspace__suppressions"))

    @admin.display(description="suppressed identifiers", ordering="count")
    def count(self, held: Any) -> int:
        """Return how many."""
        counted: int = held.count
        return counted


@admin.register(SubjectForm)
class SubjectFormAdmin(ReadOnlyAdmin):
    """The public forms."""

    list_display = ("workspace", "is_open", "wish", "law", "title")
    list_filter = ("is_open",)
    list_select_related = ("workspace",)
