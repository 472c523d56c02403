"""The access stamp: what is cached holds until something changes, and no longer."""

from collections.abc import Callable
from threading import Event, Thread

import pytest
from django.db import DatabaseError, connection, transaction
from pytest_django import DjangoAssertNumQueries, Settings

from tests.factories import make_user, make_workspace
from workspaces.models import AccessStamp, User
from workspaces.stamp import Stamp, StampedCache, bump, stamp

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asked() -> list[int]:
    """Return a list that grows with each load."""
    return []


@pytest.fixture
def load(asked: list[int]) -> Callable[[], int]:
    """Return a loader that counts its calls."""

    def count() -> int:
        asked.append(len(asked) + 1)
        return len(asked)

    return count


def test_an_answer_is_loaded_once_and_then_costs_no_query(
    load: Callable[[], int], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    bump()
    cache = StampedCache()
    first = cache.get("question", load)

    with django_assert_num_queries(0):
        second = cache.get("question", load)

    assert (first, second) == (1, 1)


def test_a_change_makes_every_answer_be_asked_again(load: Callable[[], int]) -> None:
    bump()
    cache = StampedCache()
    cache.get("question", load)

    make_workspace()

    assert cache.get("question", load) == 2


def test_a_change_by_another_process_is_seen_when_the_stamp_is_read(load: Callable[[], int]) -> None:
    bump()
    cache = StampedCache()
    cache.get("question", load)

    AccessStamp.objects.update(token=42)  # Another process; nothing tells this one.
    before_reading = cache.get("question", load)
    stamp.read()

    assert before_reading == 1
    assert cache.get("question", load) == 2


def test_inside_a_transaction_nothing_is_taken_from_the_cache_and_nothing_put_there(load: Callable[[], int]) -> None:
    bump()
    cache = StampedCache()
    cache.get("question", load)

    with transaction.atomic():
        inside = [cache.get("question", load), cache.get("question", load)]

    assert inside == [2, 3]
    assert cache.get("question", load) == 1


def test_a_change_that_is_rolled_back_leaves_no_trace(load: Callable[[], int]) -> None:
    bump()
    before = AccessStamp.objects.get().token
    with transaction.atomic():
        make_workspace()
        transaction.set_rollback(True)

    assert AccessStamp.objects.get().token == before


def test_a_sign_in_changes_no_answer(load: Callable[[], int]) -> None:
    erin = make_user("erin")
    cache = StampedCache()
    cache.get("question", load)

    erin.save(update_fields=["last_login"])

    assert cache.get("question", load) == 1


def test_each_change_of_a_user_counts(load: Callable[[], int]) -> None:
    erin = make_user("erin")
    cache = StampedCache()
    cache.get("question", load)

    erin.is_active = False
    erin.save(update_fields=["is_active"])

    assert cache.get("question", load) == 2


def test_a_stamp_that_cannot_be_read_is_an_error_once_it_is_too_old(settings: Settings) -> None:
    bump()
    settings.PRIVACY_STAMP_MAX_AGE_SECONDS = 60
    fresh = Stamp()
    fresh.read()
    settings_allow_it = fresh.current()
    settings.PRIVACY_STAMP_MAX_AGE_SECONDS = 0
    fresh.read()

    def vanish(*_: object) -> object:
        raise DatabaseError

    with connection.execute_wrapper(vanish), pytest.raises(DatabaseError):
        fresh.current()
    assert settings_allow_it == AccessStamp.objects.get().token


def test_a_missing_stamp_is_an_error() -> None:
    AccessStamp.objects.all().delete()

    with pytest.raises(AccessStamp.DoesNotExist):
        Stamp().current()


def test_a_full_cache_starts_anew_instead_of_growing(load: Callable[[], int], settings: Settings) -> None:
    bump()
    settings.PRIVACY_DECISION_CACHE_SIZE = 2
    cache = StampedCache()
    for question in range(10):
        cache.get(question, load)

    assert len(cache._kept.answers) <= 2


def test_an_answer_of_none_is_an_answer() -> None:
    bump()
    asked: list[User | None] = []
    cache = StampedCache()

    def load() -> None:
        asked.append(None)

    cache.get("nobody", load)
    cache.get("nobody", load)

    assert asked == [None]


def test_guesses_drive_out_no_answer_and_are_themselves_bounded(
    load: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    bump()
    monkeypatch.setattr("workspaces.stamp.MOST_ABSENT", 5)
    cache = StampedCache()
    cache.get("question", load)
    for guess in range(100):
        cache.get(guess, lambda: None)

    assert cache.get("question", load) == 1
    assert len(cache._kept.absent) <= 5


def test_a_reading_that_was_asked_for_earlier_never_replaces_a_later_one() -> None:
    bump()
    fresh = Stamp()
    early, late = Event(), Event()

    def stall(execute: Callable[..., object], *arguments: object) -> object:
        answer = execute(*arguments)
        early.set()
        late.wait(10)
        return answer

    def read_slowly() -> None:
        with connection.execute_wrapper(stall):
            fresh.read()
        connection.close()

    slow = Thread(target=read_slowly)
    slow.start()
    early.wait(10)
    bump()
    fresh.read()
    newest = fresh.current()
    late.set()
    slow.join()

    assert fresh.current() == newest == AccessStamp.objects.get().token


def test_a_row_and_its_stamp_become_visible_together_or_not_at_all() -> None:
    erin = make_user("erin")
    erin.is_active = False

    def break_stamp(execute: Callable[..., object], sql: str, *arguments: object) -> object:
        if "accessstamp" in sql:
            raise DatabaseError
        return execute(sql, *arguments)

    with connection.execute_wrapper(break_stamp), pytest.raises(DatabaseError):
        erin.save()

    assert User.objects.get(pk=erin.pk).is_active
