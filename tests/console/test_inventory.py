"""The inventory's pages: the Inbox, decisions that hide at once, the map, sources and scans."""

import pytest

from classifier import Colour
from privacy_service.console.mapping import MOST_SOURCES, map_of
from privacy_service.inventory.models import Field, InventorySettings, Scan, ScanState, SeenIn, SourceNote
from privacy_service.inventory.register import Where
from privacy_service.streams.models import RegisteredTopic
from tests.console.conftest import Opened
from tests.factories import make_source, make_workspace
from tests.inventory.conftest import CANARY, SHOP, see
from tests.managing.rights import give
from workspaces.models import Membership, Source, User, Workspace
from workspaces.sources import change_source

PAGE = "/console/w/acme/inventory"


@pytest.fixture
def fields(workspace: Workspace) -> dict[str, Field]:
    """Return the fields of a table, none of them decided."""
    return see(workspace, {"email": CANARY, "plan": "gold", "loyaltyNotes": "oat milk"})


def test_the_inbox_shows_what_waits_and_no_value(opened: Opened, fields: dict[str, Field], alice: User) -> None:
    page = opened(alice).get(PAGE).content.decode()

    assert all(words in page for words in ("/email", "/loyaltyNotes", "Email address", "red?", "public.customers"))
    assert CANARY not in page
    assert "oat milk" not in page
    assert fields["/email"].examples[0] in page


def test_filters_narrow_and_what_is_no_filter_is_left_out(
    opened: Opened, fields: dict[str, Field], alice: User
) -> None:
    client = opened(alice)
    for query, paths in (
        ("?state=all&search=LOYAL", {"/loyaltyNotes"}),
        ("?kind=EMAIL_ADDRESS", {"/email"}),
        ("?state=decided", set()),
        ("?state=never&colour=blue&kind=NOTHING&source=%00", {"/email", "/plan", "/loyaltyNotes"}),
    ):
        page = client.get(f"{PAGE}{query}").content.decode()

        assert {path for path in fields if f">{path}</a>" in page} == paths, query


def test_several_fields_are_called_red_and_hidden_from_then_on(
    opened: Opened, fields: dict[str, Field], alice: User
) -> None:
    ids = [str(fields[path].pk) for path in ("/loyaltyNotes", "/plan")]
    said = {"field": ids, "call": "red", "owner": "CRM", "retention": "2 years", "state": "inbox"}
    page = opened(alice).post(f"{PAGE}/decide", said, follow=True).content.decode()
    decided = {one.path: one for one in Field.objects.decided()}

    assert "Kept for 2 fields. Version 1 of the policy hides them by name" in page
    assert decided.keys() == {"/loyaltyNotes", "/plan"}
    assert [(one.colour, one.owner, one.retention, one.decided_by) for one in decided.values()] == [
        ("red", "CRM", "2 years", alice)
    ] * 2
    assert "whatever stands in it" in opened(alice).get(f"{PAGE}?state=decided").content.decode()


def test_all_that_the_filters_find_is_decided_at_once(opened: Opened, fields: dict[str, Field], alice: User) -> None:
    said = {"all": "1", "call": "green", "recommended": "green", "state": "inbox"}
    opened(alice).post(f"{PAGE}/decide", said)

    assert {one.path for one in Field.objects.decided()} == {
        path for path, one in fields.items() if one.recommended == Colour.GREEN
    }


REFUSED = [
    ({"call": "red"}, "Tick at least one field."),
    ({"all": "1", "call": "blue"}, "Choose a colour"),
    ({"field": "no id", "call": "red"}, "Tick at least one field."),
]


@pytest.mark.parametrize(("said", "told"), REFUSED)
def test_what_is_half_said_is_refused_in_words(
    opened: Opened, fields: dict[str, Field], alice: User, said: dict[str, str], told: str
) -> None:
    page = opened(alice).post(f"{PAGE}/decide", {"state": "all", **said}, follow=True).content.decode()

    assert told in page
    assert fields.keys() == {one.path for one in Field.objects.filter(colour="")}


