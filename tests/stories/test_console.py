"""The console in a real browser: what owners and administrators do in it, by mouse and by keyboard, on every screen."""

import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browsing import browser, type_password
from tests.mails import Mails, receiving
from tests.stories.conftest import Service, address_of, service_with_demo, worker

__all__ = ["browser"]  # A fixture, found by its name.

DORA = "dora.canary@example.com"
SECRET = "correct-horse-battery"
# Tests share their machine, so that only what hangs is a failure; the figures themselves are printed.
LARGEST_BYTES, MOST_REQUESTS, SLOWEST_MS = 150_000, 5, 10_000
PICTURES = os.environ.get("PRIVACY_TEST_PICTURES", "")  # Where pictures of each page go, where they are wanted.
KEPT = {"playground-dark-1280.png", "jobs-dark-1280.png", "home-light-360.png", "inventory-light-360.png"}
SET_UP = f"""
from privacy_service.decisions.demonstration import bring_to_life
from workspaces.models import User, Workspace
bring_to_life(Workspace.objects.get(slug="acme"), "{SECRET}")
for part in ("demo_requests", "demo_inventory", "demo_flow"):
    call_command(part)
from privacy_service.subjects.models import SubjectForm
SubjectForm.objects.create(workspace=Workspace.objects.get(slug="acme"), is_open=True, law="gdpr")
for name in ("first", "second"):
    User.objects.create_superuser(f"{{name}}@acme.example", "{SECRET}", name=name.title())
"""
OWNERS_PAGES = {
    "home": "/console/w/acme/",
    "access": "/console/w/acme/access",
    "playground": "/console/w/acme/playground",
    "policy": "/console/w/acme/policy?with=1",
    "requests": "/console/w/acme/requests",
    "inventory": "/console/w/acme/inventory",
    "map": "/console/w/acme/inventory/map",
    "sources": "/console/w/acme/inventory/sources",
    "scans": "/console/w/acme/inventory/scans",
    "audit": "/console/w/acme/audit",
    "jobs": "/console/w/acme/jobs",
    "account": "/console/account",
    "password": "/console/account/password",
}
# What axe looks at: everything once, and in the dark the colours alone, since the rest is the same.
SCREENS: tuple[tuple[str, int, dict[str, Any]], ...] = (
    ("light", 1280, {"resultTypes": ["violations"]}),
    ("dark", 1280, {"runOnly": ["color-contrast"]}),
    ("light", 360, {}),
)

TIMES = {"first": "first byte", "ready": "ready", "paint": "painted"}
TIMING = """async () => {
    const wait = () => new Promise((done) => setTimeout(done, 50));
    const isPainted = () => performance.getEntriesByName('first-contentful-paint').length;
    for (let tries = 0; tries < 40 && !isPainted(); tries++) await wait();
    const [page] = performance.getEntriesByType('navigation');
    const paint = performance.getEntriesByName('first-contentful-paint')[0];
    const files = performance.getEntriesByType('resource');
    return {bytes: page.decodedBodySize, first: page.responseStart, ready: page.domContentLoadedEventEnd,
            paint: paint ? paint.startTime : 0,
            requests: 1 + files.filter((one) => one.initiatorType !== 'xmlhttprequest').length};
}"""

# On a telephone the rows of such tables stand below each other, and none needs to be moved sideways.
CUT_OFF = """[...document.querySelectorAll('.table-box:has(.stacked)')]
    .filter((box) => box.scrollWidth > box.clientWidth).length"""

Opened = Callable[..., Page]


@pytest.fixture(scope="module")
def mails() -> Iterator[Mails]:
    """Return what people get by mail."""
    with receiving() as mails:
        yield mails


@pytest.fixture(scope="module")
def service(mails: Mails) -> Iterator[Service]:
    """Return one service for all these stories; two people move its release."""
    mail = {"HOST": "127.0.0.1", "PORT": str(mails.port), "TLS": "false", "FOLDER": ""}
    settings = {
        "PRIVACY_RELEASE_SECOND_PERSON": "true",
        "PRIVACY_PUBLIC_URL": "https://privacy.example.com",
        "PRIVACY_JOBS_PLACES": "file:///data/{workspace}/",  # Or the page of jobs has no form.
    }
    with service_with_demo(SET_UP, **settings, **{f"PRIVACY_MAIL_{name}": said for name, said in mail.items()}) as one:
        yield one


