"""Fields come into the Inbox, learn what is found anew, and wait for somebody."""

from datetime import timedelta

import pytest
from django.utils import timezone

from classifier import Colour
from privacy_service.inventory import register
from privacy_service.inventory.models import Field, SeenIn
from privacy_service.inventory.register import Where
from tests.inventory.conftest import CANARY, SHOP, see
from workspaces.models import Workspace

PASSING = Where("shop", "mask", SeenIn.TRAFFIC)


def test_a_scan_fills_the_inbox(workspace: Workspace) -> None:
    fields = see(workspace, {"email": CANARY, "plan": "gold"})

    assert {path: (one.recommended, one.colour) for path, one in fields.items()} == {
        "/email": (Colour.RED, ""),
        "/plan": (Colour.GREEN, ""),
    }
    assert Field.objects.inbox().count() == 2
    assert CANARY not in str(list(Field.objects.values()))


def test_a_scan_tells_anew_what_a_place_holds_and_leaves_what_was_decided(workspace: Workspace) -> None:
    see(workspace, {"value": CANARY})
    Field.objects.update(colour=Colour.YELLOW, owner="CRM")

    field = see(workspace, {"value": "gold"}, {"value": "blue"})["/value"]

    assert (field.kinds, field.sampled, field.recommended) == ({}, 2, Colour.GREEN)
    assert (field.colour, field.owner) == (Colour.YELLOW, "CRM")


def test_what_passes_adds_up_and_never_gets_milder(workspace: Workspace) -> None:
    see(workspace, {"value": CANARY}, where=PASSING)
    Field.objects.update(last_seen_at=timezone.now() - timedelta(hours=1))

    field = see(workspace, {"value": "gold"}, where=PASSING)["/value"]

    assert (field.kinds, field.sampled, field.recommended) == ({"EMAIL_ADDRESS": 1}, 2, Colour.RED)


def test_seen_again_at_once_it_is_not_written_again(workspace: Workspace) -> None:
    first = see(workspace, {"plan": "gold"}, where=PASSING)["/plan"]

    again = see(workspace, {"plan": "blue"}, where=PASSING)["/plan"]

    assert (again.sampled, again.last_seen_at) == (1, first.last_seen_at)


def test_what_was_called_harmless_and_turns_red_comes_back_into_the_inbox(workspace: Workspace) -> None:
    see(workspace, {"value": "gold"}, where=PASSING)
    Field.objects.update(colour=Colour.GREEN, told_at=timezone.now())

    see(workspace, {"value": CANARY}, where=PASSING)

    assert [one.path for one in Field.objects.inbox()] == ["/value"]
    assert [one.path for one in Field.objects.to_tell()] == ["/value"]


def test_what_passes_cannot_fill_the_table(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(register, "MOST_OF_TRAFFIC", 1)
    see(workspace, {"email": CANARY}, where=PASSING)

    see(workspace, {"email": CANARY, "phone": "+1 415 555 0100"}, where=PASSING)
    see(workspace, {"email": CANARY, "city": "Bern"}, where=SHOP)

    assert {(one.place, one.path) for one in Field.objects.all()} == {
        ("mask", "/email"),
        ("public.customers", "/email"),
        ("public.customers", "/city"),
    }
