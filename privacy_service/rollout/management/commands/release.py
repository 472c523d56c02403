"""Move the release and look at it: `manage.py release status|shadow|internal|beta|dial N|public|off|...`."""

import argparse
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from privacy_service.exceptions import OffNotKept, PrivacyError
from privacy_service.rollout import gates, moves, release, reports, wording
from privacy_service.rollout.changes import HELP, SETTINGS, Change, preview, read_change, workspace_named
from privacy_service.rollout.models import Flag, PlannedMove, ReleaseMove, Report
from privacy_service.rollout.moves import Answer, Wish
from privacy_service.rollout.stages import read_percent
from privacy_service.rollout.stale import staleness
from workspaces.models import User, Workspace
from workspaces.terminal import signed_in

THROUGH = "command"
_CHANGES = {
    "shadow": "try it on a sample of requests, changing no answer",
    "internal": "release to internal workspaces",
    "beta": "release to beta testers too",
    "public": "release to every workspace that is not forced off",
    "on": "the same as public",
    "off": "take it back from everybody, forced on or not; works without the database too",
}


class Command(BaseCommand):
    """Move the release; every process follows within two seconds."""

    help = "Move the release of PII access control, stage by stage, and see how it goes."
    # Turning it off must not wait for anything.
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own type.

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take one action and what it needs."""
        actions = parser.add_subparsers(dest="action", required=True)
        _add_changes(actions)
        _add_questions(actions)
        _add_plans(actions)
        _add_reports(actions)

    def handle(self, *_: str, action: str, **options: Any) -> None:
        """Carry the action out and say what became of it."""
        try:
            lines = _ACTIONS[action](action, options)
        except Flag.DoesNotExist:
            message = "The flag is missing, so everything is masked. Say `release off`, `dial N` or `on` first."
            raise CommandError(message) from None
        except PrivacyError as error:
            raise CommandError(error.detail) from None
        self.stdout.write("\n".join(lines))


def _add_changes(actions: Any) -> None:
    for name, text in _CHANGES.items():
        _add_asker(actions.add_parser(name, help=text), forces=True)
    dial = actions.add_parser("dial", help="release to a share of workspaces, beside internal ones and beta testers")
    dial.add_argument("percent", type=_percent)
    _add_asker(dial, forces=True)
    override = actions.add_parser("override", help="force it on or off for one workspace, or clear that")
    override.add_argument("slug")
    override.add_argument("setting", choices=sorted(SETTINGS))
    _add_asker(override, forces=True)


def _add_questions(actions: Any) -> None:
    actions.add_parser("status", help="say how far the release has come, how the gates stand and what is planned")
    asked = actions.add_parser("preview", help="say who would change; moves nothing")
    asked.add_argument("change", nargs="+", help=f"a percentage, or {HELP}")
    history = actions.add_parser("history", help="say who moved what, when and why")
    history.add_argument("--workspace", metavar="SLUG", default="", help="only what concerns this workspace alone")
    history.add_argument("--limit", type=int, default=30)
    actions.add_parser("stale", help="say whether the flag can be removed, and what that touches")


def _add_plans(actions: Any) -> None:
    schedule = actions.add_parser("schedule", help="move at a time to come; a worker and beat must run")
    schedule.add_argument("at", type=_moment, help="such as 2026-12-01T09:00 (UTC) or 2026-12-01T09:00+01:00")
    schedule.add_argument("change", nargs="+", help=HELP)
    _add_asker(schedule, forces=True)
    for name, text in (("confirm", "agree to a move that another person asked for"), ("cancel", "end a planned move")):
        parser = actions.add_parser(name, help=text)
        parser.add_argument("code")
        _add_asker(parser)
    _add_asker(actions.add_parser("resume", help="let the release go wider again after a gate held it"))


def _add_reports(actions: Any) -> None:
    actions.add_parser("reports", help="list what was reported against the release")
    report = actions.add_parser("report", help="report that something is wrong; nothing goes wider until it is closed")
    report.add_argument("text")
    report.add_argument("--workspace", metavar="SLUG", default="")
    _add_asker(report)
    close = actions.add_parser("close", help="say how a report was settled")
    close.add_argument("number", type=int)
    close.add_argument("answer")
    _add_asker(close)


def _add_asker(parser: argparse.ArgumentParser, *, forces: bool = False) -> None:
    parser.add_argument("--as", dest="person", metavar="EMAIL", default="", help="who you are; asks for your password")
    if forces:
        parser.add_argument("--why", default="", help="for the history")
        parser.add_argument("--force", metavar="REASON", default="", help="pass gates that are not green; recorded")
        agreed = "the second person, where both are here; asks for their password as well"
        parser.add_argument("--confirmed-by", metavar="EMAIL", default="", help=agreed)


def _percent(text: str) -> str:
    try:
        return str(read_percent(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _moment(text: str) -> datetime:
    try:
        at = parse_datetime(text)
    except ValueError:
        at = None
    if at is None:
        message = f"{text} is not a time: write it as 2026-12-01T09:00"
        raise argparse.ArgumentTypeError(message)
    return at if at.tzinfo else timezone.make_aware(at)


def _change(action: str, options: dict[str, Any]) -> list[str]:
    words = {"dial": "dial {percent}", "override": "override {slug} {setting}"}.get(action, action)
    return _answered(_asked(read_change(words.format(**options)), options))


def _off(action: str, options: dict[str, Any]) -> list[str]:
    """Turn it off, first of all; only a name that is given is looked up before."""
    del action
    try:
        moves.off(_wish(options))
    except OffNotKept as error:
        return ["pii_access: off for everybody on this host", error.detail]
    return _status_now()


def _status(action: str, options: dict[str, Any]) -> list[str]:
    del action, options
    planned = [*PlannedMove.objects.waiting(timezone.now()), *PlannedMove.objects.scheduled()]
    return [*_status_now(), *wording.plan_lines(planned), *wording.gate_lines(gates.measure())]


def _preview(action: str, options: dict[str, Any]) -> list[str]:
    del action
    words = options["change"]
    is_share = len(words) == 1 and words[0].removesuffix("%").replace(".", "", 1).isdigit()
    return wording.preview_lines(preview(read_change(" ".join(["dial", *words] if is_share else words))))


def _schedule(action: str, options: dict[str, Any]) -> list[str]:
    del action
    return _answered(_asked(read_change(" ".join(options["change"])), options, run_at=options["at"]))


def _confirm(action: str, options: dict[str, Any]) -> list[str]:
    del action
    return _answered(moves.confirm(options["code"], _named(options)))


def _cancel(action: str, options: dict[str, Any]) -> list[str]:
    del action
    return [f"cancelled: {moves.cancel(options['code'], _wish(options))}"]


def _resume(action: str, options: dict[str, Any]) -> list[str]:
    del action
    moves.resume(Wish(_named(options), THROUGH))
    return _status_now()


def _history(action: str, options: dict[str, Any]) -> list[str]:
    del action
    kept = ReleaseMove.objects.all()
    if options["workspace"]:
        kept = kept.filter(workspace_id=workspace_named(options["workspace"]).pk)
    return wording.history_lines(kept[: max(options["limit"], 1)])


def _stale(action: str, options: dict[str, Any]) -> list[str]:
    del action, options
    return wording.stale_lines(staleness())


def _reports(action: str, options: dict[str, Any]) -> list[str]:
    del action, options
    return wording.report_lines(Report.objects.select_related("workspace")) or ["Nothing was reported."]


def _report(action: str, options: dict[str, Any]) -> list[str]:
    del action
    about = workspace_named(options["workspace"]) if options["workspace"] else None
    report = reports.open_report(options["text"], by=_person(options), workspace=about)
    return [f"Report {report.pk} is open: nothing goes wider until `release close {report.pk} ANSWER`."]


def _close(action: str, options: dict[str, Any]) -> list[str]:
    del action
    report = reports.close_report(options["number"], options["answer"], by=_named(options))
    return [f"Report {report.pk} is closed."]


def _asked(change: Change, options: dict[str, Any], *, run_at: datetime | None = None) -> Answer:
    """Ask for the move, and confirm it where the second person is here: both or nothing."""
    wish, second = _wish(options), _signed_in(options["confirmed_by"])
    if second is None:
        return moves.ask(change, wish, run_at=run_at)
    with transaction.atomic():
        answer = moves.ask(change, wish, run_at=run_at)
        is_waiting = answer.waits is not None and answer.waits.needs_confirmation
        return moves.confirm(answer.waits.code, second) if is_waiting and answer.waits else answer


def _answered(answer: Answer) -> list[str]:
    if answer.made:
        return _status_now()
    planned = answer.waits
    assert planned is not None  # noqa: S101 - an answer is one or the other.
    if not planned.needs_confirmation:
        return [f"planned: {planned.change} at {wording.moment(planned.run_at)}; code {planned.code}"]
    return [
        f"waiting: {planned.change} needs a second person. Until {wording.moment(planned.expires_at)} another",
        "administrator of the release says",
        f"  manage.py release confirm {planned.code} --as EMAIL",
    ]


def _status_now() -> list[str]:
    return wording.summary(release.state(), Workspace.objects.count())


def _wish(options: dict[str, Any]) -> Wish:
    return Wish(_person(options), THROUGH, options.get("why", ""), options.get("force", ""))


def _named(options: dict[str, Any]) -> User:
    person = _person(options)
    if person is None:
        message = "Say who you are with --as EMAIL."
        raise CommandError(message)
    return person


def _person(options: dict[str, Any]) -> User | None:
    return _signed_in(options["person"])


def _signed_in(email: str) -> User | None:
    """Return whoever an option names, once their password has shown that it is them."""
    if not email:
        return None
    user = signed_in(email)
    if user is None or not moves.may_move(user):
        message = f"{email} is not an administrator who may change the release, or the password is wrong."
        raise CommandError(message)
    return user


_ACTIONS: dict[str, Callable[[str, dict[str, Any]], Sequence[str]]] = {
    **dict.fromkeys(_CHANGES, _change),
    "dial": _change,
    "override": _change,
    "off": _off,
    "status": _status,
    "preview": _preview,
    "history": _history,
    "stale": _stale,
    "schedule": _schedule,
    "confirm": _confirm,
    "cancel": _cancel,
    "resume": _resume,
    "reports": _reports,
    "report": _report,
    "close": _close,
}
