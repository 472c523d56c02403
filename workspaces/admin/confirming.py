"""Changes of rights are shown before they are made: what would be different for whom, then a button."""

from itertools import islice
from typing import Any

from django.contrib.messages import get_messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from workspaces.effective import Difference, Effective, differences, effective_rights, readable
from workspaces.models import Membership, MembershipQuerySet

SHOWN = 200  # People whose rights are compared; a group has many, and what it gives is the same for each.
CONFIRMED = "_confirmed"


class ConfirmsRights:
    """An admin whose changes are made twice: undone once to see what they would do, then for good."""

    def touched(self, request: HttpRequest, object_id: str | None) -> MembershipQuerySet:
        """Return whose rights the page may change."""
        raise NotImplementedError

    def changeform_view(self, request: HttpRequest, object_id: Any = None, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show what the change would make of people's rights, unless that was seen or there is nothing to see."""
        if request.method == "POST" and CONFIRMED not in request.POST:
            shown = self._shown_first(request, object_id, *args, **kwargs)
            if shown is not None:
                return shown
        response: HttpResponse = super().changeform_view(request, object_id, *args, **kwargs)  # type: ignore[misc]
        return response

    def _shown_first(self, request: HttpRequest, object_id: Any, *args: Any, **kwargs: Any) -> HttpResponse | None:
        with transaction.atomic():
            before = self._rights(request, object_id)
            tried: HttpResponse = super().changeform_view(request, object_id, *args, **kwargs)  # type: ignore[misc]
            is_saved = tried.status_code == 302  # noqa: PLR2004 - Django's own answer to a form that it took.
            found = differences(before, self._rights(request, object_id)) if is_saved else []
            transaction.set_rollback(True)
        _forget_messages(request)
        return self._page(request, found) if found else None

    def _rights(self, request: HttpRequest, object_id: Any) -> list[Effective]:
        people: QuerySet[Membership] = readable(self.touched(request, object_id))
        return effective_rights(islice(people.order_by("user__email", "user__external_id"), SHOWN))

    def _page(self, request: HttpRequest, found: list[Difference]) -> TemplateResponse:
        typed = [(name, value) for name, values in request.POST.lists() for value in values]
        context = {
            **self.admin_site.each_context(request),  # type: ignore[attr-defined]
            "title": "What this changes",
            "opts": self.opts,  # type: ignore[attr-defined]
            "differences": found,
            "typed": [(name, value) for name, value in typed if name != "csrfmiddlewaretoken"],
            "most": SHOWN,
        }
        return TemplateResponse(request, "admin/workspaces/differences.html", context)


def _forget_messages(request: HttpRequest) -> None:
    """Take back what the attempt told: nothing was changed."""
    storage: Any = get_messages(request)
    storage._queued_messages.clear()  # noqa: SLF001 - there is no public way.
