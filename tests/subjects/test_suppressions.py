"""The list of whom a workspace takes in no more, and how a process follows it."""

import time
from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection, transaction
from pytest_django import DjangoAssertNumQueries

from privacy_service.decisions import audit
from privacy_service.decisions.models import AuditRecord
from privacy_service.subjects import suppressions
from privacy_service.subjects.identifiers import Identifier, Kind, digester_of
from privacy_service.subjects.models import Suppression, SuppressionList
from privacy_service.subjects.suppressions import is_suppressed, lift, suppress, suppressed_among
from tests.factories import make_workspace
from tests.subjects.conftest import DORA
from workspaces.models import User, Workspace

FRANK = Identifier(Kind.USER_ID, "frank-canary")


def test_whoever_is_suppressed_stays_so_until_lifted(workspace: Workspace, alice: User) -> None:
    added = [suppress(workspace, [DORA, FRANK], by=alice), suppress(workspace, [DORA])]
    during = suppressed_among(workspace.pk, [DORA, FRANK, Identifier(Kind.EMAIL, "frank@example.com")])
    lifted = [lift(workspace, [DORA]), lift(workspace, [DORA])]

    assert (added, during, lifted) == ([2, 0], [True, True, False], [1, 0])
    assert [is_suppressed(workspace.pk, [one]) for one in (DORA, FRANK)] == [False, True]


NOBODIES = [Identifier(Kind.PHONE, said) for said in ("n/a", "unknown", "-", "00")]


def test_a_phone_without_digits_is_nobodys_and_never_suppressed(workspace: Workspace) -> None:
    # As an older release kept it.
    digest = digester_of(workspace.pk).digest(NOBODIES[0])
    Suppression.objects.create(workspace=workspace, kind=Kind.PHONE, digest=digest, version=1)

    added = suppress(workspace, [NOBODIES[0], FRANK])

    assert (added, suppressed_among(workspace.pk, [*NOBODIES, FRANK])) == (1, [False] * len(NOBODIES) + [True])


def test_another_workspace_has_a_list_of_its_own(workspace: Workspace) -> None:
    suppress(workspace, [DORA])

    assert not is_suppressed(make_workspace("other").pk, [DORA])


def test_nothing_that_is_kept_or_told_holds_an_identifier(workspace: Workspace, alice: User) -> None:
    suppress(workspace, [DORA, FRANK], by=alice)
    lift(workspace, [FRANK], by=alice)
    audit.ship()

    records = AuditRecord.objects.filter(workspace_id=workspace.pk, kind__startswith="subjects-").order_by("position")
    assert [(record.kind, record.actor_id, record.detail) for record in records] == [
        ("subjects-suppressed", alice.pk, {"identifiers": 2, "kinds": ["email", "user_id"]}),
        ("subjects-unsuppressed", alice.pk, {"identifiers": 1, "kinds": ["user_id"]}),
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM subjects_suppression")
        kept = str(
            [[bytes(cell) if isinstance(cell, memoryview) else cell for cell in row] for row in cursor.fetchall()]
        )
    assert ("canary" in kept, "email" in kept) == (False, True)


@pytest.fixture
def followed(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Return a workspace outside a transaction, so that its list is really followed, question by question."""
    del transactional_db
    monkeypatch.setattr(suppressions, "LOOK_SECONDS", -1.0)
    return make_workspace()


def test_each_question_asks_only_whether_the_list_has_changed(
    followed: Workspace, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    suppress(followed, [DORA])
    seen = is_suppressed(followed.pk, [DORA])

    with django_assert_num_queries(1):
        others = suppressed_among(followed.pk, [FRANK] * 1000)

    assert (seen, any(others)) == (True, False)


def test_between_two_looks_nobody_is_asked(
    transactional_db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    workspace = make_workspace()
    suppress(workspace, [DORA])
    is_suppressed(workspace.pk, [FRANK])

    with django_assert_num_queries(0):
        assert not is_suppressed(workspace.pk, [FRANK])


def test_what_another_process_adds_is_seen_at_the_next_look(followed: Workspace) -> None:
    before = is_suppressed(followed.pk, [DORA])
    listed = suppressions._lists.copy()

    suppressions.forget()  # As in another process: this one's list is told nothing.
    suppress(followed, [DORA])
    suppressions._lists.update(listed)

    assert (before, is_suppressed(followed.pk, [DORA])) == (False, True)


def test_what_was_lifted_is_taken_in_again_though_the_filter_still_holds_it(followed: Workspace) -> None:
    suppress(followed, [DORA])
    before = is_suppressed(followed.pk, [DORA])

    lift(followed, [DORA])

    assert (before, is_suppressed(followed.pk, [DORA])) == (True, False)


def test_what_a_transaction_that_came_to_nothing_had_added_hides_no_later_addition(followed: Workspace) -> None:
    with transaction.atomic():
        suppress(followed, [FRANK])
        within = is_suppressed(followed.pk, [FRANK])
        transaction.set_rollback(True)
    after = is_suppressed(followed.pk, [FRANK])
    suppress(followed, [DORA])

    assert (within, after, is_suppressed(followed.pk, [DORA])) == (True, False, True)


def test_while_a_long_list_is_read_the_database_answers_and_then_the_filter(
    followed: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [Identifier(Kind.USER_ID, str(number)) for number in range(3000)]
    suppress(followed, many)
    suppressions.forget()
    monkeypatch.setattr(suppressions, "_FEW", 10)

    first = suppressed_among(followed.pk, [many[17], FRANK])
    until(lambda: suppressions._filter_of(followed.pk) is not None)

    assert first == suppressed_among(followed.pk, [many[17], FRANK]) == [True, False]
    assert all(suppressed_among(followed.pk, many))


def test_a_list_that_cannot_be_read_is_an_error_and_never_a_no(
    followed: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    suppress(followed, [DORA])

    def fail(*_: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(suppressions, "_state_of", fail)

    with pytest.raises(DatabaseError):
        is_suppressed(followed.pk, [DORA])


def test_versions_are_given_one_by_one(followed: Workspace) -> None:
    for number in range(3):
        suppress(followed, [Identifier(Kind.USER_ID, str(number))])

    versions = Suppression.objects.values_list("version", flat=True)
    assert (sorted(versions), SuppressionList.objects.get().version) == ([1, 2, 3], 3)


def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    ends_at = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < ends_at
        time.sleep(0.01)
