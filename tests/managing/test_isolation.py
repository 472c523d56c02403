"""No id of another workspace ever answers anything but 404, whatever the path and the method."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.urls import URLPattern

from privacy_service.managing.urls import urlpatterns
from privacy_service.managing.views.accounts import AccountViewSet, KeyViewSet
from privacy_service.managing.views.members import MemberViewSet
from tests.managing.conftest import Api
from workspaces.keys import create_service_account, issue_key
from workspaces.models import ApiKey, Membership, ServiceAccount, Workspace

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

Ids = dict[str, Any]


def account_of(workspace: Workspace | None, name: str) -> ServiceAccount:
    """Return an account with a key."""
    account = create_service_account(name, workspace=workspace)
    issue_key(account.user)
    return account


def keys_of(account: ServiceAccount) -> ApiKey:
    return ApiKey.objects.get(user=account.user)


# For each view the ids of things that are not acme's: of another workspace, of the whole installation, of nobody.
FOREIGN: dict[type, Callable[[Workspace], list[Ids]]] = {
    MemberViewSet: lambda other: [{"pk": Membership.objects.get(workspace=other).pk}, {"pk": uuid4()}],
    AccountViewSet: lambda other: [{"pk": account_of(other, "theirs").pk}, {"pk": account_of(None, "everybodys").pk}],
    KeyViewSet: lambda other: [
        {"account_id": account.pk, "pk": keys_of(account).pk}
        for account in (account_of(other, "theirs"), account_of(None, "everybodys"))
    ],
}


def view_of(pattern: URLPattern) -> type:
    view: type = pattern.callback.cls  # type: ignore[attr-defined]
    return view


def offered(pattern: URLPattern) -> list[str]:
    return [method.upper() for method in pattern.callback.actions if method != "head"]  # type: ignore[attr-defined]


def path_to(pattern: URLPattern, **values: object) -> str:
    path = str(pattern.pattern)
    for name, value in values.items():
        path = path.replace(f"<slug:{name}>", str(value)).replace(f"<uuid:{name}>", str(value))
    return f"/{path}"


def below_a_workspace() -> list[URLPattern]:
    return [pattern for pattern in urlpatterns if "<slug:slug>" in str(pattern.pattern)]


def with_ids() -> list[URLPattern]:
    return [pattern for pattern in urlpatterns if "<uuid:" in str(pattern.pattern)]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("pattern", below_a_workspace(), ids=lambda pattern: str(pattern.pattern))
def test_another_workspace_is_not_there(
    owner: Api, backend: Api, other: Workspace, pattern: URLPattern, method: str
) -> None:
    """Whoever the key is: the owner of another workspace, or the account bound to it."""
    foreign = FOREIGN[view_of(pattern)](other) if view_of(pattern) in FOREIGN else [{}]
    ids = foreign[0] | {"version": 1}

    for api in (owner, backend):
        reply = api(method, path_to(pattern, slug="other", **ids), {})

        assert reply.status == 404
        assert method == "HEAD" or reply.reason == "unknown-workspace"


@pytest.mark.parametrize("pattern", with_ids(), ids=lambda pattern: str(pattern.pattern))
def test_what_is_anothers_is_not_there_in_ones_own(owner: Api, other: Workspace, pattern: URLPattern) -> None:
    before = Workspace.objects.get(slug="other").memberships.count()

    for ids in FOREIGN[view_of(pattern)](other):
        for method in offered(pattern):
            reply = owner(method, path_to(pattern, slug="acme", **ids), {}, If_Match="*")

            assert (method, reply.status, reply.reason) == (method, 404, "no-such-resource")
    assert Workspace.objects.get(slug="other").memberships.count() == before


def test_a_key_of_another_account_is_not_there_in_this_one(owner: Api, workspace: Workspace) -> None:
    mine, next_door = account_of(workspace, "one"), account_of(workspace, "two")
    path = f"/service-accounts/{mine.pk}/keys/{keys_of(next_door).pk}"

    assert owner.get(path).reason == owner("DELETE", path).reason == "no-such-resource"
    assert owner.post(f"{path}/rotate", {}).reason == "no-such-resource"
    assert keys_of(next_door).revoked_at is None


def test_an_unknown_slug_and_anothers_are_told_apart_by_nothing(owner: Api, other: Workspace) -> None:
    replies = [owner.within(slug).get("/members").json for slug in ("other", "nowhere")]

    assert [{**reply, "request_id": ""} for reply in replies] == [{**replies[0], "request_id": ""}] * 2


def test_lists_hold_nothing_of_another_workspace(owner: Api, other: Workspace) -> None:
    theirs = {str(ids.get("pk")) for make in FOREIGN.values() for ids in make_once(make, other)}
    lists = [path_to(pattern, slug="acme") for pattern in urlpatterns if "<uuid:" not in str(pattern.pattern)]

    for path in lists:
        text = owner.get(path).body.decode()
        assert not [one for one in theirs if one in text]
        assert "oscar" not in text


def make_once(make: Callable[[Workspace], list[Ids]], other: Workspace) -> list[Ids]:
    """Return ids, where an account of this name may be there already."""
    ServiceAccount.objects.filter(name__in=["theirs", "everybodys"]).delete()
    return make(other)


def test_a_uuid_in_another_spelling_is_no_path(owner: Api) -> None:
    for odd in (str(UUID(int=1)).upper().replace("0", "O"), "1", "%00", "..%2f..", "acme"):
        assert owner.get(f"/members/{odd}").reason == "no-such-path"
