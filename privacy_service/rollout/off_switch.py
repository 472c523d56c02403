"""Off without the database: a file on this host, and a word in Redis that other hosts make their own file of.

`release off` throws the switch before it asks anything of the database, so that off holds on this host whatever the
database does. Each server process looks twice a second; as soon as the database can be written, off is kept there like
any other move and the file goes. A switch thrown before the newest move says nothing any more. File and word are
signed: whoever can only write files or reach Redis cannot have personal data passed on unmasked.
"""

import logging
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.db import DatabaseError
from django.utils import timezone
from redis.exceptions import RedisError

from privacy_service.rollout.models import ReleaseMove
from workspaces.stamp import stamp

logger = logging.getLogger(__name__)

_NAME = "release-off"  # Of the file, of the word, and of what is signed.
_WORD_SECONDS = 24 * 3600
_CLOCKS_DIFFER = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Thrown:
    """When the switch was thrown, by whom and why, and the newest move of that moment where it could be asked for."""

    at: datetime
    by_id: str = ""
    why: str = ""
    after_move: int | None = None

    @property
    def is_outdated(self) -> bool:
        """Say whether the release has been moved since; raise DatabaseError where nobody can tell."""
        newest = newest_move()
        if newest is None:
            return False
        if self.after_move is None:
            return newest.at == self.at or newest.at > self.at + _CLOCKS_DIFFER
        return newest.pk > self.after_move


class _Seen:
    """What this process saw when it last looked."""

    is_thrown = False


def is_thrown() -> bool:
    """Say whether the switch was thrown when this process last looked."""
    return _Seen.is_thrown


def throw(*, by_id: str = "", why: str = "") -> Thrown:
    """Turn the release off on this host within two seconds, the database willing or not."""
    thrown = Thrown(timezone.now(), by_id, why)
    _write(thrown)  # Before the database is asked anything: it may hang.
    try:
        newest = newest_move()
    except DatabaseError:
        return thrown
    thrown = replace(thrown, after_move=newest.pk if newest else 0)
    _write(thrown)
    return thrown


def tell_other_hosts(thrown: Thrown) -> bool:
    """Leave word in Redis; say whether that could be done."""
    try:
        cache.set(_NAME, _signed(thrown), timeout=_WORD_SECONDS)
    except (RedisError, OSError):
        return False
    return True


def clear() -> None:
    """Put the switch back, here and in Redis; other hosts see that they are outdated."""
    _file().unlink(missing_ok=True)
    with suppress(RedisError, OSError):  # A word that stays there is outdated.
        cache.delete(_NAME)
    look()


def thrown_here() -> Thrown | None:
    """Return what this host's file says, or None where there is none that stands."""
    thrown = _read()
    if thrown is None or not _is_outdated(thrown):
        return thrown
    _file().unlink(missing_ok=True)
    return None


def look() -> None:
    """See whether the switch is thrown on this host; a change makes every answer be asked again."""
    is_thrown_now = thrown_here() is not None
    if is_thrown_now != _Seen.is_thrown:
        _Seen.is_thrown = is_thrown_now
        stamp.renew()


def look_at_redis() -> None:
    """Throw the switch here too where another host left word."""
    try:
        word = cache.get(_NAME)
    except (RedisError, OSError):
        return  # The file and the database do without.
    thrown = _verified(word) if word else None
    if thrown and _read() is None and not _is_outdated(thrown):
        _write(thrown)
        look()


def _is_outdated(thrown: Thrown) -> bool:
    try:
        return thrown.is_outdated
    except DatabaseError:
        return False  # Without the database nobody can have moved the release since.


def newest_move() -> ReleaseMove | None:
    """Return the newest move of the whole release."""
    return ReleaseMove.objects.filter(kind=ReleaseMove.Kind.POSITION).order_by("-id").first()


def _file() -> Path:
    path: Path = settings.PRIVACY_DATA_DIR / _NAME
    return path


def _write(thrown: Thrown) -> None:
    """Write the file at one stroke, readable for server processes of another user."""
    _file().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with NamedTemporaryFile("w", dir=_file().parent, prefix=_NAME, delete=False, encoding="utf-8") as draft:
        draft.write(_signed(thrown))
        os.fchmod(draft.fileno(), 0o644)
    Path(draft.name).replace(_file())


def _read() -> Thrown | None:
    try:
        return _verified(_file().read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None


def _signed(thrown: Thrown) -> str:
    content: dict[str, Any] = {**asdict(thrown), "at": thrown.at.isoformat()}
    return signing.dumps(content, salt=_NAME)


def _verified(text: str) -> Thrown | None:
    try:
        content = signing.loads(text.strip(), salt=_NAME)
    except signing.BadSignature:
        logger.warning("A word that the release is off is not signed with PRIVACY_SECRET_KEY and was ignored")
        return None
    return Thrown(**{**content, "at": datetime.fromisoformat(content["at"])})
