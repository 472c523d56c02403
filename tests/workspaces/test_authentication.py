"""Keys, callers, actors and workspaces."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests.factories import make_key, make_user, make_workspace
from workspaces.authentication import Stranger, actor_of, caller_of, workspace_of
from workspaces.keys import (
    PREFIX_LENGTH,
    Scope,
    digest_of,
    issue_key,
    note_use,
    revoke_key,
    rotate_key,
    store_uses,
)
from workspaces.models import AccessStamp, ApiKey, ServiceAccount, User, Workspace


def test_a_key_opens_for_its_account_and_is_not_stored(workspace: Workspace, key: str) -> None:
    caller = caller_of(key)

    assert caller is not None
    assert caller.is_service
    assert caller.scopes == frozenset(Scope)
    assert caller.may_ask_about(workspace.slug)
    row = ApiKey.objects.get()
    assert (row.prefix, row.digest) == (key[:PREFIX_LENGTH], digest_of(key))
    assert key not in str(ApiKey.objects.values())


def test_an_account_of_one_workspace_may_not_ask_about_another(key: str) -> None:
    caller = caller_of(key)

    assert caller is not None
    assert not caller.may_ask_about("other")


def test_an_account_of_the_installation_may_ask_about_each(workspace: Workspace) -> None:
    caller = caller_of(make_key(None, name="everywhere"))

    assert caller is not None
    assert caller.may_ask_about(workspace.slug)


@pytest.mark.parametrize("wrong", ["", "psk_", "psk_nobody", "é", "x" * 10_000])
def test_a_wrong_key_opens_nothing(key: str, wrong: str) -> None:
    assert caller_of(wrong) is None


def test_an_expired_key_opens_nothing(bob: User) -> None:
    _, key = issue_key(bob, expires_at=timezone.now() - timedelta(seconds=1))

    assert caller_of(key) is None


def test_a_revoked_key_opens_nothing(bob: User) -> None:
    row, key = issue_key(bob)

    revoke_key(row)

    assert caller_of(key) is None


def test_the_key_of_an_inactive_user_opens_nothing(bob: User) -> None:
    _, key = issue_key(bob)

    bob.is_active = False
    bob.save()

    assert caller_of(key) is None


def test_after_a_rotation_both_keys_open_until_the_overlap_ends(bob: User) -> None:
    row, old = issue_key(bob, scopes=[Scope.MASK], name="laptop")

    successor, new = rotate_key(row, overlap=timedelta(hours=1))

    assert caller_of(old) is not None
    assert caller_of(new) is not None
    assert (successor.scopes, successor.name) == (["mask"], "laptop")
    row.refresh_from_db()
    assert row.expires_at is not None
    assert timedelta(minutes=59) < row.expires_at - timezone.now() <= timedelta(hours=1)


def test_the_successor_of_an_expiring_key_expires_too(bob: User) -> None:
    row, _ = issue_key(bob, expires_at=timezone.now() + timedelta(days=30))

    successor, _ = rotate_key(row, overlap=timedelta(hours=1))

    assert successor.expires_at is not None
    assert timedelta(days=29) < successor.expires_at - timezone.now() <= timedelta(days=30)


def test_the_key_of_a_deleted_account_opens_nothing(workspace: Workspace, key: str) -> None:
    ServiceAccount.objects.all().delete()

    assert caller_of(key) is None
    assert not User.objects.filter(kind=User.Kind.SERVICE).exists()


def test_the_key_of_a_deleted_workspace_opens_no_other(workspace: Workspace, key: str) -> None:
    make_workspace("other")

    workspace.delete()

    assert caller_of(key) is None


def test_a_service_without_its_account_opens_nothing(workspace: Workspace, key: str) -> None:
    ServiceAccount.objects.all()._raw_delete("default")  # Past every signal, as SQL by hand would.

    assert caller_of(key) is None


def test_the_last_use_of_a_key_is_written_down_without_ending_what_is_remembered(bob: User) -> None:
    row, _ = issue_key(bob)
    before = AccessStamp.objects.get().token
    note_use(row.pk)
    note_use(row.pk)

    store_uses()

    row.refresh_from_db()
    assert row.last_used_at is not None
    assert AccessStamp.objects.get().token == before


@pytest.mark.parametrize("reference", ["bob@example.com", "BOB@Example.com", "id-bob"])
def test_an_actor_is_named_by_email_in_any_case_or_by_external_id(bob: User, reference: str) -> None:
    assert actor_of(reference) == bob


@pytest.mark.parametrize("lookalike", ["b\u0131ll@example.com", "B\u0130LL@example.com", "\uff42ill@example.com"])
def test_a_letter_that_only_looks_alike_names_nobody(workspace: Workspace, lookalike: str) -> None:
    make_user("bill")

    assert actor_of(lookalike) == Stranger(lookalike)


def test_letters_outside_ascii_are_taken_as_they_stand(workspace: Workspace) -> None:
    user = User.objects.create_user("j\u00fcrgen@example.com")

    assert actor_of("j\u00fcrgen@example.com") == user
    assert actor_of("J\u00dcRGEN@example.com") == Stranger("J\u00dcRGEN@example.com")


def test_a_sign_in_finds_the_user_in_any_case(workspace: Workspace, bob: User) -> None:
    assert User.objects.get_by_natural_key("BOB@example.com") == bob


def test_somebody_unknown_is_a_stranger(workspace: Workspace) -> None:
    assert actor_of("nobody@example.com") == Stranger("nobody@example.com")


def test_somebody_inactive_is_a_stranger(workspace: Workspace) -> None:
    make_user("erin", is_active=False)

    assert actor_of("erin@example.com") == Stranger("erin@example.com")


def test_a_workspace_is_found_by_its_slug(workspace: Workspace) -> None:
    assert workspace_of("acme") == workspace
    assert workspace_of("nowhere") is None


@pytest.mark.parametrize("slug", ["", "a" * 81, "ac\x00me", "acme ", "acme/../acme", "\u0430cme"])
def test_what_is_no_slug_is_not_looked_up(
    workspace: Workspace, slug: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert workspace_of(slug) is None
