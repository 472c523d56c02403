"""Emergency access in the admin: asked for, answered and ended, each with a page that says what will happen."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import re_path

from workspaces import break_glass
from workspaces.admin.shared import Question, acting_user, ask, page_of
from workspaces.exceptions import EmergencyRefused
from workspaces.models import Emergency, User

Act = Callable[..., Emergency]

_QUESTIONS: dict[str, tuple[Act, str, str]] = {
    "approve": (break_glass.approve, "Approve", "The person sees all personal data of the workspace at once."),
    "refuse": (break_glass.refuse, "Refuse", "The person sees what their roles show, as before."),
    "end": (break_glass.end, "End now", "The person sees what their roles show, within two seconds."),
}


class AskForm(forms.ModelForm):  # type: ignore[type-arg]
    """A request for emergency access, for oneself."""

    class Meta:
        model = Emergency
        fields = ("workspace", "minutes", "reason")

    by: User

    def clean(self) -> dict[str, Any]:
        """Ask, and say what stands in the way; a page that is not saved leaves nothing behind."""
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                asked = break_glass.ask(
                    cleaned["workspace"], self.by, minutes=cleaned["minutes"], reason=cleaned["reason"]
                )
            except EmergencyRefused as refused:
                raise forms.ValidationError(str(refused)) from None
            self.instance = asked
        return cleaned

    def _post_clean(self) -> None:
        """Leave the row to its writer."""


@admin.register(Emergency)
class EmergencyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Who broke the glass, why, and what came of it; owners answer here, administrators read."""

    list_display = ("user", "workspace", "state", "minutes", "asked_at", "decided_by", "ends_at")
    list_filter = ("state",)
    list_select_related = ("user", "workspace", "decided_by")
    search_fields = ("user__email", "user__external_id", "workspace__slug")
    search_help_text = "Person or workspace"
    autocomplete_fields = ("workspace",)
    ordering = ("-asked_at",)

    def get_form(self, request: HttpRequest, obj: Emergency | None = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002 - Django's signature.
        """Ask on behalf of whoever is signed in."""
        if obj:
            return super().get_form(request, obj, change=change, **kwargs)
        form: Any = super().get_form(request, obj, change=change, **{**kwargs, "form": AskForm})
        form.by = acting_user(request)
        return form

    def get_fields(self, request: HttpRequest, obj: Emergency | None = None) -> Any:
        """Show everything of one that is there."""
        del request
        asked = ("workspace", "minutes", "reason")
        return ("user", *asked, "state", "asked_at", "decided_by", "decided_at", "ends_at") if obj else asked

    def has_change_permission(self, request: HttpRequest, obj: Emergency | None = None) -> bool:
        """Refuse: it is answered or ended with its buttons."""
        del request, obj
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Emergency | None = None) -> bool:
        """Refuse: nothing about who had which right is lost."""
        del request, obj
        return False

    def save_model(self, request: HttpRequest, obj: Emergency, form: Any, change: Any) -> None:
        """Do nothing more: asking has written the row."""

    def get_urls(self) -> Any:
        """Add the pages that ask before they act."""
        view = self.admin_site.admin_view(self.act_view)
        acts = "|".join(_QUESTIONS)
        pattern = rf"^(?P<pk>[0-9a-f-]{{36}})/(?P<act>{acts})/$"
        return [re_path(pattern, view, name="workspaces_emergency_act"), *super().get_urls()]

    def act_view(self, request: HttpRequest, pk: Any, act: str) -> HttpResponse:
        """Approve, refuse or end; who may is decided by their rights in the workspace, not by this admin's."""
        emergency = get_object_or_404(Emergency.objects.select_related("user", "workspace"), pk=pk)
        if not self.has_view_permission(request, emergency):
            raise PermissionDenied
        move, button, text = _QUESTIONS[act]
        if request.method != "POST":
            return ask(self, request, emergency, Question(button, text))
        try:
            move(emergency, by=acting_user(request))
            self.message_user(request, "Done; every owner is told.", messages.SUCCESS)
        except EmergencyRefused as refused:
            self.message_user(request, str(refused), messages.ERROR)
        return HttpResponseRedirect(page_of(emergency))
