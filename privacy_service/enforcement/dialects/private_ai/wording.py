"""From a request and the workspace's policy to the policy that masks its texts, and what it writes for each find."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol

from classifier import Colour, How, Matcher, OperatorConfig, Policy, PolicyError, Span
from classifier.matchers.keys import BLOCKED
from classifier.matchers.patterns import check_pattern, compile_lines
from privacy_service.enforcement.dialects.private_ai.labels import LABELS, labels_of
from privacy_service.enforcement.dialects.private_ai.request import Detection, Filter, FilterKind, Kind, Style, unfit
from privacy_service.enforcement.dialects.visits import Wanted, policy_as

_REPLACE = OperatorConfig("replace")
_OPERATORS = {
    "UNIQUE_HASHED_ENTITY_TYPE": OperatorConfig("hash", (("length", 16),)),
    Kind.SYNTHETIC: OperatorConfig("synthetic"),
}


def policy_for(workspace: Policy, detection: Detection, style: Style, *, is_shown: bool) -> Policy:
    """Return the workspace's policy as a request wants it, whether its texts go out or just what was found in them."""
    matchers = _matchers(detection.filters) if detection.filters else ()
    return policy_as(workspace, Wanted(detection.enabled, detection.disabled, matchers, _operator(style), is_shown))


def _operator(style: Style) -> OperatorConfig:
    if style.kind is Kind.MASK:
        return OperatorConfig("mask", (("masking_char", style.mask_character),))
    return _OPERATORS.get(style.kind) or _OPERATORS.get(style.pattern) or _REPLACE


@lru_cache(256)
def _matchers(filters: tuple[Filter, ...]) -> tuple[Matcher, ...]:
    """Return the filters that the engine's own rules express; ALLOW is about what was found, not about the text."""
    return tuple(_matcher(at, one) for at, one in enumerate(filters) if one.kind is not FilterKind.ALLOW)


def _name(at: int) -> str:
    return f"filter {at} of the request"


def _matcher(at: int, one: Filter) -> Matcher:
    colour = Colour.RED if one.kind is FilterKind.BLOCK else Colour.GREEN
    try:
        return Matcher(name=_name(at), term=one.pattern, colour=colour, how=How.PATTERN)
    except PolicyError as error:
        message = str(error)
    raise unfit(("body", "entity_detection", "filter", at, "pattern"), message)


class Pattern(Protocol):
    """A compiled pattern."""

    def fullmatch(self, text: bytes) -> object | None:
        """Say whether it matches a whole text."""
        ...


@lru_cache(256)
def allowed_by(filters: tuple[Filter, ...]) -> tuple[Pattern, ...]:
    """Return the patterns of which a find that one matches whole stays readable."""
    return tuple(_allow(at, one.pattern) for at, one in enumerate(filters) if one.kind is FilterKind.ALLOW)


def _allow(at: int, pattern: str) -> Pattern:
    try:
        check_pattern(pattern, _name(at))
    except PolicyError as error:
        message = str(error)
    else:
        compiled: Pattern = compile_lines(pattern)
        return compiled
    raise unfit(("body", "entity_detection", "filter", at, "pattern"), message)


class Naming:
    """How finds are labelled: those of a BLOCK filter by the label that it gives."""

    def __init__(self, filters: tuple[Filter, ...]) -> None:
        blocks = ((at, one.label) for at, one in enumerate(filters) if one.kind is FilterKind.BLOCK)
        self._given: Mapping[str, str] = {f"matcher:{_name(at)}": label for at, label in blocks}
        self._allowed = allowed_by(filters)

    def label_of(self, span: Span) -> str:
        """Return the best label of a find."""
        return self._given.get(span.recognizer) or LABELS[span.entity]

    def is_allowed(self, span: Span, value: str) -> bool:
        """Say whether the request leaves a find readable; what the owners block it never does."""
        if not self._allowed or span.recognizer == BLOCKED.label:
            return False
        said = value.encode("utf-8", "replace")
        return any(pattern.fullmatch(said) is not None for pattern in self._allowed)


class Writer:
    """Writes what stands for finds, in the order in which they stand; one goes through all texts that are linked."""

    def __init__(self, style: Style, policy: Policy, naming: Naming) -> None:
        self._style, self._naming = style, naming
        self._hide = policy.compiled().hide
        self._numbers: dict[tuple[str, str], int] = {}
        self._counts: dict[str, int] = {}

    def __call__(self, span: Span, value: str) -> str | None:
        """Return what stands for a find, or None where it stays readable."""
        if self._naming.is_allowed(span, value):
            return None
        if self._style.kind is not Kind.MARKER:
            return self._hide(span.entity, value)
        return f"{self._style.before}{self._marker(span, value)}{self._style.after}"

    def _marker(self, span: Span, value: str) -> str:
        label = self._naming.label_of(span)
        match self._style.pattern:
            case "UNIQUE_NUMBERED_ENTITY_TYPE":
                return f"{label}_{self._number(label, value)}"
            case "UNIQUE_HASHED_ENTITY_TYPE":
                return f"{label}_{self._hide(span.entity, value)}"
            case "ALL_ENTITY_TYPES":
                return ",".join(labels_of(label))
        return label

    def _number(self, label: str, value: str) -> int:
        """Return the number of a value among those of its label, by first appearance."""
        number = self._numbers.get((label, value))
        if number is None:
            number = self._numbers[label, value] = self._counts[label] = self._counts.get(label, 0) + 1
        return number
