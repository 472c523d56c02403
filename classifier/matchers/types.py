"""Matchers as an owner writes them, as plain data and back; whatever is wrong with one is said in a sentence."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NoReturn, TypeVar

from classifier.entities import Colour, Entity
from classifier.exceptions import PolicyError
from classifier.matchers.patterns import check_pattern
from classifier.operators import OperatorConfig, config_from, plain_config

MOST_MATCHERS = 1000
# The terms of all matchers and lists of one policy, and the letters of these.
MOST_TERMS, MOST_LETTERS = 20_000, 400_000
MOST_SYNONYMS = 100
LONGEST_NAME, LONGEST_TERM = 80, 200
# Shorter terms are like too many words.
SHORTEST_SIMILAR = 4
_FIELDS = frozenset(("name", "colour", "on", "how", "term", "synonyms", "entity", "operator"))
_NO_LETTER = re.compile(r"\W+")

Choice = TypeVar("Choice", bound=StrEnum)


class On(StrEnum):
    """Say what a matcher looks at: the name of a field, or what stands in it."""

    KEY = "key"
    VALUE = "value"


class How(StrEnum):
    """Say how a matcher compares: the very term, one like it (Dice above 0.7), or an RE2 pattern."""

    EXACT = "exact"
    SIMILAR = "similar"
    PATTERN = "pattern"


@dataclass(frozen=True, slots=True)
class Matcher:
    """One rule of an owner; red hides by kind, yellow as the policy hides the entity, green leaves readable."""

    name: str
    term: str
    colour: Colour = Colour.RED
    on: On = On.VALUE
    how: How = How.EXACT
    synonyms: tuple[str, ...] = ()
    entity: Entity = Entity.CUSTOM
    operator: OperatorConfig | None = None

    def __post_init__(self) -> None:
        """Refuse what could not work, or would unmask more than it names."""
        if not self.name.strip() or len(self.name) > LONGEST_NAME or not self.name.isprintable():
            _refuse(f"The name of a matcher has 1 to {LONGEST_NAME} printable characters.")
        if len(self.synonyms) > MOST_SYNONYMS:
            _refuse(f"Matcher {self.name!r} has more than {MOST_SYNONYMS} synonyms; make it two matchers.")
        if self.colour is Colour.GREEN and self.how is How.SIMILAR:
            _refuse(f"Matcher {self.name!r} is green and similar: what stays readable must be exact or a pattern.")
        if self.colour is Colour.GREEN and self.operator is not None:
            _refuse(f"Matcher {self.name!r} is green, so that it has no operator.")
        if self.colour is not Colour.GREEN and self.operator is not None and self.operator.name == "keep":
            _refuse(f"Matcher {self.name!r} is {self.colour}, so that it cannot keep; make it green.")
        for term in self.terms:
            self._check_term(term)

    def _check_term(self, term: str) -> None:
        _check_term(term, f"Matcher {self.name!r}")
        if self.how is How.PATTERN:
            check_pattern(term, self.name)
        elif self.how is How.SIMILAR and len(term) < SHORTEST_SIMILAR:
            _refuse(
                f"Matcher {self.name!r} is similar to a term of fewer than {SHORTEST_SIMILAR} letters; make it exact."
            )

    @property
    def terms(self) -> tuple[str, ...]:
        """Return the term and its synonyms."""
        return (self.term, *self.synonyms)

    @property
    def title(self) -> str:
        """Return what stands for a hidden value: the entity, or the name as one is written."""
        return self.entity if self.entity is not Entity.CUSTOM else _NO_LETTER.sub("_", self.name).strip("_").upper()

    @property
    def label(self) -> str:
        """Return what findings call it."""
        return f"matcher:{self.name}"

    def as_dict(self) -> dict[str, Any]:
        """Return the matcher as plain data, without what is as usual."""
        plain: dict[str, Any] = {"name": self.name, "colour": str(self.colour), "on": str(self.on)}
        plain |= {"how": str(self.how), "term": self.term}
        if self.synonyms:
            plain["synonyms"] = list(self.synonyms)
        if self.entity is not Entity.CUSTOM:
            plain["entity"] = str(self.entity)
        if self.operator is not None:
            plain["operator"] = plain_config(self.operator)
        return plain


@dataclass(frozen=True, slots=True)
class Listed:
    """Names of fields and values that are listed as they stand."""

    keys: tuple[str, ...] = ()
    values: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Say whether anything is listed."""
        return bool(self.keys or self.values)

    def as_dict(self) -> dict[str, list[str]]:
        """Return the lists as plain data."""
        return {"keys": list(self.keys), "values": list(self.values)}


