"""Readers who are nobody: what somebody with these roles would be shown."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from classifier import Entity
from workspaces.permissions import Permission
from workspaces.roles import PERMISSIONS, Role
from workspaces.standing import Given, Standing
from workspaces.terms import COLOURS

STRANGER = "stranger"
_NO_ID = UUID(int=0)


class NoSuchHolder(ValueError):
    """Roles or kinds that nobody can hold, with what there is instead."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody with these roles; kinds and colours narrow what a PII viewer sees."""

    roles: frozenset[Role]
    is_member: bool = True
    entities: tuple[str, ...] = ()
    colours: tuple[str, ...] = ()

    @classmethod
    def named(cls, roles: Iterable[str], *, entities: Iterable[str] = (), colours: Iterable[str] = ()) -> "Holder":
        """Return who holds roles of these names; `stranger` alone is no member; raise NoSuchHolder."""
        names, kinds, shades = frozenset(roles), tuple(entities), tuple(colours)
        _check(names, {*Role.values, STRANGER}, "role")
        _check(kinds, {entity.value for entity in Entity}, "kind of personal data")
        _check(shades, set(COLOURS), "colour")
        if STRANGER in names and len(names) > 1:
            message = "A stranger holds no role."
            raise NoSuchHolder(message)
        if (kinds or shades) and Role.PII_VIEWER not in names:
            message = "Kinds and colours narrow the role pii_viewer: name it too."
            raise NoSuchHolder(message)
        held = frozenset(Role(name) for name in names - {STRANGER})
        return cls(held, STRANGER not in names, kinds, shades)

    @property
    def standing(self) -> Standing:
        """Return the place that they would have in any workspace."""
        is_narrowed = bool(self.entities or self.colours)
        whole = self.roles - {Role.PII_VIEWER} if is_narrowed else self.roles
        part = Given(_NO_ID, Role.PII_VIEWER, entities=self.entities, colours=self.colours)
        return Standing(
            is_member=self.is_member,
            views_pii=any(Permission.VIEW_PII in PERMISSIONS[role] for role in whole),
            grants=(part,) if is_narrowed else (),
        )


def _check(names: Iterable[str], known: set[str], what: str) -> None:
    strange = [name for name in names if name not in known]
    if strange:
        message = f"There is no {what} {str(strange[0])[:40]!r}; allowed: {', '.join(sorted(known))}."
        raise NoSuchHolder(message)
