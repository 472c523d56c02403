"""Who is known by which names, whose names are left out, and that the index keeps no name readable."""

from collections.abc import Sequence

import pytest
from django.db import connection

from privacy_service.subjects import lifecycle
from privacy_service.subjects.identifiers import Identifier, Kind, digester_of
from privacy_service.subjects.index import knowing
from privacy_service.subjects.index.keeping import MOST_NAMES, Sighting, keep
from privacy_service.subjects.index.knowing import MOST_ACCOUNTS, Known, entries_of, forget, forget_digests, known_as
from privacy_service.subjects.lifecycle import Proof, State
from privacy_service.subjects.models import (
    Destination,
    IndexEntry,
    IndexKey,
    RequestIdentifier,
    SubjectRequest,
    Wish,
)
from privacy_service.subjects.suppressions import suppressed_among
from tests.factories import make_workspace
from tests.shop import make_destination
from tests.subjects.conftest import DORA, DORAS_ID
from workspaces.models import User, Workspace

USER, MAIL, ANON, PHONE = Kind.USER_ID, Kind.EMAIL, Kind.ANONYMOUS_ID, Kind.PHONE
HER_TABLET = Identifier(ANON, "tablet-canary")
OLD_MAIL = Identifier(MAIL, "old.canary@example.com")


def person(**names: str) -> tuple[Identifier, ...]:
    return tuple(Identifier(Kind(kind), value) for kind, value in names.items())


@pytest.fixture
def crm(workspace: Workspace) -> Destination:
    return make_destination(workspace, "manual", {"steps": "Look."}, slug="crm")


def file(workspace: Workspace, *people: tuple[Identifier, ...], source: Destination | None = None) -> int:
    return keep(workspace, [Sighting(names) for names in people], source)


def look(workspace: Workspace, *named: Identifier, believes_claims: bool = True) -> Known:
    return known_as(workspace, named, believes_claims=believes_claims)


def test_an_email_leads_to_the_account_and_from_there_to_its_devices(workspace: Workspace, crm: Destination) -> None:
    file(workspace, (DORA, DORAS_ID), source=crm)
    file(workspace, (DORAS_ID, HER_TABLET), (HER_TABLET,))

    known = look(workspace, Identifier(MAIL, "DORA.Canary@example.com"), believes_claims=False)

    assert known.found == (HER_TABLET, DORAS_ID)
    assert known.told == {"found": {"anonymous_id": 1, "user_id": 1}}
    assert sorted(entry.source for entry in entries_of(known)) == ["(events)", "(events)", "crm"]


def test_what_sources_say_over_time_adds_up_and_is_filed_once(workspace: Workspace, crm: Destination) -> None:
    touched = [
        file(workspace, (DORAS_ID, DORA), (DORAS_ID, OLD_MAIL), source=crm),
        file(workspace, (DORAS_ID, DORA), source=crm),
        file(workspace, (HER_TABLET, DORAS_ID), source=crm),
    ]

    [entry] = IndexEntry.objects.all()
    assert touched == [1, 1, 1]
    assert entry.identifiers == [DORAS_ID, DORA, OLD_MAIL, HER_TABLET]
    assert IndexKey.objects.count() == 4


def test_an_id_of_the_sources_own_files_somebody_whose_every_name_may_change(
    workspace: Workspace, crm: Destination
) -> None:
    keep(workspace, [Sighting((OLD_MAIL,), "0036900")], crm)
    keep(workspace, [Sighting((DORA,), "0036900")], crm)

    [entry] = IndexEntry.objects.all()
    assert entry.identifiers == [OLD_MAIL, DORA]


