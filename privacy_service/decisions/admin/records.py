"""The audit trail in the admin: to be read and exported, without ever reading all of it."""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString

from privacy_service.decisions.audit.chain import INSTALLATION, is_sealed
from privacy_service.decisions.audit.exporting import csv_lines, json_lines, with_names
from privacy_service.decisions.audit.verifying import is_intact
from privacy_service.decisions.models import DECISION, AuditChain, AuditRecord
from privacy_service.decisions.types import Effect, Reason
from workspaces.acts import Act, note
from workspaces.admin.shared import ReadOnlyAdmin, acting_user
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
class AuditRecordAdmin(ReadOnlyAdmin):
    """Who was shown what, and who changed what."""

    list_display = ("moment", "kind", "workspace", "reader", "effect", "reason", "hidden")
    list_filter = (
        PeriodFilter,
        _filter_by("kind", (DECISION, *Act)),
        _filter_by("effect", Effect),
        _filter_by("reason", Reason),
        _filter_by("endpoint", ENDPOINTS),
    )
    search_fields = ("workspace_id", "actor_id")
    search_help_text = "Workspace (slug or id), reader or actor (e-mail, external id or id), or id of a request"
    date_hierarchy = "at"
    ordering = ("-at",)
    show_facets = admin.ShowFacets.NEVER  # Each would count the whole period.
    paginator = FirstRecords
    actions = ("export_csv", "export_json_lines")
    fieldsets = (
        (None, {"fields": ("id", "moment", "kind", "workspace", "reader")}),
        ("Decision", {"fields": ("endpoint", "effect", "reason", "hidden")}),
        ("Act", {"fields": ("resource_type", "resource_id", "resource_name", "told")}),
        ("Found by", {"fields": ("workspace_id", "actor_id", "actor_digest", "key_id", "policy_version")}),
        ("Place in the chain", {"fields": ("intact", "position", "previous_hash", "hash")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditRecord]:
        """Name workspace and reader in the same query."""
        del request
        return with_names(AuditRecord.objects.order_by("-at"))

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

    @admin.action(description="Export as CSV", permissions=["view"])
    def export_csv(self, request: HttpRequest, queryset: Any) -> StreamingHttpResponse:
        """Stream the chosen records to a spreadsheet."""
        return _exported(request, queryset, csv_lines, "csv", "text/csv; charset=utf-8")

    @admin.action(description="Export as JSON Lines, with what it takes to verify them", permissions=["view"])
    def export_json_lines(self, request: HttpRequest, queryset: Any) -> StreamingHttpResponse:
        """Stream the chosen records to a program."""
        return _exported(request, queryset, json_lines, "jsonl", "application/x-ndjson")

    @admin.display(description="at", ordering="at")
    def moment(self, record: AuditRecord) -> SafeString:
        """Say when, to the second."""
        return format_html('<span class="nowrap">{}</span>', f"{record.at:%Y-%m-%d %H:%M:%S}")

    @admin.display(description="workspace")
    def workspace(self, record: AuditRecord) -> str:
        """Name the workspace, or give its id where it has gone."""
        if record.workspace_id == INSTALLATION:
            return "the installation"
        return record.slug or str(record.workspace_id)  # type: ignore[attr-defined]

    @admin.display(description="reader or actor")
    def reader(self, record: AuditRecord) -> str:
        """Name the reader of a decision, or whoever acted; of an unknown reader give the hash of the name."""
        known = record.called or record.actor_id  # type: ignore[attr-defined]
        if not known and not record.actor_digest:
            return "the service or its command line"
        return str(known or f"unknown ({record.actor_digest[:8]}…)")

    @admin.display(description="hidden")
    def hidden(self, record: AuditRecord) -> str:
        """Say how many pieces of each kind were hidden."""
        return ", ".join(f"{count} {entity}" for entity, count in record.entities.items()) or "-"

    @admin.display(description="details")
    def told(self, record: AuditRecord) -> str:
        """Say what was told of an act."""
        return ", ".join(f"{name}: {value}" for name, value in record.detail.items()) or "-"

    @admin.display(description="verified", boolean=True)
    def intact(self, record: AuditRecord) -> bool:
        """Say whether the record is what its hash and its neighbours in the chain say."""
        return is_intact(record)


@admin.register(AuditChain)
class AuditChainAdmin(ReadOnlyAdmin):
    """The chains, with what `manage.py audit verify` found last."""

    list_display = ("workspace", "records", "sealed", "whole", "verified_at", "verified_position")
    fields = (*list_display, "faults", "first_position", "anchor_hash", "last_position", "last_hash")
    ordering = ("-faults", "number")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditChain]:
        """Name the workspace in the same query."""
        del request
        slug = Workspace.objects.filter(pk=OuterRef("workspace_id")).values("slug")[:1]
        return AuditChain.objects.annotate(slug=Subquery(slug)).order_by(*self.ordering)

    @admin.display(description="chain of")
    def workspace(self, chain: AuditChain) -> str:
        """Name the workspace, or give its id where it has gone."""
        if chain.pk == INSTALLATION:
            return "the installation"
        return chain.slug or str(chain.pk)  # type: ignore[attr-defined]

    @admin.display(description="records")
    def records(self, chain: AuditChain) -> int:
        """Count what the chain holds."""
        return chain.last_position - chain.first_position + 1

    @admin.display(description="ends as sealed", boolean=True)
    def sealed(self, chain: AuditChain) -> bool:
        """Say whether the ends are those that the service wrote."""
        return is_sealed(chain)

    @admin.display(description="found whole", boolean=True)
    def whole(self, chain: AuditChain) -> bool | None:
        """Say what the last verification found; nothing where there was none."""
        return chain.faults == 0 if chain.verified_at else None


def _exported(
    request: HttpRequest,
    records: "QuerySet[AuditRecord]",
    lines: "Callable[[QuerySet[AuditRecord]], Iterator[bytes]]",
    name: str,
    content_type: str,
) -> StreamingHttpResponse:
    note(Act.AUDIT_EXPORTED, None, acting_user(request), format=name)
    headers = {
        "Content-Disposition": f'attachment; filename="audit-trail.{name}"',
        "Cache-Control": "private, no-store",
    }
    return StreamingHttpResponse(lines(records), content_type=content_type, headers=headers)


def _uuids(text: str) -> list[UUID]:
    try:
        return [UUID(text)]
    except ValueError:
        return []
