"""Where old rights are written: each kind tells who holds them, and takes them away or gives them back."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from django.contrib.auth.models import Group
from django.contrib.auth.models import Permission as PermissionRow
from django.contrib.contenttypes.models import ContentType
from guardian.models import GroupObjectPermission, UserObjectPermission

from workspaces.models import (
    Grant,
    Membership,
    User,
    Workspace,
    WorkspaceGroupPermission,
    WorkspaceUserPermission,
)
from workspaces.roles import Role
from workspaces.yaml_files import FileRefused


class Holding(NamedTuple):
    """Somebody who holds an old right, and where it counts."""

    workspace: Workspace
    user: User


class Unknown(NamedTuple):
    """A line of a file that names nobody, or no workspace, of this installation."""

    line: int
    what: str


Place = tuple[UUID, UUID]  # A workspace's and a user's id.


class OldRow(NamedTuple):
    """One row that holds an old right: how a report names it, and the places it gives the right in."""

    name: dict[str, str]
    places: frozenset[Place]


class Source(Protocol):
    """One kind of old right."""

    def __str__(self) -> str:
        """Name it, for the report."""

    def holdings(self) -> Iterator[Holding | Unknown]:
        """Yield who holds the right where."""

    def rows(self) -> Iterator[OldRow]:
        """Yield the rows of this database that hold it."""


@dataclass(frozen=True, slots=True)
class CsvRights:
    """A file with a line for each right: workspace, user, right (or role)."""

    path: Path
    rights: frozenset[str]

    def __str__(self) -> str:
        return f"csv {self.path.name}"

    def holdings(self) -> Iterator[Holding | Unknown]:
        """Yield the file's lines that name one of the rights; raise FileRefused."""
        workspaces = {workspace.slug: workspace for workspace in Workspace.objects.all()}
        for number, line in self._lines():
            if (line.get("right") or line.get("role") or "").strip() not in self.rights:
                continue
            user = User.objects.named((line.get("user") or "").strip()).first()
            workspace = workspaces.get((line.get("workspace") or "").strip())
            if user and workspace:
                yield Holding(workspace, user)
            else:
                yield Unknown(number, "user" if workspace else "workspace")

    def rows(self) -> Iterator[OldRow]:
        """Yield nothing: what is to be taken away stands in another system."""
        return iter(())

    def _lines(self) -> Iterator[tuple[int, dict[str, str]]]:
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as stream:
                reader = csv.DictReader(stream, strict=True)
                names = set(reader.fieldnames or ())
                if not {"workspace", "user"} <= names or not {"right", "role"} & names:
                    message = f"{self.path} must have the columns workspace, user and right (or role)."
                    raise FileRefused(message)
                for line in reader:
                    yield reader.line_num, line
        except OSError as error:
            message = f"{self.path} cannot be read: {error.strerror}."
            raise FileRefused(message) from None
        except (csv.Error, UnicodeDecodeError):
            message = f"{self.path} is no CSV in UTF-8."
            raise FileRefused(message) from None


@dataclass(frozen=True, slots=True)
class ModelPermission:
    """A permission of Django's, which people have by themselves or through a group of Django's, for no workspace."""

    permission: str
    slugs: tuple[str, ...] | None

    def __str__(self) -> str:
        return f"model permission {self.permission}"

    def holdings(self) -> Iterator[Holding | Unknown]:
        """Yield its holders in the workspaces that the mapping says, or in each that they belong to."""
        for row in self.rows():
            yield from _of_places(row.places)

    def rows(self) -> Iterator[OldRow]:
        """Yield the users and groups that have it."""
        permission = row_of(self.permission)
        for user in User.objects.filter(user_permissions=permission):
            yield OldRow({"kind": "user", "permission": self.permission, "user": str(user.pk)}, self._places([user]))
        for group in Group.objects.filter(permissions=permission):
            name = {"kind": "group", "permission": self.permission, "group": group.name}
            yield OldRow(name, self._places(User.objects.filter(groups=group)))

    def _places(self, users: Iterable[User]) -> frozenset[Place]:
        if self.slugs is None:
            belonging = Membership.objects.filter(user__in=[user.pk for user in users])
            return frozenset(belonging.values_list("workspace", "user"))
        workspaces = Workspace.objects.filter(slug__in=self.slugs).values_list("pk", flat=True)
        return frozenset((workspace, user.pk) for workspace in workspaces for user in users)


