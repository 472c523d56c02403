"""Signing in through a provider: whom it names gets in, and nothing that is forged, old, foreign or unverified does."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import orjson
import pytest
from django.contrib.auth import get_user
from django.test import Client, RequestFactory
from django.utils import timezone

from privacy_service.console.entering.guessing import MOST_FROM_ONE_ADDRESS, of_address
from privacy_service.decisions.models import PendingAct
from privacy_service.openid import provider as known
from tests.identity_provider import CLIENT, SECRET, IdentityProvider
from tests.signing import rsa_signer
from workspaces import second_factor
from workspaces.models import User

LEAVE, BACK, HOME = "/console/sign-in/openid", "/console/sign-in/openid/back", "/console/w/acme/"


def gone(client: Client, provider: IdentityProvider, wanted: str = HOME) -> str:
    """Leave for the provider, sign in there, and return the address that it sends back to."""
    there = client.get(LEAVE, {"next": wanted})
    assert there.status_code == 302, there.content
    return provider.authorize(there["Location"])


def came_back(client: Client, provider: IdentityProvider, wanted: str = HOME) -> Any:
    """Go there and come back."""
    return client.get(gone(client, provider, wanted))


def causes() -> list[object]:
    """Return why sign-ins failed, as the trail tells it."""
    lines = [orjson.loads(line) for line in PendingAct.objects.order_by("pk").values_list("line", flat=True)]
    return [one["detail"]["cause"] for one in lines if one["kind"] == "sign-in-failed"]


def test_whom_the_provider_names_gets_in(alice: User, provider: IdentityProvider) -> None:
    client = Client()
    provider.claims = {"email": "ALICE@example.com"}
    answer = came_back(client, provider)

    assert (answer.status_code, answer["Location"]) == (302, HOME)
    assert get_user(client) == alice
    assert provider.asked == ["/.well-known/openid-configuration", "/token", "/keys"]


def test_the_way_there_carries_what_the_standard_asks(db: None, provider: IdentityProvider) -> None:
    there = urlsplit(Client().get(LEAVE)["Location"])
    asked = {name: values[0] for name, values in parse_qs(there.query).items()}

    assert f"{there.scheme}://{there.netloc}{there.path}" == f"{provider.url}/authorize"
    assert asked["redirect_uri"] == f"http://testserver{BACK}"
    assert len(asked["state"]) == len(asked["nonce"]) == len(asked["code_challenge"]) == 43
    assert SECRET not in there.query


def test_what_discovery_and_keys_said_is_kept(alice: User, provider: IdentityProvider) -> None:
    provider.claims = {"email": alice.email}
    for _ in range(2):
        came_back(Client(), provider)

    assert provider.asked.count("/keys") == provider.asked.count("/.well-known/openid-configuration") == 1


@pytest.mark.parametrize(
    "lie",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another"},
        {"aud": [CLIENT, "another"]},
        {"aud": None},
        {"azp": "another"},
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"exp": timedelta(minutes=-5)},
        {"exp": None},
        {"exp": "never"},
        {"iat": None},
        {"iat": timedelta(hours=1)},
        {"nbf": timedelta(hours=1)},
        {"sub": None},
        {"sub": 5},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    ],
    ids=str,
)
def test_a_token_that_says_anything_else_than_it_must_is_refused(
    alice: User, provider: IdentityProvider, lie: dict[str, Any]
) -> None:
    client = Client()
    now = timezone.now()
    told = {
        name: int((now + value).timestamp()) if isinstance(value, timedelta) else value for name, value in lie.items()
    }
    provider.claims = {"email": alice.email, **told}
    answer = came_back(client, provider)

    assert answer.status_code == 403
    assert "id-token" in answer.content.decode()
    assert not get_user(client).is_authenticated
    assert causes() == ["id-token"]


def unsigned(claims: dict[str, Any]) -> str:
    """Return a token without a signature."""
    return jwt.encode(claims, "", algorithm="none")


def signed_with_the_secret(claims: dict[str, Any]) -> str:
    """Return a token signed with what the client shares with the provider."""
    return jwt.encode(claims, SECRET.ljust(32, "."), algorithm="HS256", headers={"kid": "rsa"})


def signed_by_somebody(claims: dict[str, Any]) -> str:
    """Return a token signed with another key under the provider's name for its own."""
    return rsa_signer().token(**claims, headers={})


def signed_by_a_key_within(claims: dict[str, Any]) -> str:
    """Return a token that brings its own key."""
    other = rsa_signer()
    return other.token(**claims, headers={"jwk": other.jwk, "kid": None})