def test_one_field_is_described_decided_and_forgotten(opened: Opened, fields: dict[str, Field], alice: User) -> None:
    client, address = opened(alice), f"{PAGE}/fields/{fields['/email'].pk}"
    said = {"call": "yellow", "owner": "CRM", "processors": "Mailer Inc., Lake Ltd.", "note": "Newsletter"}
    client.post(f"{address}/decide", said)
    page = client.get(address).content.decode()
    kept = Field.objects.get(path="/email")

    assert (kept.colour, kept.processors) == ("yellow", ["Mailer Inc.", "Lake Ltd."])
    assert all(words in page for words in ("100 % of 1 values", "Mailer Inc., Lake Ltd.", " on "))
    assert CANARY not in page

    gone = client.post(f"{address}/decide", {"act": "forget"}, follow=True).content.decode()
    assert "Forgotten." in gone
    assert not Field.objects.filter(path="/email").exists()
    assert client.get(address).status_code == 404


def test_the_export_respects_the_filters(opened: Opened, fields: dict[str, Field], alice: User) -> None:
    answer = opened(alice).post(f"{PAGE}/export", {"format": "csv", "kind": "EMAIL_ADDRESS"})
    lines = b"".join(answer).decode().splitlines()

    assert answer["Content-Disposition"].startswith('attachment; filename="inventory-acme-')
    assert len(lines) == 2
    assert "/email" in lines[1]


def test_without_a_field_the_page_says_how_one_comes(opened: Opened, workspace: Workspace, alice: User) -> None:
    client = opened(alice)

    assert "No field is known yet" in client.get(PAGE).content.decode()
    assert "Nothing personal is known" in client.get(f"{PAGE}/map").content.decode()
    assert "Nothing was scanned yet" in client.get(f"{PAGE}/scans").content.decode()
    assert "No source is known" in client.get(f"{PAGE}/sources").content.decode()


def test_the_map_counts_fields_by_kind_and_source(opened: Opened, fields: dict[str, Field], alice: User) -> None:
    workspace = fields["/email"].workspace
    see(workspace, {"mail": CANARY, "iban": "DE89370400440532013000"}, where=Where("crm", "people", SeenIn.SCAN))
    Field.objects.filter(path="/mail").update(colour="yellow")
    drawn = map_of(workspace)
    page = opened(alice).get(f"{PAGE}/map").content.decode()
    found = {
        kind: [cell and (cell.fields, cell.undecided, cell.colour) for _column, cell in cells]
        for kind, cells in drawn.rows
    }

    assert [one.slug for one in drawn.columns] == ["crm", "shop"]
    assert found["EMAIL_ADDRESS"] == [(1, 0, "yellow"), (1, 1, fields["/email"].recommended)]
    assert found["IBAN_CODE"] == [(1, 1, "red"), None]
    assert 'aria-label="Email address in crm: 1 field, the strictest is yellow"' in page
    assert 'aria-label="IBAN in crm: 1 field, the strictest is red, 1 not decided yet"' in page
    assert "Each figure is the number of fields of that source" in page


def test_the_map_shows_a_few_sources_a_page(fields: dict[str, Field]) -> None:
    workspace = fields["/email"].workspace
    for number in range(MOST_SOURCES):
        see(workspace, {"email": CANARY}, where=Where(f"source-{number}", "people", SeenIn.SCAN))
    first, last = map_of(workspace), map_of(workspace, 99)

    assert (len(first.columns), first.pages) == (MOST_SOURCES, 2)
    assert [one.slug for one in last.columns] == [f"source-{MOST_SOURCES - 1}"]


def test_what_is_written_down_about_a_source_is_kept(opened: Opened, workspace: Workspace, alice: User) -> None:
    address = f"{PAGE}/sources/{make_source(workspace, 'payroll').pk}"
    said = {"owner": "HR", "region": "EU", "processors": "Bank", "places": "topic:wages\r\nfile:///data/payroll/\r\n"}
    page = opened(alice).post(address, said, follow=True).content.decode()
    written = SourceNote.objects.get()

    assert (written.owner, written.processors, written.places) == (
        "HR",
        ["Bank"],
        ["topic:wages", "file:///data/payroll/"],
    )
    assert "answers for it: HR · lies in: EU" in page


def test_a_form_changes_what_it_names_and_takes_no_place_from_a_restricted_source(
    opened: Opened, workspace: Workspace, bob: User
) -> None:
    source = change_source(make_source(workspace, "payroll"), restricted=True)
    SourceNote.objects.create(source=source, region="EU", places=["topic:payroll"])
    give(Membership.objects.get(user=bob), "manage_subject_requests")
    client, address = opened(bob), f"{PAGE}/sources/{source.pk}"
    client.post(address, {"owner": "HR"})
    page = client.post(address, {"owner": "me", "places": ""}, follow=True).content.decode()
    written = SourceNote.objects.get()

    assert (written.owner, written.region, written.places) == ("HR", "EU", ["topic:payroll"])
    assert "Only an owner may open a restricted source again, take a place from it" in page


