"""Is the process alive, and is everything there?"""

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from pytest_django import Settings

from workspaces.models import Workspace


def test_a_live_process_answers(client: Client) -> None:
    response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok\n")


def test_a_service_with_everything_is_ready(client: Client, workspace: Workspace) -> None:
    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {
        "ready": True,
        "checks": {"database": "ok", "redis": "ok", "server": "ok", "audit_spool": "ok"},
    }


def vanish(*_: object) -> object:
    """Stand in for a database that has gone."""
    raise DatabaseError


def test_a_service_without_its_database_says_so(client: Client, workspace: Workspace) -> None:
    with connection.execute_wrapper(vanish):
        response = client.get("/readyz")

    assert (response.status_code, response.json()["checks"]["database"]) == (503, "DatabaseError")


def test_a_service_without_redis_says_so(client: Client, workspace: Workspace, settings: Settings) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }

    response = client.get("/readyz")

    assert (response.status_code, response.json()["checks"]["redis"]) == (503, "ConnectionError")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_these_pages_only_read(client: Client, workspace: Workspace, path: str) -> None:
    assert client.post(path).status_code == 405


def test_the_metrics_name_no_person_and_no_workspace(client: Client, workspace: Workspace) -> None:
    text = client.get("/metrics").content.decode()

    assert "privacy_fail_closed_total" in text
    assert "acme" not in text


def test_an_unknown_path_of_the_api_is_a_problem_and_elsewhere_a_page(client: Client, workspace: Workspace) -> None:
    under_the_api = client.get("/v1/nothing/here")
    elsewhere = client.get("/nothing/here")

    assert (under_the_api.status_code, under_the_api.json()["reason"]) == (404, "no-such-path")
    assert (elsewhere.status_code, elsewhere["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_the_documentation_describes_the_three_calls(client: Client, workspace: Workspace) -> None:
    schema = client.get("/docs/openapi.yaml").content.decode()
    page = client.get("/docs")

    assert [path for path in ("mask", "classify", "decision") if f"/v1/workspaces/{{slug}}/{path}:" in schema] == [
        "mask",
        "classify",
        "decision",
    ]
    assert page.status_code == 200
    assert b"/static/" in page.content


@pytest.mark.parametrize("path", ["/healthz", "/metrics"])
def test_probes_are_answered_under_any_name(client: Client, path: str) -> None:
    assert client.get(path, headers={"host": "10.1.2.3:8000"}).status_code == 200