@pytest.mark.parametrize("forged", [unsigned, signed_with_the_secret, signed_by_somebody, signed_by_a_key_within])
def test_a_token_that_the_provider_did_not_sign_is_refused(
    alice: User, provider: IdentityProvider, forged: Callable[[dict[str, Any]], str]
) -> None:
    client = Client()
    back = gone(client, provider)
    nonce = next(iter(provider.codes.values()))["nonce"]
    now = int(time.time())
    claims = {"iss": provider.url, "aud": CLIENT, "sub": "s", "nonce": nonce, "iat": now, "exp": now + 300}
    provider.token = forged({**claims, "email": alice.email, "email_verified": True})

    assert client.get(back).status_code == 403
    assert not get_user(client).is_authenticated
    assert causes() == ["id-token"]


def test_a_key_that_was_rotated_is_asked_for(alice: User, provider: IdentityProvider, monkeypatch: Any) -> None:
    provider.claims = {"email": alice.email}
    came_back(Client(), provider)
    monkeypatch.setattr(known, "_AGAIN_SECONDS", 0.0)
    monkeypatch.setattr(provider, "signer", rsa_signer("next"))

    assert came_back(Client(), provider)["Location"] == HOME


@pytest.mark.parametrize("is_verified", [False, None, "false", 1, "yes"])
def test_an_unverified_e_mail_names_nobody(alice: User, provider: IdentityProvider, is_verified: object) -> None:
    provider.claims = {"email": alice.email, "email_verified": is_verified}
    answer = came_back(Client(), provider)

    assert answer.status_code == 403
    assert "has not verified your e-mail" in answer.content.decode()
    assert alice.email not in answer.content.decode()


def test_an_answer_counts_once_and_only_in_the_browser_that_asked(alice: User, provider: IdentityProvider) -> None:
    client, other = Client(), Client()
    provider.claims = {"email": alice.email}
    back = gone(client, provider)
    elsewhere = other.get(back)
    first, second = client.get(back), client.get(back)

    assert (elsewhere.status_code, first.status_code, second.status_code) == (403, 302, 403)
    assert not get_user(other).is_authenticated
    assert causes() == [], "Anybody can call the address, so that it writes no record."


def test_an_answer_with_another_state_or_none_is_refused(alice: User, provider: IdentityProvider) -> None:
    client = Client()
    back = gone(client, provider)

    assert client.get(back.partition("&state=")[0]).status_code == 403
    assert client.get(back + "x").status_code == 403
    assert not get_user(client).is_authenticated


def test_an_answer_of_another_provider_is_refused(alice: User, provider: IdentityProvider) -> None:
    client = Client()
    provider.claims = {"email": alice.email}

    assert client.get(gone(client, provider) + "&iss=https://elsewhere.example").status_code == 403
    assert "/token" not in provider.asked


def test_a_code_that_is_none_writes_no_record(alice: User, provider: IdentityProvider) -> None:
    client = Client()
    state = parse_qs(urlsplit(gone(client, provider)).query)["state"][0]

    assert "code-exchange" in client.get(BACK, {"code": "made-up", "state": state}).content.decode()
    assert causes() == []


def test_whoever_leaves_again_and_again_and_never_comes_in_is_sent_nowhere(
    alice: User, provider: IdentityProvider, rf: RequestFactory
) -> None:
    provider.claims = {"email": alice.email}
    count = of_address(rf.get("/"))
    for _ in range(MOST_FROM_ONE_ADDRESS - 1):
        count.add()
    came = [came_back(Client(), provider)["Location"] for _ in range(2)]
    last, refused = Client().get(LEAVE), Client().get(LEAVE)

    assert came == [HOME, HOME], "Whoever gets in is not counted."
    assert (last.status_code, refused.status_code) == (302, 429)
    assert "sessionid" not in refused.cookies
    assert Client(REMOTE_ADDR="192.0.2.7").get(LEAVE).status_code == 302


def test_an_answer_that_comes_too_late_is_refused(alice: User, provider: IdentityProvider) -> None:
    client = Client()
    back = gone(client, provider)
    session = client.session
    [(state, kept)] = session["openid"].items()
    session["openid"] = {state: {**kept, "at": (timezone.now() - timedelta(minutes=11)).timestamp()}}
    session.save()

    assert client.get(back).status_code == 403


def test_a_code_that_somebody_else_began_is_not_exchanged(alice: User, provider: IdentityProvider) -> None:
    victim, thief = Client(), Client()
    provider.claims = {"email": alice.email}
    stolen = parse_qs(urlsplit(gone(victim, provider)).query)["code"][0]
    own = parse_qs(urlsplit(gone(thief, provider)).query)["state"][0]
    answer = thief.get(BACK, {"code": stolen, "state": own})

    assert answer.status_code == 403
    assert "code-exchange" in answer.content.decode()


