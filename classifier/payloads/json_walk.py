"""The walk over a JSON document that sorts its values by what their keys tell.

A document is split at its string literals into *parts*: an odd part is the inside of a literal,
an even part what stands between two (punctuation, numbers, white space). A new document is the
same parts with some replaced, so that whatever is not personal keeps its bytes.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from itertools import islice
from operator import itemgetter
from typing import NamedTuple

from classifier.exceptions import TooDeep
from classifier.keys import KeyTable, Rule
from classifier.payloads.json_gaps import GAPS, MINIMUM_DIGITS, Step
from classifier.payloads.json_pairs import Pair, PairNotes, Place, told_by_names
from classifier.payloads.json_table_reader import tables_in
from classifier.payloads.json_tables import Table, told_by_columns
from classifier.spans import Span

# A longer number is nobody's identifier: to spell out 1e999999 would take a megabyte.
MOST_DIGITS = 40
# A list that names something is a path to it: `"path": ["customer", "email"]`.
MOST_NAMES = 8

_LITERAL = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"')


class Number(NamedTuple):
    """Where a number stands: its part, and the characters within it."""

    part: int
    start: int
    end: int


@dataclass(slots=True)
class Walked:
    """The values of a document: hidden by their key, or yet to be searched; and the keys that are personal."""

    hidden: list[tuple[int, Rule]] = field(default_factory=list)
    leaves: list[tuple[int, Rule]] = field(default_factory=list)
    # Hidden or searched as the value itself tells (see `Rule.settled_by`).
    rough: list[tuple[int, Rule]] = field(default_factory=list)
    hidden_numbers: list[tuple[Number, Rule]] = field(default_factory=list)
    numbers: list[Number] = field(default_factory=list)
    # Below the names that an owner allows.
    open_numbers: list[Number] = field(default_factory=list)
    keys: list[tuple[int, tuple[Span, ...]]] = field(default_factory=list)
    # Values that a neighbour may name (see `json_pairs`).
    pairs: tuple[Pair, ...] = ()
    # Values in rows that their columns may name (see `json_tables`), or where a document is walked window by window,
    # what these named in this one.
    tables: tuple[Table, ...] = ()
    told: dict[Place, Rule] = field(default_factory=dict)
    # Which values stand together, by their parts, once somebody asked (see `json_records`).
    groups: dict[int, int] = field(default_factory=dict)
    # The same with the rough values taken for what their fields say, as most are.
    as_told: "Walked | None" = None
    # The groups that `json_records` reads, by where something was found: the same for all documents of its shape.
    wanted: dict[tuple[int, ...], frozenset[int]] = field(default_factory=dict)
    reader: Callable[[list[str]], Sequence[str]] | None = None

    def settled(self, texts: list[str]) -> "Walked":
        """Return the values with the rough ones sorted, for a document that is this one or of its shape.

        They are shared with every document of this shape: whoever changes them makes new ones.
        """
        walked = self._smoothed(texts) if self.rough else self
        if not self.pairs and not self.tables and not self.told:
            return walked
        in_columns = self.told | told_by_columns(self.tables, texts)
        named = told_by_names(self.pairs, texts) | in_columns
        return walked.renamed_by(in_columns, texts).named_by(named, texts) if named else walked

    def _smoothed(self, texts: list[str]) -> "Walked":
        told = [(at, rule.settled_by(texts[at])) for at, rule in self.rough]
        if told == self.rough:
            self.as_told = self.as_told or self._with(told)
            return self.as_told
        return self._with(told)

    def renamed_by(self, named: dict[Place, Rule], texts: list[str]) -> "Walked":
        """Return the values with those that are hidden already called by their column, which says more."""
        told = {at: named[at].settled_by(texts[at]) for at, _ in self.hidden if at in named}
        hidden = [(at, told[at] if at in told and told[at].entity is not None else rule) for at, rule in self.hidden]
        return replace(self, hidden=hidden) if told else self

    def named_by(self, named: dict[Place, Rule], texts: list[str]) -> "Walked":
        """Return the values with those that a neighbour names hidden, as if their fields had its name."""
        told = {at: named[at].settled_by(texts[at]) for at, rule in self.leaves if at in named and not rule.is_open}
        hidden = self.hidden + [(at, rule) for at, rule in told.items() if rule.entity is not None]
        leaves = [(at, told.get(at, rule)) for at, rule in self.leaves if at not in told or told[at].entity is None]
        known = {number for number, _ in self.hidden_numbers}
        numbers = {
            Number(*place): rule
            for place, rule in named.items()
            if isinstance(place, tuple) and (rule.hides_numbers or rule.is_open) and place not in known
        }
        searched = [number for number in self.numbers if number not in numbers]
        opened = self.open_numbers + [number for number, rule in numbers.items() if rule.is_open]
        hidden_numbers = self.hidden_numbers + [one for one in numbers.items() if not one[1].is_open]
        return Walked(hidden, leaves, [], hidden_numbers, searched, opened, self.keys, groups=self.groups)

    def _with(self, told: list[tuple[int, Rule]]) -> "Walked":
        hidden = self.hidden + [(at, rule) for at, rule in told if rule.entity is not None]
        leaves = self.leaves + [(at, rule) for at, rule in told if rule.entity is None]
        return Walked(
            hidden, leaves, [], self.hidden_numbers, self.numbers, self.open_numbers, self.keys, groups=self.groups
        )

    def texts_of(self, texts: list[str]) -> Sequence[str]:
        """Return the values that are searched."""
        if self.reader is None:
            places = [at for at, _ in self.leaves]
            self.reader = itemgetter(*places) if len(places) > 1 else lambda each: [each[at] for at in places]
        return self.reader(texts)

    def apart(self) -> "Walked":
        """Return the same values, for one document alone to sort anew."""
        return Walked(
            self.hidden, self.leaves, self.rough, self.hidden_numbers, self.numbers, self.open_numbers, self.keys,
            groups=self.groups,
        )  # fmt: skip


def split(text: str) -> list[str]:
    """Split a valid document at its string literals."""
    return _LITERAL.split(text) if "\\" in text else text.split('"')


def plain_number(written: str) -> str:
    """Return a number as its reader would spell it: `4.111e15` without an exponent, where it is a whole one."""
    if "e" not in written and "E" not in written:
        return written
    try:
        value = Decimal(written)
    except InvalidOperation:  # An exponent that no number of Python's has.
        return written
    is_whole = value.is_finite() and value.adjusted() < MOST_DIGITS and value == value.to_integral_value()
    return str(int(value)) if is_whole else written


def walk(  # noqa: PLR0913, PLR0917 - one line a fact about the document.
    parts: list[str],
    table: KeyTable,
    rule: Rule,
    max_depth: int,
    minimum_digits: int = MINIMUM_DIGITS,
    window: int = 0,
) -> Iterator[Walked]:
    """Sort the values of a valid document, its literals decoded, which this rule of this table holds for.

    Yields once for each so many literals, so that whoever hides them in between holds few of them at a time.
    """
    walker, started = _Walker(max_depth, minimum_digits), rule
    rules, rule = walker.through(0, GAPS[parts[0]][1], table, rule)
    size = 2 * window or len(parts)
    tables = tables_in(parts, table, started)
    told = _by_window(told_by_columns(tables, parts), size) if window and tables else {}
    for start in range(1, len(parts), size):
        stop = min(start + size, len(parts))
        rules, rule = walker.window(parts, start, stop, rules, rule)
        walker.walked.tables, walker.walked.told = () if window else tables, told.get((start - 1) // size, {})
        yield walker.taken(parts, stop)
    if len(parts) == 1:
        yield walker.taken(parts, 1)


def _by_window(told: dict[Place, Rule], size: int) -> dict[int, dict[Place, Rule]]:
    """Sort values by the window that they stand in."""
    windows: dict[int, dict[Place, Rule]] = {}
    for place, rule in told.items():
        part = place if isinstance(place, int) else place[0]
        windows.setdefault(max(part - 1, 0) // size, {})[place] = rule
    return windows


def _values_after(parts: list[str], at: int) -> Iterator[Place]:
    """Yield the value of a field, or the values of its list up to an object, whose values have names of their own."""
    depth = 0
    for part in range(at + 1, len(parts), 2):
        for step in GAPS[parts[part]][1]:
            if isinstance(step, str):
                depth += {"[": 1, "]": -1}.get(step, -depth)
            else:
                yield part, *step
            if depth == 0:
                return
        if part + 2 >= len(parts) or GAPS[parts[part + 2]][0]:
            return
        yield part + 1
        if depth == 0:
            return


def check_depth(gaps: Iterable[str], max_depth: int) -> None:
    """Refuse a document that nests deeper than the limit."""
    depth = 0
    for step in (step for gap in gaps for step in GAPS[gap][1]):
        depth += (step in ("{", "[")) - (step in ("}", "]"))
        if depth > max_depth:
            raise TooDeep(max_depth)


class _Walker:
    """Remember the objects and arrays that are open, and note the numbers."""

    __slots__ = ("_max_depth", "_minimum_digits", "_open", "_pairs", "walked")

    def __init__(self, max_depth: int, minimum_digits: int) -> None:
        self.walked = Walked()
        self._minimum_digits = minimum_digits
        self._max_depth = max_depth
        self._open: list[tuple[KeyTable, Rule]] = []
        self._pairs = PairNotes()

    def taken(self, texts: Sequence[str], stop: int) -> Walked:
        """Return what was sorted since this was asked last, up to this part."""
        self.walked.pairs = self._pairs.taken(texts, self._open, stop)
        walked, self.walked = self.walked, Walked(groups=self.walked.groups)
        return walked

    def window(self, parts: list[str], start: int, stop: int, rules: KeyTable, rule: Rule) -> tuple[KeyTable, Rule]:
        """Sort the literals of a window; return the rules of the object and of the value that follow."""
        hidden, leaves, rough = self.walked.hidden, self.walked.leaves, self.walked.rough
        for at, name, gap in zip(
            range(start, stop, 2), parts[start:stop:2], parts[start + 1 : stop + 1 : 2], strict=True
        ):
            if gap == ",":  # What most gaps in a list are; the next costs a look-up.
                (leaves if rule.entity is None else rough if rule.is_rough else hidden).append((at, rule))
                continue
            is_key, steps = GAPS[gap]
            if is_key:
                rule = rules[name]
                if rule.is_noted:
                    self._note_key(parts, at, rule, rules)
            elif rule.entity is None:
                leaves.append((at, rule))
            else:
                (rough if rule.is_rough else hidden).append((at, rule))
            if steps:
                rules, rule = self.through(at + 1, steps, rules, rule)
        return rules, rule

    def through(self, part: int, steps: tuple[Step, ...], rules: KeyTable, rule: Rule) -> tuple[KeyTable, Rule]:
        """Take the steps of a gap; return the rules of the object and of the value that follow."""
        stack = self._open
        for step in steps:
            if step == "}" or step == "]":  # noqa: PLR1714 - a fifth faster, on the hottest line.
                rules, rule = stack.pop()
            elif step == "{" or step == "[":  # noqa: PLR1714
                if len(stack) >= self._max_depth:
                    raise TooDeep(self._max_depth)
                stack.append((rules, rule))
                if step == "{":
                    rules = rule.children
                else:
                    rule = rule.elements
            else:
                self._note(part, step, rule)
        return rules, rule

    def _note_key(self, parts: list[str], at: int, rule: Rule, rules: KeyTable) -> None:
        if rule.key_spans:
            self.walked.keys.append((at, rule.key_spans))
        if rule.pair:
            most = MOST_NAMES if rule.pair in {"name", "kind"} else None
            self._pairs.note(self._open[-1], rules, rule.pair, islice(_values_after(parts, at), most))

    def _note(self, part: int, step: Step, rule: Rule) -> None:
        start, end = int(step[0]), int(step[1])
        hides = rule.hides_numbers or (rule.counts and end - start >= MINIMUM_DIGITS)
        if hides and rule.entity is not None:
            self.walked.hidden_numbers.append((Number(part, start, end), rule))
        elif end - start >= self._minimum_digits:
            numbers = self.walked.open_numbers if rule.is_open else self.walked.numbers
            numbers.append(Number(part, start, end))
