"""What is answered in place of any page while the database does not answer."""

import sys

from django.db import InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation.trans_real import get_language_from_request

from privacy_service import handlers
from privacy_service.console.frame import secured
from privacy_service.exceptions import PrivacyError
from privacy_service.http import problem, request_id_now

# It is gone, it hangs, it is locked, or it takes no writes; any other error of a query is a fault of ours.
_AWAY = (OperationalError, InterfaceError, InternalError)
_RETRY_SECONDS = "5"


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a view that broke; Django calls this while it handles the error."""
    if not isinstance(sys.exception(), _AWAY):
        return handlers.server_error(request)
    if request.headers.get("HX-Request"):
        return _for_htmx(request)
    if request.accepts("text/html") and not handlers.is_of_the_api(request):
        return _page(request)
    return handlers.as_response(problem(PrivacyError(Retry_After=_RETRY_SECONDS), request_id_now()))


def _page(request: HttpRequest) -> HttpResponse:
    """Show the page, for which nothing is looked up."""
    with translation.override(get_language_from_request(request)):
        context = {"is_safe": request.method in {"GET", "HEAD"}}
        page = render(request, "console/unavailable.html", context, status=503)
    page["Retry-After"] = _RETRY_SECONDS
    return secured(page)


def _for_htmx(request: HttpRequest) -> HttpResponse:
    """Leave a part that renews itself as it was until it can; after anything else have the whole page asked for."""
    then = {"HX-Reswap": "none"} if request.method == "GET" else {"HX-Refresh": "true"}
    return secured(HttpResponse(status=503, headers={"Retry-After": _RETRY_SECONDS, **then}))
