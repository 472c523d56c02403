"""The keys of the installation at the command line: `manage.py keys status|rotate`."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from workspaces import data_keys, key_ages, rotating
from workspaces.management.progress import Bar
from workspaces.models import DataKey

REFUSED = 3


class Command(BaseCommand):
    """Tell how old keys are, and change them while everything runs."""

    help = (
        "The keys that seal what is stored, and the master key that wraps them. "
        "Exit status: 0 done, 2 a wrong argument, 3 a key does not open."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to do."""
        what = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
        status = what.add_parser("status", help="how old each key is, what it has sealed, and what is due")
        status.add_argument("--json", action="store_true", help="for programs")
        rotate = what.add_parser("rotate", help="change a key; every process goes on meanwhile")
        rotate.add_argument(
            "key",
            nargs="?",
            choices=("secrets", "master"),
            default="secrets",
            help="secrets (default): a new key, with which all that is stored is sealed anew; master: every key is "
            "wrapped by the PRIVACY_MASTER_KEY that is set now",
        )
        rotate.add_argument("--resume", action="store_true", help="bring a rotation that was broken off to its end")
        rotate.add_argument("--dry-run", action="store_true", help="say what would be done, and change nothing")

    def handle(self, *_: Any, **options: Any) -> None:
        """Do it, and tell."""
        if options["what"] == "status":
            self._status(key_ages.report(), as_json=options["json"])
            return
        try:
            self._rotate(options)
        except data_keys.KeyNotOpened as error:
            message = f"{error} Nothing was changed."
            raise CommandError(message, returncode=REFUSED) from None

    def _rotate(self, options: dict[str, Any]) -> None:
        if options["dry_run"]:
            self._foretell(options["key"], resume=options["resume"])
        elif options["key"] == "master":
            count = data_keys.rewrap()
            self.stdout.write(f"{count:,} keys are wrapped by the master key {data_keys.masters()[0].id} now.")
        else:
            self._rotate_secrets(resume=options["resume"])

    def _rotate_secrets(self, *, resume: bool) -> None:
        if not resume:
            self.stdout.write(f"The key {rotating.begin().pk} seals from now on.")
        done = rotating.seal_anew(self._show())
        for progress in done:
            if progress.total:
                self.stdout.write(f"{progress.done:>12,}  {progress.column}")
            if progress.broken:
                self.stderr.write(f"{progress.broken:>12,}  {progress.column} do not open and stayed as they are")
        for key in rotating.retire():
            self.stdout.write(f"The key {key.pk} is gone: nothing was sealed with it any more.")
        for key in DataKey.objects.filter(retired_at=None).exclude(superseded_at=None):
            self.stdout.write(f"The former key {key.pk} seals nothing any more; beat takes it away in an hour.")
        data_keys.forget()

    def _show(self) -> Any:
        bars: dict[rotating.Column, Bar] = {}

        def show(progress: rotating.Progress) -> None:
            bar = bars.setdefault(progress.column, Bar(self.stderr, total=progress.total, unit="values"))
            count = progress.done + progress.broken
            bar.show(count, count)
            if count >= progress.total:
                bar.close()

        return show

    def _foretell(self, key: str, *, resume: bool) -> None:
        faults = data_keys.unfit_keys()
        if faults:
            raise CommandError(" ".join(faults), returncode=REFUSED)
        if key == "master":
            count = DataKey.objects.filter(retired_at=None).exclude(master=data_keys.masters()[0].id).count()
            self.stdout.write(f"{count:,} keys would be wrapped by the master key {data_keys.masters()[0].id}.")
            return
        present = data_keys.present_key(DataKey.Use.SECRETS) if resume else None
        for column, uses in rotating.uses_by_column().items():
            count = sum(uses.values()) - (uses[present.id] if present else 0)
            self.stdout.write(f"{count:>12,}  {column} would be sealed anew")

    def _status(self, report: key_ages.Report, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(_as_dict(report), indent=2))
        else:
            self._tell(report)
        if report.faults:
            message = "A key does not open. Nothing that it sealed can be read until it does."
            raise CommandError(message, returncode=REFUSED)

    def _tell(self, report: key_ages.Report) -> None:
        self.stdout.write(
            f"Master key {report.masters[0]}; these open keys too: {', '.join(report.masters[1:]) or 'none'}"
        )
        for key in report.data_keys:
            state = "former" if key.superseded_at else "present"
            days = key_ages.days_since(key.created_at)
            self.stdout.write(
                f"{key.pk}  {state:<7}  {days:>5,} days  {report.uses_of(key.pk):>10,} values  wrapped by {key.master}"
            )
        if report.uses_of(""):
            self.stdout.write(f"{'(older)':<8}  {'':<7}  {'':>10}  {report.uses_of(''):>10,} values")
        for column, uses in report.uses.items():
            told = ", ".join(f"{count:,} by {key_id or 'an older form'}" for key_id, count in uses.items())
            self.stdout.write(f"    {column}: {told}")
        self.stdout.write("\n".join(f"Due: {sentence}" for sentence in report.due) or "Nothing is due.")


def _as_dict(report: key_ages.Report) -> dict[str, Any]:
    return {
        "masters": report.masters,
        "keys": [
            {
                "id": key.pk,
                "is_present": key.superseded_at is None,
                "days": key_ages.days_since(key.created_at),
                "values": report.uses_of(key.pk),
                "master": key.master,
            }
            for key in report.data_keys
        ],
        "values": {str(column): dict(uses) for column, uses in report.uses.items()},
        "due": report.due,
    }
