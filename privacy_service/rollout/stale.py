"""When the release flag has done its work, and what to remove then."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from privacy_service.rollout import release
from privacy_service.rollout.models import ReleaseMove
from privacy_service.rollout.stages import Stage

SETTLED = timedelta(days=21)
_FOLDERS = ("privacy_service/rollout", "privacy_service/releasing", "tests/rollout", "tests/releasing")
_SEARCHED = ("privacy_service", "workspaces", "tests", "deploy")
_MENTION = re.compile(r"\brollout\b")


@dataclass(frozen=True, slots=True)
class Staleness:
    """Since when the feature is on for everybody, what speaks against removing the flag, and what to remove."""

    on_since: datetime | None
    obstacles: tuple[str, ...]
    folders: tuple[str, ...]
    lines: tuple[str, ...]

    @property
    def is_removable(self) -> bool:
        """Say whether nothing asks for the flag any more."""
        return not self.obstacles


def staleness(now: datetime | None = None) -> Staleness:
    """Say whether the flag can go, and where the code speaks of it."""
    on_since = _on_since()
    folders = tuple(folder for folder in _FOLDERS if (settings.BASE_DIR / folder).is_dir())
    return Staleness(on_since, _obstacles(on_since, now or timezone.now()), folders, _mentions())


def _on_since() -> datetime | None:
    newest = ReleaseMove.objects.filter(kind=ReleaseMove.Kind.POSITION).first()
    return newest.at if newest and newest.after == Stage.PUBLIC else None


def _obstacles(on_since: datetime | None, now: datetime) -> tuple[str, ...]:
    state = release.state()
    found = []
    if on_since is None:
        found.append(f"the release is not public (now: {state.position})")
    elif now - on_since < SETTLED:
        found.append(f"it has been public for {(now - on_since).days} days; wait for {SETTLED.days}")
    if state.forced_off:
        found.append(f"forced off: {', '.join(state.forced_off)}; decide about each first")
    return tuple(found)


@cache
def _mentions() -> tuple[str, ...]:
    """Return each line of code outside the folders that speaks of the rollout; it is read once a process."""
    return tuple(
        f"{path.relative_to(settings.BASE_DIR)}:{number}: {line.strip()}"
        for folder in _SEARCHED
        for path in sorted((settings.BASE_DIR / folder).rglob("*.py"))
        if not any(path.is_relative_to(settings.BASE_DIR / own) for own in _FOLDERS)
        for number, line in enumerate(_lines(path), start=1)
        if _MENTION.search(line)
    )


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()
