"""What a run has done to a file: counts, checksums, how it was hidden, and what could not be read; never a value."""

import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import orjson
from django.conf import settings

from privacy_service.jobs.chunks import Done
from privacy_service.jobs.errors import told
from privacy_service.jobs.places import Place

MOST_TROUBLES = 1000
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class PolicyUsed:
    """Which policy hid a file: its name, whose it is, its version there, and what tells it from others."""

    name: str
    workspace: str
    version: int
    fingerprint: str

    def is_newer_than(self, other: "PolicyUsed") -> bool:
        """Say whether a file that the other one hid is to be masked again."""
        if (self.workspace, self.name) != (other.workspace, other.name):
            return True
        return self.version > other.version or (self.version == other.version and self.fingerprint != other.fingerprint)


def manifest_place(out: Place) -> Place:
    """Return where the manifest of a masked file lies."""
    return out.beside(f"{out.name}.manifest.json")


def read_manifest(out: Place) -> dict[str, Any] | None:
    """Return the manifest of a masked file, or None where there is none that can be read."""
    place = manifest_place(out)
    if not place.exists():
        return None
    try:
        content = orjson.loads(place.read(0, place.size()))
    except orjson.JSONDecodeError:
        return None
    return content if isinstance(content, dict) else None


def policy_in(manifest: dict[str, Any]) -> PolicyUsed | None:
    """Return the policy that a manifest names."""
    try:
        return PolicyUsed(**manifest["policy"])
    except (KeyError, TypeError):
        return None


def code_version() -> str:
    """Return the version of this service, whose classifier masks."""
    try:
        return version("privacy-service")
    except PackageNotFoundError:  # A checkout, which says it itself.
        project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        return f"{project['version']} (checkout)"


def counts_of(chunks: Sequence[Done]) -> dict[str, Any]:
    """Return what the chunks add up to; lines of what could not be read are those of the file."""
    entities: Counter[str] = Counter()
    fields: dict[str, Counter[str]] = {}
    troubles: list[str] = []
    lines = 0
    for chunk in chunks:
        entities.update(chunk.entities)
        for pair, count in chunk.fields.items():
            path, _, entity = pair.rpartition(" ")
            fields.setdefault(path, Counter())[entity] += count
        troubles += [told(one.message, one.line, one.column, lines) for one in chunk.troubles]
        lines += chunk.lines
    return {
        "rows": sum(chunk.rows for chunk in chunks),
        "entities": dict(sorted(entities.items())),
        "fields": {"rows_looked_at": sum(chunk.sampled for chunk in chunks), "found": _sorted(fields)},
        "failures": {"count": len(troubles), "first": troubles[:MOST_TROUBLES]},
    }


def _sorted(fields: dict[str, Counter[str]]) -> dict[str, dict[str, int]]:
    return {path: dict(sorted(found.items())) for path, found in sorted(fields.items())}


def write_manifest(out: Place, content: dict[str, Any]) -> None:
    """Write the manifest beside the masked file."""
    body = orjson.dumps({"format": _FORMAT, **content}, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    manifest_place(out).write([body])
