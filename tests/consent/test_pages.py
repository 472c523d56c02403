"""What browsers of anybody ask: the script, what it shows, and where choices go."""

import gzip
from typing import Any

import orjson
import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from privacy_service.consent.models import Choice, ConsentSettings
from tests.consent.conftest import HERE, SHOP
from tests.managing.conftest import Api
from workspaces.models import Workspace

MOST_PACKED_BYTES = 5_000


def test_the_script_is_small_packed_and_asked_for_once() -> None:
    plain, packed = (
        Client().get("/consent/banner.js"),
        Client().get("/consent/banner.js", HTTP_ACCEPT_ENCODING="gzip, br"),
    )
    again = Client().get("/consent/banner.js", HTTP_IF_NONE_MATCH=plain["ETag"])

    assert (plain.status_code, plain["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert (packed["Content-Encoding"], gzip.decompress(packed.content)) == ("gzip", plain.content)
    assert len(packed.content) < MOST_PACKED_BYTES
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", plain["ETag"])
    assert (plain["Cache-Control"], plain["Vary"]) == ("public, max-age=3600", "Accept-Encoding")
    assert (plain["Access-Control-Allow-Origin"], plain["X-Content-Type-Options"]) == ("*", "nosniff")
    assert plain["ETag"] != packed["ETag"]
    assert b"eval(" not in plain.content
    assert b"innerHTML" not in plain.content


def test_what_is_shown_speaks_every_language_and_says_its_version(asking: Workspace) -> None:
    settings = ConsentSettings.objects.get()
    settings.languages, settings.categories = ["de", "pt"], [{"key": "ads", "is_necessary": False}]
    settings.texts = {"de": {"title": "Hallo", "categories": {"ads": {"name": "Werbung"}}}, "pt": {"accept": "Sim"}}
    settings.save()
    response = Client().get("/consent/acme/settings.json")
    shown = response.json()

    assert (shown["languages"], shown["categories"]) == (["de", "pt"], [{"key": "ads", "is_necessary": False}])
    assert [shown["texts"]["de"][word] for word in ("title", "reject")] == ["Hallo", "Alle ablehnen"]
    assert [shown["texts"]["pt"][word] for word in ("title", "accept")] == ["Hallo", "Sim"]
    assert shown["texts"]["pt"]["categories"] == {"ads": {"name": "Werbung", "text": ""}}
    assert response["ETag"] == f'"{shown["version"]}"'
    assert Client().get("/consent/acme/settings.json", HTTP_IF_NONE_MATCH=response["ETag"]).status_code == 304


@pytest.mark.parametrize(
    "path", ["/consent/acme/settings.json", "/consent/acme/demo", "/consent/nowhere/settings.json"]
)
def test_a_banner_that_is_not_open_is_not_there(workspace: Workspace, settings: Settings, path: str) -> None:
    settings.PRIVACY_PUBLIC_URL = HERE

    assert Client().get(path).status_code == 404


def test_the_demo_page_forbids_whatever_stands_in_a_page(asking: Workspace) -> None:
    page = Client().get("/consent/acme/demo")

    assert (page.status_code, "unsafe" in page["Content-Security-Policy"]) == (200, False)
    assert b"data-workspace" in page.content


def send(body: Any, *, origin: str = SHOP, slug: str = "acme") -> Any:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return Client().post(f"/consent/{slug}/choices", content, content_type="text/plain", HTTP_ORIGIN=origin)


CHOSEN = {"anonymous_id": "dora-canary", "categoryPreferences": {"marketing": True}, "language": "de"}


def test_a_choice_on_a_site_of_the_workspace_is_kept_with_what_was_shown(asking: Workspace, owner: Api) -> None:
    version = Client().get("/consent/acme/settings.json").json()["version"]
    reply = send(CHOSEN | {"version": version, "at": "2026-11-20T10:00:00Z"})

    proof = owner.get(f"/consents/{reply.json()['id']}").json
    assert (reply.status_code, reply["Access-Control-Allow-Origin"], "Origin" in reply["Vary"]) == (201, SHOP, True)
    assert (proof["site"], proof["way"], proof["is_intact"]) == (SHOP, "banner", True)
    assert proof["shown"]["texts"]["de"]["accept"] == "Alle annehmen"
    assert proof["categoryPreferences"]["marketing"] is True


def test_a_choice_survives_that_the_banner_has_changed_meanwhile(asking: Workspace, owner: Api) -> None:
    owner.change("/consent-settings", {"policy_url": "https://shop.example.com/privacy"})
    version = Client().get("/consent/acme/settings.json").json()["version"]
    owner.change("/consent-settings", {"policy_url": ""})

    assert send(CHOSEN | {"version": version}).status_code == 201


REFUSED: list[tuple[Any, dict[str, str], int]] = [
    (CHOSEN, {"origin": "https://evil.example.com"}, 403),
    (CHOSEN, {"origin": "null"}, 403),
    (CHOSEN, {"origin": ""}, 403),
    (CHOSEN, {"slug": "nowhere"}, 404),
    (b"{", {}, 400),
    (b"[]", {}, 400),
    (b" " * 8193, {}, 413),
    (CHOSEN | {"user_id": "canary"}, {}, 422),  # Only a backend speaks for somebody who has a name.
    (CHOSEN | {"categoryPreferences": {"other": True}}, {}, 422),
    (CHOSEN | {"version": "0123456789abcdef"}, {}, 422),
    (CHOSEN | {"anonymous_id": "c" * 201}, {}, 422),
]


@pytest.mark.parametrize(("body", "where", "status"), REFUSED)
def test_nothing_is_kept_of_what_is_refused(asking: Workspace, body: Any, where: dict[str, str], status: int) -> None:
    reply = send(body, **where)

    assert (reply.status_code, Choice.objects.count()) == (status, 0)
    assert b"canary" not in reply.content


def test_a_clock_that_is_wrong_dates_no_choice_into_the_future(asking: Workspace) -> None:
    send(CHOSEN | {"at": "2099-01-01T00:00:00Z"})

    chosen = Choice.objects.get()
    assert chosen.at <= chosen.kept_at


def test_a_flood_of_choices_is_turned_away(asking: Workspace, settings: Settings) -> None:
    cache.clear()
    settings.PRIVACY_CONSENT_CHOICES_PER_MINUTE = 2
    replies = [send(CHOSEN) for _ in range(6)]  # Of one minute, or of two.

    assert replies[-1].status_code in {201, 429}
    assert 429 in {reply.status_code for reply in replies}


def test_another_method_is_refused(asking: Workspace) -> None:
    assert [Client().get("/consent/acme/choices").status_code, Client().post("/consent/banner.js").status_code] == [
        405,
        405,
    ]
