"""A real browser for stories: Chromium, driven by Playwright, one for the stories of a module."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")


def executable() -> str | None:
    """Return the machine's own Chromium, or None for the one that Playwright has installed."""
    named = os.environ.get("PRIVACY_TEST_BROWSER", "")
    return named or next((path for name in _NAMES if (path := shutil.which(name))), None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return the browser; it takes seconds to start, so that the stories of a module share one.

    No longer than that: while it runs, the thread has a running loop, and Django other connections.
    """
    patch = pytest.MonkeyPatch()
    # Playwright's synchronous calls run on a loop of this thread, which Django takes for asynchronous code of ours.
    patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    # Chromium's own sandbox refuses to run as root, as in containers; what it opens here is ours.
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    try:
        with sync_playwright() as playwright:
            started = playwright.chromium.launch(executable_path=executable(), args=options)
            yield started
            started.close()
    finally:
        patch.undo()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Return a window of nobody's: no cookie, nothing cached."""
    opened = browser.new_context()
    opened.set_default_timeout(10_000)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Return an empty page; a script that fails in it fails the test."""
    opened, failures = context.new_page(), list[str]()
    opened.on("pageerror", lambda error: failures.append(str(error)))
    yield opened
    assert failures == []


def type_password(page: Page, name: str, password: str) -> None:
    """Fill in the sign-in page, by keyboard alone."""
    expect(page.locator("[name=username]")).to_be_focused()  # Whatever is typed earlier is lost.
    page.keyboard.type(f"{name}@acme.example")
    page.keyboard.press("Tab")
    expect(page.locator("[name=password]")).to_be_focused()
    page.keyboard.type(password)
    page.keyboard.press("Enter")
