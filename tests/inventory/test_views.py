"""The inventory over HTTP."""

import csv
import io
from typing import Any

import orjson
import pytest

from classifier import Colour
from privacy_service.decisions.models import Policy
from privacy_service.inventory.models import Field, InventorySettings, SourceNote
from tests.factories import make_member, make_source
from tests.inventory.conftest import CANARY, SHOP, see
from tests.managing.conftest import Api, person
from workspaces.grants import grant
from workspaces.keys import Scope
from workspaces.models import Membership, Source, User, Workspace
from workspaces.roles import Role
from workspaces.sources import change_source

FIELDS = "/inventory/fields"
PLACES = ["file:///data/payroll/", "topic:payroll"]


@pytest.fixture
def fields(workspace: Workspace) -> dict[str, Field]:
    """Return the fields of a table."""
    return see(workspace, {"email": CANARY, "plan": "gold", "loyaltyNotes": "oat milk"})


def paths(api: Api, query: str = "") -> list[str]:
    return sorted(one["path"] for one in api.get(f"{FIELDS}{query}").json["fields"])


def test_the_inbox_tells_where_what_and_how_sure(fields: dict[str, Field], owner: Api) -> None:
    listed = owner.get(f"{FIELDS}?state=inbox&recommended=red").json["fields"]

    assert [
        {name: one[name] for name in ("source", "place", "path", "kinds", "share", "masked")} for one in listed
    ] == [
        {
            "source": "shop",
            "place": "public.customers",
            "path": "/email",
            "kinds": {"EMAIL_ADDRESS": 1},
            "share": 1.0,
            "masked": "by-name",
        }
    ]
    assert CANARY not in str(listed)


FILTERS = [
    ("", ["/email", "/loyaltyNotes", "/plan"]),
    ("?state=decided", ["/plan"]),
    ("?state=inbox", ["/email", "/loyaltyNotes"]),
    ("?colour=green", ["/plan"]),
    ("?kind=EMAIL_ADDRESS", ["/email"]),
    ("?kind=PERSON", []),
    ("?source=shop&place=public.customers&search=LOYAL", ["/loyaltyNotes"]),
    ("?source=elsewhere", []),
    ("?seen_in=scan&since=2020-01-01T00:00Z", ["/email", "/loyaltyNotes", "/plan"]),
    ("?since=2099-01-01T00:00Z", []),
]


@pytest.mark.parametrize(("query", "expected"), FILTERS)
def test_every_filter_narrows_the_list_and_the_export_alike(
    fields: dict[str, Field], owner: Api, query: str, expected: list[str]
) -> None:
    Field.objects.filter(pk=fields["/plan"].pk).update(colour=Colour.GREEN)

    exported = owner.get(f"{FIELDS}/export{query}")
    as_json = owner.get(f"{FIELDS}/export{query}{'&' if query else '?'}format=json")

    assert paths(owner, query) == expected
    assert sorted(row["path"] for row in csv.DictReader(io.StringIO(exported.body.decode()))) == expected
    assert sorted(row["path"] for row in as_json.json["fields"]) == expected


def test_a_field_is_decided_about_and_hidden_from_then_on(fields: dict[str, Field], owner: Api) -> None:
    said = {"colour": "red", "owner": "CRM", "purpose": "Service", "retention": "2 years", "processors": ["Mailer"]}

    reply = owner.change(f"{FIELDS}/{fields['/loyaltyNotes'].pk}", said)

    assert reply.status == 200
    assert {name: reply.json[name] for name in said} == said
    assert (reply.json["masked"], Policy.objects.count()) == ("by-name", 1)


def test_many_are_decided_about_at_once_or_none(fields: dict[str, Field], owner: Api, other: Workspace) -> None:
    theirs = see(other, {"email": CANARY})["/email"]
    ids = [str(one.pk) for one in fields.values()]

    refused = owner.post(f"{FIELDS}/decide", {"ids": [*ids, str(theirs.pk)], "colour": "yellow"})
    reply = owner.post(f"{FIELDS}/decide", {"ids": ids, "colour": "yellow"})

    assert (refused.status, list(refused.json["errors"])) == (422, ["ids"])
    assert reply.json == {"decided": 3, "policy_version": 1}
    assert Field.objects.get(pk=theirs.pk).colour == ""


