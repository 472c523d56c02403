"""The inventory in the admin."""

import pytest
from django.test import Client

from classifier import Colour
from privacy_service.decisions.models import PendingAct, Policy
from privacy_service.inventory.models import Field, InventorySettings, Scan, SourceNote
from tests.factories import forget_acts, make_source
from tests.inventory.conftest import CANARY, see
from workspaces.grants import add_member
from workspaces.models import Membership, Source, User, Workspace
from workspaces.sources import change_source

FIELDS = "/admin/inventory/field/"


@pytest.fixture
def desk(db: None) -> Client:
    """Return a browser in which an administrator is signed in."""
    del db
    client = Client()
    client.force_login(User.objects.create_superuser("root@example.com", "pw", name="Root"))
    return client


def test_the_inbox_is_a_filter_and_colours_are_actions(workspace: Workspace, desk: Client) -> None:
    fields = see(workspace, {"loyaltyNotes": "oat milk", "plan": "gold"})

    listed = desk.get(f"{FIELDS}?state=inbox").content.decode()
    ids = [str(fields["/loyaltyNotes"].pk)]
    reply = desk.post(FIELDS, {"action": "call_red", "_selected_action": ids}, follow=True).content.decode()

    assert ("/loyaltyNotes" in listed, "*** ****" in listed) == (True, True)
    assert ": 1 called red." in reply
    assert (Field.objects.decided().get().colour, Policy.objects.count()) == (Colour.RED, 1)


def test_a_decision_on_the_fields_own_page_masks_too(workspace: Workspace, desk: Client) -> None:
    field = see(workspace, {"loyaltyNotes": "oat milk"})["/loyaltyNotes"]
    said = {
        "colour": "yellow",
        "owner": "CRM",
        "purpose": "",
        "retention": "",
        "processors": "Mailer, Bank",
        "note": "",
    }

    reply = desk.post(f"{FIELDS}{field.pk}/change/", said, follow=True).content.decode()

    field.refresh_from_db()
    assert "policy version 1" in reply
    assert (field.colour, field.owner, field.processors) == (Colour.YELLOW, "CRM", ["Mailer", "Bank"])


def test_a_policy_that_is_full_is_told(workspace: Workspace, desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("classifier.matchers.types.MOST_MATCHERS", 0)
    field = see(workspace, {"loyaltyNotes": "oat milk"})["/loyaltyNotes"]

    said = {"action": "call_red", "_selected_action": [str(field.pk)]}
    reply = desk.post(FIELDS, said, follow=True).content.decode()

    assert "not decided" in reply
    assert not Field.objects.decided().exists()


def test_sources_settings_and_scans_are_shown_without_secrets(workspace: Workspace, desk: Client) -> None:
    SourceNote.objects.create(source=make_source(workspace, "payroll"), owner="HR", region="EU")
    InventorySettings.objects.create(workspace=workspace, sealed="canary-sealed", alert_email="dpo@example.com")
    Scan.objects.create(workspace=workspace, source="payroll", address="shop")
    see(workspace, {"email": CANARY})

    pages = [
        desk.get(f"/admin/inventory/{one}/").content.decode()
        for one in ("sourcenote", "inventorysettings", "scan", "field")
    ]
    page = desk.get(f"/admin/inventory/inventorysettings/{workspace.pk}/change/").content.decode()

    assert ["acme/payroll" in pages[0], "dpo@example.com" in pages[1], "payroll" in pages[2]] == [True] * 3
    assert all(secret not in "".join([*pages, page]) for secret in ("canary-sealed", CANARY))


def test_neither_does_the_admin_give_away_what_lies_in_a_restricted_source(workspace: Workspace, desk: Client) -> None:
    payroll = change_source(make_source(workspace, "payroll"), restricted=True)
    SourceNote.objects.create(source=payroll, places=["file:///data/payroll/"])
    said = {"source": str(make_source(workspace, "shop").pk), "places": "file:///data/payroll/2026/"}

    page = desk.post("/admin/inventory/sourcenote/add/", said).content.decode()

    assert "within or around a place of payroll" in page
    assert SourceNote.objects.get().source == payroll


def test_what_is_written_down_of_a_source_is_in_the_trail(workspace: Workspace, desk: Client) -> None:
    source = make_source(workspace, "payroll")
    forget_acts()
    said = {"source": str(source.pk), "owner": "HR", "processors": "Bank", "places": "topic:payroll, file:///data/hr/"}

    desk.post("/admin/inventory/sourcenote/add/", said)

    [act] = PendingAct.objects.all()
    assert SourceNote.objects.get().places == ["topic:payroll", "file:///data/hr/"]
    assert "source-changed" in act.line


@pytest.fixture
def payroll(workspace: Workspace) -> SourceNote:
    """Return what is written down about a restricted source."""
    source = change_source(make_source(workspace, "payroll"), restricted=True)
    return SourceNote.objects.create(source=source, places=["file:///data/payroll/"], owner="HR")


def try_to_open(desk: Client, payroll: SourceNote) -> tuple[bool, list[str], int]:
    """Try every way of the admin to open a restricted source; return what is left of it."""
    source = payroll.source
    labels = {"name": "payroll", "labels": ""}
    desk.post(f"/admin/inventory/sourcenote/{payroll.pk}/change/", {"owner": "Me", "processors": "", "places": ""})
    places = SourceNote.objects.get().places
    desk.post(f"/admin/inventory/sourcenote/{payroll.pk}/delete/", {"post": "yes"})
    chosen = {"action": "delete_selected", "_selected_action": [str(payroll.pk)], "post": "yes"}
    desk.post("/admin/inventory/sourcenote/", chosen)
    desk.post(f"/admin/workspaces/source/{source.pk}/change/", labels)
    source.refresh_from_db()
    return source.is_restricted, places, SourceNote.objects.count()


@pytest.mark.parametrize(
    ("kind", "left"),
    [
        (Membership.Kind.MEMBER, (True, ["file:///data/payroll/"], 1)),
        (Membership.Kind.OWNER, (False, [], 0)),
        (None, (False, [], 0)),  # Who looks after the installation, and belongs to no workspace.
    ],
)
def test_a_member_who_looks_after_the_installation_opens_no_restricted_source(
    desk: Client, payroll: SourceNote, kind: str | None, left: tuple[bool, list[str], int]
) -> None:
    root = User.objects.get(email="root@example.com")
    if kind:
        add_member(payroll.source.workspace, root, kind=kind)
    forget_acts()

    assert try_to_open(desk, payroll) == left
    told = [act.line for act in PendingAct.objects.all() if "source-changed" in act.line]
    assert len(told) == (2 if kind == Membership.Kind.MEMBER else 3)  # A member changes owner and name.


def test_a_member_who_looks_after_the_installation_removes_no_restricted_source(
    desk: Client, payroll: SourceNote
) -> None:
    add_member(payroll.source.workspace, User.objects.get(email="root@example.com"))
    reply = desk.post(f"/admin/workspaces/source/{payroll.source.pk}/delete/", {"post": "yes"})

    assert (reply.status_code, Source.objects.count()) == (403, 1)
