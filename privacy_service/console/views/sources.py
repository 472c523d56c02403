"""Sources of the inventory: who answers for each, where it lies, who is kept from it; scans that look through them."""

import re
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.core.validators import RegexValidator
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from classifier import Colour
from privacy_service.console.frame import show, workspace_page
from privacy_service.console.places import Place, writing
from privacy_service.console.speaking import in_words
from privacy_service.exceptions import BadRequest, NoSuchResource, PrivacyError
from privacy_service.inventory.documenting import change_settings, document, settings_of
from privacy_service.inventory.exporting import note_of
from privacy_service.inventory.models import LONGEST_ADDRESS, Field, Scan, ScanState
from privacy_service.inventory.views.sources import PLACE
from privacy_service.managing.acting import adjust_source
from privacy_service.scanning.starting import start_scan
from privacy_service.scanning.views import MOST_ROWS
from privacy_service.streams.models import RegisteredTopic
from privacy_service.subjects.models import Destination
from workspaces.models import Source
from workspaces.permissions import Permission

NEED = Permission.MANAGE_SUBJECT_REQUESTS
_PAGE = 25
_SHOWN_SCANS = 20
_SHOWN_ADDRESSES = 100
_MOST_PLACES = 100
_MOVING = (ScanState.WAITING, ScanState.RUNNING)
_INBOX = "inbox"


class SourceForm(forms.Form):
    """What is written down about a source."""

    owner = forms.CharField(max_length=200, required=False)
    purpose = forms.CharField(max_length=500, required=False)
    retention = forms.CharField(max_length=100, required=False)
    region = forms.CharField(max_length=80, required=False)
    description = forms.CharField(max_length=1000, required=False)
    processors = forms.CharField(max_length=2000, required=False)
    places = forms.CharField(max_length=20_000, required=False)

    def clean_processors(self) -> list[str]:
        """Return the names between the commas."""
        return [one.strip() for one in str(self.cleaned_data["processors"]).split(",") if one.strip()]

    def clean_places(self) -> list[str]:
        """Return the addresses, one a line; refuse what is none."""
        places = [one.strip() for one in str(self.cleaned_data["places"]).splitlines() if one.strip()]
        if len(places) > _MOST_PLACES or not all(re.fullmatch(PLACE, one) for one in places):
            raise forms.ValidationError(RegexValidator.message)
        return places


class ScanForm(forms.Form):
    """What is to be scanned."""

    address = forms.CharField(max_length=LONGEST_ADDRESS)
    source = forms.CharField(max_length=80, required=False, validators=[RegexValidator(r"^[a-z0-9][a-z0-9-]*\Z")])
    rows = forms.IntegerField(min_value=1, max_value=MOST_ROWS)


class AlertForm(forms.Form):
    """Who is told of a new red field."""

    alert_email = forms.EmailField(required=False)
    alert_url = forms.URLField(required=False, assume_scheme="https", max_length=500)
    watches_traffic = forms.BooleanField(required=False)


@require_GET
@workspace_page(NEED)
def sources(request: HttpRequest, place: Place) -> HttpResponse:
    """List the sources with what is written down about each, and the forms that change it."""
    rows = Source.objects.filter(workspace=place.workspace).select_related("inventory_note").order_by("slug")
    page = Paginator(rows, _PAGE).get_page(request.GET.get("p"))
    colours = _colours(place, [one.slug for one in page])
    context: dict[str, Any] = {
        "section": "inventory",
        "page": page,
        "rows": [
            {
                "source": one,
                "note": note_of(one),
                "places": "\n".join(note_of(one).places),
                "colours": colours.get(one.slug, {}),
                "may": place.rights.allow_in(Permission.MANAGE_SOURCES, one),
            }
            for one in page
        ],
        "settings": settings_of(place.workspace),
    }
    return show(request, "sources", place, **context)


@require_POST
@workspace_page(NEED)
def change_source(request: HttpRequest, place: Place, pk: UUID) -> HttpResponse:
    """Write down what a form says of a source, or keep it from others, or open it again."""
    try:
        with writing(place, NEED) as there:
            messages.success(request, _changed(there, _source(there, pk), request))
    except NoSuchResource:
        raise
    except PrivacyError as error:
        messages.error(request, in_words(error))
    return redirect("console:sources", place.workspace.slug)


