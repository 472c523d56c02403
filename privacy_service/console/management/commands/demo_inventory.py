"""Give the demo workspace an inventory: made-up records of three sources are looked at as a scan does."""

import random
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from classifier import Colour, OwnRules
from privacy_service.inventory.deciding import decide_fields
from privacy_service.inventory.documenting import document
from privacy_service.inventory.looking import Looking
from privacy_service.inventory.models import Field, Scan, ScanState, SeenIn
from privacy_service.inventory.names import Names
from privacy_service.inventory.register import Where, Written, write_down
from workspaces.models import Source, User, Workspace
from workspaces.rights import rights_in
from workspaces.sources import add_source

SLUG = "acme"
_RECORDS, _SEED = 40, 2026
_PEOPLE = (
    ("Anna Whitfield", "Leeds"),
    ("Jonas Richter", "Bremen"),
    ("Lucía Ferrer", "Valencia"),
    ("Amir Haddad", "Lyon"),
)
_NOTES = ("prefers oat milk", "called about an invoice", "moves house in May", "allergic to nuts")
_SOURCES = (
    ("shop", "Web shop", False, {"owner": "Commerce", "purpose": "Orders", "retention": "10 years", "region": "EU"}),
    ("payroll", "Payroll", True, {"owner": "HR", "purpose": "Wages", "retention": "10 years", "region": "DE"}),
    ("support-desk", "Support desk", False, {"owner": "Support", "region": "EU", "processors": ["Ticketing Ltd."]}),
)
_DECIDED = (
    (("/email", "/iban", "/tax_number"), {"colour": Colour.RED}),
    (("/city", "/order/shipping/city"), {"colour": Colour.YELLOW, "purpose": "Delivery"}),
    (("/plan", "/order/total", "/salary_band"), {"colour": Colour.GREEN}),
)


class Command(BaseCommand):
    """A second run changes nothing that is there."""

    help = "Give the demo workspace an inventory of made-up sources."

    def handle(self, *_: str, **__: object) -> None:
        """Make it, where the workspace knows no field yet."""
        workspace = Workspace.objects.get(slug=SLUG)
        if Field.objects.filter(workspace=workspace).exists():
            return
        owner = User.objects.get(external_id="alice")
        for slug, name, restricted, said in _SOURCES:
            known = Source.objects.filter(workspace=workspace, slug=slug).first()
            source = known or add_source(workspace, slug, name=name, restricted=restricted, by=owner)
            document(source, said, rights=rights_in(workspace, owner), by=owner)
        _see(workspace, owner)
        for paths, decision in _DECIDED:
            fields = list(Field.objects.filter(workspace=workspace, path__in=paths))
            decide_fields(workspace, fields, decision, by=owner)


def _see(workspace: Workspace, owner: User) -> None:
    drawn = random.Random(_SEED)  # noqa: S311 - nothing secret is drawn.
    written = Written()
    for source, place, seen_in, record in (
        ("shop", "public.customers", SeenIn.SCAN, _customer),
        ("shop", "public.orders", SeenIn.SCAN, _order),
        ("payroll", "wages.csv", SeenIn.SCAN, _wage),
        ("support-desk", "topic:tickets", SeenIn.TRAFFIC, _ticket),
    ):
        records = [record(drawn, number) for number in range(_RECORDS)]
        looking = Looking(Names(records, declared=list(records[0])), OwnRules(), shows_shapes=seen_in is SeenIn.SCAN)
        looking.add(records)
        told = write_down(workspace, Where(source, place, seen_in), looking.looks.values())
        written = written + told if source == "shop" else written
    _scan(workspace, owner, written)


def _scan(workspace: Workspace, owner: User, written: Written) -> None:
    """Write down the scan that the fields of the shop are said to come from."""
    now = timezone.now()
    counts = {"fields": written.fields, "new_fields": written.new, "new_red_fields": written.new_red}
    Scan.objects.create(
        workspace=workspace, source="shop", address="destination:shop", state=ScanState.DONE, places=2, places_done=2,
        records=2 * _RECORDS, created_by=owner, ended_at=now, **counts,
    )  # fmt: skip


def _customer(drawn: random.Random, number: int) -> dict[str, Any]:
    name, city = drawn.choice(_PEOPLE)
    phone = f"+49 30 90182{number:02d}"
    email = f"{name.split()[0].lower()}.{number}@example.com"
    known = {"full_name": name, "email": email, "phone": phone, "city": city}
    return {"id": number, **known, "plan": drawn.choice(("gold", "basic")), "loyaltyNotes": drawn.choice(_NOTES)}


def _order(drawn: random.Random, number: int) -> dict[str, Any]:
    name, city = drawn.choice(_PEOPLE)
    shipping = {"name": name, "city": city, "street": f"{number + 1} High Street"}
    order = {"total": round(drawn.uniform(9, 400), 2), "shipping": shipping, "card": "4111 1111 1111 1111"}
    return {"order": order, "ip": f"192.0.2.{number}", "placed_at": "2026-11-20T10:00:00Z"}


def _wage(drawn: random.Random, number: int) -> dict[str, Any]:
    name, _city = drawn.choice(_PEOPLE)
    band = drawn.choice(("A", "B", "C"))
    return {
        "number": number,
        "employee": name,
        "iban": "DE89370400440532013000",
        "tax_number": "86095742719",
        "salary_band": band,
    }


def _ticket(drawn: random.Random, number: int) -> dict[str, Any]:
    name, _city = drawn.choice(_PEOPLE)
    return {
        "ticket": number,
        "from": f"{name.split()[0].lower()}@example.org",
        "message": f"{name} {drawn.choice(_NOTES)}.",
    }
