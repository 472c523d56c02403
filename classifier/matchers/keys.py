"""What the rules of an owner say about the name of a field, and the tables of field names that follow them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import re2

from classifier.entities import Colour, Entity
from classifier.exceptions import PolicyError
from classifier.key_names import words_of
from classifier.keys import KeyTable, Rule
from classifier.matchers.patterns import compile_lines, line_options, of_lines
from classifier.matchers.similar import SimilarTerms
from classifier.matchers.types import How, Listed, Matcher
from classifier.spans import Span

SET_MEMORY_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Told:
    """What a rule says of a field or a value: the entity, and the label that its operator is found by."""

    entity: Entity
    label: str


BLOCKED = Told(Entity.CUSTOM, "block-list")
ALLOWED = Told(Entity.CUSTOM, "allow-list")

Below = Callable[[str, Entity | None, bool, Told | None], KeyTable]
# What the rules about values add to and take from the spans of a name.
InName = Callable[[str, tuple[Span, ...]], tuple[Span, ...]]


class KeyRules:
    """Ask all rules about a name: what is blocked, then what is allowed, then the matchers."""

    def __init__(self, matchers: Iterable[Matcher], allow: Listed, block: Listed) -> None:
        """Sort the rules by how they compare."""
        every = list(matchers)
        hiding = [matcher for matcher in every if matcher.colour is not Colour.GREEN]
        open_ = [matcher for matcher in every if matcher.colour is Colour.GREEN]
        self._blocked = frozenset(map(_folded, block.keys))
        # What is allowed is the very name.
        self._allowed = frozenset(allow.keys) | {
            term for matcher in open_ if matcher.how is How.EXACT for term in matcher.terms
        }
        self._open_patterns = [
            compile_lines(term) for matcher in open_ if matcher.how is How.PATTERN for term in matcher.terms
        ]
        self._exact: dict[str, Told] = {}
        for term, told in _terms(hiding, How.EXACT):
            self._exact.setdefault(_folded(term), told)
        self._similar = SimilarTerms((_folded(term), told) for term, told in _terms(hiding, How.SIMILAR))
        self._patterns = PatternSet([*_terms(hiding, How.PATTERN)])

    def __bool__(self) -> bool:
        """Say whether any rule is about names."""
        return any((self._blocked, self._allowed, self._open_patterns, self._exact, self._similar, self._patterns))

    def told(self, key: str) -> Told | None:
        """Return what the rules say of a name, if anything."""
        folded = _folded(key)
        if folded in self._blocked:
            return BLOCKED
        if key in self._allowed or any(
            pattern.fullmatch(key.encode("utf-8", "replace")) for pattern in self._open_patterns
        ):
            return ALLOWED
        return self._exact.get(folded) or self._patterns.first(key) or self._similar.find(folded)


class PatternSet:
    """Patterns of owners, asked in one pass which of them match somewhere."""

    def __init__(self, patterns: list[tuple[str, Told]]) -> None:
        """Compile all patterns into one automaton, and prove that it can answer."""
        self.told = [told for _, told in patterns]
        self._set = re2.Set.SearchSet(line_options(SET_MEMORY_BYTES))
        for pattern, _ in patterns:
            self._set.Add(of_lines(pattern))
        # An automaton without memory would answer that nothing matches.
        self._set.Add(_CANARY)
        self._set.Compile()
        if len(patterns) not in (self._set.Match(_CANARY) or ()):
            message = "The patterns of the matchers are too large together; remove some, or shorten their repeats."
            raise PolicyError(message)

    def __bool__(self) -> bool:
        """Say whether there is any pattern."""
        return bool(self.told)

    def match(self, data: bytes) -> list[int]:
        """Return which patterns match somewhere, by their place."""
        return sorted(self._set.Match(data) or ()) if self.told else []

    def first(self, text: str) -> Told | None:
        """Return what the first pattern says that matches a text."""
        found = self.match(text.encode("utf-8", "replace"))
        return self.told[found[0]] if found else None


_CANARY = "\U0010fffe\U0010fffd".encode()


def _terms(matchers: Iterable[Matcher], how: How) -> Iterable[tuple[str, Told]]:
    return ((term, told_by(matcher)) for matcher in matchers if matcher.how is how for term in matcher.terms)


def told_by(matcher: Matcher) -> Told:
    """Return what a matcher says where it matches."""
    return Told(matcher.entity, matcher.label)


def _folded(name: str) -> str:
    return "".join(words_of(name)) or name.casefold()


class OwnKeyTable(KeyTable):
    """The rules of one kind of object, the owner's before the built-in ones."""

    def __init__(  # noqa: PLR0913 - one line a fact about the object.
        self,
        rules: KeyRules,
        in_name: InName,
        below: Below,
        context: str,
        inherited: Entity | None = None,
        *,
        counts: bool = False,
        via: Told | None = None,
    ) -> None:
        """Say which rules hold, and which of them a parent's name met."""
        self._rules = rules
        self._in_name = in_name
        self._below_by = below
        self._via = via
        super().__init__(context, inherited, counts=counts)

    def below(self, context: str, inherited: Entity | None = None, *, counts: bool = False) -> KeyTable:
        """Return the table of objects below, which follows the same rules."""
        return self._below_by(context, inherited, counts, None)

    def tells(self, key: str) -> bool:
        """Say whether a name tells something, to an owner or by itself."""
        return self._via is not None or self._rules.told(key) is not None or super().tells(key)

    def decide(self, key: str) -> Rule:
        """Decide on a field: what is blocked stays so however deep; what a rule hides, only an allowed name leaves."""
        told = self._via if self._via is BLOCKED else self._rules.told(key) or self._via
        rule = super().decide(key)
        spans = self._in_name(key, rule.key_spans)
        # What an owner says of a field is about its value: what the value says of another holds all the same.
        pair = rule.pair if rule.pair in {"name", "kind"} else ""
        if told is None:
            return replace(rule, key_spans=spans)
        if told is ALLOWED:
            children = self._below_by(rule.children.context, self.inherited, self.counts, self._via)
            return Rule(None, children, hides_numbers=False, key_spans=spans, is_open=True, pair=pair)
        children = self._below_by("person", told.entity, False, told)  # noqa: FBT003 - no count: whatever stands below.
        return Rule(told.entity, children, hides_numbers=True, key_spans=spans, label=told.label, pair=pair)
