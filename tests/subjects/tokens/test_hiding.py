"""Masking and unmasking under the keys of people, from the call to the answer; and what is left when they are gone."""

import base64
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import DatabaseError, connection

from classifier import key_ids_in
from privacy_service.decisions import audit
from privacy_service.decisions.models import AuditRecord, Policy
from privacy_service.subjects import lifecycle
from privacy_service.subjects.lifecycle import Proof, open_request, start
from privacy_service.subjects.models import Receipt, Status, SubjectRequest, TokenKey, Wish
from privacy_service.subjects.suppressions import lift
from tests.asking import Reply, through_django, through_hot_path
from tests.shop import make_destination
from tests.subjects.conftest import DORA, DORAS_ID
from workspaces.models import User, Workspace
from workspaces.sealing import SealBroken

PER_PERSON = {"name": "token", "params": {"per": "person"}}
DORAS = b'{"email": "dora.canary@example.com", "ssn": "123-45-6789"}'
EMILS = b'{"email": "emil@example.com",  "ssn": "123-45-6789"}'
JSON, NDJSON, CSV, TEXT = "application/json", "application/x-ndjson", "text/csv", "text/plain"


@pytest.fixture
def sealing(released_workspace: Workspace, bob: User, alice: User) -> Workspace:
    """Return acme, whose policy seals under the keys of people; bob reads masked data, alice may have it back."""
    del bob, alice
    Policy.objects.create(workspace=released_workspace, rules={"default": PER_PERSON})
    return released_workspace


