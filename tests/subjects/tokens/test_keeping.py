"""The keys of people: one each, read by many, gone for all."""

import threading
from time import monotonic

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from privacy_service.subjects import suppressions
from privacy_service.subjects.identifiers import Identifier, Kind, digester_of
from privacy_service.subjects.models import TokenKey, TokenKeyVersion
from privacy_service.subjects.suppressions import is_suppressed, lift, suppress
from privacy_service.subjects.tokens import keeping
from privacy_service.subjects.tokens.keeping import destroy, keyrings_named, keyrings_of
from tests.factories import make_workspace
from tests.subjects.conftest import DORA
from workspaces.models import Workspace
from workspaces.sealing import SealBroken

EMIL = Identifier(Kind.EMAIL, "emil@example.com")


def digest(workspace: Workspace) -> bytes:
    return digester_of(workspace.pk).digest(DORA)


def test_each_person_has_one_key_and_nobody_none(workspace: Workspace) -> None:
    dora, nobody, emil = keyrings_of(workspace.pk, [DORA, None, EMIL])

    assert nobody is None
    assert dora != emil
    assert keyrings_of(workspace.pk, [DORA._replace(value="DORA.Canary@example.com")]) == [dora]
    assert TokenKey.objects.count() == 2


def test_a_person_of_another_workspace_is_another_person(workspace: Workspace) -> None:
    other = make_workspace("other")

    here, there = keyrings_of(workspace.pk, [DORA]), keyrings_of(other.pk, [DORA])

    assert here != there
    assert keyrings_named(other.pk, here[0].key_ids if here[0] else ()) == []


def test_a_destroyed_key_is_named_once_and_never_comes_back(workspace: Workspace) -> None:
    [before] = keyrings_of(workspace.pk, [DORA])
    assert before is not None

    gone = destroy(workspace, [digest(workspace)])

    assert gone == [*before.key_ids]
    assert destroy(workspace, [digest(workspace)]) == []
    assert keyrings_named(workspace.pk, gone) == []
    assert keyrings_of(workspace.pk, [DORA]) != [before]


def test_of_whom_nothing_is_taken_in_no_key_is_made(workspace: Workspace) -> None:
    suppress(workspace, [DORA])

    assert keyrings_of(workspace.pk, [DORA]) == [None]
    assert not TokenKey.objects.exists()


def test_whoever_is_suppressed_is_sealed_under_a_key_no_more(workspace: Workspace) -> None:
    [before] = keyrings_of(workspace.pk, [DORA])
    suppress(workspace, [DORA])

    during = keyrings_of(workspace.pk, [DORA])
    lift(workspace, [DORA])

    assert during == [None]
    assert keyrings_of(workspace.pk, [DORA]) == [before]  # What was sealed before it can still be opened.


@pytest.mark.usefixtures("transactional_db")
def test_a_process_that_has_just_looked_makes_no_key_of_whoever_is_destroyed_and_suppressed() -> None:
    workspace = make_workspace()
    keyrings_of(workspace.pk, [DORA])
    is_suppressed(workspace.pk, [DORA])
    followed = suppressions._lists[workspace.pk]
    looked_at = followed._looked_at = monotonic()

    with transaction.atomic():  # As another process does.
        destroy(workspace, [digest(workspace)])
        suppress(workspace, [DORA])
    followed._looked_at = looked_at

    assert not is_suppressed(workspace.pk, [DORA])
    assert keyrings_of(workspace.pk, [DORA]) == [None]
    assert not TokenKey.objects.exists()


@pytest.mark.usefixtures("transactional_db")
def test_a_process_forgets_the_key_of_whoever_is_suppressed(monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = make_workspace()
    now = [100.0]
    monkeypatch.setattr(keeping, "monotonic", lambda: now[0])
    [before, emil] = keyrings_of(workspace.pk, [DORA, EMIL])

    suppress(workspace, [Identifier(Kind.USER_ID, "somebody without a key")])
    unmoved = TokenKeyVersion.objects.get().version
    suppress(workspace, [DORA])
    now[0] += 1.1

    assert before is not None
    assert (unmoved, keyrings_of(workspace.pk, [DORA, EMIL])) == (0, [None, emil])


@pytest.mark.usefixtures("transactional_db")
def test_a_key_is_not_made_while_another_process_destroys_and_suppresses() -> None:
    workspace = make_workspace()
    keyrings_of(workspace.pk, [EMIL])
    made: list[object] = []

    def make() -> None:
        made.extend(keyrings_of(workspace.pk, [DORA]))
        connection.close()

    with transaction.atomic():
        destroy(workspace, [digest(workspace)])
        suppress(workspace, [DORA])
        maker = threading.Thread(target=make)
        maker.start()
        maker.join(0.2)
        made_early = list(made)
    maker.join(10)

    assert (made_early, made) == ([], [None])
    assert TokenKey.objects.count() == 1


def test_a_workspace_that_has_gone_has_no_people(workspace: Workspace) -> None:
    workspace_id = workspace.pk
    workspace.delete()

    assert keyrings_of(workspace_id, [DORA]) == [None]


def test_a_row_says_neither_who_it_is_nor_what_the_key_is(workspace: Workspace) -> None:
    [keyring] = keyrings_of(workspace.pk, [DORA])
    assert keyring is not None

    row = str(TokenKey.objects.values().get())

    assert "canary" not in row
    assert keyring.secrets[0].hex() not in row
    assert "secret" not in repr(keyring)


def test_a_key_that_was_moved_to_another_row_does_not_open(workspace: Workspace) -> None:
    keyrings_of(workspace.pk, [DORA, EMIL])
    one, other = TokenKey.objects.order_by("pk")
    TokenKey.objects.filter(pk=one.pk).update(sealed=other.sealed)

    with pytest.raises(SealBroken):
        keyrings_of(workspace.pk, [DORA, EMIL])


@pytest.mark.usefixtures("transactional_db")
def test_a_process_reads_a_key_once_and_forgets_it_with_the_person(monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = make_workspace()
    now = [100.0]
    monkeypatch.setattr(keeping, "monotonic", lambda: now[0])
    [before] = keyrings_of(workspace.pk, [DORA])

    with CaptureQueriesContext(connection) as queries:
        assert keyrings_of(workspace.pk, [DORA]) == [before]
    assert not queries.captured_queries

    kept = dict(keeping._kept)
    destroy(workspace, [digest(workspace)])
    keeping._kept.update(kept)
    now[0] += 1.1

    assert keyrings_of(workspace.pk, [DORA]) != [before]


@pytest.mark.usefixtures("transactional_db")
def test_a_process_that_seals_nothing_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = make_workspace()
    now = [100.0]
    monkeypatch.setattr(keeping, "monotonic", lambda: now[0])
    keyrings_of(workspace.pk, [DORA])
    now[0] += 1.5

    keeping.sweep()

    assert not keeping._kept


@pytest.mark.usefixtures("transactional_db")
def test_a_process_keeps_a_bounded_number(monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = make_workspace()
    monkeypatch.setattr(keeping, "MOST", 3)

    keyrings_of(workspace.pk, [Identifier(Kind.USER_ID, str(number)) for number in range(5)])

    assert len(keeping._kept[workspace.pk].keyrings) == 3


def test_a_version_that_cannot_be_read_is_no_yes(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    keyrings_of(workspace.pk, [DORA])

    def fail(*_: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(keeping, "_stored", fail)

    with pytest.raises(DatabaseError):
        keyrings_of(workspace.pk, [DORA])
