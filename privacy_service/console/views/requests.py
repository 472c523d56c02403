"""Requests of the people the data is about: asked on their behalf, planned, and watched to the last receipt.

Whom a request names is typed in and goes on sealed: no page shows it again.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from privacy_service.console.deadlines import deadlines_of, open_in
from privacy_service.console.frame import show, workspace_page
from privacy_service.console.places import Place, writing
from privacy_service.console.speaking import in_words
from privacy_service.console.vouching import DUE, KINDS, LAWS, WISHES, Asked, RequestForm
from privacy_service.exceptions import InvalidFields, NoSuchResource, PrivacyError
from privacy_service.subjects import carrying_out, lifecycle, on_behalf
from privacy_service.subjects.certificates.links import link_to
from privacy_service.subjects.destinations.base import Subject
from privacy_service.subjects.index import knowing
from privacy_service.subjects.models import Destination, Law, Status, SubjectRequest, Wish
from privacy_service.subjects.opening import address_of, form_of, turn
from workspaces.permissions import Permission

P = ParamSpec("P")
NEED = Permission.MANAGE_SUBJECT_REQUESTS
_PAGE = 50
State = SubjectRequest.State
_OPEN = (State.PENDING, State.IN_PROGRESS)
_SHOWN = {
    "": Q(),
    "open": Q(state__in=_OPEN),
    "failed": Q(receipts__status=Status.FAILED),
    "done": Q(state=State.COMPLETED),
}


@require_GET
@workspace_page(NEED)
def requests(request: HttpRequest, place: Place) -> HttpResponse:
    """List the requests, those first whose deadline comes first, and the form for a new one."""
    return show(request, "requests", place, **_listed(request, place))


def _listed(request: HttpRequest, place: Place) -> dict[str, Any]:
    chosen = request.GET.get("show", "") if request.GET.get("show", "") in _SHOWN else ""
    day = _day(request.GET.get("due", ""))
    rows = SubjectRequest.objects.filter(_SHOWN[chosen], workspace=place.workspace, purged_at=None).distinct()
    if day:
        rows = open_in(place.workspace).filter(due_at__gte=day, due_at__lt=day + timedelta(days=1))
    rows = rows.annotate(
        systems=Count("receipts", distinct=True),
        settled=Count("receipts", filter=~Q(receipts__status__in=[Status.WAITING, Status.FAILED]), distinct=True),
        failed=Count("receipts", filter=Q(receipts__status=Status.FAILED), distinct=True),
    )
    ordered = rows.order_by("due_at") if chosen == "open" or day else rows.order_by("-created_at")
    open_form = form_of(place.workspace)
    page = Paginator(ordered.select_related("certificate"), _PAGE).get_page(request.GET.get("p"))
    return {
        "page": page,
        "rows": [(one, _left(one), _certificate(one)) for one in page],
        "day": day,
        "deadlines": deadlines_of(place.workspace),
        "chosen": chosen,
        "wishes": WISHES,
        "laws": LAWS,
        "kinds": KINDS,
        "form_open": open_form.is_open,
        "form_wish": WISHES.get(Wish(open_form.wish), ""),
        "form_due": DUE[Law(open_form.law)],
        "form_address": address_of(open_form),
        "destinations": Destination.objects.filter(workspace=place.workspace, is_active=True).count(),
    }


@sensitive_post_parameters("value")
@require_POST
@workspace_page(NEED)
def plan(request: HttpRequest, place: Place) -> HttpResponse:
    """Ask every system how much it holds of somebody, and show it with the button that asks; nothing is kept."""
    form = RequestForm(request.POST)
    try:
        asked = Asked.of(form)
        known = knowing.known_as(place.workspace, [asked.identifier], believes_claims=True)
        found = carrying_out.plan(place.workspace, Subject((*known.named, *known.found)))
    except PrivacyError as error:
        context = {**_listed(request, place), "form": form, "error": in_words(error)}
        return show(request, "requests", place, status=error.status, **context)
    lines = [(name, told if isinstance(told, str) else "", _counts(told)) for name, told in found.items()]
    planned: dict[str, Any] = {"planned": asked, "lines": lines, "sealed": asked.sealed(place)}
    return show(request, "requests", place, **_listed(request, place), **planned)


@require_GET
@workspace_page(NEED)
def one(request: HttpRequest, place: Place, pk: UUID) -> HttpResponse:
    """Show a request with what each system answered."""
    found = _request(place, pk)
    certificate = getattr(found, "certificate", None)
    context: dict[str, Any] = {
        "section": "requests",
        "one": found,
        "left": _left(found),
        "wish": WISHES.get(Wish(found.wish), found.get_wish_display()),
        "law": LAWS[Law(found.law)],
        "deletes": Wish(found.wish).deletes,
        "receipts": [
            (receipt, not carrying_out.why_not_again(receipt.destination))
            for receipt in found.receipts.select_related("done_by", "destination")
        ],
        "certificate": certificate,
        "certificate_link": _certificate(found),
        # Where a person is needed they may be at a form: a page that looks again would take what they typed.
        "is_moving": found.state == State.IN_PROGRESS and not found.receipts.exclude(problem="").exists(),
    }
    return show(request, "request", place, **context)


def _writes(view: Callable[Concatenate[HttpRequest, Place, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Make a view a write: one at a time in a workspace; what is refused is said on the page that asked."""

    @sensitive_post_parameters("sealed")
    @require_POST
    @workspace_page(NEED)
    @wraps(view)
    def write(request: HttpRequest, place: Place, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            with writing(place, NEED) as there:
                return view(request, there, *args, **kwargs)
        except NoSuchResource:
            raise
        except PrivacyError as error:
            messages.error(request, in_words(error))
        pk = kwargs.get("pk")
        return redirect("console:request", place.workspace.slug, pk) if pk else _list(place)

    return write


@_writes
def ask(request: HttpRequest, place: Place) -> HttpResponse:
    """Ask on somebody's behalf for what was looked at."""
    asked = Asked.opened(request.POST.get("sealed", ""), place)
    opened = on_behalf.ask(
        place.workspace, asked.wish, [asked.identifier], law=asked.law, by=place.actor, holds=asked.is_held
    )
    messages.success(request, _("Asked. The name is sealed; each system's answer appears below."))
    return redirect("console:request", place.workspace.slug, opened.pk)


@_writes
def turn_form(request: HttpRequest, place: Place) -> HttpResponse:
    """Open the public form, or close it."""
    is_open = request.POST.get("open") == "yes"
    turn(place.workspace, is_open=is_open, by=place.actor)
    messages.success(request, _("The public form is open.") if is_open else _("The public form is closed."))
    return _list(place)


@_writes
def start(request: HttpRequest, place: Place, pk: UUID) -> HttpResponse:
    """Begin with a request that was held."""
    lifecycle.start(_request(place, pk).pk, lifecycle.Proof.OWNER, by=place.actor)
    messages.success(request, _("Begun."))
    return redirect("console:request", place.workspace.slug, pk)


@_writes
def cancel(request: HttpRequest, place: Place, pk: UUID) -> HttpResponse:
    """End a request that is still pending."""
    lifecycle.cancel(_request(place, pk).pk, by=place.actor)
    messages.success(request, _("Cancelled."))
    return redirect("console:request", place.workspace.slug, pk)


@_writes
def again(request: HttpRequest, place: Place, pk: UUID, receipt: UUID) -> HttpResponse:
    """Ask a system once more."""
    carrying_out.try_again(on_behalf.open_receipt(_request(place, pk), receipt).pk)
    messages.success(request, _("It is asked again within seconds."))
    return redirect("console:request", place.workspace.slug, pk)


@_writes
def by_hand(request: HttpRequest, place: Place, pk: UUID, receipt: UUID) -> HttpResponse:
    """Say that somebody has deleted in a system themselves."""
    proof = request.POST.get("proof", "").strip()
    if not proof:
        raise InvalidFields(_("Say what shows it, such as the number of a ticket."))
    carrying_out.settle_by_hand(
        on_behalf.open_receipt(_request(place, pk), receipt).pk, proof=proof[:500], by=place.actor
    )
    messages.success(request, _("Kept as done by hand."))
    return redirect("console:request", place.workspace.slug, pk)


def _request(place: Place, pk: UUID) -> SubjectRequest:
    rows = SubjectRequest.objects.filter(workspace=place.workspace, purged_at=None).select_related("by", "certificate")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NoSuchResource
    return found


def _certificate(found: SubjectRequest) -> str:
    """Return where the certificate of a request is read, empty where there is none."""
    certificate = getattr(found, "certificate", None)
    return link_to(certificate) if certificate else ""


def _day(text: str) -> datetime | None:
    """Return the beginning of a day as the calendar links to it, None for anything else."""
    try:
        day = datetime.combine(date.fromisoformat(text), time(), UTC)
        day + timedelta(days=1)  # The last of all days has no end.
    except (ValueError, OverflowError):
        return None
    return day


def _left(found: SubjectRequest) -> int | None:
    """Return how many days there are until the deadline of one that is open; below zero where it has passed."""
    return (found.due_at - timezone.now()).days if found.state in _OPEN else None


def _counts(told: Any) -> list[tuple[str, int]]:
    return [] if isinstance(told, str) else sorted(told.items())


def _list(place: Place) -> HttpResponse:
    return redirect("console:requests", place.workspace.slug)