@dataclass(frozen=True, slots=True)
class ObjectPermission:
    """A permission that django-guardian keeps of users and groups on workspaces."""

    permission: str

    def __str__(self) -> str:
        return f"object permission {self.permission}"

    def holdings(self) -> Iterator[Holding | Unknown]:
        """Yield its holders."""
        for row in self.rows():
            yield from _of_places(row.places)

    def rows(self) -> Iterator[OldRow]:
        """Yield guardian's rows, from the table of workspaces and from its table for any object."""
        permission = row_of(self.permission)
        for workspace_id, kept in self._kept_rows(permission):
            name = {"permission": self.permission, "workspace": str(workspace_id), "table": kept._meta.label}  # noqa: SLF001 - Django's public interface.
            if hasattr(kept, "user_id"):
                yield OldRow(
                    {"kind": "user", "user": str(kept.user_id), **name}, frozenset({(workspace_id, kept.user_id)})
                )
            else:
                users = User.objects.filter(groups=kept.group_id).values_list("pk", flat=True)
                places = frozenset((workspace_id, user) for user in users)
                yield OldRow({"kind": "group", "group": kept.group.name, **name}, places)

    @staticmethod
    def _kept_rows(permission: PermissionRow) -> Iterator[tuple[UUID, Any]]:
        workspaces = set(Workspace.objects.values_list("pk", flat=True))
        for model in OBJECT_TABLES:
            for row in model.objects.filter(permission=permission):
                workspace_id = workspace_id_of(row)
                if workspace_id in workspaces:
                    yield workspace_id, row


@dataclass(frozen=True, slots=True)
class RoleHeld:
    """A role of ours that had the right before there was a role for it; there is nothing to take away."""

    role: Role

    def __str__(self) -> str:
        return f"role {self.role}"

    @classmethod
    def named(cls, name: str, where: str) -> "RoleHeld":
        """Return the role with this name; raise FileRefused."""
        if name not in Role.values or name == Role.PII_VIEWER:
            message = f"{where}: `role` must be one of {', '.join(role for role in Role if role != Role.PII_VIEWER)}."
            raise FileRefused(message)
        return cls(Role(name))

    def holdings(self) -> Iterator[Holding | Unknown]:
        """Yield the members who hold the role."""
        holders = Grant.objects.filter(role=self.role, membership__isnull=False)
        yield from _of_places(frozenset(holders.values_list("membership__workspace", "membership__user")))

    def rows(self) -> Iterator[OldRow]:
        """Yield nothing: the role stays, and never gave the right here."""
        return iter(())


OBJECT_TABLES: tuple[Any, ...] = (
    WorkspaceUserPermission,
    WorkspaceGroupPermission,
    UserObjectPermission,
    GroupObjectPermission,
)


def row_of(permission: str) -> PermissionRow:
    """Return the permission with this name; raise FileRefused."""
    app, _, codename = permission.partition(".")
    rows = list(PermissionRow.objects.filter(content_type__app_label=app, codename=codename))
    if len(rows) != 1:
        message = f"There is no permission {permission}, or more than one: check the name in the table auth_permission."
        raise FileRefused(message)
    return rows[0]


def workspace_id_of(row: Any) -> UUID | None:
    """Return the workspace that a row of guardian's is about, where it is about one."""
    if hasattr(row, "content_object_id"):
        return UUID(str(row.content_object_id))
    if row.content_type_id != ContentType.objects.get_for_model(Workspace).pk:
        return None
    return UUID(row.object_pk)


def _of_places(places: Iterable[Place]) -> Iterator[Holding]:
    listed = sorted(places, key=str)
    workspaces = Workspace.objects.in_bulk({workspace for workspace, _ in listed})
    users = User.objects.in_bulk({user for _, user in listed})
    return (Holding(workspaces[workspace], users[user]) for workspace, user in listed)