def ask(key: str, body: bytes, kind: str = JSON, to: str = "mask", actor: str = "bob", **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    told = {"Authorization": f"Bearer {key}", "X-Actor": f"{actor}@example.com", "Content-Type": kind, **named}
    return through_hot_path("POST", f"/v1/workspaces/acme/{to}", body, told)


def back(key: str, body: bytes, kind: str = JSON, **headers: str) -> Reply:
    return ask(key, body, kind, "unmask", "alice", **{"PII_Purpose": "Ticket 4711", **headers})


BODIES = [
    (JSON, DORAS, 1),
    (JSON, b"[" + DORAS + b" ,\n" + EMILS + b" ]", 2),
    (JSON, b'{"sent": "x]", "batch" : [ ' + DORAS + b"," + EMILS + b'], "n": 1}', 2),
    (NDJSON, DORAS + b"\n\n" + EMILS + b"\n", 2),
    (CSV, b"email,ssn\ndora.canary@example.com,123-45-6789\nemil@example.com,123-45-6789\n", 2),
    ("application/x-www-form-urlencoded", b"email=dora.canary%40example.com&ssn=123-45-6789", 1),
]


@pytest.mark.parametrize(("kind", "body", "people"), BODIES)
def test_each_record_is_sealed_under_its_persons_key_and_comes_back(
    sealing: Workspace, key: str, kind: str, body: bytes, people: int
) -> None:
    masked = ask(key, body, kind)

    assert (masked.status, masked.headers["PII-Decision"]) == (200, "mask")
    assert b"canary" not in masked.body
    assert b"6789" not in masked.body
    assert set(key_ids_in(masked.body.decode())) == set(TokenKey.objects.values_list("key_id", flat=True))
    assert TokenKey.objects.filter(workspace=sealing).count() == people
    assert back(key, masked.body, kind).body == body


NOBODYS = [
    (JSON, b'{"note": "dora.canary@example.com"}', b'{"note": "<EMAIL_ADDRESS>"}'),
    (TEXT, b"Write to dora.canary@example.com", b"Write to <EMAIL_ADDRESS>"),
]


@pytest.mark.parametrize(("kind", "body", "expected"), NOBODYS)
@pytest.mark.usefixtures("sealing")
def test_what_names_nobody_is_hidden_for_good(key: str, kind: str, body: bytes, expected: bytes) -> None:
    assert ask(key, body, kind).body == expected
    assert not TokenKey.objects.exists()


@pytest.mark.parametrize(("kind", "body"), [(kind, body) for kind, body, _ in NOBODYS])
@pytest.mark.usefixtures("sealing")
def test_a_caller_may_say_whom_a_body_is_about(key: str, kind: str, body: bytes) -> None:
    masked = ask(key, body, kind, PII_Subject="user_id=9")

    assert list(key_ids_in(masked.body.decode())) == [TokenKey.objects.get().key_id]
    assert back(key, masked.body, kind).body == body


@pytest.mark.usefixtures("sealing")
def test_a_caller_who_names_nobody_is_told_how(key: str) -> None:
    reply = ask(key, DORAS, PII_Subject="dora.canary")

    assert (reply.status, reply.reason) == (400, "subject-unclear")
    assert b"canary" not in reply.body


@pytest.mark.usefixtures("sealing")
def test_a_value_joins_within_a_person_and_not_across_people(key: str) -> None:
    first, again, other = (ask(key, body).json["ssn"] for body in (DORAS, DORAS, EMILS))

    assert first == again != other


@pytest.mark.parametrize("broken", [DatabaseError, SealBroken])
@pytest.mark.usefixtures("sealing")
def test_where_keys_cannot_be_read_nothing_goes_on(
    key: str, broken: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise broken

    monkeypatch.setattr("privacy_service.subjects.tokens.keeping._found", fail)

    reply = ask(key, DORAS)

    assert (reply.status, reply.reason, reply.headers["Retry-After"]) == (503, "unavailable", "1")
    assert b"canary" not in reply.body


def forgotten(workspace: Workspace, wish: Wish = Wish.DELETE_ONLY, **only: object) -> SubjectRequest:
    """Have dora forgotten by every system."""
    make_destination(workspace, "manual", {"steps": "Look into the binder."})
    opened, _ = open_request(workspace, wish, [DORA, DORAS_ID], **only)  # type: ignore[arg-type]
    request = start(opened.pk, Proof.OWNER)
    Receipt.objects.filter(request=request).update(status=Status.COMPLETED)
    lifecycle.settle(request)
    request.refresh_from_db()
    return request


def test_with_the_person_go_their_tokens(sealing: Workspace, key: str) -> None:
    masked = ask(key, DORAS + b"\n" + EMILS, NDJSON)
    [doras_key] = key_ids_in(masked.body.split(b"\n")[0].decode())

    request = forgotten(sealing)
    opened = back(key, masked.body, NDJSON)

    assert request.token_keys == [doras_key]
    assert request.certificate.manifest.count(f'"token_keys":["{doras_key}"]') == 1
    assert opened.body == masked.body.split(b"\n")[0] + b"\n" + EMILS
    assert opened.headers["PII-Tokens-Gone"] == "2"


def test_data_that_comes_later_has_another_key(sealing: Workspace, key: str) -> None:
    before = ask(key, DORAS)
    forgotten(sealing)

    after = ask(key, DORAS)

    assert before.json["ssn"] != after.json["ssn"]
    assert back(key, after.body).body == DORAS


def test_while_somebody_is_suppressed_they_are_hidden_for_good(sealing: Workspace, key: str) -> None:
    forgotten(sealing, Wish.SUPPRESS_WITH_DELETE)

    hidden = ask(key, DORAS)
    lift(sealing, [DORA, DORAS_ID])

    assert hidden.json == {"email": "<EMAIL_ADDRESS>", "ssn": "<US_SSN>"}
    assert key_ids_in(ask(key, DORAS).body.decode())


def test_archives_alone_leave_the_tokens_of_the_rest_alone(sealing: Workspace, key: str) -> None:
    masked = ask(key, DORAS)

    request = forgotten(sealing, Wish.DELETE_ARCHIVE_ONLY)

    assert request.token_keys == []
    assert back(key, masked.body).body == DORAS


def secrets_in_the_database() -> Iterator[str]:
    for model in apps.get_models():
        if model._meta.managed and model._meta.db_table in connection.introspection.table_names():
            yield from map(str, model.objects.values_list())  # type: ignore[attr-defined]


def test_after_the_erasure_no_key_is_left_anywhere(sealing: Workspace, key: str) -> None:
    ask(key, DORAS)
    row = TokenKey.objects.get()
    secret = row.keyring.secrets[0]
    traces = {row.sealed, base64.b64encode(secret).decode(), secret.hex(), repr(secret)[2:-1], "canary"}

    forgotten(sealing)
    audit.ship()

    left = "\n".join(secrets_in_the_database())
    assert not {trace for trace in traces if trace in left}


UNMASKERS = [("bob", 403, "permission-missing"), ("carol", 403, "permission-missing"), ("mallory", 403, "not-a-member")]


@pytest.mark.parametrize(("actor", "status", "reason"), UNMASKERS)
@pytest.mark.usefixtures("sealing", "carol", "mallory")
def test_who_may_not_have_values_back_gets_none(key: str, actor: str, status: int, reason: str) -> None:
    masked = ask(key, DORAS).body

    reply = ask(key, masked, to="unmask", actor=actor, PII_Purpose="Curiosity")

    assert (reply.status, reply.reason) == (status, reason)
    assert b"canary" not in reply.body


@pytest.mark.usefixtures("sealing")
def test_who_wants_values_back_says_what_for(key: str) -> None:
    masked = ask(key, DORAS).body

    assert back(key, masked, PII_Purpose=" ").reason == "purpose-missing"


def test_the_trail_keeps_who_had_how_much_back_and_what_for(sealing: Workspace, key: str, alice: User) -> None:
    masked = ask(key, DORAS).body

    back(key, masked, PII_Purpose="Ticket 4711 of dora.canary@example.com")
    audit.ship()

    record = AuditRecord.objects.of(sealing).get(kind="unmasked")
    assert record.actor_id == alice.pk
    assert record.detail["entities"] == ["EMAIL_ADDRESS=1", "US_SSN=1"]
    assert record.detail["reason"] == "Ticket 4711 of <EMAIL_ADDRESS>"


def test_djangos_view_answers_as_the_hot_path_does(sealing: Workspace, key: str) -> None:
    del sealing
    masked = ask(key, DORAS).body
    headers = {"Authorization": f"Bearer {key}", "X-Actor": "alice@example.com", "Content-Type": JSON}

    reply = through_django("POST", "/v1/workspaces/acme/unmask", masked, {**headers, "PII-Purpose": "Ticket"})

    assert (reply.status, reply.body) == (200, DORAS)
