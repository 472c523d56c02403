"""The pages of those who delete by hand: their tasks in one system, whom each is about, and where it is ticked off."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from privacy_service.exceptions import Conflict
from privacy_service.subjects import handwork
from privacy_service.subjects.carrying_out import settle_by_hand
from privacy_service.subjects.confirming import LinkRefused
from privacy_service.subjects.models import Destination, Receipt, Wish

_FORM_ONLY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
_MOST_LISTED = 200


class Shown(forms.Form):
    """What somebody says, and shows, of what they did."""

    proof = forms.CharField(max_length=500)
    file = forms.FileField(required=False, allow_empty_file=False)

    def clean_file(self) -> bytes | None:
        """Return the file's content; nothing of its name, which may name a person."""
        file: UploadedFile[bytes] | None = self.cleaned_data["file"]
        if not file:
            return None
        content: bytes = file.read(handwork.MOST_BYTES + 1)
        try:
            handwork.media_type_of(content)
        except handwork.FileRefused as refused:
            raise forms.ValidationError(str(refused)) from None
        return content


@never_cache
@require_http_methods(["GET"])
def tasks(request: HttpRequest, token: str) -> HttpResponse:
    """List what is to be done by hand in one system."""
    try:
        destination, _ = handwork.tasks_in(token)
    except LinkRefused:
        return _page(request, "task_refused", status=410)
    waiting = _tasks_of(destination).select_related("request").order_by("request__due_at", "pk")
    listed = list(waiting[:_MOST_LISTED])
    return _page(request, "tasks", destination=destination, token=token, tasks=listed, count=waiting.count())


@never_cache
@require_http_methods(["GET", "POST"])
def task(request: HttpRequest, token: str, receipt_id: UUID) -> HttpResponse:
    """Show one task; whom it is about, to whoever presses the button; and take that it is done."""
    try:
        destination, holder = handwork.tasks_in(token)
    except LinkRefused:
        return _page(request, "task_refused", status=410)
    theirs = Receipt.objects.filter(destination=destination).select_related("request__workspace", "destination")
    receipt = get_object_or_404(theirs, pk=receipt_id)
    is_copy = Wish(receipt.request.wish).exports
    context: dict[str, Any] = {"destination": destination, "token": token, "task": receipt, "is_copy": is_copy}
    if not _tasks_of(destination).filter(pk=receipt_id).exists():
        return _page(request, "task_done", **context)  # A button pressed twice, or a colleague was faster.
    if request.method == "POST" and "show" in request.POST:
        return _page(request, "task", **context, identifiers=handwork.show(receipt, holder))
    shown = Shown(request.POST or None, request.FILES or None)
    if not shown.is_valid():
        return _page(request, "task", status=400 if shown.is_bound else 200, **context, shown=shown)
    said = shown.cleaned_data
    with suppress(Conflict):  # A colleague was faster, by less than this page took.
        settle_by_hand(receipt.pk, proof=said["proof"], by=holder, file=said["file"])
    return _page(request, "task_done", **context)


def _tasks_of(destination: Destination) -> QuerySet[Receipt]:
    return handwork.need_person().filter(destination=destination)


def _page(request: HttpRequest, name: str, *, status: int = 200, **context: Any) -> HttpResponse:
    response = render(request, f"subjects/{name}.html", {"language": "en", **context}, status=status)
    response["Content-Security-Policy"] = _FORM_ONLY
    return response