def test_a_field_is_written_down_by_hand_once(workspace: Workspace, owner: Api) -> None:
    new = {"path": "/traits/loyaltyNotes", "colour": "red"}

    replies = [owner.post(FIELDS, new), owner.post(FIELDS, new)]

    assert [one.status for one in replies] == [201, 409]
    assert (replies[0].json["seen_in"], replies[0].json["masked"]) == ("hand", "by-name")


def test_a_field_that_is_gone_is_forgotten(fields: dict[str, Field], owner: Api) -> None:
    gone = owner("DELETE", f"{FIELDS}/{fields['/plan'].pk}")

    assert (gone.status, paths(owner)) == (204, ["/email", "/loyaltyNotes"])


REFUSED: list[tuple[str, str, dict[str, Any], str]] = [
    ("POST", FIELDS, {"path": "traits"}, "path"),
    ("POST", FIELDS, {"path": "/a/\x00"}, "path"),
    ("POST", FIELDS, {"path": "/a", "colour": "purple"}, "colour"),
    ("POST", f"{FIELDS}/decide", {"ids": []}, "ids"),
    ("POST", f"{FIELDS}/decide", {"ids": ["1"]}, "ids"),
    ("POST", f"{FIELDS}/decide", {"ids": ["0" * 32], "colour": "red", "value": CANARY}, "value"),
]


@pytest.mark.parametrize(("method", "path", "body", "field"), REFUSED)
def test_what_cannot_be_is_refused_by_the_field(
    workspace: Workspace, owner: Api, method: str, path: str, body: dict[str, Any], field: str
) -> None:
    reply = owner(method, path, body)

    assert reply.status == 422
    assert any(name.startswith(field) for name in reply.json["errors"])
    assert CANARY not in reply.body.decode()


def test_an_export_opens_in_a_spreadsheet_and_runs_nothing(workspace: Workspace, owner: Api) -> None:
    make_source(workspace, "shop")
    field = see(workspace, {"=cmd()": 1, "email": CANARY})["/email"]
    SourceNote.objects.create(source=workspace.sources.get(), owner="CRM", region="EU", processors=["@Mailer"])
    Field.objects.filter(pk=field.pk).update(colour=Colour.RED, purpose="=HYPERLINK(1)")

    rows = list(csv.DictReader(io.StringIO(owner.get(f"{FIELDS}/export?state=decided").body.decode())))

    [row] = rows
    assert (row["purpose"], row["processors"]) == ("'=HYPERLINK(1)", "'@Mailer")
    assert (row["owner"], row["region"], row["kinds"]) == ("CRM", "EU", "EMAIL_ADDRESS=1")
    assert CANARY not in str(rows)


def test_sources_are_documented(workspace: Workspace, owner: Api) -> None:
    change_source(make_source(workspace, "payroll"), restricted=True)
    see(workspace, {"email": CANARY}, where=SHOP)
    make_source(workspace, "shop")
    said = {"owner": "HR", "region": "EU", "places": ["file:///data/payroll/", "topic:payroll"], "processors": ["Bank"]}

    reply = owner.change("/inventory/sources/payroll", said)
    listed = owner.get("/inventory/sources").json["documented_sources"]

    assert {name: reply.json[name] for name in said} == said
    assert [(one["slug"], one["is_restricted"], one["fields_by_colour"]["inbox"]) for one in listed] == [
        ("payroll", True, 0),
        ("shop", False, 1),
    ]
    assert [one["slug"] for one in owner.get("/inventory/sources?restricted=true").json["documented_sources"]] == [
        "payroll"
    ]


@pytest.mark.parametrize(
    "place", ["payroll", "topic:", "file:///x y", "postgresql://user:secret@db/hr", "https://a@b/"]
)
def test_a_place_is_an_address_without_secrets(workspace: Workspace, owner: Api, place: str) -> None:
    make_source(workspace, "payroll")

    reply = owner.change("/inventory/sources/payroll", {"places": [place]})

    assert (reply.status, SourceNote.objects.count()) == (422, 0)


def test_a_place_belongs_to_one_source(workspace: Workspace, owner: Api) -> None:
    for slug in ("payroll", "shop"):
        make_source(workspace, slug)
    owner.change("/inventory/sources/payroll", {"places": ["file:///data/payroll/"]})

    reply = owner.change("/inventory/sources/shop", {"places": ["file:///data/payroll/"]})

    assert reply.json["errors"] == {"places": ["file:///data/payroll/ is a place of the source payroll."]}


@pytest.fixture
def payroll(workspace: Workspace, owner: Api) -> Source:
    """Return a restricted source with two places."""
    source = change_source(make_source(workspace, "payroll"), restricted=True)
    owner.change("/inventory/sources/payroll", {"places": PLACES})
    return source


