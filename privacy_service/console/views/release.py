"""The release: how far it has come, what its gates say, and the moves that administrators make."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from privacy_service.console.frame import installation_page, show, signed_in
from privacy_service.console.speaking import in_words
from privacy_service.console.standing import change_name, move_name, mover, stage_name, window_name
from privacy_service.console.templatetags.console import moment
from privacy_service.exceptions import BadRequest, PrivacyError
from privacy_service.rollout import gates, moves, off_switch, release, reports, wording
from privacy_service.rollout.changes import Change, MoveTo, preview, read_change, workspace_named
from privacy_service.rollout.models import PlannedMove, ReleaseMove, Report
from privacy_service.rollout.moves import Answer, Wish
from privacy_service.rollout.stages import Stage
from privacy_service.rollout.stale import staleness
from workspaces.models import Workspace

THROUGH = "console"
_SHOWN_MOVES = 15
_SHOWN_REPORTS = 10
_SHOWN_SLUGS = 200


@require_http_methods(["GET", "POST"])
@installation_page
def state(request: HttpRequest) -> HttpResponse:
    """Show the release, and do what a button of the page asks."""
    if request.method == "GET":
        return _page(request)
    act = _ACTS.get(request.POST.get("act", ""))
    try:
        if act is None:
            raise BadRequest(_("There is no such button here."))
        act(request)
    except PrivacyError as error:
        messages.error(request, in_words(error))
    return redirect("console:release")


@require_GET
@installation_page
def reach(request: HttpRequest) -> HttpResponse:
    """Show whom a move would reach, for htmx to put below the form; moves nothing."""
    lacks_name = request.GET.get("to") == "override" and not request.GET.get("slug", "").strip()
    told = {"lacks_name": True} if lacks_name else _reach(lambda: _change(request.GET))
    return show(request, "parts/reach", **told)


def _reach(read: Callable[[], Change]) -> dict[str, Any]:
    """Return whom a change would reach, or why it cannot be told."""
    try:
        change = read()
    except PrivacyError as error:
        return {"error": error}
    return {"change": change, "changed": preview(change), "widens": change.widens()}


def _page(request: HttpRequest) -> HttpResponse:
    now = release.state()
    waiting = PlannedMove.objects.waiting(timezone.now()).select_related("by")
    scheduled = PlannedMove.objects.scheduled().select_related("by", "confirmed_by")
    moved = list(ReleaseMove.objects.all()[:_SHOWN_MOVES])
    names = wording.names_of(moved)
    causes = MoveTo(now.position).causes().values()
    context: dict[str, Any] = {
        "state": now,
        "percent": now.position.percent,
        "reached": _reached(now.position.stage),
        "is_thrown": off_switch.is_thrown(),
        "having": sum(cause.is_live for cause in causes),
        "all": len(causes),
        "gates": gates.measure(),
        "window": window_name(),
        "planned": [(one, _reach(partial(read_change, one.change))) for one in (*waiting, *scheduled)],
        "reports": Report.objects.filter(closed_at=None).select_related("workspace")[:_SHOWN_REPORTS],
        "history": [(one, mover(one, names), _second(one, names)) for one in moved],
        "slugs": Workspace.objects.values_list("slug", flat=True)[:_SHOWN_SLUGS],
        "is_settled": now.position.stage is Stage.PUBLIC and staleness().is_removable,
    }
    return show(request, "release", **context)


def _second(move: ReleaseMove, names: Mapping[UUID, str]) -> str:
    return names.get(move.confirmed_by_id, "") if move.confirmed_by_id else ""


def _reached(stage: Stage) -> list[tuple[Stage, str, str]]:
    """Return every stage with its state: passed, present or to come."""
    place = list(Stage).index(stage)
    states = ["past" if at < place else "now" if at == place else "later" for at in range(len(Stage))]
    return [(one, stage_name(one), told) for one, told in zip(Stage, states, strict=True)]


def _wish(request: HttpRequest) -> Wish:
    why, force = (request.POST.get(name, "").strip()[:500] for name in ("why", "force"))
    return Wish(signed_in(request), THROUGH, why, force)


def _change(said: Mapping[str, str]) -> Change:
    to = said.get("to", "")
    if to == "dial":
        return read_change(f"dial {said.get('percent', '')}")
    if to == "override":
        slug = said.get("slug", "").strip()
        if not slug:
            raise BadRequest(_("Name the workspace that is to be forced."))
        return read_change(f"override {slug} {said.get('setting', '')}")
    return read_change(to)


def _move(request: HttpRequest) -> None:
    at = request.POST.get("at", "").strip()
    run_at = parse_datetime(at) if at else None
    if at and run_at is None:
        raise BadRequest(_("Write the moment as 2026-12-01 09:00."))
    if run_at is not None and timezone.is_naive(run_at):
        run_at = timezone.make_aware(run_at)
    _tell(request, moves.ask(_change(request.POST), _wish(request), run_at=run_at))


def _off(request: HttpRequest) -> None:
    moves.off(_wish(request))
    messages.success(request, _("The release is off for everybody. Every process follows within two seconds."))


def _confirm(request: HttpRequest) -> None:
    _tell(request, moves.confirm(request.POST.get("code", ""), signed_in(request)))


def _cancel(request: HttpRequest) -> None:
    moves.cancel(request.POST.get("code", ""), _wish(request))
    messages.success(request, _("Cancelled: it will not happen."))


def _resume(request: HttpRequest) -> None:
    moves.resume(_wish(request))
    messages.success(request, _("The release may go wider again."))


def _report(request: HttpRequest) -> None:
    text, slug = (request.POST.get(name, "").strip() for name in ("text", "slug"))
    if not text:
        raise BadRequest(_("Say what is wrong, without customers' data."))
    reports.open_report(text[:500], by=signed_in(request), workspace=workspace_named(slug) if slug else None)
    messages.success(request, _("Reported. Nothing goes wider until it is closed."))


def _close(request: HttpRequest) -> None:
    number, answer = request.POST.get("number", ""), request.POST.get("answer", "").strip()
    if not number.isdecimal() or not answer:
        raise BadRequest(_("Say how it was settled."))
    reports.close_report(int(number), answer[:500], by=signed_in(request))
    messages.success(request, _("Closed."))


def _tell(request: HttpRequest, answer: Answer) -> None:
    """Say what became of a wish."""
    if answer.made:
        told = {"move": move_name(answer.made)}
        messages.success(request, _("Moved: %(move)s. Every process follows within two seconds.") % told)
    elif answer.waits and answer.waits.needs_confirmation:
        told = {"moment": moment(answer.waits.expires_at)}
        messages.warning(request, _("Another administrator confirms this here until %(moment)s.") % told)
    elif answer.waits:
        told = {"move": change_name(answer.waits.change), "moment": moment(answer.waits.run_at)}
        messages.success(request, _("Planned: %(move)s on %(moment)s.") % told)


_ACTS: Mapping[str, Callable[[HttpRequest], None]] = {
    "move": _move,
    "off": _off,
    "confirm": _confirm,
    "cancel": _cancel,
    "resume": _resume,
    "report": _report,
    "close": _close,
}
