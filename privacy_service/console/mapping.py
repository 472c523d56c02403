"""Where which kind of personal data lies: a table of kinds by sources, made of the fields of the inventory."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from classifier import Colour, Entity
from privacy_service.console.templatetags.console import colour_name, spelled
from privacy_service.inventory.models import Field, strictest
from workspaces.models import Source, Workspace

MOST_FIELDS = 20_000  # Beyond these the newest alone are drawn, and the page says so.
MOST_SOURCES = 8  # Side by side; the rest is on further pages.
_KNOWN = {entity.value for entity in Entity}


@dataclass(frozen=True, slots=True)
class Cell:
    """The fields of one source in which one kind was found."""

    source: str
    kind: str
    fields: int
    undecided: int
    colour: Colour

    @property
    def told(self) -> str:
        """Say it in words, for whoever does not see where the cell stands."""
        count = ngettext("%(n)d field", "%(n)d fields", self.fields) % {"n": self.fields}
        where = {"kind": spelled(self.kind), "source": self.source or _("no source"), "fields": count}
        told = _("%(kind)s in %(source)s: %(fields)s") % where
        return f"{told}, {self.coloured}"

    @property
    def coloured(self) -> str:
        """Say the colour in words, and how many of the fields nobody has decided about."""
        strictest_of_them = _("the strictest is %(colour)s") % {"colour": colour_name(self.colour)}
        if not self.undecided:
            return strictest_of_them
        waiting = ngettext("%(n)d not decided yet", "%(n)d not decided yet", self.undecided) % {"n": self.undecided}
        return f"{strictest_of_them}, {waiting}"


@dataclass(frozen=True, slots=True)
class Column:
    """One source, and what is known of it."""

    slug: str
    name: str
    is_restricted: bool


@dataclass(frozen=True, slots=True)
class Map:
    """The table: of each kind a row with each source and its cell, None where nothing of it lies there."""

    columns: Sequence[Column]
    rows: Sequence[tuple[str, Sequence[tuple[Column, Cell | None]]]]
    page: int
    pages: int
    is_whole: bool


def map_of(workspace: Workspace, page: int = 1) -> Map:
    """Return the map of a workspace; bounded work, however much lies there."""
    found = Field.objects.filter(workspace=workspace).exclude(kinds={}).order_by("-first_seen_at")
    rows = list(found.values_list("source", "kinds", "colour", "recommended")[: MOST_FIELDS + 1])
    cells = _cells(rows[:MOST_FIELDS])
    slugs = sorted({source for source, _kind in cells})
    pages = max(1, -(-len(slugs) // MOST_SOURCES))
    page = min(max(page, 1), pages)
    shown = slugs[(page - 1) * MOST_SOURCES : page * MOST_SOURCES]
    kinds = sorted({kind for source, kind in cells if source in shown}, key=spelled)
    columns = _columns(workspace, shown)
    table = [(kind, [(column, cells.get((column.slug, kind))) for column in columns]) for kind in kinds]
    return Map(columns, table, page, pages, len(rows) <= MOST_FIELDS)


def _cells(rows: Iterable[tuple[str, dict[str, int], str, str]]) -> dict[tuple[str, str], Cell]:
    cells: dict[tuple[str, str], Cell] = {}
    for source, kinds, colour, recommended in rows:
        for kind in kinds.keys() & _KNOWN:
            before = cells.get((source, kind), Cell(source, kind, 0, 0, Colour.GREEN))
            strict = strictest((before.colour, colour or recommended))
            cells[source, kind] = Cell(source, kind, before.fields + 1, before.undecided + (not colour), strict)
    return cells


def _columns(workspace: Workspace, slugs: Iterable[str]) -> list[Column]:
    known = {one.slug: one for one in Source.objects.filter(workspace=workspace, slug__in=slugs)}
    return [
        Column(slug, known[slug].name, known[slug].is_restricted) if slug in known else Column(slug, slug, False)  # noqa: FBT003 - a source that nobody made known is not restricted.
        for slug in slugs
    ]
