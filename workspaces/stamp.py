"""The access stamp: how every process learns within two seconds that an answer may have changed.

One row holds a random token. Whoever changes a user, role, grant, policy, key or flag writes a new token in the same
transaction, so a change and its stamp become visible together and neither can be lost. Each process reads the row
twice a second and keeps what it has cached only while the token is the same. The token is
random, not a counter: a number taken by a transaction that rolled back would come again with other content.
"""

import secrets
import threading
from collections.abc import Callable, Hashable
from time import monotonic
from typing import Any, TypeVar

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, close_old_connections, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.signals import m2m_changed, post_delete, post_save

from workspaces.models import AccessStamp

T = TypeVar("T")

MOST_ABSENT = 10_000
_TRUSTED_SECONDS = 1.0


class _Thread(threading.local):
    connection: BaseDatabaseWrapper
    looked_at: float = float("-inf")


_thread = _Thread()

# A sign-in changes nobody's rights, and its end neither.
_HARMLESS_FIELDS = frozenset({"last_login", "last_used_at", "signed_out_at"})


class Stamp:
    """The token as this process last saw it, and when."""

    def __init__(self) -> None:
        self._token = 0
        self._renewed = 0
        self._asked_at = float("-inf")
        self._valid_until = float("-inf")
        self._lock = threading.Lock()

    def current(self) -> int:
        """Return a token true within PRIVACY_STAMP_MAX_AGE_SECONDS; raise DatabaseError where none can be had."""
        if monotonic() > self._valid_until:
            self.read()
        return self._token

    def read(self) -> None:
        """Ask the database for the token."""
        asked_at = monotonic()
        drop_broken_connections()
        token = AccessStamp.objects.values_list("token", flat=True).get(pk=1)
        with self._lock:
            if asked_at >= self._asked_at:  # Else another thread asked later and knows better.
                self._token, self._asked_at = token + self._renewed, asked_at
                self._valid_until = asked_at + settings.PRIVACY_STAMP_MAX_AGE_SECONDS

    def seconds_left(self) -> float:
        """Return for how long what was last read may still be relied on."""
        return max(0.0, self._valid_until - monotonic())

    def age(self) -> float:
        """Return how many seconds ago the token that is relied on was asked for."""
        return monotonic() - self._asked_at

    def renew(self) -> None:
        """Make this process ask everything again, for what changes answers without the database's word."""
        with self._lock:
            self._renewed += 1
            self._token += 1

    def forget(self) -> None:
        """Make the next question read the database, for a process that has just changed something itself."""
        self._valid_until = float("-inf")


stamp = Stamp()


class StampedCache:
    """Answers that hold as long as the stamp; within a transaction nothing is cached and nothing is taken from here.

    That something is not there is kept apart, for fewer names: whoever guesses names drives out no real answer.
    """

    def __init__(self) -> None:
        self._kept = _Kept(0)

    def get(self, key: Hashable, load: Callable[[], T], *, is_kept: Callable[[T], bool] = lambda _: True) -> T:
        """Return the answer kept for the key, or load it and keep it where it is worth that."""
        if in_transaction():
            return load()  # What this transaction sees may not be true for anybody else, now or ever.
        kept = self._kept
        if kept.token != stamp.current():
            kept = self._start_anew()
        try:
            return kept.answers[key]  # type: ignore[no-any-return]
        except KeyError:
            return self._load(key, load, is_kept, kept)

    def kept(self, key: Hashable) -> T | None:
        """Return the answer kept for the key, or None where one must be loaded."""
        kept = self._kept
        if in_transaction() or kept.token != stamp.current():
            return None
        return kept.answers.get(key)

    def renew(self, key: Hashable, load: Callable[[], T]) -> T:
        """Load the answer anew, for one that has ended before the stamp changed."""
        self._kept.answers.pop(key, None)
        return self.get(key, load)

    def _load(self, key: Hashable, load: Callable[[], T], is_kept: Callable[[T], bool], kept: "_Kept") -> T:
        if key in kept.absent:
            return None  # type: ignore[return-value]
        if len(kept.answers) >= settings.PRIVACY_DECISION_CACHE_SIZE:
            kept = self._start_anew()
        drop_broken_connections()
        answer = load()
        if is_kept(answer):
            kept.keep(key, answer)
        return answer

    def _start_anew(self) -> "_Kept":
        # A new object, so that a thread which is still loading under the old token writes into the old one.
        self._kept = _Kept(stamp.current())
        return self._kept


class _Kept:
    """What one token covers."""

    __slots__ = ("absent", "answers", "token")

    def __init__(self, token: int) -> None:
        self.token = token
        self.answers: dict[Hashable, Any] = {}
        self.absent: set[Hashable] = set()

    def keep(self, key: Hashable, answer: object) -> None:
        if answer is not None:
            self.answers[key] = answer
            return
        if len(self.absent) >= MOST_ABSENT:
            self.absent.clear()
        self.absent.add(key)


def drop_broken_connections() -> None:
    """Do what Django's handler does around a request; on the hot path nobody else does.

    Looking at a connection asks the database, so that one which was good a moment ago and has not failed is trusted.
    """
    if in_transaction():
        return
    now = monotonic()
    if now - _thread.looked_at > _TRUSTED_SECONDS or _thread.connection.errors_occurred:
        _thread.looked_at = now
        close_old_connections()


def in_transaction() -> bool:
    """Say whether this thread has a transaction open; asking Django's `connections` each time would cost 1.5 µs."""
    try:
        return _thread.connection.in_atomic_block
    except AttributeError:
        _thread.connection = connections[DEFAULT_DB_ALIAS]  # One object a thread, for the thread's life.
        return _thread.connection.in_atomic_block


def bump() -> None:
    """Tell every process that answers may have changed; call it inside the transaction that changes them."""
    token = secrets.randbits(62) + 1
    if not AccessStamp.objects.filter(pk=1).update(token=token):
        AccessStamp.objects.create(pk=1, token=token)
    stamp.forget()
    transaction.on_commit(stamp.forget)


def watch_models(*watched: type[models.Model]) -> None:
    """Bump the stamp whenever a row of these models is saved or deleted or a relation of theirs changes."""
    for model in watched:
        label = model._meta.label_lower  # noqa: SLF001 - `_meta` is Django's public model interface.
        post_save.connect(_on_save, sender=model, dispatch_uid=f"stamp-save-{label}")
        post_delete.connect(_on_change, sender=model, dispatch_uid=f"stamp-delete-{label}")
        for field in model._meta.many_to_many:  # noqa: SLF001 - as above.
            through = field.remote_field.through
            m2m_changed.connect(_on_change, sender=through, dispatch_uid=f"stamp-m2m-{label}-{field.name}")


def _on_save(*, update_fields: frozenset[str] | None, **_: object) -> None:
    if update_fields is None or not _HARMLESS_FIELDS.issuperset(update_fields):
        bump()


def _on_change(**_: object) -> None:
    bump()
