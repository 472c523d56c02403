"""Without its database the console says so, looks nothing up for it, and shows nothing of what went wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import InternalError, OperationalError, ProgrammingError, connection
from django.test import Client
from pytest_django import Settings

from privacy_service.console.sessions import SEEN
from tests.console.conftest import Opened
from workspaces.models import User

CANARY = "canary.one@example.com"
PAGES = ("/console/", "/console/w/acme/", "/console/w/acme/requests", "/console/account", "/admin/", "/people/acme")


@contextmanager
def without_database(error: type[Exception] = OperationalError) -> Iterator[None]:
    """Have every query fail, in words that tell a value."""

    def vanish(*_: object) -> object:
        raise error(CANARY)

    with connection.execute_wrapper(vanish):
        yield


@pytest.fixture
def browser(opened: Opened, alice: User, settings: Settings) -> Client:
    """Return the owner's browser, with the error page that production shows."""
    settings.PRIVACY_PUBLIC_URL = "https://privacy.example.com"
    client = opened(alice)
    client.raise_request_exception = False
    client.defaults["HTTP_ACCEPT"] = "text/html"
    return client


@pytest.mark.parametrize("path", PAGES)
def test_each_page_says_that_the_database_does_not_answer(browser: Client, path: str) -> None:
    with without_database():
        page = browser.get(path)

    assert (page.status_code, page["Retry-After"]) == (503, "5")
    assert "The database does not answer" in page.text
    assert "Nothing was changed." in page.text
    assert page["Content-Security-Policy"].startswith("default-src 'none'")
    assert CANARY not in page.text


@pytest.mark.parametrize(
    ("language", "said"), [("de", "Die Datenbank antwortet nicht"), ("es", "La base de datos no responde")]
)
def test_it_says_so_in_the_reader_s_language(browser: Client, language: str, said: str) -> None:
    with without_database():
        assert said in browser.get("/console/", headers={"Accept-Language": language}).text


def test_whoever_sent_something_is_told_to_look_first(browser: Client) -> None:
    with without_database(InternalError):  # As a database that only reads answers.
        page = browser.post("/console/w/acme/access/second-factor", {"is_on": "yes"})

    assert page.status_code == 503
    assert "before you send it again" in page.text


def test_a_part_that_renews_itself_stays_as_it_was(browser: Client) -> None:
    with without_database():
        renewed = browser.get("/console/w/acme/pulse", headers={"HX-Request": "true"})
        sent = browser.post("/console/w/acme/policy/try", headers={"HX-Request": "true"})

    assert (renewed.status_code, renewed.content, renewed["HX-Reswap"]) == (503, b"", "none")
    assert (sent.status_code, sent.content, sent["HX-Refresh"]) == (503, b"", "true")


def test_a_program_gets_a_problem(browser: Client) -> None:
    with without_database():
        answer = browser.get("/console/", headers={"Accept": "application/json"})

    assert (answer.status_code, answer["Retry-After"], answer.json()["reason"]) == (503, "5", "unavailable")
    assert CANARY not in answer.text


def test_a_fault_of_ours_is_no_database_that_is_away(browser: Client) -> None:
    with without_database(ProgrammingError):
        page = browser.get("/console/")

    assert (page.status_code, "Retry-After" in page.headers, CANARY in page.text) == (500, False, False)


@pytest.mark.django_db(transaction=True)
def test_pages_open_while_the_database_takes_no_writes(browser: Client) -> None:
    session = browser.session
    session[SEEN] -= 60  # So long ago that this page would be noted.
    session.save()

    with read_only():
        page = browser.get("/console/w/acme/")

    assert page.status_code == 200
    assert browser.session[SEEN] == session[SEEN]


@contextmanager
def read_only() -> Iterator[None]:
    """Have every statement that changes something fail."""

    def refuse(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            raise InternalError(CANARY)
        return execute(sql, *rest)

    with connection.execute_wrapper(refuse):
        yield
