"""A policy in a file: what it says, for which workspace, and which version it was made from."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import classifier
from privacy_service.decisions.versions import newest_version
from workspaces.models import Workspace
from workspaces.yaml_files import FileRefused, only_members, read_yaml, written_yaml

_HEAD = (
    "# The masking policy of {slug}: compare it with `manage.py policy diff`, store it with `manage.py policy apply`.\n"
)


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """What one file says."""

    slug: str
    rules: Mapping[str, Any]
    replaces: int | None  # The version it was made from; None where it does not say.
    note: str = ""


def policy_file(path: Path) -> PolicyFile:
    """Read a policy's file; raise FileRefused."""
    said = only_members(
        read_yaml(path), where=str(path), required=("workspace", "policy"), optional=("replaces", "note")
    )
    replaces = said.get("replaces")
    if replaces is not None and (isinstance(replaces, bool) or not isinstance(replaces, int)):
        message = f"{path}: `replaces` must be the number of a version; 0 where there is none yet."
        raise FileRefused(message)
    return PolicyFile(
        str(said["workspace"]), checked_rules(said["policy"], str(path)), replaces, str(said.get("note", ""))
    )


def checked_rules(rules: Any, where: str) -> Mapping[str, Any]:
    """Return rules that the classifier takes; raise FileRefused with its words."""
    try:
        return classifier.Policy.from_dict(rules).as_dict()
    except classifier.PolicyError as error:
        message = f"{where}: {error}"
        raise FileRefused(message) from None


def exported(workspace: Workspace) -> str:
    """Return the file of the policy that counts now."""
    version, rules = newest_version(workspace)
    content = {"workspace": workspace.slug, "replaces": version, "policy": dict(rules)}
    return _HEAD.format(slug=workspace.slug) + written_yaml(content)
