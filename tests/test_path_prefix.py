"""A service that a proxy serves under a path of its own, which it takes away: what is answered names that path."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.urls import set_script_prefix
from pytest_django import Settings

from tests.asking import Reply
from workspaces.models import Workspace

PREFIX = "/privacy"


@pytest.fixture
def ask(settings: Settings, workspace: Workspace) -> Any:
    """Return a way to ask the service that stands there, by what is left of the path."""
    settings.FORCE_SCRIPT_NAME = PREFIX
    yield _asker(WSGIHandler())
    set_script_prefix("/")


def _asker(handler: WSGIHandler) -> Callable[..., Reply]:
    def ask(path: str, *, host: str = "localhost", accept: str = "*/*") -> Reply:
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "SERVER_NAME": host,
            "SERVER_PORT": "80",
            "HTTP_ACCEPT": accept,
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
        }
        started: list[Any] = []
        pieces = handler(environ, lambda *arguments: started.append(arguments))  # type: ignore[arg-type]
        [(status, headers)] = started
        return Reply(int(status[:3]), dict(headers), b"".join(pieces))

    return ask


def test_probes_are_answered_whatever_the_host_is_called(ask: Callable[..., Reply]) -> None:
    assert ask("/healthz", host="10.1.2.3").status == 200


def test_an_unknown_path_of_the_api_is_a_problem_there_too(ask: Callable[..., Reply]) -> None:
    assert ask("/v1/nothing").reason == "no-such-path"


def test_who_is_not_signed_in_is_sent_to_the_sign_in_there(ask: Callable[..., Reply]) -> None:
    pages = [ask("/console/").headers["Location"], ask("/admin/").headers["Location"]]

    assert pages == ["/privacy/console/sign-in?next=/privacy/console/", "/privacy/admin/login/?next=/privacy/admin/"]


def test_other_systems_are_told_where_the_evaluations_are(ask: Callable[..., Reply]) -> None:
    told = ask("/.well-known/authzen-configuration").json

    assert told["access_evaluation_endpoint"] == "http://localhost/privacy/access/v1/evaluation"


def test_the_description_of_the_api_names_the_path_in_its_servers(ask: Callable[..., Reply]) -> None:
    told = ask("/docs/openapi.yaml", accept="application/vnd.oai.openapi+json")

    assert told.headers["Content-Type"] == "application/vnd.oai.openapi+json; charset=utf-8"
    assert told.json["servers"] == [{"url": "/privacy"}]
    assert "/v1/workspaces/{slug}/mask" in told.json["paths"]
