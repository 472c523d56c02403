"""The address of the service itself: a page for a browser, and for programs what their dialect answers there."""

import io
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler

from privacy_service.hotpath import HotPath
from tests.asking import Reply

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def asked(method: str = "GET", **headers: str) -> Reply:
    """Ask what production runs for `/`."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": "/",
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        **headers,
    }
    started: list[Any] = []
    pieces = HotPath(WSGIHandler())(environ, lambda *arguments: started.append(arguments))  # type: ignore[arg-type]
    [(status, told)] = started
    return Reply(int(status[:3]), dict(told), b"".join(pieces))


@pytest.mark.django_db  # Django itself looks at its connections, wherever it answers.
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_browser_is_led_to_the_console(method: str) -> None:
    reply = asked(method, HTTP_ACCEPT=BROWSER)

    assert (reply.status, reply.headers["Location"]) == (302, "/console/")


@pytest.mark.parametrize("headers", [{}, {"HTTP_ACCEPT": "*/*"}, {"HTTP_ACCEPT": "application/json"}])
def test_a_program_is_told_the_version(headers: dict[str, str]) -> None:
    reply = asked(**headers)

    assert (reply.status, reply.json) == (200, {"app_version": "4.2.1"})


def test_what_a_form_of_another_page_posts_there_is_the_dialects() -> None:
    assert asked("POST", HTTP_ACCEPT=BROWSER, CONTENT_LENGTH="0").status == 405