@pytest.fixture
def kept_out(payroll: Source, bob: User) -> Api:
    """Return the API of a member who documents sources and gets nothing of payroll."""
    grant(Membership.objects.get(workspace=payroll.workspace, user=bob), Role.PRIVACY_ADMIN)
    return person(bob)


@pytest.mark.parametrize("left", [[], PLACES[1:], ["file:///data/", "topic:payroll"]])
def test_who_is_kept_out_of_a_source_takes_no_place_from_it(
    payroll: Source, kept_out: Api, owner: Api, left: list[str]
) -> None:
    refused = kept_out.change("/inventory/sources/payroll", {"owner": "me", "places": left})
    written = SourceNote.objects.get(source=payroll)

    assert (refused.status, written.owner, written.places) == (403, "", PLACES)
    assert owner.change("/inventory/sources/payroll", {"places": left}).json["places"] == left


def test_who_is_kept_out_of_a_source_still_documents_it(kept_out: Api) -> None:
    said = {"owner": "HR", "places": [*PLACES, "topic:wages"]}

    assert kept_out.change("/inventory/sources/payroll", said).json["places"] == said["places"]


@pytest.mark.parametrize(
    "place",
    [
        "file:///data/payroll/2026/",
        "file:///data/",
        "file:///data//payroll/2026/",
        "file:///data/x/../payroll/2026/",
        "file:///data/payrol?/",
    ],
)
def test_a_place_within_or_around_a_restricted_sources_is_nobody_elses(
    payroll: Source, kept_out: Api, place: str
) -> None:
    make_source(payroll.workspace, "shop")

    reply = kept_out.change("/inventory/sources/shop", {"places": ["file:///data/shop/", place]})

    told = f"{place} lies within or around a place of payroll, which is restricted."
    assert (reply.status, reply.json["errors"]) == (422, {"places": [told]})


def test_a_source_that_lay_around_one_before_it_was_restricted_is_documented_as_before(
    payroll: Source, kept_out: Api
) -> None:
    SourceNote.objects.create(source=make_source(payroll.workspace, "shop"), places=["file:///data/"])

    assert kept_out.change("/inventory/sources/shop", {"owner": "CRM", "places": ["file:///data/"]}).status == 200


def test_only_an_owner_removes_a_restricted_source(payroll: Source, bob: User, owner: Api) -> None:
    grant(Membership.objects.get(workspace=payroll.workspace, user=bob), Role.SOURCE_ADMIN)

    assert [one("DELETE", f"/sources/{payroll.pk}").status for one in (person(bob), owner)] == [403, 204]


def test_settings_take_a_secret_and_never_show_it(workspace: Workspace, owner: Api) -> None:
    said = {
        "alert_url": "https://hooks.example.com/x",
        "alert_email": "dpo@example.com",
        "alert_secret": "canary-secret",
    }

    before = owner.get("/inventory/settings").json
    reply = owner.change("/inventory/settings", said)

    assert before == {"watches_traffic": True, "alert_url": "", "alert_email": "", "has_secret": False}
    assert reply.json == {**before, **{name: said[name] for name in ("alert_url", "alert_email")}, "has_secret": True}
    assert b"canary-secret" not in reply.body
    assert "canary-secret" not in str(list(InventorySettings.objects.values()))


def test_an_address_that_is_none_is_refused(workspace: Workspace, owner: Api) -> None:
    reply = owner.change("/inventory/settings", {"alert_url": "ftp://hooks.example.com"})

    assert (reply.status, list(reply.json["errors"])) == (422, ["alert_url"])


def test_privacy_admins_keep_the_inventory_and_members_do_not(workspace: Workspace, bob: User) -> None:
    dpo = make_member(workspace, "dpo")
    grant(dpo, Role.PRIVACY_ADMIN)

    assert person(dpo.user).get(FIELDS).status == 200
    assert person(bob).get(FIELDS).reason == "permission-missing"
    assert person(dpo.user, Scope.MASK).get(FIELDS).reason == "scope-missing"


def test_nothing_of_another_workspace_is_there(fields: dict[str, Field], other: Workspace, owner: Api) -> None:
    theirs = see(other, {"email": CANARY})["/email"]

    assert owner.get(f"{FIELDS}/{theirs.pk}").status == 404
    assert owner.within("other").get(FIELDS).status == 404
    assert orjson.dumps(paths(owner)) == b'["/email","/loyaltyNotes","/plan"]'
