"""Systems in a file: a workspace's destinations as YAML, with secrets named by where they are, never written down."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rest_framework import serializers

from privacy_service.exceptions import InvalidFields
from privacy_service.managing.errors import invalid_fields
from privacy_service.subjects.models import Destination
from privacy_service.subjects.registering import PLAIN, filled_in, sources_of
from privacy_service.subjects.views.destinations import NewDestination
from workspaces.models import Workspace
from workspaces.sealing import SealBroken
from workspaces.yaml_files import FileRefused, Trail, located_yaml, only_members, text_of

_STEP = re.compile(r"[^.\[\]]+")


@dataclass(frozen=True, slots=True)
class Wished:
    """One system as a file has it, and what that would change; empty for nothing."""

    destination: Destination
    changes: tuple[str, ...]
    is_new: bool


@dataclass(frozen=True, slots=True)
class _File:
    """A file that knows on which line each part of it stands."""

    path: Path
    lines: Mapping[Trail, int]

    def refused(self, trail: Trail, message: str) -> FileRefused:
        """Return the error that names the file and the nearest line that is known."""
        while trail and trail not in self.lines:
            trail = trail[:-1]
        return FileRefused(f"{self.path}:{self.lines.get(trail, 1)}: {message}")


def wished_in(path: Path) -> list[Wished]:
    """Return the systems of a file, checked and not kept yet; raise FileRefused, which names the line."""
    said, lines = located_yaml(text_of(path), name=str(path))
    file = _File(path, lines)
    told = only_members(said, where=str(path), required=("workspace", "destinations"))
    workspace = Workspace.objects.filter(slug=str(told["workspace"])).first()
    if workspace is None:
        raise file.refused(("workspace",), "There is no such workspace; the admin lists those there are.")
    if not isinstance(told["destinations"], list):
        raise file.refused(("destinations",), "List the destinations, each on a line that begins with a dash.")
    wished = [_wished(file, workspace, place, entry) for place, entry in enumerate(told["destinations"])]
    slugs = [one.destination.slug for one in wished]
    for place, slug in enumerate(slugs):
        if slug in slugs[:place]:
            raise file.refused(("destinations", place, "slug"), f"{slug} is there twice.")
    return wished


def _wished(file: _File, workspace: Workspace, place: int, entry: Any) -> Wished:
    trail: Trail = ("destinations", place)
    with _named(file, trail):
        asked = _asked(entry)
        known = Destination.objects.filter(workspace=workspace, slug=asked["slug"]).first()
        if known and known.kind != asked["kind"]:
            advice = f"It is of kind {known.kind}, which stays: give a system of another kind another slug."
            raise invalid_fields({"kind": [advice]})
        before = _shown(known) if known else {}
        made = known or Destination(workspace=workspace, slug=asked["slug"], kind=asked["kind"])
        after = _shown(filled_in(made, asked))
    changes = tuple(name for name, value in after.items() if before.get(name) != value)
    return Wished(made, changes, is_new=known is None)


def _asked(entry: Any) -> dict[str, Any]:
    """Return what an entry says, with its secrets looked up; raise InvalidFields."""
    if not isinstance(entry, dict):
        raise invalid_fields({"": ["Write names with what they mean: slug, kind, identifiers, options."]})
    secrets = entry.get("secrets")
    looked_up = {} if secrets is None else {"secrets": _secrets(secrets)}
    form = NewDestination(data=entry | looked_up)
    try:
        form.is_valid(raise_exception=True)
    except serializers.ValidationError as error:
        raise invalid_fields(error.detail) from None
    return dict(form.validated_data)


def _secrets(named: Any) -> dict[str, str]:
    if not isinstance(named, dict):
        raise invalid_fields({"secrets": ["Name each secret and where it is, as url: {env: SHOP_URL}."]})
    return {str(name): _secret(str(name), where) for name, where in named.items()}


def _secret(name: str, where: Any) -> str:
    """Return a secret from an environment variable or a file; one that is written down is refused."""
    match where:
        case {"env": str(variable)} if len(where) == 1:
            value = os.environ.get(variable, "")
            problem = f"The environment variable {variable} is not set."
        case {"file": str(path)} if len(where) == 1:
            value, problem = _content(path), f"The file {path} is not there, or empty."
        case _:
            value, problem = "", "Say where it is, {env: SHOP_URL} or {file: /run/secrets/shop}: none stands here."
    if not value:
        raise invalid_fields({f"secrets.{name}": [problem]})
    return value


def _content(path: str) -> str:
    try:
        return text_of(Path(path), most_bytes=4096).strip()
    except FileRefused:
        return ""


def _shown(destination: Destination) -> dict[str, Any]:
    """Return what of a system can differ; of secrets the values are compared and never told."""
    plain = {name: getattr(destination, name) for name in PLAIN}
    try:
        secrets = dict(destination.secrets)
    except SealBroken:
        secrets = {}  # They open no more: whatever the file says is new.
    return plain | {"sources": sources_of(destination), "secrets": secrets}


@contextmanager
def _named(file: _File, trail: Trail) -> Iterator[None]:
    """Turn an error about fields into one that names the line of the first of them."""
    try:
        yield
    except InvalidFields as error:
        field, messages = next(iter(error.members["errors"].items()))
        steps = tuple(int(step) if step.isdigit() else step for step in _STEP.findall(field))
        raise file.refused((*trail, *steps), f"{field}: {' '.join(messages)}") from None
