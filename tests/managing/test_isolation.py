"""No id of another workspace ever answers anything but 404 in one's own; tests/tenancy walks every path."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.urls import URLPattern

from privacy_service.decisions import audit
from privacy_service.decisions.models import AuditRecord
from privacy_service.managing.urls import urlpatterns
from privacy_service.managing.views.accounts import AccountViewSet, KeyViewSet
from privacy_service.managing.views.audit import AuditViewSet
from privacy_service.managing.views.emergencies import EmergencyViewSet
from privacy_service.managing.views.grants import GrantViewSet
from privacy_service.managing.views.groups import GroupMemberViewSet, GroupViewSet
from privacy_service.managing.views.members import MemberViewSet
from privacy_service.managing.views.signing_keys import SigningKeyViewSet
from privacy_service.managing.views.sources import SourceViewSet
from tests.managing.conftest import Api
from workspaces import break_glass
from workspaces.actor_tokens.keeping import keep_secret
from workspaces.acts import Act, note
from workspaces.grants import add_to_group, create_group, grant
from workspaces.keys import create_service_account, issue_key
from workspaces.models import (
    ActorTokenKey,
    ApiKey,
    Emergency,
    Grant,
    Membership,
    ServiceAccount,
    Source,
    Workspace,
    WorkspaceGroup,
)
from workspaces.roles import Role

Ids = dict[str, Any]


def account_of(workspace: Workspace | None, name: str) -> ServiceAccount:
    """Return an account with a key, and one that verifies its readers' tokens."""
    account = create_service_account(name, workspace=workspace)
    issue_key(account.user)
    keep_secret(account)
    return account


def emergency_of(workspace: Workspace) -> Emergency:
    """Return an emergency access of a workspace's owner."""
    owner = Membership.objects.get(workspace=workspace).user
    found = Emergency.objects.filter(workspace=workspace).first()
    return found or break_glass.ask(workspace, owner, minutes=5, reason="Ticket 4711: a refund")


def keys_of(account: ServiceAccount) -> ApiKey:
    return ApiKey.objects.get(user=account.user)


def group_of(workspace: Workspace, name: str = "theirs") -> WorkspaceGroup:
    """Return a group with a member."""
    found = WorkspaceGroup.objects.filter(workspace=workspace, name=name).first()
    group = found or create_group(workspace, name)
    add_to_group(group, Membership.objects.get(workspace=workspace))
    return group


def record_of(workspace: Workspace) -> UUID:
    """Return the id of a record in a workspace's trail."""
    note(Act.WORKSPACE_CHANGED, workspace, None, workspace)
    audit.ship()
    return AuditRecord.objects.filter(workspace_id=workspace.pk)[0].pk


# For each view the ids of things that are not acme's: of another workspace, of the whole installation, of nobody.
FOREIGN: dict[type, Callable[[Workspace], list[Ids]]] = {
    AuditViewSet: lambda other: [{"pk": record_of(other)}, {"pk": uuid4()}],
    GroupViewSet: lambda other: [{"pk": group_of(other).pk}],
    GroupMemberViewSet: lambda other: [
        {"group_id": group_of(other).pk, "pk": Membership.objects.get(workspace=other).pk}
    ],
    GrantViewSet: lambda other: [
        {"pk": grant(Membership.objects.get(workspace=other), Role.PII_VIEWER).pk},
        {"pk": grant(group_of(other, "granted"), Role.PII_VIEWER).pk},
        # The role that comes with the kind of membership is no grant of this list, not even in one's own workspace.
        {"pk": Grant.objects.get(role=Role.OWNER, membership__workspace__slug="acme").pk},
    ],
    SourceViewSet: lambda other: [{"pk": Source.objects.get_or_create(workspace=other, slug="theirs")[0].pk}],
    MemberViewSet: lambda other: [{"pk": Membership.objects.get(workspace=other).pk}, {"pk": uuid4()}],
    AccountViewSet: lambda other: [{"pk": account_of(other, "theirs").pk}, {"pk": account_of(None, "everybodys").pk}],
    EmergencyViewSet: lambda other: [{"pk": emergency_of(other).pk}],
    SigningKeyViewSet: lambda other: [
        {"account_id": account.pk, "pk": ActorTokenKey.objects.get(account=account).pk}
        for account in (account_of(other, "theirs"), account_of(None, "everybodys"))
    ],
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
        path = re.sub(rf"<\w+:{name}>", str(value), path)
    return f"/{path}"


def with_ids() -> list[URLPattern]:
    return [pattern for pattern in urlpatterns if "<uuid:" in str(pattern.pattern)]


@pytest.mark.parametrize("pattern", with_ids(), ids=lambda pattern: str(pattern.pattern))
def test_what_is_anothers_is_not_there_in_ones_own(owner: Api, other: Workspace, pattern: URLPattern) -> None:
    before = Workspace.objects.get(slug="other").memberships.count()

    for ids in FOREIGN[view_of(pattern)](other):
        for method in offered(pattern):
            reply = owner(method, path_to(pattern, slug="acme", **ids), {}, If_Match="*")

            assert (method, reply.status, reply.reason) == (method, 404, "no-such-resource")
    assert Workspace.objects.get(slug="other").memberships.count() == before


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/grants", lambda other: {"member": str(Membership.objects.get(workspace=other).pk), "role": "pii_viewer"}),
        ("/grants", lambda other: {"group": str(group_of(other).pk), "role": "pii_viewer"}),
        ("/grants", lambda other: {"member": mine(), "role": "pii_viewer", "sources": [theirs(other, SourceViewSet)]}),
        (
            "/groups/{group}/members",
            lambda other: {"member": str(Membership.objects.get(workspace=other).pk)},
        ),
        ("/members", lambda other: {"user": account_of(other, "theirs").user.external_id}),
        ("/members", lambda _: {"user": account_of(None, "everybodys").user.external_id}),
    ],
)
def test_an_id_of_anothers_in_a_body_is_not_there_either(
    owner: Api, other: Workspace, path: str, body: Callable[[Workspace], Ids]
) -> None:
    group = create_group(Workspace.objects.get(slug="acme"), "ours")

    reply = owner.post(path.format(group=group.pk), body(other))

    assert (reply.status, reply.reason) == (404, "no-such-resource")
    assert not group.members.exists()


def mine() -> str:
    """Return the id of acme's own member."""
    return str(Membership.objects.get(workspace__slug="acme").pk)


def theirs(other: Workspace, view: type) -> str:
    """Return the id of a thing of the other workspace."""
    return str(FOREIGN[view](other)[0]["pk"])


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
    lists = [path_to(pattern, slug="acme", version=1) for pattern in urlpatterns if pattern not in with_ids()]

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
