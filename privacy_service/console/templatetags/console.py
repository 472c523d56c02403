"""Icons, badges and times as the pages of the console show them."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from classifier import ENTITIES, Entity
from privacy_service.console import standing
from privacy_service.console.kinds import kind_further, kind_name
from privacy_service.console.laying_out import Piece
from privacy_service.console.places import Place
from privacy_service.console.speaking import act_name, in_words
from privacy_service.decisions.types import Decision
from privacy_service.rollout.gates import Gate
from workspaces.permissions import APP_LABEL, Permission

register = template.Library()

# Drawn for this console, on a grid of 20.
_ICONS: Mapping[str, str] = {
    "home": "M3 9.5 10 3.5l7 6M5 8v8.5h4v-5h2v5h4V8",
    "play": "M3.5 4.5h13v11h-13zM10 4.5v11M5.5 8h2.5M5.5 11h2.5M12.5 8h1M12.5 11h2",
    "people": "M7.5 9.5a2.75 2.75 0 1 0 0-5.5 2.75 2.75 0 0 0 0 5.5ZM2.5 16c.3-2.8 2.3-4.3 5-4.3s4.7 1.5 5 4.3"
    "M13 9.500a2.3 2.3 0 1 0-.6-4.500M14.5 11.900c1.7.4 2.8 1.7 3 3.6",
    "request": "M4 5h12v9H9l-3.5 2.5V14H4zM7 8h6M7 11h4",
    "release": "M3 14.500a7 7 0 1 1 14 0M10 14.5 13.2 9M10 14.500h.01",
    "policy": "M5 3.500h10v13H5zM7.5 7h5M7.5 10h5M7.5 13h3",
    "audit": "M10 3.2 4 5.500v4.300c0 3.4 2.5 5.9 6 7 3.5-1.1 6-3.6 6-7V5.500L10 3.200ZM7.5 10l1.8 1.8 3.4-3.6",
    "system": "M3.5 4.500h13v4h-13zM3.5 11.500h13v4h-13zM6 6.500h.01M6 13.500h.01",
    "fields": "M3.5 4.500h13v11h-13zM3.5 8.500h13M8 8.500v7M11 11.500h2.500",
    "flow": "M3 6h5l4 8h5M3 14h5l1.3-2.600M12 6h5M15 4l2 2-2 2M15 12l2 2-2 2",
    "search": "M9 14.500a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM13 13l4 4",
    "down": "M6 8l4 4 4-4",
    "out": "M8 4H4v12h4M12.5 6.5 16 10l-3.5 3.500M16 10H8",
    "good": "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM7 10.200l2 2 4-4.4",
    "warn": "M10 3.5 17.5 16.500h-15L10 3.500ZM10 8.500v3.500M10 14.300h.01",
    "info": "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM10 9.500v4M10 6.700h.01",
    "clock": "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM10 6v4.200l2.7 1.6",
    "arrow": "M4 10h12M11.5 5.5 16 10l-4.5 4.5",
    "plus": "M10 4v12M4 10h12",
    "admin": "M10 12.500a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM10 3v2.500M10 14.500V17M3 10h2.500M14.5 10H17"
    "M5 5l1.8 1.800M13.2 13.2 15 15M15 5l-1.8 1.800M6.8 13.2 5 15",
}

EFFECTS: Mapping[str, Any] = {
    "pass": gettext_lazy("Passed"),
    "mask": gettext_lazy("Masked"),
    "deny": gettext_lazy("Denied"),
}
# The reasons of a decision, for people; the API's words stand beside them.
REASONS: Mapping[str, Any] = {
    "not-released": gettext_lazy("Access control is not on for this workspace"),
    "not-a-member": gettext_lazy("Not a member of this workspace"),
    "role-grants-pii": gettext_lazy("A role or grant shows all personal data"),
    "break-glass": gettext_lazy("Emergency access is open"),
    "grant-covers-part": gettext_lazy("A grant shows some kinds, the rest is masked"),
    "source-restricted": gettext_lazy("The source is kept from whoever sees none of its personal data"),
    "role-lacks-pii": gettext_lazy("No role or grant shows personal data"),
    "leak-found": gettext_lazy("The masked answer still showed something and was withheld"),
    "no-actor": gettext_lazy("The call named no reader"),
    "unavailable": gettext_lazy("It could not be decided, so everything was hidden"),
}


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw an icon; it says nothing by itself, the words beside it do."""
    return mark_safe(f'<svg class="icon" viewBox="0 0 20 20" aria-hidden="true"><path d="{_ICONS[name]}"/></svg>')  # noqa: S308 - our own drawings.


