"""Inventory: which fields are personal, decided about from the Inbox on, and where which kind of data lies."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.request import QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from classifier import Colour, Entity, PolicyError
from privacy_service.console.frame import show, workspace_page
from privacy_service.console.mapping import map_of
from privacy_service.console.places import Place, writing
from privacy_service.console.speaking import in_words
from privacy_service.exceptions import BadRequest, NoSuchResource, PrivacyError
from privacy_service.inventory.deciding import decide_fields, forget_field
from privacy_service.inventory.enforcing import how_hidden, operators_of
from privacy_service.inventory.exporting import answered, note_of
from privacy_service.inventory.models import Field
from privacy_service.inventory.views.fields import MOST_AT_ONCE, exported, filtered
from workspaces.models import Source
from workspaces.permissions import Permission

NEED = Permission.MANAGE_SUBJECT_REQUESTS
_PAGE = 30
_SHOWN_SOURCES = 200
_STATES = ("inbox", "decided", "all")
_CHOICES: Mapping[str, frozenset[str]] = {
    "colour": frozenset(Colour),
    "recommended": frozenset(Colour),
    "kind": frozenset(Entity),
}
_TEXTS = {"source": 80, "place": 200, "search": 100}
_KEPT = "keep"  # The choice that changes no colour.


class DecisionForm(forms.Form):
    """What somebody says of fields; what is left empty stays as it was."""

    call = forms.ChoiceField(choices=[(one, one) for one in (*Colour, "inbox", _KEPT)])
    owner = forms.CharField(max_length=200, required=False)
    purpose = forms.CharField(max_length=500, required=False)
    retention = forms.CharField(max_length=100, required=False)
    processors = forms.CharField(max_length=2000, required=False)
    note = forms.CharField(max_length=500, required=False)

    def said(self, *, whole: bool) -> dict[str, Any]:
        """Return it as the writer takes it; a form of one field says all of it, also what it leaves empty."""
        given = dict(self.cleaned_data)
        colour = given.pop("call")
        given["processors"] = [one.strip() for one in given["processors"].split(",") if one.strip()]
        said = given if whole else {name: value for name, value in given.items() if value}
        return said if colour == _KEPT else {**said, "colour": "" if colour == "inbox" else colour}


@require_GET
@workspace_page(NEED)
def inventory(request: HttpRequest, place: Place) -> HttpResponse:
    """List the fields, those first that wait for a decision, and the form that decides about several."""
    rows = Field.objects.filter(workspace=place.workspace)
    waiting = rows.inbox().count()
    asked = _asked(request.GET, "inbox" if waiting else "all")
    found = filtered(rows, asked).order_by("source", "place", "path")
    page = Paginator(found, _PAGE).get_page(request.GET.get("p"))
    operators = operators_of(place.workspace)
    context: dict[str, Any] = {
        "page": page,
        "rows": [(one, how_hidden(operators, one)) for one in page],
        "waiting": waiting,
        "any": bool(waiting) or rows.exists(),
        "asked": asked,
        "query": urlencode(asked),
        "kinds": list(Entity),
        "sources": list(rows.order_by("source").values_list("source", flat=True).distinct()[:_SHOWN_SOURCES]),
        "most": MOST_AT_ONCE,
    }
    return show(request, "inventory", place, **context)


@require_POST
@workspace_page(NEED)
def decide(request: HttpRequest, place: Place) -> HttpResponse:
    """Decide about the fields that were ticked, or about all that the filters find."""
    asked = _asked(request.POST, "all")
    try:
        with writing(place, NEED) as there:
            told = _decided(there, request.POST, _ticked(there, request.POST, asked), whole=False)
    except PrivacyError as error:
        messages.error(request, in_words(error))
    else:
        messages.success(request, told)
    return redirect(f"{reverse('console:inventory', args=[place.workspace.slug])}?{urlencode(asked)}")


@require_GET
@workspace_page(NEED)
def field(request: HttpRequest, place: Place, pk: UUID) -> HttpResponse:
    """Show one field: what was found in it, what hides it, who answers for it."""
    found = _field(place, pk)
    source = (
        Source.objects.filter(workspace=place.workspace, slug=found.source).select_related("inventory_note").first()
    )
    context: dict[str, Any] = {
        "section": "inventory",
        "field": found,
        "hidden": how_hidden(operators_of(place.workspace), found),
        "share": round(100 * found.share) if found.share is not None else None,
        "source": source,
        "answers": answered(found, note_of(source)),
    }
    return show(request, "field", place, **context)


@require_POST
@workspace_page(NEED)
def decide_one(request: HttpRequest, place: Place, pk: UUID) -> HttpResponse:
    """Decide about one field, or forget it."""
    try:
        with writing(place, NEED) as there:
            found = _field(there, pk)
            if request.POST.get("act") == "forget":
                forget_field(found, by=there.actor)
                messages.success(request, _("Forgotten. Seen again, it comes into the Inbox anew."))
                return redirect("console:inventory", place.workspace.slug)
            messages.success(request, _decided(there, request.POST, [found], whole=True))
    except NoSuchResource:
        raise
    except PrivacyError as error:
        messages.error(request, in_words(error))
    return redirect("console:field", place.workspace.slug, pk)


@require_POST
@workspace_page(NEED)
def export(request: HttpRequest, place: Place) -> Any:
    """Send the fields as a file, filtered as the list is; the trail tells of it."""
    written_as = "json" if request.POST.get("format") == "json" else "csv"
    return exported(place.workspace, _asked(request.POST, "all"), written_as, by=place.actor)


@require_GET
@workspace_page(NEED)
def where(request: HttpRequest, place: Place) -> HttpResponse:
    """Show the map: kinds by sources."""
    page = request.GET.get("p", "1")
    number = int(page[:6]) if page.isdecimal() else 1
    return show(request, "map", place, section="inventory", map=map_of(place.workspace, number))


def _asked(said: QueryDict, state: str) -> dict[str, Any]:
    """Return the filters that a form names; a word that is none is left out."""
    asked: dict[str, Any] = {"state": said["state"] if said.get("state") in _STATES else state}
    asked |= {name: said[name] for name, known in _CHOICES.items() if said.get(name) in known}
    texts = {name: said.get(name, "").strip().replace("\x00", "")[:longest] for name, longest in _TEXTS.items()}
    return asked | {name: text for name, text in texts.items() if text}


def _ticked(place: Place, said: QueryDict, asked: Mapping[str, Any]) -> list[Field]:
    rows = Field.objects.filter(workspace=place.workspace)
    if said.get("all"):
        found = list(filtered(rows, dict(asked))[: MOST_AT_ONCE + 1])
        if len(found) > MOST_AT_ONCE:
            raise BadRequest(_("These filters find more than 500 fields. Narrow them, then decide."))
        return found
    ids = [one for one in said.getlist("field") if _is_id(one)][:MOST_AT_ONCE]
    return list(rows.filter(pk__in=ids))


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _decided(place: Place, said: QueryDict, fields: list[Field], *, whole: bool) -> str:
    """Keep what a form says of fields, and return what follows in words."""
    form = DecisionForm(said)
    if not fields:
        raise BadRequest(_("Tick at least one field."))
    if not form.is_valid():
        raise BadRequest(_("Choose a colour; keep owner, purpose and retention short."))
    try:
        version = decide_fields(place.workspace, fields, form.said(whole=whole), by=place.actor)
    except PolicyError as error:
        raise BadRequest(in_words(error)) from None
    told = ngettext("Kept for %(n)d field.", "Kept for %(n)d fields.", len(fields)) % {"n": len(fields)}
    if version is None:
        return told
    hidden = _("Version %(version)d of the policy hides them by name; every process follows within two seconds.")
    if place.is_unmasked:
        hidden = _("Version %(version)d of the policy hides them by name once access control is on.")
    return f"{told} {hidden % {'version': version}}"


def _field(place: Place, pk: UUID) -> Field:
    found = Field.objects.filter(workspace=place.workspace, pk=pk).select_related("decided_by").first()
    if found is None:
        raise NoSuchResource
    return found
