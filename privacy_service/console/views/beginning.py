"""A bulk run begun from the page: filled in, looked at again, and begun; what the API takes, by the API's rules."""

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from classifier import POLICY_NAMES, Tier
from privacy_service.console.frame import show, workspace_page
from privacy_service.console.places import Place, writing
from privacy_service.console.speaking import in_words
from privacy_service.console.views.operations import NEED, what_runs
from privacy_service.exceptions import PermissionMissing, PrivacyError
from privacy_service.jobs.chunks import OnError
from privacy_service.jobs.errors import JobRefused, NothingToMask, OutIsThere, OutOfSight
from privacy_service.jobs.kinds import FileKind
from privacy_service.jobs.outlook import Outlook, outlook
from privacy_service.jobs.starting import Asked, check_job, start_job
from privacy_service.managing.idempotency import is_repeated
from workspaces.permissions import Permission


def _choices(*names: str) -> list[tuple[str, str]]:
    return [(name, name) for name in names]


class JobForm(forms.Form):
    """What a job is asked for, in the API's words."""

    source = forms.CharField(max_length=1000)
    out = forms.CharField(max_length=1000)
    policy = forms.ChoiceField(choices=_choices("", *POLICY_NAMES), required=False)
    tier = forms.ChoiceField(choices=_choices(*Tier))
    format = forms.ChoiceField(choices=_choices("", *FileKind), required=False)
    on_error = forms.ChoiceField(choices=_choices(*OnError))
    only_newer_policy = forms.BooleanField(required=False)
    overwrite = forms.BooleanField(required=False)

    def asked(self) -> Asked:
        """Return it as jobs take it."""
        return Asked.of(self.cleaned_data)


@require_POST
@workspace_page(NEED)
def begin(request: HttpRequest, place: Place) -> HttpResponse:
    """Show what a job would do, and begin it once that was seen; what is wrong is said beside what was filled in."""
    form = JobForm(request.POST)
    if not form.is_valid():
        return _again(request, place, form, _("Name what is read and where it goes, each by an address."))
    try:
        if "sure" not in request.POST:
            _check_policy(place, form.asked())
            ahead = _ahead(place, form.asked())
            return show(request, "jobs", place, form=form, is_asked=True, ahead=ahead, once=uuid4(), **what_runs(place))
        with writing(place, NEED) as there:
            _check_policy(there, form.asked())
            if not is_repeated(there.actor, request.path, request.POST.get("once", "")):  # A double click is one job.
                start_job(there.workspace, form.asked(), by=there.actor)
    except (PrivacyError, JobRefused) as error:
        return _again(request, place, form, _said(error, form))
    messages.success(request, _("Begun. You may leave this page; it shows how far the job is whenever you come back."))
    return redirect("console:jobs", place.workspace.slug)


def _ahead(place: Place, asked: Asked) -> Outlook | None:
    """Return what the job would do, None where this server cannot look there."""
    chosen = check_job(place.workspace, asked, by=place.actor)
    try:
        return outlook(place.workspace, asked, chosen)
    except OutOfSight:
        return None


def _said(error: Exception, form: JobForm) -> str:
    """Say what is wrong in the words of the form, where the service's own name options of a command."""
    told = {"source": form.cleaned_data["source"], "out": form.cleaned_data["out"]}
    match error:
        case NothingToMask():
            return (
                _(
                    "No file that could be masked is at %(source)s. Look at the address; where the names of files "
                    "do not tell what they are made of, choose a format."
                )
                % told
            )
        case OutIsThere():
            return (
                _("Files are there already at %(out)s. Name another place, or choose that such files are replaced.")
                % told
            )
    return in_words(error)


def _check_policy(place: Place, asked: Asked) -> None:
    if asked.policy and not place.may(Permission.MANAGE_POLICY):
        raise PermissionMissing(_("Another policy than the workspace's is for members who may change the policy."))


def _again(request: HttpRequest, place: Place, form: JobForm, error: str) -> HttpResponse:
    context: dict[str, Any] = {**what_runs(place), "form": form, "error": error}
    return show(request, "jobs", place, status=400, **context)