@register.simple_tag
def effect(name: str) -> SafeString:
    """Show what became of a payload as a badge."""
    return format_html('<span class="badge badge-{}">{}</span>', name, EFFECTS.get(name, name))


@register.filter
def why(reason: str) -> str:
    """Say the reason of a decision in words."""
    return str(REASONS.get(reason, reason))


@register.filter
def moment(at: datetime | None) -> str:
    """Write a time in the reader's language, in UTC as everywhere in this service."""
    # As Django's formats: a translator writes where a language has its points and small letters.
    return _("%(when)s UTC") % {"when": date_format(at.astimezone(UTC), _("j M Y, H:i"))} if at else "-"


@register.filter
def ago(at: datetime | None) -> str:
    """Say how long something is ago, in the one unit that tells enough."""
    if at is None:
        return _("never")
    past = timezone.now() - at
    if past < timedelta(minutes=1):
        return _("just now")
    if past < timedelta(hours=1):
        minutes = int(past.total_seconds() // 60)
        return ngettext("%(n)d minute ago", "%(n)d minutes ago", minutes) % {"n": minutes}
    if past < timedelta(days=1):
        hours = int(past.total_seconds() // 3600)
        return ngettext("%(n)d hour ago", "%(n)d hours ago", hours) % {"n": hours}
    return ngettext("%(n)d day ago", "%(n)d days ago", past.days) % {"n": past.days}


@register.filter
def spelled(entity: str) -> str:
    """Write the name of a kind of personal data as people write words."""
    return kind_name(entity)


@register.filter
def further(entity: str) -> str:
    """Say more of a kind than its name."""
    return kind_further(entity)


@register.filter
def words(text: str) -> list[str]:
    """Return the words of a text, for a loop."""
    return text.split()


@register.filter
def at(mapping: Mapping[str, Any], key: str) -> Any:
    """Return what a mapping holds under a key."""
    return mapping.get(key, key)


@register.filter
def example_name(kind: str) -> str:
    """Name a kind of payload."""
    return {"auto": _("As it looks"), "json": "JSON", "csv": "CSV", "text": _("Text")}[kind]


@register.filter
def at_or_zero(counts: Mapping[str, int], key: str) -> int:
    """Return a count, 0 where nothing was counted."""
    return counts.get(key, 0)


@register.filter
def standing_name(status: str) -> str:
    """Say how far a system has come."""
    return {"planned": _("Planned"), "shadow": _("Shadow"), "live": _("Live")}.get(status, status)


@register.filter
def way_name(way: str) -> str:
    """Say by which way a system's data comes."""
    names = {"client": _("Python client"), "gateway": _("Built-in gateway"), "api": _("Calls of its backend")}
    return {"nginx": "nginx", "envoy": "Envoy", **names}.get(way, way)


@register.filter
def job_state(state: str) -> str:
    """Say where a job stands."""
    names = {"waiting": _("Waiting"), "running": _("Running"), "done": _("Done")}
    return {**names, "failed": _("Failed"), "cancelled": _("Cancelled")}.get(state, state)


@register.filter
def topic_access(access: str) -> str:
    """Say who reads a topic."""
    names = {"restricted": _("raw: who sees all"), "decided": _("as roles say"), "open": _("every member")}
    return names.get(access, access)


@register.filter
def trouble_name(trouble: str) -> str:
    """Say why a record could not be transformed."""
    names = {
        "unreadable": _("It is not what its topic says"),
        "refused": _("The function refused it"),
        "broken": _("The function broke"),
        "too-large": _("It is too large"),
    }
    return names.get(trouble, trouble)


@register.filter
def short(count: int) -> str:
    """Write a count as people read it: in full up to a hundred thousand."""
    for size, letter in ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")):
        if count >= size * (100 if letter == "k" else 1):
            return f"{count / size:.1f}{letter}" if count < 100 * size else f"{count // size}{letter}"
    return f"{count:,}".replace(",", "\u202f")


@register.filter
def seconds(span: float) -> str:
    """Write a span of time in the one unit that tells enough."""
    if span < 100:  # noqa: PLR2004 - a hundred seconds are still read at a glance.
        return _("%(n)s s") % {"n": f"{span:.1f}" if span < 10 else f"{span:.0f}"}  # noqa: PLR2004 - as above.
    minutes = int(span // 60)
    return _("%(n)s min") % {"n": minutes} if minutes < 100 else _("%(n)s h") % {"n": minutes // 60}  # noqa: PLR2004 - as above.


@register.filter
def entry_moment(entry_id: str) -> str:
    """Write when a record came, which the broker's id of it says."""
    return moment(datetime.fromtimestamp(int(entry_id.partition("-")[0]) / 1000, UTC))


@register.filter
def middle(x: int, width: int) -> int:
    """Return the middle of a box."""
    return x + width // 2


@register.filter
def colour_name(colour: str) -> str:
    """Name the colour of a field."""
    return {"red": _("red"), "yellow": _("yellow"), "green": _("green")}.get(colour, colour)


@register.filter
def hidden_name(how: str) -> str:
    """Say what hides a field from readers who see no personal data."""
    names = {"by-name": _("whatever stands in it"), "by-kind": _("what is recognized in it"), "no": _("nothing")}
    return names.get(how, how)


@register.filter
def seen_name(seen_in: str) -> str:
    """Say through what a field became known."""
    return {"scan": _("a scan"), "traffic": _("what passes"), "hand": _("somebody's word")}.get(seen_in, seen_in)


@register.filter
def slice_id(pk: object) -> str:
    """Return the beginning of an id, enough to tell two apart on a page."""
    return str(pk)[:8]


@register.filter
def act(kind: str) -> str:
    """Name an act of the audit trail."""
    return act_name(kind)


@register.filter
def refusal(error: Exception) -> str:
    """Say why something was refused."""
    return in_words(error)


@register.filter
def effect_name(name: str) -> str:
    """Name an effect."""
    return str(EFFECTS.get(name, name))


@register.filter
def gate_words(gate: Gate) -> str:
    """Say how a gate of the release stands."""
    return standing.gate_words(gate)


@register.filter
def place(words: str) -> str:
    """Say where the release stood or stands."""
    return standing.place_name(words)


@register.filter
def change(wish: object) -> str:
    """Say what a change of the release would do."""
    return standing.change_name(str(wish))


@register.filter
def gate_name(name: str) -> str:
    """Name a gate of the release."""
    names = {
        "error-rate": _("Errors"),
        "p95": _("Speed"),
        "fail-closed": _("Hidden for a failure"),
        "leaks": _("Leaks in shadow"),
        "reports": _("Reports"),
    }
    return names.get(name, name)


@register.filter
def hue(entity: str) -> str:
    """Return the family whose colour a kind of personal data has."""
    return str(ENTITIES[Entity(entity)].group)


@register.filter
def recognizers(names: Iterable[str]) -> str:
    """Say what found something, each way once."""
    return ", ".join(dict.fromkeys(map(_recognizer, names)))


def _recognizer(name: str) -> str:
    if name.startswith("matcher:"):
        return _("your matcher %(name)s") % {"name": name.removeprefix("matcher:")}
    if name == "key":
        return _("the field's name")
    return _("words that look like names") if name.startswith("names") else _("its pattern")


@register.simple_tag
def pieces(shown: Iterable[Piece], decision: Decision, operators: Mapping[str, str]) -> SafeString:
    """Write out a payload with what is personal in it marked, and why."""
    return format_html_join("", "{}", ((_marked(piece, decision, operators),) for piece in shown))


def _marked(piece: Piece, decision: Decision, operators: Mapping[str, str]) -> SafeString | str:
    if not piece.is_personal:
        return piece.text
    state = "hidden" if piece.is_hidden else "shown"
    found = piece.finding
    if found is None:
        return format_html('<mark class="{}" tabindex="0" data-tip="{}">{}</mark>', state, _("Hidden"), piece.text)
    operator = decision.operators.operator_for(found.entity, found.recognizer).name if piece.is_hidden else ""
    tip = f"{spelled(found.entity)} · {operators.get(operator, operator)} · {_recognizer(found.recognizer)}"
    mark = '<mark class="{} hue-{}" tabindex="0" data-tip="{}">{}</mark>'
    return format_html(mark, state, hue(found.entity), tip, piece.text)


@register.filter
def may(place: Place, name: str) -> bool:
    """Say whether somebody holds a permission where they are."""
    return place.may(Permission(f"{APP_LABEL}.{name}"))


@register.filter
def initial(text: object) -> str:
    """Return the letter that stands for a name."""
    return str(text)[:1] or "?"
