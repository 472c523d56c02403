"""The playground: one payload, side by side as up to four readers would get it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from privacy_service.console.examples import EXAMPLES
from privacy_service.console.frame import show, workspace_page
from privacy_service.console.places import Place
from privacy_service.console.trying import (
    KINDS,
    MOST_READERS,
    Tried,
    kind_of,
    operators_in_words,
    people_of,
    readers_named,
    roles_offered,
    try_on,
)
from privacy_service.exceptions import PrivacyError
from privacy_service.rollout.release import is_live_for
from workspaces.permissions import Permission

_OFFERED = 8


@sensitive_post_parameters("payload")
@require_http_methods(["GET", "POST"])
@workspace_page(Permission.MANAGE_POLICY)
def playground(request: HttpRequest, place: Place) -> HttpResponse:
    """Show the form, and below it what each reader would get of what was pasted."""
    people = people_of(place, _OFFERED)
    context: dict[str, Any] = {
        "people": people,
        "roles": roles_offered(),
        "example": request.GET.get("example", "json"),
        "is_live": is_live_for(place.workspace),
        "operators": operators_in_words(),
        "most": MOST_READERS,
    }
    if request.method == "POST":
        return _tried(request, place, context)
    text = EXAMPLES.get(context["example"], EXAMPLES["json"])
    others = [one.value for one in people if one.user != place.actor] or [one.value for one in people]
    chosen = [*others[: MOST_READERS - 1], "role:stranger"]
    return show(request, "playground", place, **context, text=text, kind="auto", chosen=chosen, as_if=True)


def _tried(request: HttpRequest, place: Place, context: dict[str, Any]) -> HttpResponse:
    asked = request.POST
    context |= {
        "text": asked.get("payload", "").replace("\r\n", "\n"),
        "kind": asked.get("kind", "auto"),
        "chosen": asked.getlist("who"),
        "typed": asked.get("typed", ""),
        "as_if": "as_if" in asked,
    }
    try:
        tried = _outcome(place, context)
    except PrivacyError as error:
        return show(request, "playground", place, **context, error=error, status=error.status)
    return show(request, "playground", place, **context, tried=tried)


def _outcome(place: Place, context: dict[str, Any]) -> Tried:
    readers = readers_named(place, context["chosen"], context["typed"])
    context["chosen"] = [one.value for one in readers]
    kind = KINDS.get(context["kind"]) or kind_of(context["text"])
    as_if = context["as_if"] or context["is_live"]
    return try_on(place.workspace, context["text"], kind, readers, as_if=as_if)
