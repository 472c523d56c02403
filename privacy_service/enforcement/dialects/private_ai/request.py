"""What a request of Private AI's text routes asks for: read field by field, and refused in FastAPI's shape.

Members that are null or empty count as left out, unknown ones are ignored: neither lets anything through that would
be masked without them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from classifier import Entity, Tier
from privacy_service.enforcement.dialects.private_ai.labels import GROUPS, KNOWN, entities_of
from privacy_service.exceptions import InvalidFields

Loc = tuple[str | int, ...]

TIERS: Mapping[str, Tier] = {
    "standard": Tier.FAST,
    "standard_multilingual": Tier.FAST,
    "standard_high": Tier.FAST,
    "standard_high_multilingual": Tier.FAST,
    "standard_high_automatic": Tier.FAST,
    "high": Tier.THOROUGH,
    "high_multilingual": Tier.THOROUGH,
    "high_automatic": Tier.THOROUGH,
}
LANGUAGES = ("auto", "en", "fr", "de", "ja", "ko", "nl", "ru", "uk")
COREFERENCES = ("heuristics", "model_prediction", "combined")
FAKERS = ("standard", "standard_multilingual")
_PATTERN = re.compile(
    "(.?)(BEST_ENTITY_TYPE|ALL_ENTITY_TYPES|UNIQUE_NUMBERED_ENTITY_TYPE|UNIQUE_HASHED_ENTITY_TYPE)(.?)", re.DOTALL
)
_PROJECT = re.compile(r"[a-zA-Z0-9\-_:]{0,60}")


class Kind(StrEnum):
    """What is written for a find."""

    MARKER = "MARKER"
    MASK = "MASK"
    SYNTHETIC = "SYNTHETIC"


class FilterKind(StrEnum):
    """What a filter does with what it matches."""

    ALLOW = "ALLOW"
    ALLOW_TEXT = "ALLOW_TEXT"
    BLOCK = "BLOCK"


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter; a label with BLOCK alone."""

    kind: FilterKind
    pattern: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Detection:
    """What to look for, how thoroughly, and whether to tell of it."""

    tier: Tier | None = None
    enabled: frozenset[Entity] | None = None  # None for every kind.
    disabled: frozenset[Entity] = frozenset()
    filters: tuple[Filter, ...] = ()
    return_entity: bool = True


@dataclass(frozen=True, slots=True)
class Style:
    """What to write for a find."""

    kind: Kind = Kind.MARKER
    pattern: str = "UNIQUE_NUMBERED_ENTITY_TYPE"
    before: str = "["
    after: str = "]"
    mask_character: str = "#"


@dataclass(frozen=True, slots=True)
class TextRequest:
    """A request of process/text, ner/text or analyze/text."""

    texts: tuple[str, ...]
    linked: bool
    detection: Detection
    style: Style


@dataclass(frozen=True, slots=True)
class Reidentification:
    """A request of process/text/reidentify."""

    texts: tuple[str, ...]
    values: Mapping[str, str]
    shows_sensitive: bool


def unfit(loc: Loc, message: str, kind: str = "value_error") -> InvalidFields:
    """Return the refusal of a field: where it stands and what to change, never what it held."""
    return InvalidFields(message, members={"detail": [{"loc": list(loc), "msg": message, "type": kind}]})


