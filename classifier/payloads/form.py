"""Masking and classifying `application/x-www-form-urlencoded` pairs; untouched pairs keep their bytes."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import quote_plus, unquote_plus

from classifier.entities import Entity
from classifier.keys import KeyTable, Rule, root_table
from classifier.leaves import find_in_leaves
from classifier.payloads.json_body import classify_json, findings_at, is_document, mask_json
from classifier.payloads.json_paths import pointer_segment
from classifier.payloads.types import Finding
from classifier.policies import CompiledPolicy, Policy
from classifier.spans import KEY_SCORE, Span
from classifier.tiers import Search

# Percent-encoded bytes that are not UTF-8 travel through as they came.
_ERRORS = "surrogateescape"
_PATH_POLICY = Policy.named("strict").compiled()


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair as it was written, and decoded."""

    raw: str
    name: str
    value: str
    rule: Rule


def mask_form(text: str, policy: CompiledPolicy, counts: Counter[Entity], search: Search) -> str:
    """Return the pairs with their personal data hidden."""
    pairs = _pairs(text, search)
    found = _found(pairs, search)
    masked = []
    for index, pair in enumerate(pairs):
        value = _mask_value(pair, found.get(index, []), policy, counts, search)
        masked.append(_written(pair, policy.hide_spans(pair.name, pair.rule.key_spans, counts), value))
    return "&".join(masked) if counts else text


def classify_form(text: str, search: Search) -> list[Finding]:
    """Return what is personal, by `/name`."""
    pairs = _pairs(text, search)
    found = _found(pairs, search)
    return [finding for index, pair in enumerate(pairs) for finding in _findings(pair, found.get(index, []), search)]


def _pairs(text: str, search: Search) -> list[Pair]:
    """Read the pairs; the rules of an owner judge what a name hides by what it holds."""
    table = root_table(search)
    pairs = [_pair(raw, table) for raw in text.split("&")]
    told = [at for at, pair in enumerate(pairs) if pair.rule.entity is not None] if search.own is not None else []
    if search.own is not None and told:
        for index, rule in search.own.judged([(pairs[at].value, pairs[at].rule) for at in told]).items():
            pair = pairs[told[index]]
            pairs[told[index]] = replace(pair, rule=rule or replace(pair.rule, entity=None, is_open=True))
    return pairs


def _pair(raw: str, table: KeyTable) -> Pair:
    name, _, value = raw.partition("=")
    plain = unquote_plus(name, errors=_ERRORS)
    return Pair(raw, plain, unquote_plus(value, errors=_ERRORS), table[plain])


def _found(pairs: list[Pair], search: Search) -> dict[int, list[Span]]:
    """Return what is found in the values; where the name is allowed, only what is blocked."""
    values = [pair.value for pair in pairs]
    found = find_in_leaves(values, search.tier, search.own)
    opened = [at for at, pair in enumerate(pairs) if pair.rule.is_open]
    if search.own is not None and opened:
        blocked = search.own.blocked([values[at] for at in opened])
        found.update((at, blocked.get(index, [])) for index, at in enumerate(opened))
    return found


def _written(pair: Pair, name: str, value: str) -> str:
    """Return a pair with this name and value, each in its old bytes where it is the old one."""
    raw_name, equals, raw_value = pair.raw.partition("=")
    new_name = raw_name if name == pair.name else _quote(name)
    return new_name + equals + (raw_value if value == pair.value else _quote(value))


def _mask_value(pair: Pair, spans: list[Span], policy: CompiledPolicy, counts: Counter[Entity], search: Search) -> str:
    entity = _entity_of(pair)
    if entity is None or policy.keeps(entity, pair.rule.label):
        if is_document(pair.value, search):
            return mask_json(pair.value, policy, counts, search)
        return policy.hide_spans(pair.value, spans, counts)
    if pair.value:
        counts[entity] += 1
    return policy.hide(entity, pair.value, pair.rule.label) if pair.value else ""


def _entity_of(pair: Pair) -> Entity | None:
    return pair.rule.entity_for(pair.value)


def _findings(pair: Pair, spans: list[Span], search: Search) -> Iterator[Finding]:
    name = _PATH_POLICY.hide_spans(pair.name, pair.rule.key_spans, Counter())
    path = pointer_segment(name)
    named = [Span(s.start, s.end, s.entity, s.score, f"{s.recognizer}:name") for s in pair.rule.key_spans]
    yield from findings_at(path, named)
    entity = _entity_of(pair)
    if entity is None and is_document(pair.value, search):
        yield from classify_json(pair.value, search, path)
        return
    whole = (
        [Span(0, len(pair.value), entity, KEY_SCORE, pair.rule.label)] if entity is not None and pair.value else spans
    )
    yield from findings_at(path, whole)


def _quote(text: str) -> str:
    return quote_plus(text, safe="*<>@[]", errors=_ERRORS)
