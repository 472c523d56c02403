"""A request of /analyze, read as Presidio reads it, and its answer."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from classifier import Entity, How, Matcher, PolicyError, Span
from classifier.matchers.patterns import check_pattern, compile_lines
from classifier.spans import PROVEN_SCORE
from privacy_service.enforcement.dialects.presidio.names import LANGUAGES, NAMES, entities_named

Json = dict[str, Any]

_AD_HOC = "Failed to parse /analyze request for AnalyzerEngine.analyze(). "
_DEFAULT_FLAGS = int(re.DOTALL | re.MULTILINE | re.IGNORECASE)


class Refused(Exception):
    """What Presidio answers with an error of its own: a status and a sentence."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


@dataclass(frozen=True, slots=True)
class Analysis:
    """What a request asks to find, and what it leaves out again."""

    texts: tuple[str, ...]
    is_list: bool
    names: frozenset[str]  # None of them asks for everything.
    entities: frozenset[Entity]
    ad_hoc: Mapping[str, tuple[str, float]]  # By the label of a matcher: the entity it finds, and its score.
    matchers: tuple[Matcher, ...]
    threshold: float
    allowed: "Allowed"
    explains: bool


@dataclass(frozen=True, slots=True)
class Allowed:
    """Values that are not told of: as they stand, or what a pattern is found in."""

    values: frozenset[str] = frozenset()
    pattern: Any = None

    def __contains__(self, value: str) -> bool:
        if self.pattern is not None:
            return self.pattern.search(value.encode("utf-8", "replace")) is not None
        return value in self.values


def analysis(said: Any) -> Analysis:
    """Read a request; raise Refused."""
    if not isinstance(said, dict):
        raise Refused(400, "Invalid request json")
    texts = _texts(said.get("text"))
    check_language(said.get("language"))
    matchers, ad_hoc = _recognizers(said.get("ad_hoc_recognizers"))
    names = frozenset(map(str, _list(said, "entities")))
    entities = entities_named(names) if names else frozenset(NAMES)
    if not entities and not any(name in names for name, _ in ad_hoc.values()):
        raise Refused(500, "No matching recognizers were found to serve the request.")
    return Analysis(
        texts=texts,
        is_list=isinstance(said["text"], list),
        names=names,
        entities=entities,
        ad_hoc=ad_hoc,
        matchers=matchers,
        threshold=_number(said, "score_threshold", 0.0),
        allowed=_allowed(said),
        explains=said.get("return_decision_process") is True,
    )


def told(request: Analysis, text: str, spans: Iterable[Span]) -> list[Json]:
    """Return what is found in a text, surest first, as Presidio orders it."""
    named = [(*_name_and_score(request, span), span) for span in spans]
    kept = [
        (name, score, span)
        for name, score, span in named
        if _is_asked_for(request, name, span)
        and score >= request.threshold
        and text[span.start : span.end] not in request.allowed
    ]
    kept.sort(key=lambda one: (-one[1], one[2].start, one[2].start - one[2].end))
    return [_result(name, score, span, explains=request.explains) for name, score, span in kept]


def _is_asked_for(request: Analysis, name: str, span: Span) -> bool:
    return not request.names or name in request.names or span.entity.value in request.names


def _name_and_score(request: Analysis, span: Span) -> tuple[str, float]:
    return request.ad_hoc.get(span.recognizer) or (NAMES[span.entity], span.score)


def _result(name: str, score: float, span: Span, *, explains: bool) -> Json:
    explanation = None
    if explains:
        explanation = {
            "recognizer": span.recognizer,
            "pattern_name": None,
            "pattern": None,
            "original_score": score,
            "score": score,
            "textual_explanation": None,
            "score_context_improvement": 0,
            "supportive_context_word": "",
            "validation_result": True if span.score >= PROVEN_SCORE else None,
        }
    return {
        "analysis_explanation": explanation,
        "end": span.end,
        "entity_type": name,
        "score": score,
        "start": span.start,
    }


def _texts(said: Any) -> tuple[str, ...]:
    if not said:
        raise Refused(500, "No text provided")
    texts = said if isinstance(said, list) else [said]
    if not all(isinstance(text, str) for text in texts):
        raise Refused(400, f"{_AD_HOC}text must be a string or a list of strings")
    return tuple(texts)


def check_language(said: Any) -> None:
    """Refuse a language that is missing, or that is not read."""
    if not said:
        raise Refused(500, "No language provided")
    if said not in LANGUAGES:
        raise Refused(500, "No matching recognizers were found to serve the request.")


def _recognizers(said: Any) -> tuple[tuple[Matcher, ...], dict[str, tuple[str, float]]]:
    """Return recognizers that a request brings as rules on values, with what each finds and how sure it is."""
    matchers: list[Matcher] = []
    told: dict[str, tuple[str, float]] = {}
    for at, one in enumerate(said or []):
        try:
            for matcher, score in _rules(at, one):
                matchers.append(matcher)
                told[matcher.label] = (str(one["supported_entity"]), score)
        except (AttributeError, KeyError, TypeError, ValueError, PolicyError) as error:
            message = str(error) if isinstance(error, PolicyError) else "a recognizer is not as it must be"
        else:
            continue
        raise Refused(400, f"{_AD_HOC}{message}")
    return tuple(matchers), told


def _rules(at: int, one: Mapping[str, Any]) -> Iterable[tuple[Matcher, float]]:
    for number, pattern in enumerate(one.get("patterns") or []):
        name = f"recognizer {at} pattern {number} of the request"
        yield Matcher(name=name, term=pattern["regex"], how=How.PATTERN), float(pattern["score"])
    words: Sequence[str] = one.get("deny_list") or []
    for number, word in enumerate(words):
        yield Matcher(name=f"recognizer {at} word {number} of the request", term=word), 1.0


def _allowed(said: Mapping[str, Any]) -> Allowed:
    listed = [str(one) for one in _list(said, "allow_list")]
    if not listed or said.get("allow_list_match", "exact") != "regex":
        return Allowed(frozenset(listed))
    flags = int(_number(said, "regex_flags", _DEFAULT_FLAGS))
    pattern = f"{'(?i)' if flags & re.IGNORECASE else ''}{'|'.join(listed)}"
    try:
        check_pattern(pattern, "allow_list")
    except PolicyError as error:
        message = str(error)
    else:
        return Allowed(pattern=compile_lines(pattern))
    raise Refused(400, f"{_AD_HOC}{message}")


def _list(said: Mapping[str, Any], name: str) -> list[Any]:
    value = said.get(name) or []
    if not isinstance(value, list):
        raise Refused(400, f"{_AD_HOC}{name} must be a list")
    return value


def _number(said: Mapping[str, Any], name: str, default: float) -> float:
    value = said.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused(400, f"{_AD_HOC}{name} must be a number")
    return value
