"""The rules of an owner made ready: compiled once, shared by all policies that hold them, never changed."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import accumulate

from classifier.entities import Entity
from classifier.keys import KEY, KeyTable, Rule
from classifier.matchers.keys import ALLOWED, BLOCKED, KeyRules, OwnKeyTable, Told
from classifier.matchers.types import Matcher, On, OwnRules
from classifier.matchers.values import Hit, ValueRules
from classifier.spans import Span
from classifier.views import view_of

# Above whatever the built-in recognizers say, and what is blocked above all.
OWN_SCORE, BLOCKED_SCORE = 0.995, 1.0
MOST_COMPILED = 64

# Stands for a line break, which no rule matches across (see `leaves.SEPARATOR`).
SEPARATOR = "\x00"

Found = dict[int, list[Span]]


class CompiledMatchers:
    """Tables of field names and one search for values."""

    def __init__(self, rules: OwnRules) -> None:
        """Compile the rules."""
        self.rules = rules
        self._keys = KeyRules(_on(On.KEY, rules), rules.allow, rules.block)
        self._values = ValueRules(_on(On.VALUE, rules), rules.allow, rules.block)
        self._tables: dict[tuple[str, Entity | None, bool, Told | None], OwnKeyTable] = {}

    @property
    def sees_values(self) -> bool:
        """Say whether any rule is about values, so that even short numbers must be searched."""
        return bool(self._values)

    def table(self, context: str) -> KeyTable:
        """Return the table for objects of this kind."""
        return self._table(context, None, False, None)  # noqa: FBT003 - as Below has it.

    def _table(self, context: str, inherited: Entity | None, counts: bool, via: Told | None) -> OwnKeyTable:  # noqa: FBT001 - as above.
        key = context, inherited, counts, via
        table = self._tables.get(key)
        if table is None:
            table = OwnKeyTable(self._keys, self._in_name, self._table, context, inherited, counts=counts, via=via)
            # Of two threads that make one at the same time, both keep the first.
            table = self._tables.setdefault(key, table)
        return table

    def _in_name(self, key: str, spans: tuple[Span, ...]) -> tuple[Span, ...]:
        return tuple(self.add_to({0: list(spans)} if spans else {}, [key]).get(0, ()))

    def add_to(self, found: Found, leaves: Sequence[str]) -> Found:
        """Add what the rules find to what was found in leaves, and take out what they allow."""
        for index, hits in self._hits(leaves).items():
            spans = _outside(_allowed(hits), [*found.pop(index, []), *_spans(hits)])
            if spans:
                found[index] = spans
        return found

    def blocked(self, leaves: Sequence[str]) -> Found:
        """Return what is blocked in leaves whose field is allowed."""
        found = {index: _spans(hits, only=BLOCKED) for index, hits in self._hits(leaves).items()}
        return {index: spans for index, spans in found.items() if spans}

    def judged(self, told: Sequence[tuple[str, Rule]]) -> dict[int, Rule | None]:
        """Return what holds instead for values of telling fields in which a rule finds something; None shows one."""
        judged: dict[int, Rule | None] = {}
        for index, hits in self._hits([text for text, _ in told]).items():
            text, rule = told[index]
            strongest = max(_outside(_allowed(hits), _spans(hits)), key=lambda span: span.strength, default=None)
            if strongest is not None and (rule.label == KEY or strongest.recognizer == BLOCKED.label):
                judged[index] = replace(rule, entity=strongest.entity, label=strongest.recognizer)
            elif strongest is None and rule.label != BLOCKED.label and _is_within((0, len(text)), _allowed(hits)):
                judged[index] = None
        return judged

    def finds_any(self, leaves: Sequence[str]) -> bool:
        """Say whether any rule finds anything in any of these."""
        return bool(self._values) and bool(self._found(SEPARATOR.join(leaves)))

    def _hits(self, leaves: Sequence[str]) -> dict[int, list[Hit]]:
        hits = self._found(SEPARATOR.join(leaves)) if self._values else ()
        return _by_leaf(hits, leaves) if hits else {}

    def _found(self, text: str) -> list[Hit]:
        """Search leaves as they stand and as they read; what is allowed must stand as it is listed."""
        hits = self._values.find(text.replace(SEPARATOR, "\n"))
        view = view_of(text)
        if view is not None:
            seen = (hit for hit in self._values.find(view.text.replace(SEPARATOR, "\n")) if hit.told is not ALLOWED)
            hits += (Hit(view.starts[hit.start], view.ends[hit.end - 1], hit.told) for hit in seen)
        return hits


def _by_leaf(hits: Iterable[Hit], leaves: Sequence[str]) -> dict[int, list[Hit]]:
    starts = [0, *accumulate(len(leaf) + 1 for leaf in leaves)]
    found: dict[int, list[Hit]] = {}
    for hit in hits:
        index = bisect_right(starts, hit.start) - 1
        found.setdefault(index, []).append(Hit(hit.start - starts[index], hit.end - starts[index], hit.told))
    return found


def _on(what: On, rules: OwnRules) -> list[Matcher]:
    return [matcher for matcher in rules.matchers if matcher.on is what]


def _spans(hits: Iterable[Hit], only: Told | None = None) -> list[Span]:
    return [
        Span(start, end, told.entity, BLOCKED_SCORE if told is BLOCKED else OWN_SCORE, told.label)
        for start, end, told in hits
        if told is not ALLOWED and (only is None or told is only)
    ]


def _allowed(hits: Iterable[Hit]) -> list[tuple[int, int]]:
    return [(hit.start, hit.end) for hit in hits if hit.told is ALLOWED]


def _outside(allowed: Sequence[tuple[int, int]], spans: Iterable[Span]) -> list[Span]:
    """Return the spans that no allowed value covers: what is blocked stays, and what reaches further."""
    return [
        span for span in spans if span.recognizer == BLOCKED.label or not _is_within((span.start, span.end), allowed)
    ]


def _is_within(span: tuple[int, int], allowed: Iterable[tuple[int, int]]) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in allowed)


@lru_cache(MOST_COMPILED)
def compiled(rules: OwnRules) -> CompiledMatchers | None:
    """Return the rules made ready, or None where there are none."""
    return CompiledMatchers(rules) if rules else None
