"""Rights and grants in the reader's words and language."""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from privacy_service.console.speaking import RIGHTS
from privacy_service.console.templatetags.console import moment, spelled
from workspaces.models import Grant, Membership, Source
from workspaces.permissions import Permission
from workspaces.roles import KIND_ROLES, PERMISSIONS, Role

Names = Mapping[str, str]


def sees(member: Membership) -> str:
    """Say in one word what a member, read by `readable()`, sees: everything, part or nothing."""
    if not member.user.is_active:
        return "nothing"
    if member.views_pii:  # type: ignore[attr-defined]
        return "everything"
    return "part" if member.views_part else "nothing"  # type: ignore[attr-defined]


def showing(member: Membership) -> list[Grant]:
    """Return the grants of a member and their groups that show personal data now; nothing is asked for here."""
    return [one for one in _held(member) if Permission.VIEW_PII in PERMISSIONS[Role(one.role)] and one.is_live]


def showing_nothing(member: Membership) -> list[Grant]:
    """Return the grants of a member and their groups that count now and show no personal data by themselves."""
    shown = showing(member)
    return [one for one in _held(member) if one.is_live and one.role not in KIND_ROLES and one not in shown]


def _held(member: Membership) -> list[Grant]:
    return [*member.grants.all(), *(given for group in member.groups.all() for given in group.grants.all())]


def terms(given: Grant, names: Names) -> str:
    """Say what one grant shows of personal data, or else gives a right to, where, and until when."""
    parts = [_extent(given)]
    if given.sources:
        where = ", ".join(names.get(source, _("a source that has gone")) for source in given.sources)
        parts.append(_("in %(sources)s") % {"sources": where})
    if given.labels:
        labels = ", ".join(f"{key}:{value}" for key, value in given.labels.items())
        parts.append(_("in sources labelled %(labels)s") % {"labels": labels})
    if given.expires_at:
        parts.append(_("until %(moment)s") % {"moment": moment(given.expires_at)})
    return ", ".join(parts)


def _extent(given: Grant) -> str:
    carried = PERMISSIONS[Role(given.role)]
    if Permission.VIEW_PII not in carried:
        rights = ", ".join(str(RIGHTS[one]) for one in Permission if one in carried)
        return _("no personal data by itself (rights: %(rights)s)") % {"rights": rights}
    kinds = [*map(spelled, given.entities), *(_COLOURS[colour]() for colour in given.colours)]
    return _("only %(kinds)s") % {"kinds": ", ".join(kinds)} if kinds else _("everything")


def through(given: Grant, names: Names) -> str:
    """Say which role shows something, and on which terms."""
    role = _("Emergency access") if given.emergency else role_name(given.role)
    if given.group:
        role = _("%(role)s of the group %(group)s") % {"role": role, "group": given.group.name}
    return role if given.is_plain else f"{role}: {terms(given, names)}"


def names_of_sources(grants: Iterable[Grant]) -> Names:
    """Return the slugs of the sources that grants name, in one query or none."""
    ids = {source for given in grants for source in given.sources}
    return {str(pk): slug for pk, slug in Source.objects.filter(pk__in=ids).values_list("pk", "slug")} if ids else {}


def role_name(role: str) -> str:
    """Return a role's name in the reader's language."""
    return _ROLES[Role(role)]()


_COLOURS = {
    "red": lambda: _("red kinds"),
    "yellow": lambda: _("yellow kinds"),
    "green": lambda: _("green kinds"),
}
_ROLES = {
    Role.OWNER: lambda: _("Owner"),
    Role.MEMBER: lambda: _("Member"),
    Role.PII_VIEWER: lambda: _("PII viewer"),
    Role.SOURCE_ADMIN: lambda: _("Source admin"),
    Role.SOURCE_READ_ONLY: lambda: _("Source read-only"),
    Role.PRIVACY_ADMIN: lambda: _("Privacy admin"),
    Role.EMERGENCY_READER: lambda: _("Emergency reader"),
}
