"""What members see of personal data and through what, in words; as many queries for many members as for one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils import timezone

from workspaces.models import Grant, Membership, MembershipQuerySet, Source, Workspace
from workspaces.permissions import Permission
from workspaces.roles import PERMISSIONS, Role

NOTHING = "masked data"
NO_MEMBER = "no member"


@dataclass(frozen=True, slots=True)
class Effective:
    """What one member sees, and by which roles, groups and grants."""

    membership: Membership
    sees: str
    through: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a change would make of one person's sight."""

    person: str
    before: str
    after: str


def readable(members: MembershipQuerySet, workspace: Workspace | None = None) -> MembershipQuerySet:
    """Return the members with all that `effective_rights` reads of them; name the workspace where all are of one."""
    people = members.with_sight(workspace).select_related("user", "workspace")
    return people.prefetch_related("grants__granted_by", "groups__grants__granted_by")


def effective_rights(members: Iterable[Membership]) -> list[Effective]:
    """Say for each member, read by `readable()`, what they see and through what."""
    listed = list(members)
    names = _names_of_sources(given for member in listed for given in _showing(member))
    return [Effective(member, _sight(member, names), _reasons(member, names)) for member in listed]


def differences(before: Iterable[Effective], after: Iterable[Effective]) -> list[Difference]:
    """Compare what people see before and after a change, also of those who join and leave."""
    was = {(one.membership.workspace, one.membership.user): one.sees for one in before}
    will = {(one.membership.workspace, one.membership.user): one.sees for one in after}
    return [
        Difference(f"{place[1]} in {place[0]}", was.get(place, NO_MEMBER), will.get(place, NO_MEMBER))
        for place in dict.fromkeys([*was, *will])
        if was.get(place, NO_MEMBER) != will.get(place, NO_MEMBER)
    ]


def said(given: Grant, names: Mapping[str, str]) -> str:
    """Say what one grant shows of personal data, where and until when."""
    text = _extent(given)
    if given.sources:
        text += f" in {', '.join(names.get(source, 'a source that has gone') for source in given.sources)}"
    if given.labels:
        text += f" in sources labelled {', '.join(f'{key}:{value}' for key, value in given.labels.items())}"
    return text + (f" until {given.expires_at:%Y-%m-%d %H:%M} UTC" if given.expires_at else "")


def _extent(given: Grant) -> str:
    if Permission.VIEW_PII not in PERMISSIONS[Role(given.role)]:
        return "no personal data by itself"
    kinds = [*given.entities, *(f"{colour} kinds" for colour in given.colours)]
    return f"only {', '.join(kinds)}" if kinds else "everything"


def _sight(member: Membership, names: Mapping[str, str]) -> str:
    if not member.user.is_active:
        return "nothing (inactive)"
    if member.views_pii:  # type: ignore[attr-defined]
        return "everything"
    parts = dict.fromkeys(said(given, names) for given in _showing(member) if not given.is_plain)
    return "; ".join(parts) or NOTHING


def _reasons(member: Membership, names: Mapping[str, str]) -> tuple[str, ...]:
    groups = {group.pk: group.name for group in member.groups.all()}
    reasons = []
    for given in _showing(member):
        through = "Emergency access" if given.emergency else given.get_role_display()
        if given.group_id:
            through += f" of the group {groups[given.group_id]}"
        terms = "" if given.is_plain else f": {said(given, names)}"
        why = f" ({given.reason})" if given.reason else ""
        by = f", given by {given.granted_by or 'the system'} on {given.granted_at:%Y-%m-%d}"
        reasons.append(f"{through}{terms}{by}{why}")
    return tuple(reasons)


def _showing(member: Membership) -> list[Grant]:
    """Return the grants of a member and their groups that show personal data now; nothing is asked for here."""
    now = timezone.now()
    held = [*member.grants.all(), *(given for group in member.groups.all() for given in group.grants.all())]
    return [
        given
        for given in held
        if Permission.VIEW_PII in PERMISSIONS[Role(given.role)] and (given.expires_at is None or given.expires_at > now)
    ]


def _names_of_sources(grants: Iterable[Grant]) -> dict[str, str]:
    ids = {source for given in grants for source in given.sources}
    return {str(pk): slug for pk, slug in Source.objects.filter(pk__in=ids).values_list("pk", "slug")} if ids else {}