@require_POST
@workspace_page(NEED)
def tell(request: HttpRequest, place: Place) -> HttpResponse:
    """Change what is looked at, and who is told of a new red field."""
    form = AlertForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Write an e-mail, and an address that begins with https://; or leave them empty."))
        return redirect("console:sources", place.workspace.slug)
    try:
        with writing(place, NEED) as there:
            change_settings(settings_of(there.workspace), form.cleaned_data, by=there.actor)
            messages.success(request, _("Kept."))
    except PrivacyError as error:
        messages.error(request, in_words(error))
    return redirect("console:sources", place.workspace.slug)


@require_GET
@workspace_page(NEED)
def scans(request: HttpRequest, place: Place) -> HttpResponse:
    """List the scans with how far each is, and the form for a new one."""
    rows = list(Scan.objects.filter(workspace=place.workspace).order_by("-created_at")[:_SHOWN_SCANS])
    context: dict[str, Any] = {
        "section": "inventory",
        "rows": [(one, _share(one)) for one in rows],
        "is_moving": any(one.state in _MOVING for one in rows),
        "addresses": _addresses(place),
        "most": MOST_ROWS,
    }
    return show(request, "scans", place, **context)


@require_POST
@workspace_page(NEED)
def scan(request: HttpRequest, place: Place) -> HttpResponse:
    """Have a source scanned by a worker."""
    form = ScanForm(request.POST)
    try:
        if not form.is_valid():
            raise BadRequest(
                _("Name what to scan, a source of small letters, digits and dashes, and up to 5000 records.")
            )
        with writing(place, NEED) as there:
            start_scan(there.workspace, **form.cleaned_data, by=there.actor)
    except PrivacyError as error:
        messages.error(request, in_words(error))
    else:
        messages.success(request, _("Asked for. You may leave this page; what is found comes into the Inbox."))
    return redirect("console:scans", place.workspace.slug)


def _source(place: Place, pk: UUID) -> Source:
    found = Source.objects.filter(workspace=place.workspace, pk=pk).first()
    if found is None:
        raise NoSuchResource
    return found


def _changed(place: Place, source: Source, request: HttpRequest) -> str:
    restricted = {"restrict": True, "open": False}.get(request.POST.get("act", ""))
    if restricted is not None:
        adjust_source(source, {"restricted": restricted}, rights=place.rights, by=place.actor)
        return _("Changed. Every process follows within two seconds.")
    form = SourceForm(request.POST)
    if not form.is_valid():
        raise BadRequest(_("Write each place on a line of its own: topic:NAME, or an address without a user."))
    said = {name: value for name, value in form.cleaned_data.items() if name in request.POST}
    document(source, said, rights=place.rights, by=place.actor)
    return _("Kept.")


def _colours(place: Place, slugs: list[str]) -> dict[str, dict[str, int]]:
    """Count the fields of each source by their colour, and those that wait."""
    rows: QuerySet[Field] = Field.objects.filter(workspace=place.workspace, source__in=slugs).order_by()
    counts: dict[str, dict[str, int]] = {}
    for slug, colour, count in rows.values_list("source", "colour").annotate(Count("pk")):
        counts.setdefault(slug, {})[colour or _INBOX] = count
    order = [*Colour, _INBOX]
    return {slug: dict(sorted(found.items(), key=lambda one: order.index(one[0]))) for slug, found in counts.items()}


def _addresses(place: Place) -> list[str]:
    """Return what can be scanned without knowing more than this workspace has."""
    destinations = Destination.objects.filter(workspace=place.workspace, is_active=True).values_list("slug", flat=True)
    topics = RegisteredTopic.objects.filter(workspace=place.workspace).values_list("name", flat=True)
    known = [*(f"destination:{slug}" for slug in destinations), *(f"topic:{name}" for name in topics)]
    return known[:_SHOWN_ADDRESSES]


def _share(one: Scan) -> int:
    if one.state == ScanState.DONE:
        return 100
    return min(int(100 * one.places_done / one.places), 100) if one.places else 0
