"""The mapping: which old rights were rights to see personal data, and where they are written."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workspaces.legacy.sources import CsvRights, ModelPermission, ObjectPermission, RoleHeld, Source
from workspaces.yaml_files import FileRefused, only_members, read_yaml

_KINDS = ("csv", "model_permission", "object_permission", "role")


@dataclass(frozen=True, slots=True)
class Folded:
    """One kind of old right, and what it becomes: the right to see everything, or these kinds of personal data."""

    source: Source
    entities: tuple[str, ...]


def read_mapping(path: Path) -> list[Folded]:
    """Return what a mapping's file says; raise FileRefused."""
    said = only_members(read_yaml(path), where=str(path), required=("sources",))["sources"]
    if not isinstance(said, list) or not said:
        message = f"{path}: `sources` must be a list, each with one of {', '.join(_KINDS)}."
        raise FileRefused(message)
    return [_folded(one, f"{path}, source {number}", path.parent) for number, one in enumerate(said, start=1)]


def _folded(said: Any, where: str, folder: Path) -> Folded:
    kinds = [kind for kind in _KINDS if isinstance(said, dict) and kind in said]
    if len(kinds) != 1:
        message = f"{where} must have one of {', '.join(_KINDS)}."
        raise FileRefused(message)
    entities = _names(said.get("entities", []), f"{where}: `entities`")
    match kinds[0]:
        case "csv":
            members = only_members(said, where=where, required=("csv", "rights"), optional=("entities",))
            rights = frozenset(_names(members["rights"], f"{where}: `rights`"))
            source: Source = CsvRights(folder / str(members["csv"]), rights)
        case "model_permission":
            members = only_members(
                said, where=where, required=("model_permission", "workspaces"), optional=("entities",)
            )
            source = ModelPermission(_permission(members, "model_permission", where), _reach(members, where))
        case "object_permission":
            members = only_members(said, where=where, required=("object_permission",), optional=("entities",))
            source = ObjectPermission(_permission(members, "object_permission", where))
        case _:
            members = only_members(said, where=where, required=("role",), optional=("entities",))
            source = RoleHeld.named(str(members["role"]), where)
    return Folded(source, entities)


def _names(said: Any, where: str) -> tuple[str, ...]:
    if not isinstance(said, list) or not all(isinstance(name, str) and name for name in said):
        message = f"{where} must be a list of names."
        raise FileRefused(message)
    return tuple(said)


def _permission(members: Mapping[str, Any], name: str, where: str) -> str:
    permission = members[name]
    if not isinstance(permission, str) or permission.count(".") != 1:
        message = f"{where}: `{name}` must be a name such as crm.view_customer."
        raise FileRefused(message)
    return permission


def _reach(members: Mapping[str, Any], where: str) -> tuple[str, ...] | None:
    """Return the slugs that a right without a workspace counts in; None for each that its holder belongs to."""
    said = members["workspaces"]
    return None if said == "each" else _names(said, f"{where}: `workspaces` is `each`, or it")
