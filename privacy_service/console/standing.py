"""The release in the reader's words: how its gates stand, where it was moved, and by whom."""

import re
from collections.abc import Mapping
from uuid import UUID

from django.conf import settings
from django.utils.formats import get_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from privacy_service.rollout.gates import Gate
from privacy_service.rollout.models import ReleaseMove
from privacy_service.rollout.stages import Stage

_MINUTE = 60
SENTENCES = (
    gettext_noop("%(errors)s of %(requests)s answers were errors; at most %(limit)s may be"),
    gettext_noop("no answer was timed yet; at most %(limit)s"),
    gettext_noop("no answer was measured yet; at most %(limit)s may be errors"),
    gettext_noop("no answer was measured yet; at most %(limit)s may be withheld or masked whole for a failure"),
    gettext_noop("no request was masked in shadow in two days; %(least)s needed"),
    gettext_noop("19 of 20 requests took %(took)s or less; at most %(limit)s"),
    gettext_noop("more than 5 s"),
    gettext_noop("%(hidden)s answers were withheld or masked whole for a failure; at most %(limit)s may be"),
    gettext_noop("%(leaks)s leaks in %(sampled)s requests masked in shadow; %(samples)s in two days, %(least)s needed"),
    gettext_noop("open reports: %(open)s; none may be"),
)
"""What gates say, as they write it; a test holds these to them."""


def gate_words(gate: Gate) -> str:
    """Say how a gate stands."""
    told = {name: _figure(str(value)) for name, value in gate.figures.items()}
    return _(gate.sentence) % told


def _figure(text: str) -> str:
    """Write a figure as the reader's language does."""
    said = _(text) if text in SENTENCES else text
    return re.sub(r"(?<=\d)\.(?=\d)", get_format("DECIMAL_SEPARATOR"), said)


def window_name() -> str:
    """Say over which time the gates look back."""
    seconds: int = settings.PRIVACY_RELEASE_WINDOW_SECONDS
    if seconds < 2 * _MINUTE:
        return ngettext("the last %(n)d second", "the last %(n)d seconds", seconds) % {"n": seconds}
    minutes = seconds // _MINUTE
    return ngettext("the last %(n)d minute", "the last %(n)d minutes", minutes) % {"n": minutes}


def stage_name(stage: Stage) -> str:
    """Name a stage."""
    return _STAGES[stage]()


def place_name(words: str) -> str:
    """Say where the release or a workspace stood or stands, as the history writes it."""
    if words in set(Stage):
        return stage_name(Stage(words))
    if words.startswith("dial "):
        return _("dial at %(percent)s %%") % {"percent": _figure(words.removeprefix("dial "))}
    return _PLACES[words]() if words in _PLACES else words


def change_name(words: str) -> str:
    """Say what a change would do, from the words in which it is written: `beta`, `dial 25`, `override acme on`."""
    match words.split():
        case ["override", slug, setting] if setting in _SETTINGS:
            return f"{slug}: {place_name(_SETTINGS[setting])}"
    return place_name(words)


def move_name(move: ReleaseMove) -> str:
    """Say from where to where the release was moved, or one workspace."""
    about = f"{move.workspace_slug}: " if move.workspace_slug else ""
    return f"{about}{place_name(move.before)} → {place_name(move.after)}"


def mover(move: ReleaseMove, names: Mapping[UUID, str]) -> str:
    """Say who moved the release, and which way it came."""
    by = names.get(move.by_id, str(move.by_id)) if move.by_id else _("nobody named")
    return f"{by} ({move.through})" if move.through else by


_SETTINGS = {"on": "forced on", "off": "forced off", "clear": "by stage and dial"}
_STAGES = {
    Stage.OFF: lambda: _("Off"),
    Stage.SHADOW: lambda: _("Shadow"),
    Stage.INTERNAL: lambda: _("Internal"),
    Stage.BETA: lambda: _("Beta"),
    Stage.PUBLIC: lambda: _("Public"),
}
_PLACES = {
    "forced on": lambda: _("forced on"),
    "forced off": lambda: _("forced off"),
    "by stage and dial": lambda: _("by stage and dial"),
    "customer": lambda: _("customer"),
    "beta tester": lambda: _("beta tester"),
    "internal, beta tester": lambda: _("internal, beta tester"),
    "held": lambda: _("held"),
    "free": lambda: _("free"),
    "unknown": lambda: _("unknown"),
    "missing": lambda: _("missing"),
}
