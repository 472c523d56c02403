"""The release in words, for the command line and the admin."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from privacy_service.rollout import off_switch
from privacy_service.rollout.changes import Preview
from privacy_service.rollout.gates import Gates
from privacy_service.rollout.models import PlannedMove, ReleaseMove, Report
from privacy_service.rollout.release import ReleaseState
from privacy_service.rollout.stages import Position, Stage, plain
from privacy_service.rollout.stale import Staleness
from workspaces.models import User

_REACHES = {
    Stage.OFF: "off for everybody",
    Stage.SHADOW: "in shadow, on for nobody but those forced on",
    Stage.INTERNAL: "on for internal workspaces",
    Stage.BETA: "on for internal workspaces and beta testers",
    Stage.PUBLIC: "on for every workspace",
}
_SHOWN = 20


def reach(position: Position) -> str:
    """Say whom a position reaches."""
    if position.percent:
        return f"on for {plain(position.percent)} % of workspaces, internal ones and beta testers"
    return _REACHES[position.stage]


def summary(state: ReleaseState, workspaces: int) -> list[str]:
    """Say how far the release has come."""
    lines = [
        f"pii_access: {reach(state.position)} ({workspaces} in all)",
        f"forced on:  {', '.join(state.forced_on) or 'none'}",
        f"forced off: {', '.join(state.forced_off) or 'none'}",
    ]
    if state.held:
        lines.append(f"held:       {state.held}")
    return lines + off_switch_lines()


def off_switch_lines() -> list[str]:
    """Say whether this host is off whatever the database says."""
    thrown = off_switch.thrown_here()
    if thrown is None:
        return []
    return [f"off switch: thrown on this host at {moment(thrown.at)}; the database has not taken it yet"]


UNMEASURED = "What is unmeasured holds nothing back: the settings of this installation ask for no measurement."


def gate_lines(gates: Gates) -> list[str]:
    """Say how each gate stands."""
    lines = [f"gates over {window()}, as {gates.processes} processes on {gates.hosts} hosts counted:"]
    lines += [f"  {gate.name:12}{gate.standing:12}{gate.words}" for gate in gates.gates]
    return [*lines, f"  {UNMEASURED}"] if gates.has_unmeasured_open else lines


def plan_lines(planned: Iterable[PlannedMove]) -> list[str]:
    """Say which moves wait, and for what."""
    lines = [f"  {one.code}  {one.change:24}{waits_for(one)}" for one in planned]
    return ["planned:", *lines] if lines else []


def waits_for(planned: PlannedMove) -> str:
    """Say what a planned move waits for."""
    asked = f"asked for by {planned.by or 'nobody named'}"
    if planned.needs_confirmation:
        when = f" to happen at {moment(planned.run_at)}" if planned.run_at else ""
        return f"{asked}; waits{when} for a second person until {moment(planned.expires_at)}"
    confirmed = f", confirmed by {planned.confirmed_by}" if planned.confirmed_by else ""
    return f"at {moment(planned.run_at)}, {asked}{confirmed}"


def report_lines(reports: Iterable[Report]) -> list[str]:
    """Say what is reported and how it was settled."""
    return [
        f"{report.pk:5}  {'open  ' if report.closed_at is None else 'closed'}  {moment(report.opened_at)}  "
        f"{report.workspace or 'all workspaces'}: {report.text}" + (f" — {report.answer}" if report.answer else "")
        for report in reports
    ]


def history_lines(moves: Iterable[ReleaseMove]) -> list[str]:
    """Say who moved what, when and why, newest first."""
    rows = list(moves)
    names = names_of(rows)
    return [_move_line(move, names) for move in rows]


def _move_line(move: ReleaseMove, names: dict[UUID, str]) -> str:
    about = f"{move.workspace_slug}: " if move.workspace_slug else ""
    parts = [f"{moment(move.at)}  {about}{move.before} → {move.after}", f"by {who(move, names)}"]
    if move.confirmed_by_id:
        parts.append(f"confirmed by {names.get(move.confirmed_by_id, move.confirmed_by_id)}")
    if move.why:
        parts.append(move.why)
    if move.forced:
        parts.append(f"gates passed because: {move.forced}")
    return "; ".join(parts)


def who(move: ReleaseMove, names: dict[UUID, str]) -> str:
    """Say who moved the release, and which way it came."""
    by = names.get(move.by_id, str(move.by_id)) if move.by_id else "nobody named"
    return f"{by} ({move.through})" if move.through else by


def names_of(moves: Iterable[ReleaseMove]) -> dict[UUID, str]:
    """Return the e-mails of the people in some moves, who are kept by id."""
    ids = {pk for move in moves for pk in (move.by_id, move.confirmed_by_id) if pk}
    return {user.pk: str(user) for user in User.objects.filter(pk__in=ids)}


def preview_lines(changed: Preview) -> list[str]:
    """Say who would change."""
    return [
        f"on for {changed.before} workspaces now, {changed.after} then",
        f"{len(changed.gains)} would get it:  {_some(changed.gains)}",
        f"{len(changed.loses)} would lose it: {_some(changed.loses)}",
    ]


def stale_lines(stale: Staleness) -> list[str]:
    """Say whether the flag can be removed, and what that touches."""
    since = (
        f"public since {moment(stale.on_since)}, {(timezone.now() - stale.on_since).days} days"
        if stale.on_since
        else ""
    )
    verdict = "the flag can be removed" if stale.is_removable else f"keep the flag: {'; '.join(stale.obstacles)}"
    return [
        *([since] if since else []),
        verdict,
        f"to remove, {len(stale.folders)} folders:",
        *(f"  {folder}/" for folder in stale.folders),
        f"and {len(stale.lines)} lines that speak of it:",
        *(f"  {line}" for line in stale.lines),
    ]


def moment(at: datetime | None) -> str:
    """Return a time as everybody reads it."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "-"


def window() -> str:
    """Say over which time the gates look back."""
    seconds: int = settings.PRIVACY_RELEASE_WINDOW_SECONDS
    return f"the last {seconds // 60} minutes" if seconds >= 120 else f"the last {seconds} seconds"  # noqa: PLR2004


def _some(slugs: tuple[str, ...]) -> str:
    shown = ", ".join(slugs[:_SHOWN]) or "none"
    return f"{shown} and {len(slugs) - _SHOWN} more" if len(slugs) > _SHOWN else shown
