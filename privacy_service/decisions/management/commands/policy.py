"""Policies as code: `manage.py policy export SLUG`, `diff FILE`, `apply FILE`, `test CASES`."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

import classifier
from privacy_service.decisions.as_code.cases import Outcome, outcomes
from privacy_service.decisions.as_code.files import PolicyFile, exported, policy_file
from privacy_service.decisions.versions import Difference, VersionMoved, differences, newest_version, store_version
from workspaces.models import Workspace
from workspaces.yaml_files import FileRefused

DIFFERENT, FAILED, REFUSED = 1, 1, 2


class Command(BaseCommand):
    """Exit codes, for a pipeline: 0 as wished, 1 there are differences or failed cases, 2 it could not be done."""

    help = "Keep masking policies as files: export, compare, apply, and try them with cases."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take one action and what it needs."""
        actions = parser.add_subparsers(dest="action", required=True)
        export = actions.add_parser("export", help="write the policy of a workspace as YAML")
        export.add_argument("slug")
        export.add_argument("--output", type=Path, help="a file instead of standard output")
        actions.add_parser("diff", help="say what a file would change").add_argument("file", type=Path)
        apply = actions.add_parser("apply", help="make a file the next version of its workspace's policy")
        apply.add_argument("file", type=Path)
        apply.add_argument("--dry-run", action="store_true", help="say what would change and store nothing")
        apply.add_argument("--force", action="store_true", help="also where the policy has changed since the export")
        actions.add_parser("test", help="try cases: who gets what of a payload").add_argument("file", type=Path)

    def handle(self, *_: str, action: str, **options: Any) -> None:
        """Carry the action out."""
        try:
            match action:
                case "export":
                    self._export(options["slug"], options["output"])
                case "diff":
                    self._diff(options["file"])
                case "apply":
                    self._apply(options["file"], dry_run=options["dry_run"], force=options["force"])
                case "test":
                    self._test(options["file"])
        except (FileRefused, classifier.PolicyError) as error:
            raise CommandError(str(error), returncode=REFUSED) from None

    def _export(self, slug: str, output: Path | None) -> None:
        content = exported(_workspace(slug))
        if output is None:
            self.stdout.write(content, ending="")
            return
        try:
            output.write_text(content, encoding="utf-8")
        except OSError as error:
            message = f"{output} cannot be written: {error.strerror}."
            raise FileRefused(message) from None

    def _diff(self, path: Path) -> None:
        file = policy_file(path)
        version, found = _compared(file, _workspace(file.slug))
        self._tell(file, version, found)
        if found:
            raise SystemExit(DIFFERENT)

    def _apply(self, path: Path, *, dry_run: bool, force: bool) -> None:
        file = policy_file(path)
        workspace = _workspace(file.slug)
        version, found = _compared(file, workspace)
        self._tell(file, version, found)
        if not found and version:  # A first version keeps the workspace to what is the default today.
            self.stdout.write("Nothing to apply.")
            return
        replaces = version if force or file.replaces is None else file.replaces
        if replaces != version:
            raise CommandError(_moved(VersionMoved(replaces, version), path), returncode=REFUSED)
        if dry_run:
            self.stdout.write(f"Dry run: nothing was stored. Version {version + 1} would replace version {version}.")
            return
        try:
            stored = store_version(workspace, file.rules, replaces=version, reason=file.note)
        except VersionMoved as moved:
            raise CommandError(_moved(moved, path), returncode=REFUSED) from None
        self.stdout.write(
            f"Stored version {stored.version} in place of version {version}; it counts within two seconds."
        )

    def _test(self, path: Path) -> None:
        results = list(outcomes(path))
        for outcome in results:
            self.stdout.write(_told(outcome))
        failed = sum(not outcome.has_passed for outcome in results)
        self.stdout.write(f"{len(results) - failed} passed, {failed} failed.")
        if failed:
            raise SystemExit(FAILED)

    def _tell(self, file: PolicyFile, version: int, found: list[Difference]) -> None:
        current = f"version {version}" if version else "the installation's default"
        count = {0: "no difference", 1: "1 difference"}.get(len(found), f"{len(found)} differences")
        self.stdout.write(f"{file.slug}: {count} from {current}" + (":" if found else "."))
        for difference in found:
            self.stdout.write(f"  {difference}")


def _compared(file: PolicyFile, workspace: Workspace) -> tuple[int, list[Difference]]:
    version, rules = newest_version(workspace)
    return version, differences(rules, file.rules)


def _moved(moved: VersionMoved, path: Path) -> str:
    return f"{moved} Export it again and change {path} anew, or say --force to replace version {moved.newest}."


def _told(outcome: Outcome) -> str:
    if outcome.has_passed:
        return f"ok      {outcome.name}"
    lines = [f"FAILED  {outcome.name}"]
    for miss in outcome.misses:
        lines += [f"    {miss.what}", f"      expected  {miss.expected}", f"      got       {miss.got}"]
    return "\n".join(lines)


def _workspace(slug: str) -> Workspace:
    try:
        return Workspace.objects.get(slug=slug)
    except Workspace.DoesNotExist:
        message = f"There is no workspace {slug!r}; the admin lists those there are."
        raise CommandError(message, returncode=REFUSED) from None
