"""Lists by pages: nothing twice, nothing skipped, whatever comes and goes meanwhile."""

import base64

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from privacy_service.decisions import audit
from tests.factories import make_member, make_policy, make_workspace
from tests.managing.conftest import Api
from workspaces.acts import Act, note
from workspaces.grants import add_member, add_to_group, create_group, grant
from workspaces.keys import create_service_account
from workspaces.models import Membership, User, Workspace
from workspaces.roles import Role
from workspaces.sources import add_source


@pytest.fixture
def crowd(workspace: Workspace, alice: User) -> list[str]:
    """Return the names of 12 members, five of whom share a name and all of whom joined in the same moment."""
    for number in range(11):
        make_member(workspace, f"m{number:02}")
    User.objects.filter(email__in=[f"m{number:02}@example.com" for number in range(5)]).update(name="Same")
    Membership.objects.update(created_at="2026-01-01T00:00:00Z")
    return sorted(str(email) for email in Membership.objects.values_list("user__email", flat=True))


def walk(api: Api, query: str, direction: str = "next") -> list[list[str]]:
    """Return the e-mails on each page."""
    pages = []
    cursor = ""
    while True:
        reply = api.get(f"/members?{query}{cursor}").json
        pages.append([member["user"]["email"] for member in reply["members"]])
        if direction not in reply["pagination"]:
            return pages
        cursor = f"&cursor={reply['pagination'][direction]}"


@pytest.mark.parametrize("ordering", ["created_at", "-created_at", "name", "-name"])
@pytest.mark.parametrize("count", [1, 5, 12, 100])
def test_every_member_is_on_one_page(owner: Api, crowd: list[str], ordering: str, count: int) -> None:
    pages = walk(owner, f"ordering={ordering}&count={count}")

    assert sorted(email for page in pages for email in page) == crowd
    assert {len(page) for page in pages[:-1]} <= {count}


def test_the_way_back_shows_the_same_pages(owner: Api, crowd: list[str]) -> None:
    forth = walk(owner, "ordering=name&count=5")
    last = owner.get("/members?ordering=name&count=5").json
    for _ in forth[1:]:
        last = owner.get(f"/members?ordering=name&count=5&cursor={last['pagination']['next']}").json

    back = [[member["user"]["email"] for member in last["members"]]]
    while "previous" in last["pagination"]:
        last = owner.get(f"/members?ordering=name&count=5&cursor={last['pagination']['previous']}").json
        back.insert(0, [member["user"]["email"] for member in last["members"]])

    assert back == forth


def test_who_leaves_or_joins_meanwhile_moves_nobody_else(owner: Api, crowd: list[str], workspace: Workspace) -> None:
    first = owner.get("/members?ordering=name&count=4").json
    gone = first["members"][-1]["id"]
    Membership.objects.filter(pk=gone).delete()
    make_member(workspace, "aaron")

    rest = owner.get(f"/members?ordering=name&count=1000&cursor={first['pagination']['next']}").json

    seen = [member["user"]["email"] for member in first["members"] + rest["members"]]
    assert sorted(seen) == crowd


@pytest.mark.parametrize(
    "spelling",
    ["count=3", "pagination[count]=3", "pagination.count=3", 'pagination={"count":3}', "pagination%5Bcount%5D=3"],
)
def test_the_page_is_asked_for_as_clients_spell_it(owner: Api, crowd: list[str], spelling: str) -> None:
    assert len(owner.get(f"/members?{spelling}").json["members"]) == 3


def test_a_cursor_belongs_to_its_list_and_query(owner: Api, crowd: list[str]) -> None:
    cursor = owner.get("/members?count=2&ordering=name").json["pagination"]["next"]

    assert owner.get(f"/members?cursor={cursor}&ordering=name").status == 200
    for path in (
        f"/members?cursor={cursor}",
        f"/members?cursor={cursor}&ordering=name&kind=owner",
        f"/service-accounts?cursor={cursor}",
        f"/members?ordering=name&cursor={cursor[:-4]}AAAA",
        "/members?cursor=%F0%9F%98%80",
        "/members?cursor=bz0x",
    ):
        assert owner.get(path).reason == "cursor-refused"


def test_a_cursor_tells_nobodys_name(owner: Api, crowd: list[str]) -> None:
    cursor = owner.get("/members?count=2&ordering=name").json["pagination"]["next"]

    assert b"M0" not in base64.urlsafe_b64decode(cursor)


def queries(api: Api, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert api.get(path).status == 200
    return len(captured)


LISTS = (
    "/members",
    "/members?sees=some&ordering=name",
    "/groups",
    "/grants",
    "/sources",
    "/policy/versions",
    "/audit",
    "/service-accounts",
    "/v1/workspaces",
)


def add_one_of_each(workspace: Workspace, owner: User, name: str) -> None:
    """Make every list longer by one, by another member each."""
    member = make_member(workspace, name)
    grant(member, Role.PII_VIEWER, entities=["PERSON"], by=member.user)
    group = create_group(workspace, name)
    add_to_group(group, member)
    grant(group, Role.SOURCE_READ_ONLY)
    add_source(workspace, name)
    make_policy(workspace, {}, created_by=member.user)
    create_service_account(name, workspace=workspace)
    note(Act.WORKSPACE_CHANGED, workspace, member.user, workspace)
    add_member(make_workspace(name), owner)


def test_a_longer_list_takes_no_more_queries(owner: Api, workspace: Workspace, alice: User) -> None:
    add_one_of_each(workspace, alice, "first")
    audit.ship()
    few = {path: queries(owner, path) for path in LISTS}
    for number in range(5):
        add_one_of_each(workspace, alice, f"m{number}")
    audit.ship()

    assert {path: queries(owner, path) for path in LISTS} == few
    assert max(few.values()) <= 9
