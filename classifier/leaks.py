"""A second look at each masked body, for policies that ask for it: is what was hidden still there?

What a call hides is noted with its operator's answer, and held for that call alone, as its body is. Then it may stand
in the masked body only as often as it stood in the original where nobody hid it: a common word that is a name
elsewhere is no leak. (payloads/proven.py looks for what was never found, and proof tells.)

In a large body words are counted first, once, and letters only of the values of which too many words are left. What
there is no time to look for counts as left.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from itertools import compress, count
from typing import NamedTuple
from urllib.parse import unquote_plus

from classifier.entities import Entity
from classifier.payloads.types import PayloadKind
from classifier.tokens import PREFIX, TOKEN

# What these answer tells something of the value on purpose, or is made up and may by chance be another's.
SHOWING = frozenset({"keep", "generalize", "synthetic"})
# What these answer is long and looks random: a short value may stand in it by chance.
_RANDOM = frozenset({"hash", "token", "encrypt"})
# Shorter values, such as `Al` or `42`, stand everywhere.
_LEAST, _LEAST_IN_RANDOM = 5, 8
# So many characters are searched value by value; beyond that, by words, and then so many for those still in question.
_SEARCHED_EACH = 20_000_000
_CONFIRMED = 400_000_000
_HEAD = 3  # By so many of its first words a value is looked for.

_APART = "\\"  # No value that is looked for holds one.
_WORD = re.compile(r"\w+|\\")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})|\\(.)", re.DOTALL)
_MEANT = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_DEEPEST = 3  # A document in a text of a document: each adds its escapes.
_STAND_IN = re.compile(r"[<\[]?([A-Z][A-Z_]*?)(?:_\d+)?[>\]]?")

_Head = tuple[str, ...]


class Hider(NamedTuple):
    """How finds of one kind, or of an owner's rule, are hidden: which kind it is, and by which operator."""

    entity: Entity
    operator: str


class Watch:
    """What one call has hidden."""

    __slots__ = ("_answers", "_entities", "_left", "_signs", "_times", "_written")

    def __init__(self, signs: frozenset[str], written: frozenset[str]) -> None:
        """Begin with nothing: `signs` stand for letters that are hidden, `written` for whole values."""
        self._signs, self._written = signs, written
        self._entities: dict[str, Entity] = {}
        self._times: Counter[str] = Counter()
        self._answers: list[str] = []  # That may hold another value by chance.
        self._left: Counter[str] = Counter()

    def note(self, hider: Hider, value: str, answer: str) -> None:
        """Note that a value is hidden, and by what answer."""
        if hider.operator in SHOWING:
            self._answers.append(answer)
            return
        is_random = hider.operator in _RANDOM
        if is_random:
            self._answers.append(answer)
        if value not in self._times and not self._tells(value, _LEAST_IN_RANDOM if is_random else _LEAST):
            return
        if value in answer and not self._is_stand_in(value):
            self._left[hider.entity.value] += 1
        self._entities[value] = hider.entity
        self._times[value] += 1

    def left_in(self, before: str, after: str, kind: PayloadKind) -> Counter[str]:
        """Count what was hidden and can be read in the masked body all the same, by kind."""
        left = Counter(self._left)
        if not self._times or left:
            return left
        before, after, answers = readable(before, kind), readable(after, kind), _APART.join(self._answers)
        most = _CONFIRMED // (len(before) + len(after) + len(answers) + 1)
        for at, value in enumerate(self._in_question(before, after, answers)):
            if at >= most or after.count(value) > self._allowed(value, before, answers):
                left[self._entities[value].value] += 1
        return left

    def _allowed(self, value: str, before: str, answers: str) -> int:
        """Return how often a value may be read: as often as it stood there unhidden, or stands in others' answers."""
        return max(before.count(value) - self._times[value], 0) + answers.count(value)

    def _in_question(self, before: str, after: str, answers: str) -> Iterable[str]:
        if len(self._times) * max(len(before), len(after)) <= _SEARCHED_EACH:
            return (value for value in self._times if value in after and not self._is_stand_in(value))
        return (value for value in self._by_words(before, after, answers) if not self._is_stand_in(value))

    def _by_words(self, before: str, after: str, answers: str) -> Iterable[str]:
        """Return the values whose first words stand too often: mostly none stand in what is masked, and that is all."""
        heads = {value: tuple(_WORD.findall(value)[:_HEAD]) for value in self._times}
        stands = _heads(after, set(heads.values()))
        values: defaultdict[_Head, list[str]] = defaultdict(list)
        hidden: Counter[_Head] = Counter()
        for value, head in heads.items():
            if head in stands:
                values[head].append(value)
                hidden[head] += self._times[value]
        stood, made = (_heads(text, values) if values else Counter[_Head]() for text in (before, answers))
        left = [head for head in stands if stands[head] > max(stood[head] - hidden[head], 0) + made[head]]
        return (value for head in left for value in values[head])

    def _tells(self, value: str, least: int) -> bool:
        """Say whether a value tells enough to be known again, and is not a masked one already."""
        if "\\" in value or not self._signs.isdisjoint(value) or (PREFIX in value and TOKEN.fullmatch(value)):
            return False
        return sum(map(str.isalnum, value)) >= least

    def _is_stand_in(self, value: str) -> bool:
        """Say whether the policy writes this itself in the place of any value: a body may have been masked before."""
        marker = _STAND_IN.fullmatch(value)
        return (marker is not None and marker[1] in Entity.__members__) or any(value in text for text in self._written)


def _heads(text: str, wanted: Collection[_Head]) -> Counter[_Head]:
    """Count where some words follow each other."""
    words, lengths = _WORD.findall(text), {len(head) for head in wanted}
    first = {head[0] for head in wanted}
    starts = compress(count(), map(first.__contains__, words))
    heads = (tuple(words[at : at + length]) for at in starts for length in lengths if at + length <= len(words))
    return Counter(head for head in heads if head in wanted)


def readable(text: str, kind: PayloadKind) -> str:
    """Return a body with its values as they are meant, escapes undone: only so the same value has the same spelling."""
    if kind is PayloadKind.FORM:
        text = unquote_plus(text)
    elif kind is PayloadKind.CSV:
        text = text.replace('""', '"')
    for _ in range(_DEEPEST):
        if "\\" not in text:
            return text
        text = _ESCAPE.sub(_meant, text)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _meant(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 16)) if escape[1] else _MEANT.get(escape[2], escape[2])
