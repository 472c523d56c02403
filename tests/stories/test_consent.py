"""The consent banner in a real browser, on a shop's page with a strict policy and another origin than the service."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote

import pytest
from playwright.sync_api import BrowserContext, Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from privacy_service.consent.choices import present_choice
from privacy_service.consent.models import Choice
from privacy_service.subjects.identifiers import Identifier, Kind
from tests.browsing import browser, context, page
from tests.consent.conftest import make_settings
from tests.factories import make_workspace
from workspaces.models import Workspace

__all__ = ["browser", "context", "page"]  # Fixtures.

PAGE = """<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>A shop</title>
<link rel="icon" href="data:,"><script src="/seen.js"></script>
<script src="{service}/consent/banner.js" data-workspace="acme" {attributes}></script>
<script type="text/plain" data-consent="marketing" src="/ads.js"></script></head>
<body><h1>Shoes</h1><div id="here"></div><button type="button" data-consent-open>Privacy</button></body></html>"""
SCRIPTS = {
    "/seen.js": "window.seen = []; document.addEventListener('consent', (event) => window.seen.push(event.detail));",
    "/ads.js": "window.ads = 'running';",
}


class Shop:
    """A site of another origin than the service; it lets in no script, style or answer but its own and that one's."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.page = ""
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.origin = f"http://127.0.0.1:{self.server.server_port}"

    def open(self, page: Page, *, language: str = "en", attributes: str = "") -> None:
        """Open the page of shoes, with these attributes of the banner's script."""
        self.page = PAGE.format(service=self.service, language=language, attributes=attributes)
        page.goto(f"{self.origin}/shoes")
        until(page, "window.privacyConsent !== undefined")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        policy = f"default-src 'none'; img-src data:; script-src 'self' {self.service}; connect-src {self.service}"
        shop = self

        class Answering(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                script = SCRIPTS.get(self.path)
                self.send_response(200)
                self.send_header("Content-Type", "text/javascript" if script else "text/html")
                self.send_header("Content-Security-Policy", policy)
                self.end_headers()
                self.wfile.write((script or shop.page).encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Answering


@pytest.fixture
def shop(live_server: LiveServer, settings: Settings) -> Iterator[Shop]:
    """Return a shop; acme's banner is open for it."""
    settings.PRIVACY_PUBLIC_URL = live_server.url
    running = Shop(live_server.url)
    thread = Thread(target=running.server.serve_forever)
    thread.start()
    make_settings(make_workspace(), origins=[running.origin])
    yield running
    running.server.shutdown()
    thread.join()
    running.server.server_close()


def until(page: Page, expression: str) -> None:
    """Wait until something is so; Playwright's own way evaluates texts within the page, whose policy forbids that."""
    for _ in range(200):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"It never came to be so: {expression}")


def cookie_of(context: BrowserContext) -> dict[str, Any]:
    [value] = [one["value"] for one in context.cookies() if one["name"] == "consent"]
    read: dict[str, Any] = json.loads(unquote(value))
    return read


def kept_choice(context: BrowserContext) -> dict[str, bool]:
    workspace = Workspace.objects.get()
    choice = present_choice(workspace.pk, [Identifier(Kind.ANONYMOUS_ID, cookie_of(context)["id"])])
    assert choice is not None
    preferences: dict[str, bool] = choice.preferences
    return preferences


def test_a_visitor_agrees_to_a_part_by_keyboard_and_changes_their_mind(
    shop: Shop, context: BrowserContext, page: Page
) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    shop.open(page)
    banner = page.get_by_role("dialog", name="Your privacy")
    banner.wait_for()
    nothing = page.evaluate(
        "[window.seen.length, window.privacyConsent.context().consent.categoryPreferences.marketing]"
    )
    assert (nothing, context.cookies(), page.evaluate("document.activeElement.tagName")) == ([0, False], [], "BODY")

    # By keyboard alone: the banner comes first, its choices by their labels.
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.hasAttribute('data-consent-banner')")
    banner.get_by_role("button", name="Choose").focus()
    page.keyboard.press("Enter")
    page.get_by_role("checkbox", name="Statistics").focus()
    page.keyboard.press("Space")
    with page.expect_response("**/choices") as sent:
        page.get_by_role("button", name="Save my choice").press("Enter")

    some = {"necessary": True, "preferences": False, "statistics": True, "marketing": False}
    assert sent.value.status == 201
    assert not banner.is_visible()
    assert [one["categoryPreferences"] for one in page.evaluate("window.seen")] == [some]
    assert (cookie_of(context)["c"], kept_choice(context)) == (some, some)
    assert page.evaluate("window.ads") is None

    # Another page does not ask again; whoever wants to changes their mind, and what waited for it starts.
    shop.open(page)
    assert (banner.is_visible(), [one["isNew"] for one in page.evaluate("window.seen")]) == (False, [False])
    page.get_by_role("button", name="Privacy").click()
    assert page.get_by_role("dialog").is_visible()
    page.keyboard.press("Escape")
    assert (banner.is_visible(), page.evaluate("document.activeElement.textContent")) == (False, "Privacy")
    page.get_by_role("button", name="Privacy").click()
    with page.expect_response("**/choices"):
        page.get_by_role("button", name="Accept all").click()
    until(page, "window.ads === 'running'")

    assert all(kept_choice(context).values())
    assert Choice.objects.count() == 2
    assert complaints == []


def test_a_banner_speaks_the_pages_language_in_the_place_and_words_that_a_site_names(
    shop: Shop, context: BrowserContext, page: Page
) -> None:
    shop.open(page, language="de-AT", attributes='data-target="#here" data-title="Kekse?" data-categories="marketing"')
    banner = page.locator("#here").get_by_role("region", name="Kekse?")
    banner.get_by_role("button", name="Auswählen").click()

    assert [one.get_attribute("name") for one in banner.get_by_role("checkbox").all()] == ["necessary", "marketing"]
    assert banner.get_by_role("checkbox", name="Notwendig (immer an)").is_disabled()
    with page.expect_response("**/choices"):
        banner.get_by_role("button", name="Alle ablehnen").click()
    assert cookie_of(context)["c"] == {"necessary": True, "marketing": False}
    assert [one.language for one in Choice.objects.all()] == ["de"]


def test_a_choice_that_could_not_be_sent_is_sent_by_the_next_page(
    shop: Shop, context: BrowserContext, page: Page
) -> None:
    shop.open(page)
    context.route("**/choices", lambda route: route.abort())
    page.get_by_role("button", name="Accept all").click()
    until(page, "window.seen.length === 1")
    unsent = (cookie_of(context)["s"], Choice.objects.count())
    context.unroute("**/choices")
    with page.expect_response("**/choices"):
        shop.open(page)
    until(page, "JSON.parse(decodeURIComponent(document.cookie.split('consent=')[1])).s === 1")

    assert (unsent, Choice.objects.count()) == ((0, 0), 1)


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
def test_the_demo_page_shows_it_on_a_phone_and_in_the_dark(shop: Shop, page: Page, width: int, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 640})
    page.goto(f"{shop.service}/consent/acme/demo")
    page.get_by_role("button", name="Choose").click()
    box = page.get_by_role("dialog").bounding_box()

    assert box is not None
    assert (box["x"] >= 0, box["x"] + box["width"] <= width, box["y"] >= 0, box["y"] + box["height"] <= 640) == (
        True,
    ) * 4
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("checkbox", name="Marketing").check()
    with page.expect_response("**/choices"):  # Nothing may be under way when the tables are emptied.
        page.get_by_role("button", name="Save my choice").click()
    assert "marketing: yes" in page.inner_text("#chosen")
