"""Service accounts and their keys: made and shown once, rotated with an overlap, revoked."""

from datetime import timedelta

import pytest
from django.utils import timezone

from privacy_service.managing.models import KeptAnswer
from tests.managing.conftest import Api, person
from tests.managing.rights import give
from workspaces.authentication import caller_of
from workspaces.keys import DATA_SCOPES, Scope, digest_of
from workspaces.models import ApiKey, Membership, ServiceAccount, User, Workspace


def make_account(api: Api, name: str = "crm") -> str:
    """Return the path of a new account."""
    return str(api.post("/service-accounts", {"name": name}).headers["Location"])


def test_an_owner_makes_an_account_and_a_key_that_opens(owner: Api, workspace: Workspace) -> None:
    path = make_account(owner)

    reply = owner.post(f"{path}/keys", {"name": "live", "scopes": ["mask"]})

    assert reply.status == 201
    caller = caller_of(reply.json["key"])
    assert caller is not None
    assert (caller.scopes, caller.workspace_slug) == (frozenset({Scope.MASK}), "acme")
    assert reply.json["prefix"] == reply.json["key"][:12]
    assert owner.get(path).json["usable_keys"] == 1


def test_a_key_is_shown_this_once(owner: Api) -> None:
    path = make_account(owner)
    key = owner.post(f"{path}/keys", {}).json["key"]

    [listed] = owner.get(f"{path}/keys").json["keys"]

    assert "key" not in listed
    assert listed["scopes"] == sorted(DATA_SCOPES)
    assert key not in owner.get(f"{path}/keys/{listed['id']}").body.decode()


def test_a_rotated_key_works_on_for_the_overlap(owner: Api) -> None:
    path = make_account(owner)
    old = owner.post(f"{path}/keys", {"scopes": ["mask"]}).json

    new = owner.post(f"{path}/keys/{old['id']}/rotate", {"overlap_seconds": 60})

    assert new.status == 201
    assert new.headers["Location"] == f"{path}/keys/{new.json['id']}"
    assert new.json["scopes"] == ["mask"]
    assert caller_of(new.json["key"])
    assert caller_of(old["key"])
    ends = ApiKey.objects.get(pk=old["id"]).expires_at
    assert ends is not None
    assert ends - timezone.now() <= timedelta(seconds=60)


def test_without_overlap_the_old_key_ends_at_once(owner: Api) -> None:
    path = make_account(owner)
    old = owner.post(f"{path}/keys", {}).json

    owner.post(f"{path}/keys/{old['id']}/rotate", {"overlap_seconds": 0})

    assert caller_of(old["key"]) is None
    assert owner.post(f"{path}/keys/{old['id']}/rotate", {}).reason == "conflict"


def test_a_revoked_key_opens_nothing_and_stays_in_the_list(owner: Api) -> None:
    path = make_account(owner)
    made = owner.post(f"{path}/keys", {}).json

    assert owner("DELETE", f"{path}/keys/{made['id']}").status == 204
    assert owner("DELETE", f"{path}/keys/{made['id']}").status == 204
    assert caller_of(made["key"]) is None
    assert [key["state"] for key in owner.get(f"{path}/keys?state=revoked").json["keys"]] == ["revoked"]
    assert owner.get(f"{path}/keys?state=usable").json["keys"] == []


def test_a_deleted_account_leaves_no_key_behind(owner: Api) -> None:
    path = make_account(owner)
    key = owner.post(f"{path}/keys", {}).json["key"]

    assert owner("DELETE", path).status == 204
    assert caller_of(key) is None
    assert not User.objects.filter(external_id__startswith="service:").exists()


def test_a_key_gives_no_scope_that_it_lacks(alice: User) -> None:
    limited = person(alice, Scope.READ, Scope.SERVICE_ACCOUNTS)
    path = make_account(limited)
    strong = person(alice).post(f"{path}/keys", {"scopes": ["mask"]}).json

    reply = limited.post(f"{path}/keys", {"scopes": ["mask", "read"]})

    assert (reply.status, reply.reason) == (403, "beyond-own-rights")
    assert limited.post(f"{path}/keys/{strong['id']}/rotate", {}).reason == "beyond-own-rights"
    assert limited.post(f"{path}/keys", {"scopes": ["read"]}).status == 201


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes.0"),
        ({"scopes": "mask"}, "scopes"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "soon"}, "expires_at"),
        ({"name": "x" * 81}, "name"),
        ({"user": "id-alice"}, "user"),
        ({"digest": "0" * 64}, "digest"),
        ({"key": "psk_chosen"}, "key"),
    ],
)
def test_a_key_that_cannot_be_is_refused_by_field(owner: Api, body: object, field: str) -> None:
    reply = owner.post(f"{make_account(owner)}/keys", body)

    assert (reply.status, reply.reason) == (422, "invalid-fields")
    assert list(reply.json["errors"]) == [field]
    assert not ApiKey.objects.filter(user__service_account__isnull=False).exists()


@pytest.mark.parametrize("name", ["", "two words", "ünicode", "a/b", "x" * 81, 7, None])
def test_an_account_has_a_plain_name(owner: Api, name: object) -> None:
    assert list(owner.post("/service-accounts", {"name": name}).json["errors"]) == ["name"]


def test_a_name_is_taken_once_in_a_workspace(owner: Api) -> None:
    make_account(owner)

    assert owner.post("/service-accounts", {"name": "crm"}).reason == "conflict"


def test_whoever_is_no_owner_manages_no_accounts(workspace: Workspace, bob: User) -> None:

    give(Membership.objects.get(user=bob), "manage_members", "manage_policy")

    assert person(bob).get("/members").status == 200
    assert person(bob).get("/service-accounts").reason == "permission-missing"
    assert person(bob).post("/service-accounts", {"name": "mine"}).reason == "permission-missing"
    assert not ServiceAccount.objects.exists()


def test_a_repeated_request_shows_the_same_key_which_is_stored_nowhere(owner: Api) -> None:
    path = make_account(owner)
    first = owner.post(f"{path}/keys", {}, Idempotency_Key="once")
    again = owner.post(f"{path}/keys", {}, Idempotency_Key="once")

    assert again.json == first.json
    assert again.headers["Idempotency-Replayed"] == "true"
    assert ApiKey.objects.filter(user__service_account__isnull=False).count() == 1
    stored = str(list(KeptAnswer.objects.values())) + str(list(ApiKey.objects.values()))
    assert first.json["key"] not in stored
    assert digest_of(first.json["key"]) in stored


def test_after_a_change_of_the_servers_secret_no_wrong_key_is_shown(owner: Api, settings: object) -> None:
    path = make_account(owner)
    kept = owner.post(f"{path}/keys", {}, Idempotency_Key="once").json["key"]
    answer = KeptAnswer.objects.get(holds_key=True)
    answer.salt = "another"  # As another secret would, it derives another key.
    answer.save()

    again = owner.post(f"{path}/keys", {}, Idempotency_Key="once")

    assert again.status == 201
    assert again.json["key"] is None
    assert caller_of(kept)