class Fields:
    """An object of a request, and where it stands; each reader returns a member or refuses it."""

    def __init__(self, said: Any, loc: Loc) -> None:
        if not isinstance(said, dict):
            raise unfit(loc, "Input should be an object", "dict_type")
        self._said = {name: value for name, value in said.items() if value not in (None, "", [], {})}
        self._given = said
        self.loc = loc

    def has(self, name: str) -> bool:
        """Say whether a member says anything."""
        return name in self._said

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a yes or no, also where it is written as a text."""
        value = self._said.get(name, default)
        value = {"true": True, "false": False}.get(value.lower(), value) if isinstance(value, str) else value
        if not isinstance(value, bool):
            raise unfit((*self.loc, name), "Input should be true or false", "bool_parsing")
        return value

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text; without a default it must be there."""
        value = self._said.get(name, default)
        if value is None:
            raise unfit((*self.loc, name), "Field required", "missing")
        if not isinstance(value, str):
            raise unfit((*self.loc, name), "Input should be a string", "string_type")
        return value

    def choice(self, name: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """Return one of a few words."""
        value = self.text(name, default)
        if value not in allowed:
            raise unfit((*self.loc, name), f"Input should be one of: {', '.join(allowed)}", "enum")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts that must be there, and may be empty."""
        if name not in self._given:
            raise unfit((*self.loc, name), "Field required", "missing")
        value = self._given[name]
        if not isinstance(value, list):
            raise unfit((*self.loc, name), "Input should be a list of strings", "list_type")
        for at, one in enumerate(value):
            if not isinstance(one, str):
                raise unfit((*self.loc, name, at), "Input should be a string", "string_type")
        return tuple(value)

    def object(self, name: str) -> "Fields":
        """Return an object, an empty one where it is left out."""
        return Fields(self._said.get(name, {}), (*self.loc, name))

    def objects(self, name: str) -> list["Fields"]:
        """Return a list of objects, an empty one where it is left out."""
        value = self._said.get(name, [])
        if not isinstance(value, list):
            raise unfit((*self.loc, name), "Input should be a list of objects", "list_type")
        return [Fields(one, (*self.loc, name, at)) for at, one in enumerate(value)]

    def number(self, name: str, *, default: float) -> float:
        """Return a number that is not negative."""
        value = self._said.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
            raise unfit((*self.loc, name), "Input should be a number of 0 or more", "greater_than_equal")
        return value


def text_request(body: Any) -> TextRequest:
    """Read a request about texts; raise InvalidFields."""
    fields = Fields(body, ("body",))
    texts, linked = fields.texts("text"), fields.flag("link_batch", default=False)
    _check_project(fields)
    return TextRequest(texts, linked, _detection(fields.object("entity_detection")), _style(fields))


def reidentification(body: Any) -> Reidentification:
    """Read a request to turn stand-ins back; of two values of one stand-in the first counts."""
    fields = Fields(body, ("body",))
    texts = fields.texts("processed_text")
    values: dict[str, str] = {}
    for pair in fields.objects("entities"):
        values.setdefault(pair.text("processed_text"), pair.text("text", ""))
    fields.text("model", "")
    _check_project(fields)
    return Reidentification(texts, values, fields.flag("reidentify_sensitive_fields", default=True))


def _check_project(fields: Fields) -> None:
    if not _PROJECT.fullmatch(fields.text("project_id", "")):
        message = "At most 60 letters, digits, hyphens, underscores and colons"
        raise unfit((*fields.loc, "project_id"), message, "string_pattern_mismatch")


def _detection(fields: Fields) -> Detection:
    accuracy = fields.choice("accuracy", tuple(TIERS), "high_automatic")
    fields.flag("enable_non_max_suppression", default=False)  # No two finds overlap here as it is.
    enabled, disabled = _selected(fields)
    return Detection(
        # Left out, the installation's own tier counts.
        tier=TIERS[accuracy] if fields.has("accuracy") else None,
        enabled=enabled,
        disabled=disabled,
        filters=tuple(map(_filter, fields.objects("filter"))),
        return_entity=fields.flag("return_entity", default=True),
    )


def _selected(fields: Fields) -> tuple[frozenset[Entity] | None, frozenset[Entity]]:
    """Return the kinds that are enabled, None for all, and those that are disabled."""
    chosen: dict[str, set[Entity]] = {}
    for selector in fields.objects("entity_types"):
        kind = selector.choice("type", ("ENABLE", "DISABLE"))
        for at, name in enumerate(selector.texts("value")):
            if name not in KNOWN and name not in GROUPS:
                # A misspelt label must not decide what is masked.
                raise unfit((*selector.loc, "value", at), "Input should be an entity type or a group", "enum")
            chosen.setdefault(kind, set()).update(entities_of(name))
    enabled = frozenset(chosen["ENABLE"]) if "ENABLE" in chosen else None
    return enabled, frozenset(chosen.get("DISABLE", ()))


def _filter(fields: Fields) -> Filter:
    kind = FilterKind(fields.choice("type", tuple(FilterKind)))
    fields.number("threshold", default=1)
    label = fields.text("entity_type") if kind is FilterKind.BLOCK else ""
    if label and not re.fullmatch("[A-Z][A-Z0-9_]{0,59}", label):
        message = "Capitals, digits and underscores, at most 60"
        raise unfit((*fields.loc, "entity_type"), message, "string_pattern_mismatch")
    return Filter(kind, fields.text("pattern"), label)


def _style(request: Fields) -> Style:
    fields = request.object("processed_text")
    kind = Kind(fields.choice("type", tuple(Kind), "MARKER"))
    fields.choice("marker_language", LANGUAGES, "en")
    fields.choice("coreference_resolution", COREFERENCES, "heuristics")
    fields.choice("synthetic_entity_accuracy", FAKERS, "standard")
    fields.flag("preserve_relationships", default=True)
    pattern = _PATTERN.fullmatch(fields.text("pattern", "[UNIQUE_NUMBERED_ENTITY_TYPE]"))
    if pattern is None:
        message = "Input should be one of the four patterns, with one delimiter before and one after it"
        raise unfit((*fields.loc, "pattern"), message)
    before, name, after = pattern.groups()
    return Style(kind, name, before, after, _mask_character(fields))


def _mask_character(fields: Fields) -> str:
    character = fields.text("mask_character", "#")
    if len(character) != 1 or character.isdigit():
        raise unfit((*fields.loc, "mask_character"), "Input should be one character that is no digit")
    return character