@pytest.fixture(scope="module")
def base(service: Service) -> str:
    """Return where it answers."""
    return address_of(service)


@pytest.fixture(scope="module")
def windows(browser: Browser) -> Iterator[dict[str, BrowserContext]]:
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
        # Without motion: a colour on its way to another is no contrast to measure.
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
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
    type_password(page, name, SECRET)
    page.wait_for_url("**/console/**")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible(timeout=20_000)  # A password takes time to check.
    page.close()


def column(page: Page, reader: str) -> str:
    """Return what the playground shows a reader."""
    return page.get_by_role("region", name=reader, exact=True).inner_text()


def tried(page: Page, *readers: str, payload: str = "") -> None:
    """Try a payload, or the example, in the playground as these readers."""
    page.goto("/console/w/acme/playground")
    if payload:
        page.get_by_label("Payload", exact=True).fill(payload)
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
    page.get_by_label("Until", exact=True).select_option("for eight hours")
    page.get_by_role("radio", name="Everything").check()
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
    assert "dor" not in page.url


def test_a_kind_that_was_chosen_stays_chosen_when_the_others_come(opened: Opened) -> None:
    page = opened("alice", "/console/w/acme/policy")
    page.get_by_label("Kind", exact=True).select_option("EMAIL_ADDRESS")
    expect(page.locator("#entity [value=US_SSN]")).to_have_count(1)
    chosen = page.get_by_label("Kind", exact=True).input_value()
    page.get_by_label("Kind", exact=True).select_option("US_SSN")

    expect(page.locator("#operator")).to_have_value("shape")
    assert chosen == "EMAIL_ADDRESS"


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


def test_a_table_of_the_playground_is_read_whole_and_a_wider_one_scrolls_inside(opened: Opened) -> None:
    page = opened("alice", "/console/w/acme/playground?example=csv")
    hidden = "Array.from(document.querySelectorAll('.seen .table-box'), box => box.scrollWidth - box.clientWidth)"
    page.get_by_role("button", name="Show what they get").click()
    expect(page.get_by_role("region", name="Bob", exact=True)).to_be_visible()
    example = page.evaluate(hidden)
    tried(page, "Bob", "Carol", payload=",".join(f"column_{n}" for n in range(18)) + "\n" + ",".join(["words"] * 18))
    wide = page.evaluate(hidden)

    assert example
    assert max(example) <= 0
    assert min(wide) > 0
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def test_a_field_turned_red_is_masked_for_bob_at_once(opened: Opened) -> None:
    page = opened("alice", "/console/w/acme/playground")
    payload = '{"loyaltyNotes": "prefers oat milk"}'
    tried(page, "Bob", "Carol", payload=payload)
    assert "oat milk" in column(page, "Bob")

    page.goto("/console/w/acme/inventory?search=loyalty")
    for role, name, key in (
        ("checkbox", "Choose /loyaltyNotes", "Space"),
        ("radio", "Red: hide it", "Space"),
        ("button", "Decide", "Enter"),
    ):
        page.get_by_role(role, name=name).press(key)  # type: ignore[arg-type] # By keyboard alone.
    expect(page.get_by_text("Kept for 1 field.")).to_be_visible()
    tried(page, "Bob", "Carol", payload=payload)

    assert "oat milk" not in column(page, "Bob")
    assert "oat milk" in column(page, "Carol")