@dataclass(frozen=True, slots=True)
class OwnRules:
    """All that the owners of a workspace decide themselves; it compares and hashes, so that tables are shared."""

    matchers: tuple[Matcher, ...] = ()
    allow: Listed = field(default_factory=Listed)
    block: Listed = field(default_factory=Listed)
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse too much, and two matchers of one name."""
        if len(self.matchers) > MOST_MATCHERS:
            _refuse(f"A policy has at most {MOST_MATCHERS} matchers; this one has {len(self.matchers)}.")
        names = Counter(matcher.name for matcher in self.matchers)
        twice = next((name for name, count in names.items() if count > 1), None)
        if twice is not None:
            _refuse(f"Two matchers are named {twice!r}; names must differ.")
        for kind, listed in (("allow", self.allow), ("block", self.block)):
            for term in (*listed.keys, *listed.values):
                _check_term(term, f"The {kind} list")
        self._check_size()
        object.__setattr__(self, "_hash", hash((self.matchers, self.allow, self.block)))

    def __hash__(self) -> int:
        """Hash once: a policy of many matchers is looked up at every call."""
        return self._hash

    def _check_size(self) -> None:
        terms = [term for matcher in self.matchers for term in matcher.terms]
        terms += [*self.allow.keys, *self.allow.values, *self.block.keys, *self.block.values]
        if len(terms) > MOST_TERMS or sum(map(len, terms)) > MOST_LETTERS:
            _refuse(
                f"The matchers and lists of a policy hold at most {MOST_TERMS:,} terms of {MOST_LETTERS:,} letters."
            )

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel between processes without the hash, which differs between them."""
        return type(self), (self.matchers, self.allow, self.block)

    def __bool__(self) -> bool:
        """Say whether there is any rule."""
        return bool(self.matchers or self.allow or self.block)

    def as_dict(self) -> dict[str, Any]:
        """Return the rules as plain data, without what is empty."""
        plain: dict[str, Any] = {}
        if self.matchers:
            plain["matchers"] = [matcher.as_dict() for matcher in self.matchers]
        if self.allow:
            plain["allow"] = self.allow.as_dict()
        if self.block:
            plain["block"] = self.block.as_dict()
        return plain


def rules_from(stored: Mapping[str, Any]) -> OwnRules:
    """Return the rules that as_dict() stored; other members of the policy are not looked at."""
    matchers = stored.get("matchers", ())
    if not isinstance(matchers, list | tuple):
        _refuse("The matchers of a policy are a list of objects.")
    read = tuple(_matcher(number, plain) for number, plain in enumerate(matchers, 1))
    return OwnRules(read, _listed("allow", stored.get("allow", {})), _listed("block", stored.get("block", {})))


def _matcher(number: int, plain: object) -> Matcher:
    if not isinstance(plain, Mapping):
        _refuse(f"Matcher {number} must be an object with a name and a term.")
    name = plain.get("name")
    title = repr(name[:LONGEST_NAME]) if isinstance(name, str) and name else str(number)
    unknown = sorted(set(plain) - _FIELDS)
    if unknown:
        _refuse(f"Matcher {title} has no {unknown[0][:40]!r}; allowed: {', '.join(sorted(_FIELDS))}.")
    if not isinstance(name, str) or not isinstance(plain.get("term"), str):
        _refuse(f"Matcher {title} needs a name and a term, both text.")
    return Matcher(
        name=name,
        term=plain["term"],
        colour=_choice(Colour, plain.get("colour", "red"), title, "colour"),
        on=_choice(On, plain.get("on", "value"), title, "on"),
        how=_choice(How, plain.get("how", "exact"), title, "how"),
        synonyms=_texts(plain.get("synonyms", ()), f"The synonyms of matcher {title}"),
        entity=_choice(Entity, plain.get("entity", Entity.CUSTOM), title, "entity"),
        operator=_operator(plain.get("operator"), title),
    )


def _choice(kind: type[Choice], given: object, title: str, what: str) -> Choice:
    try:
        return kind(str(given))
    except ValueError:
        allowed = ", ".join(kind)
    message = f"The {what} of matcher {title} is {str(given)[:40]!r}; allowed: {allowed}."
    raise PolicyError(message)


def _operator(given: object, title: str) -> OperatorConfig | None:
    if given is None:
        return None
    try:
        return config_from(given)
    except PolicyError as error:
        message = f"Matcher {title}: {error}"
    raise PolicyError(message)


def _listed(kind: str, given: object) -> Listed:
    if not isinstance(given, Mapping) or set(given) - {"keys", "values"}:
        _refuse(f"The {kind} list is an object with two lists of text, keys and values.")
    keys, values = (_texts(given.get(part, ()), f"The {part} of the {kind} list") for part in ("keys", "values"))
    return Listed(keys, values)


def _texts(given: object, what: str) -> tuple[str, ...]:
    if not isinstance(given, list | tuple) or not all(isinstance(each, str) for each in given):
        _refuse(f"{what} are a list of text.")
    # Given twice, a term says nothing more.
    return tuple(dict.fromkeys(given))


def _check_term(term: str, whose: str) -> None:
    if not term.strip() or len(term) > LONGEST_TERM or "\n" in term or "\r" in term:
        _refuse(f"{whose} has a term that is blank, has a line break or more than {LONGEST_TERM} characters.")


def _refuse(message: str) -> NoReturn:
    raise PolicyError(message)
