"""The policy: what hides each kind, one's own rules, versions, and a look at a change before it is made."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from classifier import POLICY_NAMES, PolicyError
from privacy_service.console.changing import CHOICES, changed, rows_of
from privacy_service.console.examples import EXAMPLES
from privacy_service.console.frame import show, workspace_page
from privacy_service.console.places import Place, writing
from privacy_service.console.speaking import in_words
from privacy_service.console.trying import operators_in_words
from privacy_service.decisions.models import Policy
from privacy_service.decisions.policies import operators_from
from privacy_service.decisions.versions import PolicyUnchanged, VersionMoved, differences, newest_version
from privacy_service.exceptions import BadRequest, PrivacyError
from privacy_service.managing.acting import rules_of, store_policy
from privacy_service.managing.preview import Preview
from workspaces.models import Membership
from workspaces.permissions import Permission

NEED = Permission.MANAGE_POLICY
_SHOWN_VERSIONS = 20
_FIRST_KINDS = 10  # As many as a screen shows; the page paints before the others come.
_LONGEST_NOTE = 200


@require_GET
@workspace_page(NEED)
def policy(request: HttpRequest, place: Place) -> HttpResponse:
    """Show the policy that counts, its versions, and what two of them say differently where one asks."""
    version, rules = newest_version(place.workspace)
    rows = rows_of(operators_from(dict(rules), place.workspace.pk))
    asked = request.GET.get("entity", "")
    at_hand = next((row for row in rows if row.entity == asked), rows[0])
    shown = rows if "kinds" in request.GET else rows[:_FIRST_KINDS]
    context: dict[str, Any] = {
        "at_hand": at_hand,
        "version": version,
        "rows": rows,
        "first_rows": shown,
        "offered": rows[:_FIRST_KINDS],
        "more_offered": shown[_FIRST_KINDS:] or [row for row in rows[_FIRST_KINDS:] if row is at_hand],
        "matchers": rules.get("matchers", []),
        "allow": rules.get("allow", {}),
        "block": rules.get("block", {}),
        "operators": operators_in_words(),
        "choices": CHOICES,
        "named": POLICY_NAMES,
        "versions": Policy.objects.filter(workspace=place.workspace).select_related("created_by")[:_SHOWN_VERSIONS],
        **_compared(place, request.GET.get("with", ""), version, dict(rules)),
    }
    return show(request, "policy", place, **context)


@require_POST
@workspace_page(NEED)
def try_change(request: HttpRequest, place: Place) -> HttpResponse:
    """Show what a change would do, for htmx to put below its form; nothing is stored."""
    version, before = newest_version(place.workspace)
    try:
        after = _asked(request, place, dict(before))
        look = Preview.of(place.workspace, EXAMPLES["text"], (dict(before), after))
        context: dict[str, Any] = {
            "differences": differences(before, after),
            "is_first": version == 0,
            "affected": look.affected_in(place.workspace),
            "all": Membership.objects.filter(workspace=place.workspace, user__is_active=True).count(),
        }
    except (PrivacyError, PolicyError) as error:
        return show(request, "parts/change", place, error=in_words(error))
    return show(request, "parts/change", place, **context)


@require_POST
@workspace_page(NEED)
def change(request: HttpRequest, place: Place) -> HttpResponse:
    """Store the next version."""
    try:
        with writing(place, NEED) as there:
            replaces = _number(request.POST.get("replaces", ""))
            rules = _asked(request, there, rules_of(there.workspace, replaces))
            note = request.POST.get("note", "").strip()[:_LONGEST_NOTE]
            made = store_policy(
                there.workspace, rules, replaces=replaces, reason=note, rights=there.rights, by=there.actor
            )
    except (PrivacyError, PolicyError, PolicyUnchanged, VersionMoved) as error:
        messages.error(request, in_words(error))
    else:
        told = {"version": made.version}
        messages.success(request, _("Version %(version)d counts now. Every process follows within two seconds.") % told)
    return redirect("console:policy", place.workspace.slug)


def _asked(request: HttpRequest, place: Place, rules: dict[str, Any]) -> dict[str, Any]:
    said = request.POST.dict()
    if said.get("change") == "back":
        return rules_of(place.workspace, _number(str(said.get("version", ""))))
    return changed(rules, {name: str(value) for name, value in said.items()}, place.workspace.pk)


def _compared(place: Place, other: str, version: int, rules: dict[str, Any]) -> dict[str, Any]:
    if not other.isdecimal():
        return {}
    number = int(other[:9])
    return {"other": number, "differences": differences(rules_of(place.workspace, number), rules), "now": version}


def _number(text: str) -> int:
    if not text.isdecimal():
        raise BadRequest(_("Name a version by its number."))
    return int(text[:9])
