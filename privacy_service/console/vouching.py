"""A request as it is asked on somebody's behalf: filled in, looked at with what the systems hold, and only then asked.

Between the two the form comes back sealed: no page shows whom it names, and nothing is kept meanwhile.
"""

import json
from dataclasses import dataclass
from typing import Any, Self

from django import forms
from django.core.validators import RegexValidator
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from privacy_service.console.places import Place
from privacy_service.exceptions import InvalidFields
from privacy_service.subjects.identifiers import LONGEST, Identifier, Kind
from privacy_service.subjects.models import Law, Wish
from workspaces.sealing import SealBroken, seal, unseal

_PURPOSE = "request that was looked at"
_STANDS_SECONDS = 3600  # What the systems hold moves on: after an hour one looks again.

WISHES = {
    Wish.SUPPRESS_WITH_DELETE: gettext_lazy("Delete everywhere, and take in no more"),
    Wish.DELETE_ONLY: gettext_lazy("Delete everywhere"),
    Wish.SUPPRESS_ONLY: gettext_lazy("Take in no more"),
    Wish.UNSUPPRESS: gettext_lazy("Take it in again"),
    Wish.SUPPRESS_WITH_DELETE_INTERNAL: gettext_lazy("Delete in our own stores, and take in no more"),
    Wish.DELETE_INTERNAL: gettext_lazy("Delete in our own stores"),
    Wish.DELETE_ARCHIVE_ONLY: gettext_lazy("Delete in our archives"),
}
LAWS = {
    Law.GDPR: gettext_lazy("GDPR: one month"),
    Law.CCPA: gettext_lazy("CCPA: 45 days"),
    Law.NONE: gettext_lazy("no law named: 30 days"),
}
DUE = {
    Law.GDPR: gettext_lazy("They ask under the GDPR: each request is due one month after it was made."),
    Law.CCPA: gettext_lazy("They ask under the CCPA: each request is due 45 days after it was made."),
    Law.NONE: gettext_lazy("No law is named: each request is due 30 days after it was made."),
}
KINDS = {
    Kind.EMAIL: gettext_lazy("E-mail"),
    Kind.USER_ID: gettext_lazy("User id"),
    Kind.PHONE: gettext_lazy("Phone"),
    Kind.ANONYMOUS_ID: gettext_lazy("Anonymous id"),
}


class RequestForm(forms.Form):
    """Who, what and under which law."""

    kind = forms.ChoiceField(choices=list(KINDS.items()))
    value = forms.CharField(max_length=LONGEST)
    wish = forms.ChoiceField(choices=list(WISHES.items()))
    law = forms.ChoiceField(choices=list(LAWS.items()))
    hold = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse what names nobody, such as a phone without digits."""
        said: dict[str, Any] = super().clean() or {}
        if {"kind", "value"} <= said.keys() and not Identifier(Kind(said["kind"]), said["value"]).normal:
            self.add_error("value", RegexValidator.message)
        return said


@dataclass(frozen=True, slots=True)
class Asked:
    """What a valid form asks for."""

    identifier: Identifier
    wish: Wish
    law: Law
    is_held: bool

    @classmethod
    def of(cls, form: RequestForm) -> Self:
        """Read a form; raise InvalidFields, which says nothing of what was typed."""
        if not form.is_valid():
            raise InvalidFields(_("Say who it is, what they want, and under which law."))
        said = form.cleaned_data
        named = Identifier(Kind(said["kind"]), said["value"])
        return cls(named, Wish(said["wish"]), Law(said["law"]), said["hold"])

    def sealed(self, place: Place) -> str:
        """Return it as a page may carry it: opened by nobody but this service, for this member, in this workspace."""
        when = int(timezone.now().timestamp())
        told = [*self.identifier, self.wish, self.law, self.is_held, str(place.actor.pk), when]
        return seal(json.dumps(told), row=place.workspace.pk, purpose=_PURPOSE)

    @classmethod
    def opened(cls, sealed: str, place: Place) -> Self:
        """Return what was looked at; raise InvalidFields where it was not, not by this member, or too long ago."""
        try:
            *told, actor, when = json.loads(unseal(sealed, row=place.workspace.pk, purpose=_PURPOSE))
        except SealBroken:
            told, actor, when = [], "", 0
        if actor != str(place.actor.pk) or timezone.now().timestamp() - when > _STANDS_SECONDS:
            raise InvalidFields(_("Look at what the systems hold first, and ask from there."))
        kind, value, wish, law, is_held = told
        return cls(Identifier(Kind(kind), value), Wish(wish), Law(law), is_held)
