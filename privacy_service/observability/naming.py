"""Every request has a name, the caller's or ours, which its log lines, records, tasks and answer carry."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from privacy_service.http import current, received
from privacy_service.observability.logging import CALL

HEADER = "PII-Request-Id"


class NamingMiddleware:
    """Names the requests that Django answers; the hot path in front of it names its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer under the request's name."""
        call = received(request.META, "", bytes)
        setattr(request, CALL, call)
        try:
            response = self.get_response(request)
        finally:
            current.set(None)
        response.headers.setdefault(HEADER, call.id)
        return response