@pytest.mark.parametrize(
    "wanted", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", "\\\\x"]
)
def test_it_leads_back_nowhere_else(alice: User, provider: IdentityProvider, wanted: str) -> None:
    provider.claims = {"email": alice.email}

    assert came_back(Client(), provider, wanted)["Location"] == "/console/"


def test_who_stops_at_the_provider_is_told_so_and_nothing_of_its_answer_is_shown(
    db: None, provider: IdentityProvider
) -> None:
    client = Client()
    state = parse_qs(urlsplit(gone(client, provider)).query)["state"][0]
    answer = client.get(BACK, {"error": "access_denied", "error_description": "<b>canary</b>", "state": state})

    assert answer.status_code == 403
    assert "declined" in answer.content.decode()
    assert "canary" not in answer.content.decode()
    assert causes() == [], "Anybody can bring this about, so that it writes no record."


@pytest.mark.parametrize(
    ("setting", "claims", "why"),
    [
        ({}, {"email": "stranger@example.com"}, "unknown-person"),
        ({}, {}, "unknown-person"),
        ({"DOMAINS": ["acme.example"]}, {"email": "alice@example.com"}, "domain-not-allowed"),
        ({"DOMAINS": ["example.com"]}, {"email": "alice@example.com.evil.example"}, "domain-not-allowed"),
        ({"ID_CLAIM": "sub"}, {"sub": "alice@example.com"}, "unknown-person"),
        ({"ID_CLAIM": "sub"}, {"sub": "id-bob", "email": "alice@example.com"}, "two-people"),
        ({"ID_CLAIM": "sub"}, {"sub": "id-new", "email": "alice@example.com"}, "two-people"),
        ({"ID_CLAIM": "employee"}, {"email": "alice@example.com"}, "id-not-said"),
        ({"ID_CLAIM": "employee"}, {"email": "alice@example.com", "employee": "an id"}, "id-not-said"),
        ({"ID_CLAIM": "sub", "DOMAINS": ["example.com"]}, {"sub": "id-alice"}, "domain-not-allowed"),
    ],
    ids=str,
)
def test_claims_that_name_nobody_or_two_let_nobody_in(
    alice: User, bob: User, provider: IdentityProvider, settings: Any, setting: Any, claims: Any, why: str
) -> None:
    for name, value in setting.items():
        setattr(settings, f"PRIVACY_OIDC_{name}", value)
    provider.claims = claims
    client = Client()

    assert why in came_back(client, provider).content.decode()
    assert not get_user(client).is_authenticated
    assert causes() == [why]


@pytest.mark.parametrize(
    ("setting", "claims"),
    [
        ({"ID_CLAIM": "sub"}, {"sub": "id-alice"}),
        ({"ID_CLAIM": "employee"}, {"employee": "id-alice", "email": "Alice@example.com"}),
        ({"DOMAINS": ["acme.example", "EXAMPLE.com"]}, {"email": "alice@example.com"}),
        ({}, {"email": "alice@example.com", "email_verified": "true"}),
    ],
    ids=str,
)
def test_claims_that_name_one_person_let_them_in(
    alice: User, bob: User, provider: IdentityProvider, settings: Any, setting: Any, claims: Any
) -> None:
    for name, value in setting.items():
        setattr(settings, f"PRIVACY_OIDC_{name}", value)
    provider.claims = claims
    client = Client()
    came_back(client, provider)

    assert get_user(client) == alice


def test_what_stands_only_at_the_providers_own_address_is_asked_for_there(
    alice: User, provider: IdentityProvider
) -> None:
    provider.userinfo = {"sub": "sub-1", "email": alice.email, "email_verified": True}
    provider.claims = {"email_verified": None}
    client, other = Client(), Client()
    came_back(client, provider)
    provider.userinfo["sub"] = "somebody-else"
    refused = came_back(other, provider)

    assert get_user(client) == alice
    assert refused.status_code == 503
    assert not get_user(other).is_authenticated


