"""What a call's headers mean is kept, and never longer or wider than it is true."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from privacy_service.decisions import access
from privacy_service.decisions.access import ask
from privacy_service.exceptions import KeyRefused, PrivacyError, RateExceeded, ScopeMissing
from privacy_service.http import Call
from workspaces.keys import Scope, issue_key, revoke_key
from workspaces.models import ApiKey, User, Workspace
from workspaces.stamp import StampedCache

# Outside a transaction, as in production: within one nothing is kept.
pytestmark = pytest.mark.django_db(transaction=True)

BEARER = "Bearer "


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    access._rate_limit.cache_clear()
    yield
    access._rate_limit.cache_clear()


def call(key: str, *, slug: str = "acme", **headers: str) -> Call:
    """Return a call with this key; `X_Actor` and others become headers."""
    named = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    return Call({"HTTP_AUTHORIZATION": BEARER + key, "HTTP_X_ACTOR": "bob@example.com", **named}, slug, bytes, "0" * 32)


def refusal(one: Call, scope: Scope = Scope.MASK) -> type[PrivacyError]:
    """Return the error that a call meets."""
    with pytest.raises(PrivacyError) as refused:
        ask(one, scope)
    return type(refused.value)


def test_a_call_that_was_understood_needs_no_query_again(
    released_workspace: Workspace, bob: User, key: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first = ask(call(key), Scope.MASK)
    with django_assert_num_queries(0):
        second = ask(call(key), Scope.MASK)

    assert second is first
    assert (first.access.actor, first.access.workspace) == (bob, released_workspace)


def test_a_kept_call_counts_towards_the_rate(
    released_workspace: Workspace, bob: User, key: str, settings: LazySettings
) -> None:
    settings.PRIVACY_RATE_PER_SECOND = 1
    ask(call(key), Scope.MASK)

    assert refusal(call(key)) is RateExceeded


def test_a_kept_call_needs_the_scope_of_what_it_asks_now(released_workspace: Workspace, bob: User, key: str) -> None:
    _, narrow = issue_key(ApiKey.objects.get().user, scopes=[Scope.MASK])
    ask(call(narrow), Scope.MASK)

    assert refusal(call(narrow), Scope.CLASSIFY) is ScopeMissing


def test_an_expired_key_opens_nothing_though_its_call_is_kept(
    released_workspace: Workspace, bob: User, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = timezone.now() + timedelta(hours=2)
    _, short = issue_key(ApiKey.objects.get().user, expires_at=timezone.now() + timedelta(hours=1))
    ask(call(short), Scope.MASK)
    monkeypatch.setattr("workspaces.authentication.timezone.now", lambda: later)

    assert refusal(call(short)) is KeyRefused


def test_a_revoked_key_opens_nothing_though_its_call_was_kept(
    released_workspace: Workspace, bob: User, key: str
) -> None:
    ask(call(key), Scope.MASK)
    revoke_key(ApiKey.objects.get())

    assert refusal(call(key)) is KeyRefused


@pytest.mark.parametrize(
    ("headers", "reader"),
    [
        ({"x_actor": "carol@example.com"}, "carol@example.com"),
        ({"x_actor": "", "actor": "carol@example.com"}, "carol@example.com"),
        ({"x_actor": "bob@example.com", "actor": "BOB@example.com"}, None),
        ({"x_actor": " bob@example.com"}, "bob@example.com"),
    ],
)
def test_headers_that_differ_are_read_anew(
    released_workspace: Workspace, bob: User, carol: User, key: str, headers: dict[str, str], reader: str | None
) -> None:
    ask(call(key), Scope.MASK)

    if reader is None:
        assert refusal(call(key, **headers)).__name__ == "ActorUnclear"
    else:
        assert str(ask(call(key, **headers), Scope.MASK).access.actor) == reader


def test_no_key_is_kept_as_it_was_sent(released_workspace: Workspace, bob: User, key: str) -> None:
    ask(call(key), Scope.MASK)

    kept: StampedCache = access._known
    assert all(isinstance(name, bytes) and len(name) == 16 for name in kept._kept.answers)


def test_strangers_drive_out_nobody(released_workspace: Workspace, bob: User, key: str) -> None:
    ask(call(key), Scope.MASK)
    kept: StampedCache = access._known
    before = dict(kept._kept.answers)

    for number in range(20):
        ask(call(key, x_actor=f"nobody{number}@example.org"), Scope.MASK)

    assert kept._kept.answers == before