def test_somebody_asks_on_the_form_and_gets_a_certificate(
    opened: Opened, service: Service, base: str, browser: Browser, mails: Mails
) -> None:
    person = browser.new_context(base_url=base, locale="en-GB").new_page()
    person.goto("/people/acme")
    person.get_by_role("textbox").fill(DORA)
    person.keyboard.press("Enter")
    with worker(service):
        wait_for(lambda: mail_to(mails, DORA), service)
        [link] = re.findall(r"https://privacy.example.com(/\S+)", mail_to(mails, DORA))
        person.goto(link)
        person.get_by_role("button").click()
        page = opened("alice", OWNERS_PAGES["requests"])
        page.get_by_role("link", name="Delete everywhere").first.click()
        for _ in range(2):  # Two systems that no program reaches.
            page.get_by_text("Done by hand", exact=True).first.click()
            page.get_by_label("What shows it").first.fill("Ticket 4713")
            page.get_by_role("button", name="Keep it").first.click()
            expect(page.get_by_text("Kept as done by hand.")).to_be_visible()
        wait_for(lambda: page.reload() and page.get_by_role("link", name="Open it").count(), service)
    certificate = page.get_by_role("link", name="Open it").get_attribute("href") or ""
    person.goto(certificate.removeprefix("https://privacy.example.com"))

    expect(person.get_by_role("link")).to_have_count(2)
    assert DORA not in page.content() + person.content()
    person.context.close()


def mail_to(mails: Mails, address: str) -> str:
    """Return the first mail that somebody got, empty before there is one."""
    return next((text for to, _subject, text in mails.got if to == [address]), "")


def wait_for(what: Callable[[], object], service: Service) -> None:
    """Wait until something is so that a worker does."""
    deadline = time.monotonic() + 60
    while not what():
        assert time.monotonic() < deadline, (service.folder / "worker.log").read_text()
        time.sleep(0.3)


@pytest.mark.parametrize(("scheme", "width", "rules"), SCREENS)
def test_every_page_can_be_read_by_everybody_on_every_screen(
    opened: Opened, scheme: str, width: int, rules: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    for name, page in every_page(opened, scheme, width):
        figures = page.evaluate(TIMING)  # Before axe, which is no part of the page.
        too_wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        found = wrong_for_some(page, rules) if rules else []
        taken(page, f"{name}-{scheme}-{width}")
        with capsys.disabled():
            print(f"\n{name:12} {scheme} {width}: {told(figures)}", end="")  # noqa: T201 - figures.

        assert found == [], name
        assert too_wide <= 0, name
        assert width > 360 or page.evaluate(CUT_OFF) == 0, name
        assert figures["bytes"] < LARGEST_BYTES, name
        assert figures["requests"] <= MOST_REQUESTS, name
        assert figures["paint"] < SLOWEST_MS, name


def wrong_for_some(page: Page, rules: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what axe finds that some people cannot read or use, each with where it first is."""
    found = Axe().run(page, options=rules).response["violations"]
    return [(one["id"], one["nodes"][0]["html"][:200]) for one in found]


def every_page(opened: Opened, scheme: str, width: int) -> Iterator[tuple[str, Page]]:
    """Yield each page of an owner and of an administrator, as it looks when it is in use."""
    page = opened("alice", OWNERS_PAGES["home"], scheme=scheme, width=width)
    for name, path in OWNERS_PAGES.items():
        page.goto(path)
        if name == "playground":
            page.get_by_role("button", name="Show what they get").click()
            expect(page.get_by_role("region", name="Bob", exact=True)).to_be_visible()
        yield name, page
        if name == "inventory":
            page.get_by_role("link", name="/full_name").click()
            yield "field", page
        if name == "jobs":
            page.get_by_role("link", name="6 dead letters of sort-events").click()
            yield "letters", page
    page.goto(OWNERS_PAGES["access"])
    page.get_by_role("link", name="Dora").click()
    page.get_by_text("Which kinds").click()
    yield "person", page
    yield "member", opened("bob", OWNERS_PAGES["home"], scheme=scheme, width=width)
    # As all others are: reached from a page of the console, in a tab that has shown one.
    page = opened("first", "/console/account", scheme=scheme, width=width)
    page.goto("/console/integrations")
    yield "integrations", page
    page.goto("/console/release")
    yield "release", page


def told(figures: dict[str, float]) -> str:
    """Write the figures of a page, as its browser measured them."""
    times = ", ".join(f"{name} {figures[key]:.0f} ms" for key, name in TIMES.items())
    return f"{figures['bytes']:,.0f} bytes, {figures['requests']:.0f} requests, {times}"


def taken(page: Page, name: str) -> None:
    """Keep a picture, where pictures are wanted: of each page one, and some more."""
    if PICTURES and (name.endswith("-light-1280") or f"{name}.png" in KEPT):
        page.screenshot(path=Path(PICTURES) / f"console-{name}.png")