# Of each: what sources say, who is asked for, whether whoever asks believes what accounts claim, what is found and
# what is left out.
CASES: dict[str, tuple[Sequence[tuple[Identifier, ...]], Identifier, bool, tuple[Identifier, ...], dict[str, int]]] = {
    "a stranger": ([person(user_id="1", email="eve@example.com")], DORA, True, (), {}),
    "a tablet of the family is nobody's": (
        [(DORAS_ID, HER_TABLET), (*person(user_id="1"), HER_TABLET)],
        DORAS_ID,
        True,
        (),
        {"anonymous_id": 1},
    ),
    "asked by a shared tablet, nobody's account is touched": (
        [(DORAS_ID, HER_TABLET), (*person(user_id="1"), HER_TABLET)],
        HER_TABLET,
        True,
        (),
        {"anonymous_id": 1},
    ),
    "a tablet of her own leads to her": ([(DORAS_ID, DORA, HER_TABLET)], HER_TABLET, True, (DORA, DORAS_ID), {}),
    "an address that her account names is believed to whoever answers for it": (
        [(DORAS_ID, DORA, OLD_MAIL)],
        DORAS_ID,
        True,
        (DORA, OLD_MAIL),
        {},
    ),
    "a link in a mail shows nothing of an account that has another address too": (
        [(DORAS_ID, DORA, OLD_MAIL)],
        DORA,
        False,
        (),
        {"user_id": 1},
    ),
    "a victim's address that somebody typed into their own account": (
        [(*person(user_id="666", phone="+49 170 1"), OLD_MAIL, DORA), (DORAS_ID, DORA)],
        OLD_MAIL,
        True,
        person(phone="+49 170 1", user_id="666"),
        {"email": 1},
    ),
    "two accounts of one address are both hers": (
        [(DORAS_ID, DORA), (*person(user_id="10"), DORA)],
        DORA,
        False,
        (*person(user_id="10"), DORAS_ID),
        {},
    ),
    "an address with too many accounts is no person's": (
        [(*person(user_id=str(number)), DORA) for number in range(MOST_ACCOUNTS + 1)],
        DORA,
        True,
        (),
        {"email": 1},
    ),
    "an address without an account, and the phone beside it": (
        [(DORA, *person(phone="+49 30 1"))],
        DORA,
        True,
        person(phone="+49 30 1"),
        {},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_names_are_added_and_left_out(workspace: Workspace, crm: Destination, case: str) -> None:
    people, named, believes_claims, found, left_out = CASES[case]
    file(workspace, *people, source=crm)

    known = look(workspace, named, believes_claims=believes_claims)

    assert (known.found, known.left_out) == (found, left_out)


EVIL = Identifier(MAIL, "mallory@evil.example")
CLAIMS: dict[str, tuple[list[tuple[Identifier, ...]], list[tuple[Identifier, ...]], dict[str, int]]] = {
    "an account that a system has under another address": ([(DORA, DORAS_ID)], [(DORAS_ID, EVIL)], {"user_id": 1}),
    "an account that events alone know": ([], [(DORAS_ID, EVIL)], {"user_id": 1}),
    "an account whose address no system has": ([(DORAS_ID, HER_TABLET)], [(DORAS_ID, EVIL)], {"user_id": 1}),
    "an account under both addresses in events": ([], [(DORAS_ID, EVIL), (DORAS_ID, DORA)], {"user_id": 1}),
    "a tablet that an event names beside the address": ([], [(EVIL, HER_TABLET)], {}),
}


@pytest.mark.parametrize("case", CLAIMS)
def test_whoever_confirms_an_address_that_they_wrote_beside_anothers_id_reaches_nobody(
    workspace: Workspace, crm: Destination, case: str
) -> None:
    in_crm, in_events, left_out = CLAIMS[case]
    file(workspace, *in_crm, source=crm)
    file(workspace, *in_events)

    request = request_of(workspace, Wish.SUPPRESS_WITH_DELETE, Proof.EMAIL, EVIL)

    request.refresh_from_db()
    assert (request.identifiers, request.expansion) == ([EVIL], {"left_out": left_out} if left_out else {})
    assert suppressed_among(workspace.pk, [EVIL, DORAS_ID, HER_TABLET]) == [True, False, False]


def test_other_workspaces_know_nobody_by_it(workspace: Workspace) -> None:
    file(make_workspace("other"), (DORA, DORAS_ID))

    known = look(workspace, DORA)

    assert (known.found, known.entries) == ((), ())


def test_a_name_that_gathers_thousands_of_devices_is_cut(workspace: Workspace) -> None:
    file(workspace, *((DORAS_ID, Identifier(ANON, f"device-{number}")) for number in range(MOST_NAMES + 5)))

    assert len(IndexEntry.objects.get().identifiers) == MOST_NAMES
    assert IndexKey.objects.count() == MOST_NAMES


def test_no_name_lies_readable_in_the_index(workspace: Workspace) -> None:
    file(workspace, (DORA, DORAS_ID, HER_TABLET))

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM subjects_indexentry")
        entries = repr([[bytes(cell) if isinstance(cell, memoryview) else cell for cell in row] for row in cursor])
        cursor.execute("SELECT * FROM subjects_indexkey")
        keys = repr([[bytes(cell) if isinstance(cell, memoryview) else cell for cell in row] for row in cursor])

    assert "canary" not in (entries + keys).lower()
    assert "canary" not in repr(look(workspace, DORA))


def test_taking_somebody_out_leaves_everybody_else(workspace: Workspace, crm: Destination) -> None:
    file(workspace, (DORA, DORAS_ID), person(user_id="1", email="eve@example.com"), source=crm)
    file(workspace, (DORAS_ID, HER_TABLET), (HER_TABLET,), (*person(user_id="1"), HER_TABLET))

    removed = forget(workspace, [DORA, DORAS_ID])

    assert removed == 2
    assert sorted((entry.source, len(entry.identifiers)) for entry in IndexEntry.objects.all()) == [
        ("(events)", 1),
        ("(events)", 2),
        ("crm", 2),
    ]


def test_a_name_that_very_many_have_keeps_nobody_in_the_index(
    workspace: Workspace, crm: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(knowing, "_ENTRIES", 3)
    file(workspace, *(person(user_id=str(number), phone="+49 30 1") for number in range(9)), source=crm)
    file(workspace, (DORA, DORAS_ID), source=crm)
    digest = digester_of(workspace.pk).digest
    people = [{digest(one): one.kind} for one in (*person(phone="+49 30 1"), DORAS_ID)]

    forget_digests(workspace, people)

    assert DORAS_ID not in [one for entry in IndexEntry.objects.all() for one in entry.identifiers]


def request_of(workspace: Workspace, wish: Wish, proof: Proof, *named: Identifier) -> SubjectRequest:
    opened, _ = lifecycle.open_request(workspace, wish, named)
    return lifecycle.start(opened.pk, proof)


def test_a_confirmed_address_reaches_systems_that_know_user_ids(workspace: Workspace, crm: Destination) -> None:
    file(workspace, (DORA, DORAS_ID, *person(phone="+49 30 1")), source=crm)

    request = request_of(workspace, Wish.SUPPRESS_WITH_DELETE, Proof.EMAIL, DORA)

    request.refresh_from_db()
    assert request.identifiers == [DORA, DORAS_ID]
    assert request.expansion == {"found": {"user_id": 1}, "left_out": {"phone": 1}}
    assert suppressed_among(workspace.pk, [DORA, DORAS_ID, *person(phone="+49 30 1")]) == [True, True, False]


def test_the_same_person_is_one_request_whatever_the_index_added(workspace: Workspace, crm: Destination) -> None:
    file(workspace, (DORA, DORAS_ID), source=crm)
    request = request_of(workspace, Wish.DELETE_ONLY, Proof.EMAIL, DORA)

    same, is_new = lifecycle.open_request(workspace, Wish.DELETE_ONLY, [DORA])

    assert (same.pk, is_new) == (request.pk, False)


def test_whoever_is_forgotten_leaves_the_index_and_digests_that_prove_it(
    workspace: Workspace, crm: Destination, alice: User
) -> None:
    file(workspace, (DORA, DORAS_ID), source=crm)
    request = request_of(workspace, Wish.DELETE_ONLY, Proof.EMAIL, DORA)
    kept_meanwhile = IndexEntry.objects.count()

    receipt = request.receipts.get()
    receipt.status = "completed"
    receipt.save()
    request.refresh_from_db()
    lifecycle.settle(request)

    assert (kept_meanwhile, IndexEntry.objects.count(), request.state) == (1, 0, State.COMPLETED)
    assert list(RequestIdentifier.objects.order_by("found").values_list("kind", "found")) == [
        ("email", False),
        ("user_id", True),
    ]


def test_taking_somebody_in_again_reaches_what_was_suppressed_along(workspace: Workspace) -> None:
    file(workspace, (DORA, DORAS_ID))
    request_of(workspace, Wish.SUPPRESS_WITH_DELETE, Proof.OWNER, DORA)
    forgotten = IndexEntry.objects.count()

    request_of(workspace, Wish.UNSUPPRESS, Proof.EMAIL, DORA)

    assert (forgotten, suppressed_among(workspace.pk, [DORA, DORAS_ID])) == (0, [False, False])
