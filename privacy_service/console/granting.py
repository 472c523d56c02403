"""The form that gives access: what, where, until when and why."""

from collections.abc import Container, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from classifier import ENTITIES, Entity
from classifier.entities import Group
from privacy_service.console.wording import role_name
from workspaces.models import Source, Workspace
from workspaces.roles import GRANTABLE_ROLES, Role
from workspaces.terms import COLOURS, LONGEST_REASON, Terms

_FOR_GOOD, _MOMENT = "good", "at"
_SPANS = {
    "1h": timedelta(hours=1),
    "8h": timedelta(hours=8),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "90d": timedelta(days=90),
}
GROUPS = {
    Group.IDENTITY: _("Who somebody is"),
    Group.CONTACT: _("How to reach them"),
    Group.FINANCIAL: _("Money"),
    Group.GOVERNMENT: _("Numbers of the state"),
    Group.HEALTH: _("Health"),
    Group.ONLINE: _("Online"),
    Group.CREDENTIAL: _("Passwords and keys"),
}


class GrantForm(forms.Form):
    """Which role, for which part of the data, until when, and why."""

    role = forms.ChoiceField(label=_("Right"))
    extent = forms.ChoiceField(
        label=_("What of personal data"),
        choices=[("all", _("Everything")), ("some", _("Only some kinds"))],
        widget=forms.RadioSelect,
        required=False,  # Nothing is chosen beforehand: who gives everything says so.
    )
    colours = forms.MultipleChoiceField(
        choices=[("red", _("red kinds")), ("yellow", _("yellow kinds")), ("green", _("green kinds"))], required=False
    )
    entities = forms.MultipleChoiceField(choices=[(one.value, one.value) for one in Entity], required=False)
    sources = forms.ModelMultipleChoiceField(Source.objects.none(), required=False)
    span = forms.ChoiceField(
        label=_("Until"),
        choices=[
            ("", _("choose…")),  # Nor here: access that nobody meant to last would last for good.
            ("1h", _("for an hour")),
            ("8h", _("for eight hours")),
            ("7d", _("for seven days")),
            ("30d", _("for 30 days")),
            ("90d", _("for 90 days")),
            (_MOMENT, _("until a moment")),
            (_FOR_GOOD, _("for good")),
        ],
        error_messages={"required": _("Choose for how long; “for good” is the last choice.")},
    )
    until = forms.DateTimeField(
        label=_("Moment (UTC)"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        error_messages={"invalid": _("Write the moment as 2026-12-01 09:00.")},
    )
    reason = forms.CharField(
        label=_("Why"),
        max_length=LONGEST_REASON,
        error_messages={"required": _("Say why, such as a ticket: whoever reads the trail asks.")},
    )

    def __init__(self, workspace: Workspace, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role.value, role_name(role)) for role in _ordered(GRANTABLE_ROLES)]  # type: ignore[attr-defined]
        self.fields["sources"].queryset = Source.objects.filter(workspace=workspace)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse a choice that is left half made, or that says two things: the wider one must not win."""
        cleaned = super().clean() or self.cleaned_data
        self._check_kinds(cleaned)
        if "until" not in self.errors:
            self._check_end(cleaned.get("span"), cleaned.get("until"))
        return cleaned

    def _check_kinds(self, cleaned: Mapping[str, Any]) -> None:
        extent, is_ticked = cleaned.get("extent"), bool(cleaned.get("entities") or cleaned.get("colours"))
        if is_ticked and extent != "some":
            self.add_error("extent", _("You ticked kinds: choose “Only some kinds”, or untick them."))
        elif extent == "some" and not is_ticked:
            self.add_error("extent", _("Choose at least one kind, or everything."))
        elif not extent and cleaned.get("role") == Role.PII_VIEWER:
            self.add_error("extent", _("Choose everything, or only some kinds."))

    def _check_end(self, span: str | None, until: datetime | None) -> None:
        if span == _MOMENT and until is None:
            self.add_error("until", _("Say until when."))
        elif span != _MOMENT and until is not None:
            self.add_error("until", _("You gave a moment: choose “until a moment”, or empty it."))
        elif until is not None and until <= timezone.now():
            self.add_error("until", _("This grant would have ended already: give a time to come."))

    @property
    def terms(self) -> Terms:
        """Return the terms that a valid form names."""
        given = self.cleaned_data
        is_partial = given["extent"] == "some"
        return Terms(
            entities=tuple(given["entities"]) if is_partial else (),
            colours=tuple(colour for colour in COLOURS if colour in given["colours"]) if is_partial else (),
            sources=tuple(given["sources"]),
            expires_at=given["until"] if given["span"] == _MOMENT else _after(given["span"]),
            reason=given["reason"],
        )

    @property
    def role_chosen(self) -> Role:
        """Return the role that a valid form names."""
        return Role(self.cleaned_data["role"])


def kinds_by_group(ticked: Container[str] = ()) -> list[tuple[Any, list[Entity], bool]]:
    """Return the kinds of personal data by family, and whether one is ticked; a part of another kind goes with it."""
    wholes = [entity for entity, info in ENTITIES.items() if info.part_of is None]
    groups = [(label, [one for one in wholes if ENTITIES[one].group is group]) for group, label in GROUPS.items()]
    return [(label, kinds, any(one in ticked for one in kinds)) for label, kinds in groups]


def _ordered(roles: Iterable[Role]) -> list[Role]:
    return sorted(roles, key=lambda role: role is not Role.PII_VIEWER)


def _after(span: str) -> Any:
    return timezone.now() + _SPANS[span] if span in _SPANS else None
