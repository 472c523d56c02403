"""The register of integrated systems, filled by use."""

from datetime import timedelta

import pytest
from django.utils import timezone

from privacy_service.gateway.integrations import read_system, write_down
from privacy_service.gateway.models import Integration
from privacy_service.systems import MOST_NOTED, note_call, taken
from tests.asking import through_hot_path
from tests.backend import Backend
from tests.factories import make_key
from tests.gateway.conftest import Asker
from workspaces.keys import issue_key
from workspaces.models import ApiKey, User, Workspace

BODY = b'{"email": "jo@mail.example", "ssn": "123-45-6789"}'


@pytest.fixture(autouse=True)
def _nothing_noted() -> None:
    taken()


def headers_of(key: str) -> dict[str, str]:
    """Return who asks, for whom, and with what."""
    return {"X-Api-Key": key, "X-Actor": "bob@example.com", "Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("said", "system", "way"),
    [
        ("orders", "orders", ""),
        (" Orders ; Way=NGINX ", "orders", "nginx"),
        ("crm/eu-1; way=client", "crm/eu-1", "client"),
        ("orders; way=pigeon", "orders", ""),
        ("", "", ""),
        ("two words", "", ""),
        ("jo@mail.example", "", ""),
        ("x" * 81, "", ""),
    ],
)
def test_a_header_names_a_system_and_its_way(said: str, system: str, way: str) -> None:
    assert read_system(said) == (system, way)


def test_a_call_puts_its_system_into_the_register(released_workspace: Workspace, bob: User, key: str) -> None:
    for said in ({"PII-System": "orders; way=nginx"}, {}):
        through_hot_path("POST", "/v1/workspaces/acme/mask", BODY, {**headers_of(key), **said})

    write_down()

    rows = Integration.objects.values_list("system", "way", "status", "data_kinds")
    assert list(rows) == [
        ("backend", "api", "live", ["EMAIL_ADDRESS", "US_SSN"]),
        ("orders", "nginx", "live", ["EMAIL_ADDRESS", "US_SSN"]),
    ]
    assert all(row.first_seen_at and row.last_seen_at for row in Integration.objects.all())


def test_a_backend_that_only_asks_for_decisions_is_integrated_too(
    released_workspace: Workspace, bob: User, key: str
) -> None:
    said = {**headers_of(key), "PII-System": "billing; way=client"}
    through_hot_path("GET", "/v1/workspaces/acme/decision", b"", said)

    write_down()

    assert list(Integration.objects.values_list("system", "way", "data_kinds")) == [("billing", "client", [])]


def test_a_persons_own_key_is_no_system(workspace: Workspace, bob: User) -> None:
    row, _ = issue_key(bob)
    note_call("", row.pk, {})

    write_down()

    assert not Integration.objects.exists()


def test_a_call_through_the_gateway_is_its_upstreams(asker: Asker, backend: Backend) -> None:
    backend.on("/api/x", BODY, Content_Type="application/json")
    asker.ask("/x")

    write_down()

    [row] = Integration.objects.all()
    assert (row.system, row.way, row.data_kinds) == ("orders", "gateway", ["EMAIL_ADDRESS", "US_SSN"])


def test_what_an_administrator_wrote_stays(workspace: Workspace) -> None:
    make_key(workspace)
    key = ApiKey.objects.get().pk
    Integration.objects.create(system="planned", owner="Team A", note="in May")
    Integration.objects.create(system="tried", status="shadow", way="envoy")
    for system in ("planned", "tried"):
        note_call(system, key, {})

    write_down()

    rows = Integration.objects.values_list("system", "owner", "note", "status", "way")
    assert list(rows) == [("planned", "Team A", "in May", "live", "api"), ("tried", "", "", "shadow", "envoy")]


def test_a_system_is_written_once_a_minute_unless_there_is_news(workspace: Workspace) -> None:
    make_key(workspace)
    key = ApiKey.objects.get().pk
    note_call("orders", key, {"PERSON": 1})
    write_down()
    a_while_ago = timezone.now() - timedelta(seconds=30)
    Integration.objects.update(last_seen_at=a_while_ago)

    note_call("orders", key, {"PERSON": 1})
    write_down()
    assert Integration.objects.get().last_seen_at == a_while_ago

    note_call("orders", key, {"IBAN_CODE": 1})
    write_down()
    assert Integration.objects.get().last_seen_at != a_while_ago
    assert Integration.objects.get().data_kinds == ["IBAN_CODE", "PERSON"]


def test_made_up_names_fill_neither_memory_nor_the_register(workspace: Workspace) -> None:
    make_key(workspace)
    key = ApiKey.objects.get().pk
    for number in range(MOST_NOTED + 10):
        note_call(f"system-{number}", key, {})
    noted = taken()
    for said in ("a", "b", "c"):
        note_call(said, key, {})

    write_down(most=2)

    assert len(noted) == MOST_NOTED
    assert sorted(Integration.objects.values_list("system", flat=True)) == ["a", "b"]
