"""Asking where events may go, and what people have chosen; putting choices on record."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, TypeVar

import orjson
from django.utils import timezone
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer

from privacy_service.answering import answers
from privacy_service.consent.choices import Circumstances, keep, present_choice
from privacy_service.consent.models import Choice, Way
from privacy_service.consent.preferences import allows
from privacy_service.consent.rules import Rules, rules_of
from privacy_service.consent.showing import Shown, settings_of, shown_with, was_shown
from privacy_service.consent.views.choices import ConsentChoiceSerializer
from privacy_service.decisions.access import Admission, admit
from privacy_service.exceptions import BodyTooLarge, InvalidBody, UnknownDestination
from privacy_service.http import Answer, Call, json_answer
from privacy_service.managing.errors import invalid_fields
from privacy_service.managing.parsing import Slug, StrictSerializer, Text
from privacy_service.subjects.endpoints import LIMIT_BYTES, MOST
from privacy_service.subjects.views.naming import NamedSubject, identifiers_of
from workspaces.keys import Scope

MOST_NAMES = 20  # Identifiers of one person.
_SKEW = timedelta(minutes=5)  # Clocks differ.
_SHAPE = 'Send {"events": [{...}], "destinations": ["..."]}'

F = TypeVar("F", bound=StrictSerializer)


class ConsentAsked(StrictSerializer):
    """Whom a question is about."""

    identifiers = serializers.ListField(child=NamedSubject(), min_length=1, max_length=MOST_NAMES)


class ConsentTold(ConsentAsked):
    """What a person has chosen, as a backend tells it."""

    categoryPreferences = serializers.DictField(child=serializers.BooleanField(), allow_empty=True)  # noqa: N815 - as events spell it.
    at = serializers.DateTimeField(required=False, help_text="When they chose; now, where it is left out.")
    version = Slug(required=False, max_length=16, help_text="Of our banner, where that was shown.")
    language = Text(required=False, max_length=20)
    site = Text(required=False, max_length=200, help_text="Where they chose, such as a site or an app's name.")


@answers("consents-check", "POST")
def check(call: Call) -> Answer:
    """Say of each event to which destinations it may go."""
    admission = admit(call, Scope.CONSENT, Scope.SUPPRESSIONS)
    events, named = _question(_object_in(call.read(), LIMIT_BYTES))
    rules = rules_of(admission.workspace.pk)
    needed = {name: rules.needed_by(name) for name in _destinations(rules, named)}
    allowed = [[name for name in needed if allows(one, needed[name])] for one in rules.agreed(events)]
    return json_answer(200, {"allowed": allowed}, call.id)


@answers("consents-record", "POST", sheds=False)
def record(call: Call) -> Answer:
    """Put a choice on record."""
    admission = admit(call, Scope.CONSENT)
    told = _read(ConsentTold, call)
    shown = _shown(admission)
    if told.get("version") and not was_shown(shown, told["version"]):
        raise invalid_fields({"version": ["No banner of this workspace has shown this; leave it out."]})
    at = told.get("at", timezone.now())
    if at > timezone.now() + _SKEW:
        raise invalid_fields({"at": ["This lies ahead: name the moment at which they chose."]})
    how = Circumstances(
        Way.API, at, told.get("version", ""), told.get("language", ""), told.get("site", ""), admission.caller.user
    )
    kept = keep(admission.workspace, identifiers_of(told), chosen(shown, told["categoryPreferences"]), how)
    return json_answer(201, _as_told(kept), call.id)


@answers("consents-current", "POST", sheds=False)
def current(call: Call) -> Answer:
    """Say what a person has chosen last."""
    admission = admit(call, Scope.CONSENT)
    choice = present_choice(admission.workspace.pk, identifiers_of(_read(ConsentAsked, call)))
    return json_answer(200, {"choice": _as_told(choice) if choice else None}, call.id)


@answers("consents-withdraw", "POST", sheds=False)
def withdraw(call: Call) -> Answer:
    """Keep that a person agrees to nothing any more."""
    admission = admit(call, Scope.CONSENT)
    told = _read(ConsentAsked, call)
    how = Circumstances(Way.WITHDRAWN, timezone.now(), by=admission.caller.user)
    kept = keep(admission.workspace, identifiers_of(told), chosen(_shown(admission), {}), how)
    return json_answer(201, _as_told(kept), call.id)


def chosen(shown: Shown, preferences: Mapping[str, bool]) -> dict[str, bool]:
    """Return a choice for every category: declined where nothing is said; raise InvalidFields for unknown ones."""
    categories = shown.categories
    unknown = sorted(set(preferences) - set(categories))
    if unknown:
        message = f"There is no category {', '.join(unknown)[:200]}; there are: {', '.join(categories)}."
        raise invalid_fields({"categoryPreferences": [message]})
    return {key: is_necessary or preferences.get(key, False) for key, is_necessary in categories.items()}


def _shown(admission: Admission) -> Shown:
    return shown_with(settings_of(admission.workspace))


def _as_told(choice: Choice) -> Any:
    return orjson.loads(JSONRenderer().render(ConsentChoiceSerializer(choice).data))


def _read(form: type[F], call: Call) -> dict[str, Any]:
    """Return what a body says, as a form reads it; raise InvalidFields."""
    filled = form(data=_object_in(call.read(), LIMIT_BYTES))
    if not filled.is_valid():
        raise invalid_fields(filled.errors)
    values: dict[str, Any] = dict(filled.validated_data)
    return values


def _object_in(body: bytes, limit: int) -> dict[str, Any]:
    if len(body) > limit:
        message = f"At most {limit} bytes are taken here."
        raise BodyTooLarge(message)
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        message = f"The body is not JSON at line {error.lineno}, column {error.colno}."
        raise InvalidBody(message, members={"line": error.lineno, "column": error.colno}) from None
    if not isinstance(told, dict):
        message = "Send a JSON object."
        raise InvalidBody(message)
    return told


def _question(told: Mapping[str, Any]) -> tuple[list[Any], list[str] | None]:
    """Return the events and the destinations that are asked about, None for all."""
    events, named = told.get("events"), told.get("destinations")
    if not isinstance(events, list) or not 1 <= len(events) <= MOST or not all(isinstance(one, dict) for one in events):
        message = f"{_SHAPE}, with 1 to {MOST} events, each a JSON object."
        raise InvalidBody(message)
    if named is None or (isinstance(named, list) and all(isinstance(one, str) and one for one in named)):
        return events, named
    message = f"{_SHAPE}; destinations are names, or left out for all of them."
    raise InvalidBody(message)


def _destinations(rules: Rules, named: list[str] | None) -> list[str]:
    if named is None:
        return [*rules.destinations]
    if unknown := [one for one in named if one not in rules.destinations]:
        message = f"The workspace does not say which consent {len(unknown)} of these need."
        raise UnknownDestination(message)
    return named
