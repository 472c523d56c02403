"""The public pages: asking to be forgotten, and confirming it. They work without JavaScript and show nobody's data."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from privacy_service.subjects import confirming
from privacy_service.subjects.identifiers import LONGEST
from privacy_service.subjects.models import SubjectForm

_FORM_ONLY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


class Asked(forms.Form):
    """What somebody types in."""

    email = forms.EmailField(max_length=min(LONGEST, 320), label="Your e-mail address")


@never_cache
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a workspace's form, or take what was filled in; the answer is the same for every address."""
    if not settings.PRIVACY_PUBLIC_URL:
        raise Http404
    form = get_object_or_404(SubjectForm.objects.select_related("workspace"), workspace__slug=slug, is_open=True)
    asked = Asked(request.POST or None)
    if not asked.is_valid():
        return _page(request, "ask", status=400 if asked.is_bound else 200, form=form, asked=asked)
    try:
        confirming.ask_on_form(form, asked.cleaned_data["email"])
    except confirming.TooManyAsked:
        return _page(request, "later", status=429, form=form)
    return _page(request, "sent", form=form)


@never_cache
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Show what a link would confirm, or confirm it."""
    try:
        confirmation = confirming.confirmation_in(token)
        form = confirmation.request.workspace.subject_form
        if request.method == "GET":
            return _page(request, "confirm", form=form)
        confirming.confirm(token)
    except confirming.LinkRefused:
        return _page(request, "refused", status=410)
    return _page(request, "confirmed", form=form)


def _page(request: HttpRequest, name: str, *, status: int = 200, **context: Any) -> HttpResponse:
    response = render(request, f"subjects/{name}.html", context, status=status)
    response["Content-Security-Policy"] = _FORM_ONLY
    return response
