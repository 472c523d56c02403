"""The trail of decisions in the admin: to be read, without ever reading all of it."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString

from privacy_service.decisions.models import AuditRecord
from privacy_service.decisions.types import Effect, Reason
from workspaces.models import User, Workspace

ENDPOINTS = ("mask", "classify", "decision")
MOST_RECORDS = 10_000


class FirstRecords(Paginator):  # type: ignore[type-arg]
    """Pages of the first records only: counting all of a trail takes minutes."""

    @cached_property
    def count(self) -> int:
        """Count to the limit and no further."""
        return self.object_list.order_by()[:MOST_RECORDS].count()  # type: ignore[attr-defined, no-any-return]


class PeriodFilter(admin.SimpleListFilter):
    """Records by age; without a choice those of a day, so that opening the page never reads the whole trail."""

    title = "age"
    parameter_name = "age"
    periods = {"": ("Past 24 hours", 1), "7": ("Past 7 days", 7), "30": ("Past 30 days", 30), "any": ("Any", 0)}  # noqa: RUF012 - never changed.

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the periods."""
        del request, model_admin
        return [(value, title) for value, (title, _) in self.periods.items() if value]

    def choices(self, changelist: Any) -> Any:
        """Name the first choice by what it means here."""
        for choice in super().choices(changelist):
            yield {**choice, "display": self.periods[""][0] if choice["display"] == "All" else choice["display"]}

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditRecord]) -> QuerySet[AuditRecord]:
        """Keep the records of the period."""
        del request
        _, days = self.periods.get(self.value() or "", self.periods[""])
        return queryset.filter(at__gte=timezone.now() - timedelta(days=days)) if days else queryset


def _filter_by(field: str, values: Iterable[str]) -> type[admin.SimpleListFilter]:
    """Make a filter over a closed list; Django's own would read the whole trail to learn what occurs."""
    offered = [(str(value), str(value)) for value in values]

    class ValueFilter(admin.SimpleListFilter):
        """Records with one value."""

        title = field
        parameter_name = field

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            """Offer the values there can be."""
            del request, model_admin
            return offered

        def queryset(self, request: HttpRequest, queryset: QuerySet[AuditRecord]) -> QuerySet[AuditRecord]:
            """Keep the records with this value."""
            del request
            return queryset.filter(**{field: self.value()}) if self.value() else queryset

    return ValueFilter


@admin.register(AuditRecord)
class AuditRecordAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Who was shown what; to be read and nothing else."""

    list_display = ("moment", "workspace", "reader", "effect", "reason", "hidden")
    list_filter = (
        PeriodFilter,
        _filter_by("effect", Effect),
        _filter_by("reason", Reason),
        _filter_by("endpoint", ENDPOINTS),
    )
    search_fields = ("workspace_id", "actor_id")
    search_help_text = "Workspace (slug or id), reader (e-mail, external id or id), or id of a request"
    date_hierarchy = "at"
    ordering = ("-at",)
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # Each would count the whole period.
    paginator = FirstRecords
    fieldsets = (
        (None, {"fields": ("id", "moment", "endpoint", "effect", "reason", "workspace", "reader", "hidden")}),
        ("Found by", {"fields": ("workspace_id", "actor_id", "actor_digest", "key_id", "policy_version")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditRecord]:
        """Name workspace and reader in the same query."""
        del request
        workspace = Workspace.objects.filter(pk=OuterRef("workspace_id")).values("slug")[:1]
        reader = User.objects.filter(pk=OuterRef("actor_id")).values(called=Coalesce("email", "external_id"))[:1]
        return AuditRecord.objects.annotate(slug=Subquery(workspace), called=Subquery(reader)).order_by("-at")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Turn what was typed into ids first: the trail is indexed by ids."""
        del request
        typed = search_term.strip()
        if not typed:
            return queryset, False
        ids = _uuids(typed)
        workspaces = [*ids, *Workspace.objects.filter(slug=typed).values_list("pk", flat=True)]
        named = User.objects.filter(Q(email__iexact=typed) | Q(external_id=typed))
        readers = [*ids, *named.values_list("pk", flat=True)]
        return queryset.filter(Q(pk__in=ids) | Q(workspace_id__in=workspaces) | Q(actor_id__in=readers)), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: decisions write the trail."""
        del request
        return False

    def has_change_permission(self, request: HttpRequest, obj: AuditRecord | None = None) -> bool:
        """Refuse."""
        del request, obj
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AuditRecord | None = None) -> bool:
        """Refuse."""
        del request, obj
        return False

    @admin.display(description="at", ordering="at")
    def moment(self, record: AuditRecord) -> SafeString:
        """Say when, to the second."""
        return format_html('<span class="nowrap">{}</span>', f"{record.at:%Y-%m-%d %H:%M:%S}")

    @admin.display(description="workspace")
    def workspace(self, record: AuditRecord) -> str:
        """Name the workspace, or give its id where it has gone."""
        return record.slug or str(record.workspace_id)  # type: ignore[attr-defined]

    @admin.display(description="reader")
    def reader(self, record: AuditRecord) -> str:
        """Name the reader, or give the hash of an unknown one's name."""
        known = record.called or record.actor_id  # type: ignore[attr-defined]
        return str(known or f"unknown ({record.actor_digest[:8]}…)")

    @admin.display(description="hidden")
    def hidden(self, record: AuditRecord) -> str:
        """Say how many pieces of each kind were hidden."""
        return ", ".join(f"{count} {entity}" for entity, count in record.entities.items()) or "-"


def _uuids(text: str) -> list[UUID]:
    try:
        return [UUID(text)]
    except ValueError:
        return []