@pytest.mark.parametrize(
    ("token", "own", "who"),
    [
        ({"email": "ALICE", "email_verified": None}, {"email": "bob", "email_verified": True}, "bob"),
        ({"email": "alice", "email_verified": None}, {"email_verified": True}, None),
        ({"email": "alice", "email_verified": False}, {"email": "bob", "email_verified": True}, None),
        ({"email_verified": True}, {"email": "bob"}, None),
        ({"email": "alice"}, {"email": "bob", "email_verified": False}, "alice"),
    ],
    ids=str,
)
def test_that_an_e_mail_is_verified_counts_only_with_the_e_mail_beside_it(
    alice: User, bob: User, provider: IdentityProvider, settings: Any, token: Any, own: Any, who: str | None
) -> None:
    settings.PRIVACY_OIDC_ID_CLAIM = "employee"  # Which the token leaves out, so that the other address is asked.
    User.objects.update(external_id=None)
    provider.claims, provider.userinfo = _spelled(token), {"sub": "sub-1", **_spelled(own)}
    client = Client()
    came_back(client, provider)

    assert getattr(get_user(client), "email", None) == (f"{who}@example.com" if who else None)


def _spelled(said: Any) -> dict[str, Any]:
    return {name: f"{value}@example.com" if name == "email" else value for name, value in said.items()}


def test_an_inactive_account_lets_nobody_in(alice: User, provider: IdentityProvider) -> None:
    alice.is_active = False
    alice.save()
    provider.claims = {"email": alice.email}

    assert "inactive" in came_back(Client(), provider).content.decode()


def test_unknown_people_are_made_only_where_the_settings_say_so(
    db: None, provider: IdentityProvider, settings: Any
) -> None:
    settings.PRIVACY_OIDC_CREATES_PEOPLE = True
    provider.claims = {"email": "new@example.com"}
    client = Client()
    came_back(client, provider, "/console/")
    user = get_user(client)

    assert isinstance(user, User)
    assert (user.email, user.has_usable_password(), user.memberships.count()) == ("new@example.com", False, 0)


def test_an_authenticator_is_asked_for_here_too_unless_the_provider_sees_to_it(
    alice: User, provider: IdentityProvider, settings: Any
) -> None:
    factor = second_factor.begin(alice)
    type(factor).objects.update(confirmed_at=timezone.now())
    provider.claims = {"email": alice.email}
    asked = came_back(Client(), provider)
    settings.PRIVACY_OIDC_PROVES_SECOND_FACTOR = True
    client = Client()
    came_back(client, provider)

    assert asked["Location"] == "/console/sign-in/code"
    assert client.get(HOME).status_code == 200
    settings.PRIVACY_OIDC_PROVES_SECOND_FACTOR = False
    assert client.get(HOME)["Location"].startswith("/console/sign-in/code")


@pytest.mark.parametrize(
    "named",
    [
        {"issuer": "https://elsewhere.example"},
        {"token_endpoint": "file:///etc/passwd"},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
def test_a_provider_that_says_strange_things_of_itself_is_not_used(
    db: None, provider: IdentityProvider, named: Any
) -> None:
    provider.named = named
    answer = Client().get(LEAVE)

    assert answer.status_code == 503
    assert "PRIVACY_OIDC_ISSUER" in answer.content.decode()


def test_it_is_asked_only_where_the_installation_allows(db: None, provider: IdentityProvider, settings: Any) -> None:
    settings.PRIVACY_OIDC_NETWORKS = []

    assert Client().get(LEAVE).status_code == 503
    assert provider.asked == []


def test_without_a_provider_there_is_no_such_way_in(alice: User) -> None:
    assert Client().get(LEAVE)["Location"] == "/console/sign-in"
    assert Client().get(BACK, {"state": "x", "code": "y"}).status_code == 403
    assert "openid" not in Client().get("/console/sign-in").content.decode()


def test_passwords_can_be_turned_off(alice: User, provider: IdentityProvider, settings: Any) -> None:
    settings.PRIVACY_PASSWORD_SIGN_IN = False
    alice.set_password("correct-horse-battery")
    alice.save()
    client = Client()
    page = client.get("/console/sign-in").content.decode()
    client.post("/console/sign-in", {"username": alice.email, "password": "correct-horse-battery"})

    assert 'name="password"' not in page
    assert "Sign in with single sign-on" in page
    assert not get_user(client).is_authenticated


def test_who_signs_out_is_offered_to_sign_out_there_too(alice: User, provider: IdentityProvider) -> None:
    client = Client()
    provider.claims = {"email": alice.email}
    came_back(client, provider)
    left = client.post("/console/sign-out", follow=True)
    page = left.content.decode()

    assert left.redirect_chain[-1][0] == "/console/sign-in?left=1"
    assert f"{provider.url}/leave?client_id={CLIENT}&amp;post_logout_redirect_uri=http%3A%2F%2Ftestserver" in page


def test_the_provider_is_a_real_server(provider: IdentityProvider) -> None:
    assert httpx.get(f"{provider.url}/.well-known/openid-configuration").json()["issuer"] == provider.url
