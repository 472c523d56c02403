"""What is answered for a path that is not there, or a public page that is closed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation.trans_real import get_language_from_request

from privacy_service import handlers
from privacy_service.console.frame import secured


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a problem under the API, and a page to a browser; nothing is looked up for it."""
    if handlers.is_of_the_api(request) or not request.accepts("text/html"):
        return handlers.not_found(request, exception)
    with translation.override(get_language_from_request(request)):
        context = {"is_console": request.path.startswith(reverse("console:start"))}
        return secured(render(request, "console/missing.html", context, status=404))
