"""What the release keeps, to be read; and reports, to be opened and closed."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils import timezone

from privacy_service.rollout import wording
from privacy_service.rollout.models import ReleaseMove, Report, ShadowCount
from workspaces.admin.shared import ReadOnlyAdmin, acting_user
from workspaces.models import User, Workspace


@admin.register(ReleaseMove)
class ReleaseMoveAdmin(ReadOnlyAdmin):
    """The history of the release."""

    list_display = ("at", "kind", "workspace_slug", "before", "after", "who", "confirmed_by", "why", "forced")
    list_filter = ("kind",)
    search_fields = ("workspace_slug", "why")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReleaseMove]:
        """Name people in the same query."""
        del request
        emails = {
            name: User.objects.filter(pk=OuterRef(f"{name}_id")).values("email") for name in ("by", "confirmed_by")
        }
        return ReleaseMove.objects.annotate(
            by_email=Subquery(emails["by"]), second_email=Subquery(emails["confirmed_by"])
        )

    @admin.display(description="by")
    def who(self, move: ReleaseMove) -> str:
        """Name who asked for it."""
        known = {move.by_id: move.by_email} if move.by_id and move.by_email else {}  # type: ignore[attr-defined]
        return wording.who(move, known)

    @admin.display(description="confirmed by")
    def confirmed_by(self, move: ReleaseMove) -> str:
        """Name the second person."""
        return str(move.second_email or move.confirmed_by_id or "-")  # type: ignore[attr-defined]


@admin.register(ShadowCount)
class ShadowCountAdmin(ReadOnlyAdmin):
    """What would have happened in workspaces that the release does not reach yet."""

    list_display = ("workspace", "kind", "name", "entity", "count", "last_at")
    list_filter = ("kind",)
    search_fields = ("name", "entity")

    @admin.display(description="workspace", ordering="workspace_id")
    def workspace(self, counted: ShadowCount) -> str:
        """Name the workspace, or give its id where it has gone."""
        slug = Workspace.objects.filter(pk=counted.workspace_id).values_list("slug", flat=True).first()
        return slug or str(counted.workspace_id)


class ReportForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is wrong, or how it was settled."""

    class Meta:
        model = Report
        fields = ("text", "workspace", "answer")
        widgets = {name: forms.Textarea(attrs={"rows": 3}) for name in ("text", "answer")}  # noqa: RUF012 - Django's Meta.


@admin.register(Report)
class ReportAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Reports against the release; an answer closes one, and none is deleted."""

    form = ReportForm
    list_display = ("id", "text", "workspace", "opened_at", "opened_by", "closed_at", "answer")
    autocomplete_fields = ("workspace",)
    readonly_fields = ("opened_at", "opened_by", "closed_at", "closed_by")

    def get_fields(self, request: HttpRequest, obj: Report | None = None) -> Any:
        """Ask what is wrong first, and how it was settled once it is known."""
        del request
        return ("text", "workspace", "answer", *self.readonly_fields) if obj else ("text", "workspace")

    def get_readonly_fields(self, request: HttpRequest, obj: Report | None = None) -> Any:
        """Let a stored report be answered, and nothing else."""
        del request
        settled = ("answer",) if obj and obj.closed_at else ()
        return (*self.readonly_fields, "text", "workspace", *settled) if obj else self.readonly_fields

    def has_delete_permission(self, request: HttpRequest, obj: Report | None = None) -> bool:
        """Refuse."""
        del request, obj
        return False

    def save_model(self, request: HttpRequest, obj: Report, form: Any, change: Any) -> None:
        """Keep who opened it, or who settled it."""
        if not change:
            obj.opened_by = acting_user(request)
        elif obj.answer and obj.closed_at is None:
            obj.closed_by, obj.closed_at = acting_user(request), timezone.now()
        super().save_model(request, obj, form, change)
