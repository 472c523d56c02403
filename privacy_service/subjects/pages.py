"""The public pages: asking to be forgotten, confirming it, and the certificate that it was done.

They work without JavaScript, show nobody's data, and speak the language that the form is set to, else the browser's.
"""

from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from privacy_service.exceptions import Conflict
from privacy_service.subjects import confirming
from privacy_service.subjects.archives import keeping
from privacy_service.subjects.archives.handing_out import zip_of
from privacy_service.subjects.certificates.issuing import document_of
from privacy_service.subjects.certificates.links import certificate_at
from privacy_service.subjects.certificates.paper import paper_of
from privacy_service.subjects.identifiers import LONGEST
from privacy_service.subjects.languages import Language
from privacy_service.subjects.models import Archive, SubjectForm
from privacy_service.subjects.wording import preferred, words_in
from workspaces.acts import Act, note

_FORM_ONLY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


class Asked(forms.Form):
    """What somebody types in."""

    email = forms.EmailField(max_length=min(LONGEST, 320))


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
        confirming.ask_on_form(form, asked.cleaned_data["email"], language=_language(request, form))
    except confirming.TooManyAsked:
        return _page(request, "later", status=429, form=form)
    return _page(request, "sent", form=form)


@never_cache
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Show what a link would confirm, or confirm it."""
    try:
        confirmation = confirming.confirmation_in(token)
        form, language = confirmation.request.workspace.subject_form, confirmation.request.language
        if request.method == "GET":
            return _page(request, "confirm", language=language, form=form)
        begun = confirming.confirm(token)
    except confirming.LinkRefused:
        return _page(request, "refused", status=410)
    archive = Archive.objects.filter(request=begun).first()
    passphrase = keeping.new_passphrase(archive) if archive else ""
    return _page(request, "confirmed", language=language, form=form, passphrase=passphrase)


@never_cache
@require_http_methods(["GET", "POST"])
def archive(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show where somebody's archive can be had, or hand it out; whoever has the link alone cannot open it."""
    try:
        link = keeping.link_at(token)
        language = link.archive.request.language or _language(request)
        if request.method == "GET":
            return _page(request, "archive", language=language, title=words_in(language).archive.title)
        pieces = zip_of(link.archive)
    except (keeping.LinkRefused, Conflict):
        return _page(request, "archive_gone", status=410)
    note(Act.ARCHIVE_FETCHED, link.archive.request.workspace, None, link.archive.request)
    headers = {"Content-Disposition": 'attachment; filename="my-data.zip"', "X-Robots-Tag": "noindex"}
    return StreamingHttpResponse(keeping.fetched_by(link, pieces), content_type="application/zip", headers=headers)


@never_cache
@require_safe
def certificate(request: HttpRequest, token: str) -> HttpResponse:
    """Show where somebody's certificate can be had; it names nobody, and the link to it was sent to them alone."""
    found = certificate_at(token)
    if found is None:
        return _page(request, "gone", status=404)
    language = found.request.language or _language(request)
    return _page(request, "certificate", language=language, title=words_in(language).paper.title, token=token)


@never_cache
@require_safe
def certificate_file(request: HttpRequest, token: str, form: str) -> HttpResponse:
    """Hand a certificate out, on paper or for programs."""
    found = certificate_at(token)
    if found is None or form not in {"pdf", "json"}:
        return _page(request, "gone", status=404)
    name = f'attachment; filename="certificate-{found.request_id}.{form}"'
    headers = {"Content-Disposition": name, "X-Robots-Tag": "noindex"}
    if form == "json":
        return JsonResponse(document_of(found), headers=headers)
    language = found.request.language or _language(request)
    return HttpResponse(paper_of(found, language), content_type="application/pdf", headers=headers)


def _language(request: HttpRequest, form: SubjectForm | None = None) -> Language:
    set_to = form.language if form else ""
    return Language(set_to) if set_to else preferred(request.headers.get("Accept-Language", ""))


def _page(request: HttpRequest, name: str, *, status: int = 200, language: str = "", **context: Any) -> HttpResponse:
    form = context.get("form")
    spoken = language or _language(request, form)
    words = words_in(spoken).page
    context |= {"language": spoken, "words": words, "archive_words": words_in(spoken).archive}
    context |= {"worded": form.worded(words) if form else None}
    response = render(request, f"subjects/{name}.html", context, status=status)
    response["Content-Security-Policy"] = _FORM_ONLY
    response["Content-Language"] = spoken
    return response
