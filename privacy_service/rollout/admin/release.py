"""The page of the release: where it stands, how its gates are, what waits, and the one form that moves it."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone

from privacy_service.exceptions import PrivacyError
from privacy_service.rollout import gates, moves, release, wording
from privacy_service.rollout.admin.forms import MoveForm
from privacy_service.rollout.changes import Change, Preview, preview
from privacy_service.rollout.models import PII_ACCESS, Flag, PlannedMove, ReleaseMove, Report
from privacy_service.rollout.moves import Answer, Wish
from privacy_service.rollout.stages import Position, Stage
from privacy_service.rollout.stale import staleness
from workspaces.admin.shared import acting_user
from workspaces.models import Workspace

THROUGH = "admin"
_SHOWN_MOVES = 10


@admin.register(Flag)
class FlagAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The one flag of the release: moved, never deleted, since without it everything is masked."""

    list_display = ("name", "released_to", "forced_on", "forced_off", "held", "modified")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Flag]:
        """Leave out flags that nothing here asks."""
        return super().get_queryset(request).filter(name=PII_ACCESS)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Allow the one flag back where somebody lost it, and no second."""
        return super().has_add_permission(request) and not Flag.objects.filter(name=PII_ACCESS).exists()

    def has_delete_permission(self, request: HttpRequest, obj: Flag | None = None) -> bool:
        """Refuse."""
        del request, obj
        return False

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Bring the flag back, off."""
        del form_url, extra_context
        if not self.has_add_permission(request):
            raise PermissionDenied
        release.move_to(Position(Stage.OFF), release.Circumstances(acting_user(request), THROUGH))
        messages.success(request, "The flag is back, off for everybody.")
        return HttpResponseRedirect("../")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show the release, and do what a button of the page asks."""
        del form_url, extra_context
        flag = self.get_object(request, object_id)
        if flag is None or not self.has_view_or_change_permission(request, flag):
            raise PermissionDenied
        if request.method != "POST":
            return self._page(request, flag, MoveForm(user=acting_user(request), initial={"to": flag.position.stage}))
        if not moves.may_move(acting_user(request)):
            raise PermissionDenied
        return self._posted(request, flag)

    def _posted(self, request: HttpRequest, flag: Flag) -> HttpResponse:
        """Do what a button asks, and say why where that may not be."""
        form = MoveForm(request.POST, user=acting_user(request))
        try:
            return self._button(request) or self._moved(request, flag, form)
        except PrivacyError as error:
            messages.error(request, error.detail)
            return self._page(request, flag, form)

    def _button(self, request: HttpRequest) -> HttpResponse | None:
        """Confirm, cancel or resume, where one of these buttons was pressed."""
        user = acting_user(request)
        if "confirm" in request.POST:
            return self._said(request, moves.confirm(request.POST["confirm"], user))
        if "cancel" in request.POST:
            moves.cancel(request.POST["cancel"], Wish(user, THROUGH))
        elif "resume" in request.POST:
            moves.resume(Wish(user, THROUGH))
        else:
            return None
        return HttpResponseRedirect(request.path)

    def _moved(self, request: HttpRequest, flag: Flag, form: MoveForm) -> HttpResponse:
        """Move, or show who would change."""
        if not form.is_valid() or form.change is None:
            return self._page(request, flag, form)
        if "preview" in request.POST:
            return self._page(request, flag, form, preview(form.change))
        return self._said(request, _move_by(form, form.change))

    def _said(self, request: HttpRequest, answer: Answer) -> HttpResponse:
        """Say what became of a wish and show the page anew."""
        if answer.made:
            messages.success(request, f"Moved: {answer.made}. Every process follows within two seconds.")
        elif answer.waits and answer.waits.needs_confirmation:
            until = wording.moment(answer.waits.expires_at)
            messages.warning(request, f"Another administrator confirms {answer.waits} here until {until}.")
        else:
            messages.success(request, f"Planned: {answer.waits}.")
        return HttpResponseRedirect(request.path)

    def _page(self, request: HttpRequest, flag: Flag, form: MoveForm, changed: Preview | None = None) -> HttpResponse:
        moved = list(ReleaseMove.objects.all()[:_SHOWN_MOVES])
        context = {
            **self.admin_site.each_context(request),
            "title": "Release of PII access control",
            "opts": self.opts,
            "original": flag,
            "summary": wording.summary(release.state(), Workspace.objects.count()),
            "gates": gates.measure(),
            "unmeasured": wording.UNMEASURED,
            "window": wording.window(),
            "waiting": [(one, wording.waits_for(one)) for one in PlannedMove.objects.waiting(timezone.now())],
            "scheduled": [(one, wording.waits_for(one)) for one in PlannedMove.objects.scheduled()],
            "history": wording.history_lines(moved),
            "reports": Report.objects.filter(closed_at=None).count(),
            "stale": staleness(),
            "form": form,
            "changed": wording.preview_lines(changed) if changed else [],
            "may_move": moves.may_move(acting_user(request)),
        }
        return TemplateResponse(request, "admin/rollout/release.html", context)

    @admin.display(description="released to")
    def released_to(self, flag: Flag) -> str:
        """Say how far the release has come."""
        return wording.reach(flag.position)

    @admin.display(description="forced on")
    def forced_on(self, flag: Flag) -> int:
        """Count workspaces."""
        return flag.workspaces.count()

    @admin.display(description="forced off")
    def forced_off(self, flag: Flag) -> int:
        """Count workspaces."""
        return flag.excluded_workspaces.count()


def _move_by(form: MoveForm, change: Change) -> Answer:
    """Make the move, at once where the second person has signed beside the first."""
    asked = form.cleaned_data
    wish = Wish(form.user, THROUGH, asked["why"], asked["force"])
    answer = moves.ask(change, wish, run_at=asked["at"])
    if answer.waits and answer.waits.needs_confirmation and form.second:
        return moves.confirm(answer.waits.code, form.second)
    return answer
