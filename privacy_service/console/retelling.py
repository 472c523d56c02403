"""What a record of the audit trail is about, in the reader's words: to whom, which data, until when, from what to what.

A detail that nobody has words for yet is shown as it stands: a record says too much rather than too little.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from privacy_service.console.templatetags.console import moment, spelled
from privacy_service.console.vouching import KINDS, WISHES
from privacy_service.console.wording import Names, role_name, terms
from privacy_service.decisions.models import AuditRecord
from workspaces.models import Grant
from workspaces.roles import Role

PEOPLE = ("user", "holder", "confirmed_by")
"""The details that name somebody by their id."""

_TERMS = ("entities", "colours", "sources", "labels")
_OF_GRANTS = frozenset({"grant-given", "grant-taken", "grant-ended"})
_TECHNICAL = frozenset({"request_id", "trace_id"})  # They lead to logs, and say nothing to whoever reads the page.
_DONE: Mapping[str, Any] = {
    "added": gettext_lazy("added"),
    "changed": gettext_lazy("changed"),
    "removed": gettext_lazy("removed"),
    "created": gettext_lazy("created"),
    "renamed": gettext_lazy("renamed"),
    "deleted": gettext_lazy("deleted"),
    "documented": gettext_lazy("documented"),
    "member-added": gettext_lazy("member added"),
    "member-removed": gettext_lazy("member removed"),
}


def about(record: AuditRecord, names: Names, sources: Names) -> list[str]:
    """Return the parts that tell what an act was about, the thing first and what somebody typed as a reason last."""
    detail = {name: value for name, value in record.detail.items() if name not in _TECHNICAL}
    is_nameless = not record.resource_name and (record.resource_type == "subjectrequest" or not detail)
    parts = [record.resource_id[:8] if is_nameless else record.resource_name]
    if record.kind in _OF_GRANTS:
        parts += _of_grant(detail, names, sources)
    parts += [_part(name, detail[name], names) for name in sorted(detail, key=_place_of)]
    return [part for part in parts if part]


def people_in(records: Iterable[AuditRecord]) -> set[str]:
    """Return the ids of everybody whom the details name."""
    return {str(one.detail[name]) for one in records for name in PEOPLE if one.detail.get(name)}


def sources_in(records: Iterable[AuditRecord]) -> list[Grant]:
    """Return grants on the terms that the records tell, for what their sources are called."""
    return [
        Grant(sources=one.detail["sources"]) for one in records if one.kind in _OF_GRANTS and "sources" in one.detail
    ]


def _place_of(name: str) -> int:
    """Say where a detail stands: people, then what has words, what has none, and the reason."""
    told = (*PEOPLE, *_SAID)
    return len(told) if name == "reason" else told.index(name) if name in told else len(told) - 1


def _of_grant(detail: dict[str, Any], names: Names, sources: Names) -> list[str]:
    """Take the details of a grant away and return them in the words that the page of access has for its terms."""
    if str(detail.get("role", "")) not in set(Role):
        return []  # Of another version: what is not taken away is shown as it stands.
    role, until = detail.pop("role"), detail.pop("until", None)
    told = {name: detail.pop(name, []) for name in _TERMS}
    labels = dict(str(one).partition(":")[::2] for one in told["labels"])
    given = Grant(**{**told, "labels": labels}, role=role, expires_at=_time(until))
    whom = [_part(name, detail.pop(name), names) for name in ("user", "group") if name in detail]
    return [*whom, _role(role, names), terms(given, sources)]


def _part(name: str, value: Any, names: Names) -> str:
    """Say one detail."""
    if value in ("", [], None):
        return ""
    if name in PEOPLE:
        return str(_PERSON[name]) % {"who": names.get(str(value), _nameless(str(value)))}
    try:
        return _SAID[name](value, names)
    except (KeyError, TypeError, ValueError):  # No words for it, or an older version kept something else there.
        return f"{_named(name)}: {_valued(name, value)}"


def _named(detail: str) -> str:
    """Name a detail, as what it is about is called on other pages."""
    return str(_DETAILS.get(detail, detail.replace("_", " ")))


def _valued(detail: str, value: Any) -> str:
    known = _VALUES.get(detail, {})
    return str(known[value]) if isinstance(value, str) and value in known else _plainly(value)


def _plainly(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _nameless(pk: str) -> str:
    return _("somebody who is no member (%(id)s)") % {"id": pk[:8]}


def _time(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None


def _until(value: Any, _names: Names) -> str:
    when = _time(value)
    return _("until %(moment)s") % {"moment": moment(when) if when else value}


def _role(value: Any, _names: Names) -> str:
    return role_name(value) if value in set(Role) else str(value)


def _kinds(value: Any, _names: Names) -> str:
    """Name kinds of personal data, with how many there were where the record counts them."""
    told = (str(one).partition("=") for one in value)
    return ", ".join(f"{spelled(kind)} {count}".strip() for kind, _is_counted, count in told)


def _known_by(value: Any, _names: Names) -> str:
    return ", ".join(str({str(kind): word for kind, word in KINDS.items()}.get(str(one), one)) for one in value)


def _wish(value: Any, _names: Names) -> str:
    return str({str(wish): word for wish, word in WISHES.items()}.get(str(value), value))


def _minutes(value: Any, _names: Names) -> str:
    return ngettext("%(n)d minute", "%(n)d minutes", int(value)) % {"n": int(value)}


def _identifiers(value: Any, _names: Names) -> str:
    return ngettext("%(n)d name", "%(n)d names", int(value)) % {"n": int(value)}


_DETAILS: Mapping[str, Any] = {
    "access": gettext_lazy("access"),
    "colour": gettext_lazy("colour"),
    "destination": gettext_lazy("destination"),
    "entries": gettext_lazy("entries"),
    "fields": gettext_lazy("fields"),
    "filters": gettext_lazy("filters"),
    "format": gettext_lazy("format"),
    "kinds": gettext_lazy("kinds"),
    "labels": gettext_lazy("labels"),
    "note": gettext_lazy("note"),
    "owner": gettext_lazy("owner"),
    "people": gettext_lazy("people"),
    "places": gettext_lazy("places"),
    "policy_version": gettext_lazy("policy version"),
    "processors": gettext_lazy("processors"),
    "proof": gettext_lazy("proof"),
    "purpose": gettext_lazy("purpose"),
    "region": gettext_lazy("region"),
    "restricted": gettext_lazy("restricted"),
    "retention": gettext_lazy("retention"),
    "service": gettext_lazy("service"),
}
_VALUES: Mapping[str, Mapping[str, Any]] = {
    "colour": {"red": gettext_lazy("red"), "yellow": gettext_lazy("yellow"), "green": gettext_lazy("green")},
    "access": {
        "restricted": gettext_lazy("raw: who sees all"),
        "decided": gettext_lazy("as roles say"),
        "open": gettext_lazy("every member"),
    },
    "proof": {"owner": gettext_lazy("owner")},
}
_PERSON: Mapping[str, Any] = {
    "user": gettext_lazy("for %(who)s"),
    "holder": gettext_lazy("held by %(who)s"),
    "confirmed_by": gettext_lazy("confirmed by %(who)s"),
}
_SAID: Mapping[str, Callable[[Any, Names], str]] = {
    "role": _role,
    "kind": _role,
    "group": lambda value, _names: _("for the group %(group)s") % {"group": value},
    "entities": _kinds,
    "identifiers": _identifiers,
    "version": lambda value, _names: _("version %(version)s") % {"version": value},
    "replaces": lambda value, _names: _("after version %(version)s") % {"version": value},
    "kinds": _known_by,
    "wish": _wish,
    "minutes": _minutes,
    "until": _until,
    "done": lambda value, _names: str(_DONE.get(value, value)),
    "change": lambda value, _names: str(_DONE.get(value, value)),
    "before": lambda value, _names: _("from %(before)s") % {"before": value},
    "after": lambda value, _names: _("to %(after)s") % {"after": value},
    "through": lambda value, _names: _("by %(way)s") % {"way": value},
    "count": lambda value, _names: _("how many: %(n)s") % {"n": value},
    "is_open": lambda value, _names: _("open") if value else _("closed"),
    "is_active": lambda value, _names: _("active") if value else _("turned off"),
    "changed": lambda value, _names: _("changed: %(what)s") % {"what": ", ".join(map(_named, value))},
    "reason": lambda value, _names: _("“%(said)s”") % {"said": value},
}
