"""The console in a real browser: what owners and administrators do in it, by mouse and by keyboard, on every screen."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browsing import browser
from tests.stories.conftest import address_of, service_with_demo

__all__ = ["browser"]  # A fixture, found by its name.

SECRET = "correct-horse-battery"
# Tests share their machine, so that only what hangs is a failure; the figures themselves are printed.
LARGEST_BYTES, SLOWEST_MS = 150_000, 10_000
PICTURES = os.environ.get("PRIVACY_TEST_PICTURES", "")  # Where pictures of each page go, where they are wanted.
KEPT = {
    f"{name}-light-1280.png"
    for name in ("home", "access", "person", "playground", "policy", "requests", "audit", "release")
}
KEPT |= {"playground-dark-1280.png", "home-light-360.png"}
SET_UP = f"""
from privacy_service.decisions.demonstration import bring_to_life
from workspaces.models import User, Workspace
bring_to_life(Workspace.objects.get(slug="acme"), "{SECRET}")
call_command("demo_requests")
for name in ("first", "second"):
    User.objects.create_superuser(f"{{name}}@acme.example", "{SECRET}", name=name.title())
"""
OWNERS_PAGES = {
    "home": "/console/w/acme/",
    "access": "/console/w/acme/access",
    "playground": "/console/w/acme/playground",
    "policy": "/console/w/acme/policy?with=1",
    "requests": "/console/w/acme/requests",
    "audit": "/console/w/acme/audit",
    "jobs": "/console/w/acme/jobs",
}
SCREENS = (("light", 1280), ("dark", 1280), ("light", 360))

Opened = Callable[..., Page]


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    """Return where one service for all these stories answers; two people move its release."""
    settings = {"PRIVACY_RELEASE_SECOND_PERSON": "true"}
    with service_with_demo(SET_UP, **settings) as service:
        yield address_of(service)


@pytest.fixture(scope="module")
def windows(browser: Browser, base: str) -> Iterator[dict[str, BrowserContext]]:
    """Return a window for each person, signed in when first asked for: a password takes time to check."""
    opened: dict[str, BrowserContext] = {}
    yield opened
    for context in opened.values():
        context.close()


@pytest.fixture
def opened(browser: Browser, base: str, windows: dict[str, BrowserContext]) -> Iterator[Opened]:
    """Return what opens a page as somebody, on a screen of some width."""
    pages: list[Page] = []
    failures: list[str] = []

    def by(name: str, path: str, *, scheme: str = "light", width: int = 1280) -> Page:
        if name not in windows:
            windows[name] = browser.new_context(base_url=base, locale="en-GB")
            windows[name].set_default_timeout(10_000)
            sign_in(windows[name].new_page(), name)
        page = windows[name].new_page()
        pages.append(page)
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.on("console", lambda said: failures.append(said.text) if said.type == "error" else None)
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(path)
        return page

    yield by
    for page in pages:
        page.close()
    assert failures == []


def sign_in(page: Page, name: str) -> None:
    """Sign in by keyboard alone."""
    page.goto("/console/sign-in")
    page.keyboard.type(f"{name}@acme.example")  # The field has the focus.
    page.keyboard.press("Tab")
    page.keyboard.type(SECRET)
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/**")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.close()


def column(page: Page, reader: str) -> str:
    """Return what the playground shows a reader."""
    return page.get_by_role("region", name=reader, exact=True).inner_text()


def tried(page: Page, *readers: str) -> None:
    """Try the example in the playground as these readers."""
    page.goto("/console/w/acme/playground")
    for box in page.get_by_role("checkbox").all():
        box.uncheck(force=True)
    for reader in readers:
        page.get_by_role("checkbox", name=reader, exact=True).check(force=True)
    page.get_by_role("button", name="Show what they get").click()
    expect(page.get_by_role("region", name=readers[-1], exact=True)).to_be_visible()


def test_an_owner_gives_carol_access_and_bob_stays_masked(opened: Opened) -> None:
    page = opened("alice", OWNERS_PAGES["access"])
    page.get_by_role("link", name="Carol").click()
    page.get_by_text("Take", exact=True).click()
    page.get_by_role("button", name="Take it").click()
    expect(page.get_by_text("Taken.")).to_be_visible()
    tried(page, "Bob", "Carol")
    assert "536-22-8145" not in column(page, "Bob") + column(page, "Carol")

    page.goto(OWNERS_PAGES["access"])
    page.get_by_role("link", name="Carol").click()
    page.get_by_label("Why such as a ticket").fill("Ticket 4711")
    page.get_by_role("button", name="Give access").click()
    expect(page.get_by_text("Given.")).to_be_visible()
    tried(page, "Bob", "Carol")

    assert "536-22-8145" not in column(page, "Bob")
    assert "536-22-8145" in column(page, "Carol")


def test_people_are_found_while_one_types(opened: Opened) -> None:
    page = opened("alice", OWNERS_PAGES["access"])
    page.get_by_role("searchbox").press_sequentially("dor")

    expect(page.get_by_role("link", name="Bob")).to_have_count(0)
    expect(page.get_by_role("link", name="Dora")).to_be_visible()
    assert "q=dor" in page.url


def test_two_administrators_move_the_dial_and_one_turns_it_off(opened: Opened) -> None:
    first, second = opened("first", "/console/release"), opened("second", "/console/release")
    first.get_by_role("radio", name="Dial").check(force=True)
    first.get_by_label("Dial: share of all workspaces").fill("100")
    expect(first.get_by_text("would get it")).to_be_visible()
    first.get_by_role("button", name="Move").click()
    expect(first.get_by_text("Another administrator confirms this")).to_be_visible()
    expect(first.get_by_role("button", name="Confirm")).to_have_count(0)

    second.reload()
    second.get_by_role("button", name="Confirm").click()
    expect(second.get_by_text("Moved:")).to_be_visible()
    expect(second.get_by_role("listitem").filter(has_text="100 % of all")).to_be_visible()

    second.get_by_text("Off…").click()
    second.get_by_role("region", name="Turn it off").get_by_label("Why").fill("The story is over")
    second.get_by_role("button", name="Turn it off for everybody").click()
    expect(second.get_by_text("The release is off for everybody.")).to_be_visible()
    first.goto("/console/release")
    first.get_by_role("radio", name="Internal").check(force=True)
    first.get_by_role("button", name="Move").click()
    second.goto("/console/release")
    second.get_by_role("button", name="Confirm").click()
    expect(second.get_by_text("Moved:")).to_be_visible()


def test_the_playground_is_used_by_keyboard_alone(opened: Opened) -> None:
    page = opened("alice", "/console/w/acme/playground")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the page"
    page.keyboard.press("Enter")
    page.get_by_label("Payload", exact=True).focus()
    page.keyboard.press("Control+A")
    page.keyboard.type('{"ssn": "536-22-8145"}')
    page.get_by_role("button", name="Show what they get").focus()
    page.keyboard.press("Enter")
    mark = page.get_by_role("region", name="Bob", exact=True).locator("mark")
    mark.focus()

    tip = mark.evaluate("element => getComputedStyle(element, '::after').content")
    assert "US SSN" in tip


@pytest.mark.parametrize(("scheme", "width"), SCREENS)
def test_every_page_can_be_read_by_everybody_on_every_screen(opened: Opened, scheme: str, width: int) -> None:
    rules = None if (scheme, width) == SCREENS[0] else {"runOnly": ["color-contrast"]}  # The rest is the same.
    for name, page in every_page(opened, scheme, width):
        too_wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        found = [
            (one["id"], one["nodes"][0]["html"][:200]) for one in Axe().run(page, options=rules).response["violations"]
        ]
        taken(page, f"{name}-{scheme}-{width}")

        assert found == [], name
        assert too_wide <= 0, name


def every_page(opened: Opened, scheme: str, width: int) -> Iterator[tuple[str, Page]]:
    """Yield each page of an owner and of an administrator, as it looks when it is in use."""
    for name, path in OWNERS_PAGES.items():
        page = opened("alice", path, scheme=scheme, width=width)
        if name == "playground":
            page.get_by_role("button", name="Show what they get").click()
            expect(page.get_by_role("region", name="Bob", exact=True)).to_be_visible()
        yield name, page
    page = opened("alice", OWNERS_PAGES["access"], scheme=scheme, width=width)
    page.get_by_role("link", name="Dora").click()
    page.get_by_text("Which kinds").click()
    yield "person", page
    yield "integrations", opened("first", "/console/integrations", scheme=scheme, width=width)
    yield "release", opened("first", "/console/release", scheme=scheme, width=width)


def taken(page: Page, name: str) -> None:
    """Keep a picture, where pictures are wanted."""
    if PICTURES and f"{name}.png" in KEPT:
        page.screenshot(path=Path(PICTURES) / f"console-{name}.png")


def test_pages_are_small_and_quick(opened: Opened, capsys: pytest.CaptureFixture[str]) -> None:
    timing = """async () => {
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100)));
        const [page] = performance.getEntriesByType('navigation');
        const paint = performance.getEntriesByName('first-contentful-paint')[0];
        const files = performance.getEntriesByType('resource');
        return {bytes: page.decodedBodySize, first: page.responseStart, paint: paint ? paint.startTime : 0,
                requests: 1 + files.filter((one) => one.initiatorType !== 'xmlhttprequest').length};
    }"""
    for name, path in {**OWNERS_PAGES, "release": "/console/release"}.items():
        page = opened("first" if name == "release" else "alice", path)
        found = page.evaluate(timing)
        with capsys.disabled():
            print(f"\n{name:11} {found['bytes']:7,.0f} bytes  {found['requests']} requests  ", end="")  # noqa: T201 - figures.
            print(f"first byte {found['first']:4.0f} ms  painted {found['paint']:4.0f} ms", end="")  # noqa: T201 - as above.

        assert found["bytes"] < LARGEST_BYTES, name
        assert found["requests"] <= 5, name
        assert found["paint"] < SLOWEST_MS, name
