"""The public form of a workspace: where it is, opened and closed; for the API and the console alike."""

from django.conf import settings

from privacy_service.exceptions import Conflict
from privacy_service.subjects.models import SubjectForm
from workspaces.acts import Act, note
from workspaces.models import User, Workspace

NOWHERE = "Whoever runs this service must set PRIVACY_PUBLIC_URL first."


def form_of(workspace: Workspace) -> SubjectForm:
    """Return the form of a workspace, as it would be where none is stored yet."""
    return SubjectForm.objects.filter(workspace=workspace).first() or SubjectForm(workspace=workspace)


def address_of(form: SubjectForm) -> str:
    """Return where people find the form, empty while nobody does."""
    is_there = form.is_open and settings.PRIVACY_PUBLIC_URL
    return f"{settings.PRIVACY_PUBLIC_URL}/people/{form.workspace.slug}" if is_there else ""


def turn(workspace: Workspace, *, is_open: bool, by: User) -> None:
    """Open the form or close it, under the workspace's lock; raise Conflict where it would be nowhere."""
    if is_open and not settings.PRIVACY_PUBLIC_URL:
        raise Conflict(NOWHERE)
    form = form_of(workspace)
    form.is_open = is_open
    form.save()
    note(Act.SUBJECT_FORM_CHANGED, workspace, by, form, is_open=is_open)