@pytest.mark.parametrize("places", ["nowhere", "https://user@example.com/"])
def test_a_place_that_is_none_is_refused(opened: Opened, workspace: Workspace, alice: User, places: str) -> None:
    address = f"{PAGE}/sources/{make_source(workspace, 'payroll').pk}"
    page = opened(alice).post(address, {"places": places}, follow=True).content.decode()

    assert "Write each place on a line of its own" in page
    assert not SourceNote.objects.exists()


def test_an_owner_restricts_a_source_and_opens_it(opened: Opened, workspace: Workspace, alice: User) -> None:
    address = f"{PAGE}/sources/{make_source(workspace, 'payroll').pk}"
    client = opened(alice)
    states = []
    for act in ("restrict", "open"):
        client.post(address, {"act": act})
        states.append(Source.objects.get().is_restricted)

    assert states == [True, False]


def test_who_manages_requests_alone_restricts_no_source(
    opened: Opened, workspace: Workspace, bob: User, alice: User
) -> None:
    address = f"{PAGE}/sources/{make_source(workspace, 'payroll').pk}"
    give(Membership.objects.get(user=bob), "manage_subject_requests")
    client = opened(bob)
    page = client.post(address, {"act": "restrict"}, follow=True).content.decode()

    assert "This needs the permission manage_sources" in page
    assert "Restrict…" not in page
    assert not Source.objects.get().is_restricted


def test_who_is_told_is_changed(opened: Opened, workspace: Workspace, alice: User) -> None:
    client = opened(alice)
    refused = client.post(f"{PAGE}/told", {"alert_email": "nobody"}, follow=True).content.decode()
    client.post(f"{PAGE}/told", {"alert_email": "dpo@example.com", "watches_traffic": "1"})
    kept = InventorySettings.objects.get()

    assert "Write an e-mail" in refused
    assert (kept.alert_email, kept.watches_traffic) == ("dpo@example.com", True)


def test_a_scan_is_asked_for_and_its_progress_survives_a_reload(
    opened: Opened, workspace: Workspace, alice: User
) -> None:
    RegisteredTopic.objects.create(workspace=workspace, name="orders")
    client = opened(alice)
    client.post(f"{PAGE}/scans/new", {"address": "topic:orders", "source": "", "rows": "50"})
    scan = Scan.objects.get()
    Scan.objects.update(state=ScanState.RUNNING, places=4, places_done=1)
    page = client.get(f"{PAGE}/scans").content.decode()

    assert (scan.address, scan.rows, scan.created_by) == ("topic:orders", 50, alice)
    assert 'value="25"' in page
    assert "every 2s" in page
    assert '<option value="topic:orders">' in page


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"address": "destination:none", "rows": "5"}, "acme has no destination none."),
        ({"address": "topic:orders", "source": "No Slug", "rows": "5"}, "Name what to scan"),
        ({"address": "topic:orders", "rows": "5001"}, "Name what to scan"),
    ],
)
def test_a_scan_of_nothing_is_refused(
    opened: Opened, workspace: Workspace, alice: User, said: dict[str, str], told: str
) -> None:
    assert told in opened(alice).post(f"{PAGE}/scans/new", said, follow=True).content.decode()
    assert not Scan.objects.exists()


PARTS = ["", "/map", "/sources", "/scans"]


@pytest.mark.parametrize("part", PARTS)
def test_the_inventory_is_for_who_handles_requests(opened: Opened, workspace: Workspace, bob: User, part: str) -> None:
    before = opened(bob).get(f"{PAGE}{part}").status_code
    give(Membership.objects.get(user=bob), "manage_subject_requests")

    assert (before, opened(bob).get(f"{PAGE}{part}").status_code) == (403, 200)


def test_fields_of_another_workspace_are_not_there(opened: Opened, workspace: Workspace, alice: User) -> None:
    theirs = see(make_workspace("other"), {"email": CANARY})["/email"]
    client = opened(alice)
    client.post(f"{PAGE}/decide", {"field": str(theirs.pk), "call": "red", "state": "all"})
    theirs.refresh_from_db()

    assert theirs.colour == ""
    assert client.get(f"{PAGE}/fields/{theirs.pk}").status_code == 404
    assert client.post(f"{PAGE}/fields/{theirs.pk}/decide", {"act": "forget"}).status_code == 404
    assert SHOP.place not in client.get(PAGE).content.decode()
