"""Jobs: how far each is, and a way to cancel it."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet, Sum
from django.http import HttpRequest

from privacy_service.jobs.models import Job, JobFile
from privacy_service.jobs.starting import cancel_job
from workspaces.admin.shared import acting_user


class JobFileInline(admin.TabularInline):  # type: ignore[type-arg]
    """The files of a job."""

    model = JobFile
    fields = ("source", "out", "state", "message", "size", "done_bytes")
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Jobs find their files themselves."""
        del request, obj
        return False


@admin.register(Job)
class JobAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Bulk runs; they are begun over the API or on the command line."""

    list_display = ("created_at", "workspace", "state", "progress", "source", "out", "ended_at")
    list_filter = ("state", "created_at")
    list_select_related = ("workspace",)
    search_fields = ("source", "out", "workspace__slug")
    search_help_text = "Address or workspace"
    inlines = (JobFileInline,)
    actions = ("cancel",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        """Count how far each is."""
        sums = {"size": Sum("files__size", default=0), "bytes_done": Sum("files__done_bytes", default=0)}
        jobs: QuerySet[Job] = super().get_queryset(request)
        return jobs.annotate(**sums)

    @admin.display(description="progress")
    def progress(self, job: Any) -> str:
        """Say how much is done."""
        return f"{job.bytes_done / job.size:.0%} of {job.size / 1e6:.1f} MB" if job.size else "-"

    @admin.action(description="Cancel the jobs", permissions=["change"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        """End jobs; files that are whole stay."""
        cancelled = [cancel_job(job, by=acting_user(request)) for job in queryset if job.is_open]
        self.message_user(request, f"Cancelled: {len(cancelled)}.", messages.SUCCESS)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A job is begun where its places are checked."""
        del request
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was done stays known."""
        del request, obj
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Show, and change nothing."""
        del request, obj
        return [field.name for field in Job._meta.fields]  # noqa: SLF001 - Django's public interface.
