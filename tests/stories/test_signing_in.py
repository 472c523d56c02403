"""Signing in, in a real browser: an authenticator by keyboard alone, and the company's provider."""

import base64
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django_otp.oath import TOTP
from playwright.sync_api import BrowserContext, Page, expect

from tests.browsing import browser, context, type_password
from tests.identity_provider import CLIENT, SECRET, IdentityProvider, identity_provider
from tests.stories.conftest import address_of, service_with_demo

__all__ = ["browser", "context"]  # Fixtures, found by their names.

PASSWORD = "correct-horse-battery"
SET_UP = f"""
from workspaces.models import User
for name in ("alice", "bob"):
    user = User.objects.get(external_id=name)
    user.set_password("{PASSWORD}")
    user.save()
"""
PICTURES = os.environ.get("PRIVACY_TEST_PICTURES", "")
NARROW = 360
SCREENS = (("light", 1280), ("dark", 1280), ("light", NARROW))


@pytest.fixture(scope="module")
def provider() -> Iterator[IdentityProvider]:
    """Return the company's provider, where alice is signed in."""
    with identity_provider() as running:
        running.claims = {"email": "alice@acme.example"}
        yield running


@pytest.fixture(scope="module")
def base(provider: IdentityProvider) -> Iterator[str]:
    """Return where a service answers that trusts the provider."""
    settings = {
        "PRIVACY_OIDC_ISSUER": provider.url,
        "PRIVACY_OIDC_CLIENT_ID": CLIENT,
        "PRIVACY_OIDC_CLIENT_SECRET": SECRET,
        "PRIVACY_OIDC_NETWORKS": "127.0.0.0/8",
        "PRIVACY_OIDC_NAME": "Acme ID",
    }
    with service_with_demo(SET_UP, **settings) as service:
        yield address_of(service)


def check(page: Page, name: str) -> None:
    """See that everybody can read a page, in both schemes and on a telephone."""
    for scheme, width in SCREENS:
        # Without motion: a colour on its way to another is no contrast to measure.
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 800})
        rules = None if scheme == "light" else {"runOnly": ["color-contrast"]}  # The rest is the same.
        run = Axe().run(page, options=rules).response["violations"] if width > NARROW else []
        found = [(one["id"], one["nodes"][0]["html"][:200]) for one in run]
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"sign-in-{name}-{scheme}-{width}.png", full_page=True)

        assert found == [], (name, scheme, width)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (name, scheme, width)


def press_to(page: Page, words: str) -> None:
    """Go on with the keyboard to a button or link with these words, and press it."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("(document.activeElement.textContent || '').trim()") == words:
            page.keyboard.press("Enter")
            return
    pytest.fail(f"The keyboard does not reach {words}.")


def typed_password(page: Page, base: str, name: str) -> None:
    """Sign in by keyboard alone."""
    page.goto(f"{base}/console/sign-in")
    type_password(page, name, PASSWORD)


def code_of(key: str, *, steps: int = 0) -> str:
    """Return what an authenticator with this key shows, or did or will some steps of half a minute away."""
    return f"{TOTP(base64.b32decode(key.replace(' ', '')), drift=steps).token():06}"


def type_code(page: Page, code: str) -> None:
    """Type a code where the field for it has the focus, and send it."""
    expect(page.get_by_role("textbox", name="Code")).to_be_focused()  # Whatever is typed earlier is lost.
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def test_an_authenticator_is_turned_on_and_asked_for_by_keyboard_alone(base: str, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(f"{base}/console/sign-in")
    check(page, "password")
    typed_password(page, base, "bob")
    page.wait_for_url("**/console/w/acme/")
    page.goto(f"{base}/console/account")
    check(page, "account-off")
    press_to(page, "Set it up")
    expect(page.locator(".qr svg")).to_be_visible()
    check(page, "account-waiting")
    key = page.locator(".key-text").inner_text()
    page.get_by_role("textbox", name="Code").focus()
    type_code(page, code_of(key))
    expect(page.get_by_text("The second factor is on.")).to_be_visible()
    check(page, "account-on")
    recovery = page.locator(".codes li").first.inner_text()

    press_to(page, "Sign out")
    page.wait_for_url("**/console/sign-in")
    typed_password(page, base, "bob")
    page.wait_for_url("**/sign-in/code")
    type_code(page, "000000")
    expect(page.get_by_role("alert")).to_contain_text("not valid now")
    check(page, "code")
    page.get_by_role("textbox", name="Code").focus()
    type_code(page, code_of(key, steps=1))
    page.wait_for_url("**/console/w/acme/")

    press_to(page, "Sign out")
    page.wait_for_url("**/console/sign-in")
    typed_password(page, base, "bob")
    page.wait_for_url("**/sign-in/code")
    type_code(page, recovery)
    expect(page.get_by_text("A recovery code was used up.")).to_be_visible()


def test_the_companys_provider_lets_in_whom_it_names_and_says_why_where_not(
    base: str, context: BrowserContext, provider: IdentityProvider
) -> None:
    page = context.new_page()
    page.goto(f"{base}/console/w/acme/access")
    page.get_by_role("link", name="Sign in with Acme ID").click()
    page.wait_for_url("**/console/w/acme/access")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="sign out there too")).to_have_attribute(
        "href", re.compile(f"^{provider.url}/leave")
    )

    provider.claims = {"email": "nobody@acme.example"}
    page.get_by_role("link", name="Sign in with Acme ID").click()
    expect(page.get_by_role("alert")).to_contain_text("unknown-person")
    check(page, "failed")
