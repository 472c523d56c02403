"""The answers to requests that no view takes, or whose view broke."""

from django.http import HttpRequest, HttpResponse
from django.views import defaults

from privacy_service.exceptions import NoSuchPath, PrivacyError
from privacy_service.http import Answer, problem, request_id_now

_API = "/v1/"


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a path that is not there: a problem under the API, a page elsewhere."""
    if is_of_the_api(request):
        return as_response(problem(NoSuchPath(), request_id_now()))
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a view that broke: nothing of what it held is shown."""
    if is_of_the_api(request):
        return as_response(problem(PrivacyError(), request_id_now()))
    return defaults.server_error(request)


def is_of_the_api(request: HttpRequest) -> bool:
    """Say whether a program asks, which reads problems and no pages."""
    return request.path_info.startswith(_API)


def as_response(answer: Answer) -> HttpResponse:
    """Turn an answer into Django's response; a server may take no subclass of a text for a header."""
    headers = {name: str(value) for name, value in answer.headers}
    return HttpResponse(answer.body, status=answer.status, headers=headers)
