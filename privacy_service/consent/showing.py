"""What a workspace's banner shows, in each of its languages, and the version by which a choice names it."""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from privacy_service.consent.models import BannerVersion, ConsentSettings
from privacy_service.consent.models.settings import VERSION_LENGTH
from workspaces.models import Workspace
from workspaces.stamp import StampedCache

CATEGORIES = "categories"


class Shown(NamedTuple):
    """What a banner shows at present, as JSON that anybody may read."""

    workspace_id: UUID
    settings: Mapping[str, Any]
    body: bytes
    origins: frozenset[str]

    @property
    def version(self) -> str:
        """Return what names it."""
        version: str = self.settings["version"]
        return version

    @property
    def categories(self) -> Mapping[str, bool]:
        """Return each category, and whether it is necessary."""
        return {one["key"]: one["is_necessary"] for one in self.settings[CATEGORIES]}


@cache
def usual_texts() -> Mapping[str, Any]:
    """Return the words of a banner whose owner has chosen none, by language."""
    texts: Mapping[str, Any] = json.loads((Path(__file__).parent / "wording.json").read_text())
    return texts


_kept = StampedCache()


def shown_by(slug: str) -> Shown | None:
    """Return what a workspace's banner shows, None where it has none that is open."""
    return _kept.get(slug, lambda: _load(slug))


def shown_with(settings: ConsentSettings) -> Shown:
    """Return what a banner with these settings shows."""
    content = {
        "workspace": settings.workspace.slug,
        "categories": [{"key": one["key"], "is_necessary": one["is_necessary"]} for one in settings.categories],
        "languages": settings.languages or [*usual_texts()],
        "texts": _texts(settings),
        "policy_url": settings.policy_url,
        "days": settings.valid_days,
    }
    version = hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()[:VERSION_LENGTH]
    content["version"] = version
    return Shown(settings.workspace_id, content, orjson.dumps(content), frozenset(settings.origins))


def remember(shown: Shown) -> None:
    """Keep what is shown, so that a choice can be told years later with what people had before their eyes."""
    BannerVersion.objects.get_or_create(
        workspace_id=shown.workspace_id, version=shown.version, defaults={"shown": dict(shown.settings)}
    )


def was_shown(shown: Shown, version: str) -> bool:
    """Say whether a workspace's banner shows this, or has at some time."""
    if version == shown.version:
        return True
    return BannerVersion.objects.filter(workspace_id=shown.workspace_id, version=version).exists()


def _load(slug: str) -> Shown | None:
    settings = ConsentSettings.objects.select_related("workspace").filter(workspace__slug=slug, is_open=True).first()
    return shown_with(settings) if settings else None


def _texts(settings: ConsentSettings) -> dict[str, Any]:
    """Return every word in every language; what a language lacks is said in the first."""
    languages = settings.languages or [*usual_texts()]
    first = _words(settings, languages[0], usual_texts()["en"])
    return {language: _words(settings, language, first) for language in languages}


def _words(settings: ConsentSettings, language: str, otherwise: Mapping[str, Any]) -> dict[str, Any]:
    own, usual = settings.texts.get(language, {}), usual_texts().get(language, {})
    words = {**otherwise, **usual, **own}
    categories = {}
    for one in settings.categories:
        key = one["key"]
        layers = (layer.get(CATEGORIES, {}).get(key, {}) for layer in (otherwise, usual, own))
        categories[key] = {"name": key, "text": ""}
        for layer in layers:
            categories[key] |= layer
    return words | {CATEGORIES: categories}


def settings_of(workspace: Workspace) -> ConsentSettings:
    """Return the settings of a workspace, those of one that has chosen none where it has none."""
    return ConsentSettings.objects.filter(workspace=workspace).first() or ConsentSettings(workspace=workspace)
