"""From what the model thinks of each word to spans: choose, join neighbours, drop what cannot be a name."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from classifier.entities import Entity
from classifier.names.evidence import Fame, fame_of, is_telling
from classifier.names.small_words import CAPITAL_TITLES, ENDINGS, PARTICLES, PLAIN_WORDS, TITLES
from classifier.names.trust import thresholds
from classifier.names.wordpiece import Word
from classifier.spans import Span

RECOGNIZER = "names-thorough"
# The columns of the model's chances.
ENTITIES = (Entity.PERSON, Entity.LOCATION, Entity.ORGANIZATION)

# A kind and how sure the model is that the word is part of any name.
_Kind = tuple[Entity, float]

# What may stand between the parts of one name, at most so many of them.
MAX_BRIDGE = 3
# A number next to a street is of the address unless the model is sure that it is not.
NUMBER_BESIDE = 0.03
MAX_TITLES = 3
# What the guess of another reader adds to the chance of its kind.
SECOND_VOICE = 0.1
MINIMUM_LETTERS = 2
_PARTICLES = frozenset(PARTICLES.split())
_SMALL_WORDS = _PARTICLES | frozenset(PLAIN_WORDS.split())
_TITLES = frozenset(TITLES.split())
_CAPITAL_TITLES = frozenset(CAPITAL_TITLES.split())
_ENDINGS = frozenset(ENDINGS.split())
# Straight and typographic apostrophes and hyphens among them.
_MARKS = frozenset("'`-./&\u00b4\u2019\u2010\u2011")
_ADDRESS_MARKS = _MARKS | frozenset(",#ºª°")
# What stands between two persons and in none.
_SEPARATORS = frozenset(",;:")
_CONJUNCTIONS = frozenset(("and", "or", "und", "oder", "et", "ou", "oraz", "lub", "en", "og", "och"))
# A letter that is neither Latin, with whatever accents, nor full-width Latin.
_FOREIGN_LETTER = re.compile(r"[^\W\d_\u0000-\u02ff\u1e00-\u1eff\uff21-\uff5a]")


@dataclass(slots=True)
class _Run:
    """Neighbouring words of one kind; it grows over what belongs between them."""

    entity: Entity
    first: int
    last: int
    scores: list[float]

    def swallow(self, right: "_Run", spelled: Sequence[str]) -> None:
        """Take in a neighbour; of two kinds that of more words stays."""
        if right.weight(spelled) > self.weight(spelled):
            self.entity = right.entity
        self.last = right.last
        self.scores += right.scores

    def weight(self, spelled: Sequence[str]) -> int:
        return sum(word.lower() not in _PARTICLES for word in spelled[self.first : self.last + 1])


def spans_of(
    text: str, words: Sequence[Word], chances: Sequence[Sequence[float]], guesses: Sequence[Span] = ()
) -> list[Span]:
    """Return the names among the words of a text; `chances` has a row a word and a column an entity.

    What another reader guessed needs less to be believed, and what it passed over needs more.
    """
    spelled = [text[word.start : word.end] for word in words]
    runs: list[_Run] = []
    for run in _runs(_kinds(text, words, spelled, chances, guesses), text, words):
        if runs and _belong_together(runs[-1], run, text, words, spelled):
            runs[-1].swallow(run, spelled)
        else:
            runs.append(run)
    for run in runs:
        if run.entity is Entity.PERSON:
            _address(run, text, words, spelled)
    return [span for run in runs if (span := _span(run, words, spelled)) is not None]


def _kinds(
    text: str, words: Sequence[Word], spelled: Sequence[str], chances: Sequence[Sequence[float]], spans: Sequence[Span]
) -> list[_Kind | None]:
    """Say what each word is part of. That it is a name at all counts first, then which kind is likeliest."""
    guessed = _guessed(words, spans)
    needed, beside = thresholds(text, words, spelled, guessed)
    guesses = [_likeliest(row, guess) for row, guess in zip(chances, guessed, strict=True)]
    kinds: list[_Kind | None] = [
        guess if guess[1] >= threshold and _may_be(word, guess[0]) else None
        for guess, word, threshold in zip(guesses, spelled, needed, strict=True)
    ]
    _spread(kinds, guesses, spelled, beside)
    return kinds


def _guessed(words: Sequence[Word], spans: Sequence[Span]) -> list[Entity | None]:
    """Return for each word what another reader took it for."""
    return [
        next((span.entity for span in spans if span.start < word.end and word.start < span.end), None) for word in words
    ]


def _likeliest(row: Sequence[float], guess: Entity | None) -> _Kind:
    """Return the likeliest kind, where another reader's guess counts, and how sure it is that there is any."""
    weighed = [chance + SECOND_VOICE * (entity is guess) for chance, entity in zip(row, ENTITIES, strict=True)]
    return ENTITIES[weighed.index(max(weighed))], sum(row)


def _may_be(word: str, entity: Entity) -> bool:
    """Say whether a word may be part of a name of this kind: of a script that the model reads, and not between two."""
    if entity is Entity.PERSON and (word in _SEPARATORS or word.lower() in _CONJUNCTIONS):
        return False
    return not _is_foreign(word)


def _spread(
    kinds: list[_Kind | None], guesses: Sequence[_Kind], spelled: Sequence[str], beside: Sequence[float]
) -> None:
    """Let parts of names reach over neighbours of their kind, from left to right and back."""
    for step, order in ((-1, range(1, len(kinds))), (1, range(len(kinds) - 2, -1, -1))):
        for index in order:
            neighbour, (entity, score) = kinds[index + step], guesses[index]
            is_number = entity is Entity.LOCATION and spelled[index].isdigit()
            enough = NUMBER_BESIDE if is_number else beside[index]
            is_open = kinds[index] is None and _may_be(spelled[index], entity)
            if is_open and neighbour and neighbour[0] is entity and score >= enough:
                kinds[index] = guesses[index]


def has_foreign_letter(text: str, span: Span) -> bool:
    """Say whether a span has letters of a script the model was never shown."""
    return _FOREIGN_LETTER.search(text, span.start, span.end) is not None


def _is_foreign(word: str) -> bool:
    """Say whether a word has letters of a script the model was never shown."""
    return not word.isascii() and _FOREIGN_LETTER.search(word) is not None


def _runs(kinds: Sequence[_Kind | None], text: str, words: Sequence[Word]) -> Iterator[_Run]:
    """Yield neighbours of one kind on one line."""
    run: _Run | None = None
    for index, kind in enumerate(kinds):
        if run is not None and (
            kind is None or kind[0] is not run.entity or "\n" in text[words[run.last].end : words[index].start]
        ):
            yield run
            run = None
        if kind is not None:
            entity, score = kind
            run = run or _Run(entity, index, index, [])
            run.last = index
            run.scores.append(score)
    if run is not None:
        yield run


def _belong_together(left: _Run, right: _Run, text: str, words: Sequence[Word], spelled: Sequence[str]) -> bool:
    if spelled[left.last].lower() in _PARTICLES and spelled[left.last].islower() and right.first == left.last + 1:
        # A name does not end in "de la", whatever the model takes the rest for.
        return True
    if left.entity is not right.entity or right.first - left.last - 1 > MAX_BRIDGE:
        return False
    between = spelled[left.last + 1 : right.first]
    lines = text.count("\n", words[left.last].end, words[right.first].start)
    if left.entity is Entity.LOCATION:
        is_letter_head = any(map(str.isdigit, spelled[left.first : left.last + 1]))
        return lines <= 1 + is_letter_head and all(_is_in_address(word, is_line=lines > 1) for word in between)
    return not lines and all(word in _MARKS or word.lower() in _PARTICLES or _is_foreign(word) for word in between)


def _is_in_address(word: str, *, is_line: bool) -> bool:
    """Say whether a word may stand between the parts of an address; a line of its own may be its town."""
    is_part = word in _ADDRESS_MARKS or word.lower() in _PARTICLES or word.isdigit() or _is_foreign(word)
    return is_part or (is_line and word[0].isupper())


def _address(run: _Run, text: str, words: Sequence[Word], spelled: Sequence[str]) -> None:
    """Grow a person's name over the titles before it and what follows it as in `Jr.`."""
    for _ in range(MAX_TITLES):
        before = run.first - 1 - (run.first > 1 and spelled[run.first - 1] == ".")
        if before < 0 or not _is_title(spelled[before]) or "\n" in text[words[before].end : words[run.first].start]:
            break
        run.first = before
    after = run.last + 1 + (spelled[run.last + 1 : run.last + 2] == [","])
    if after < len(spelled) and spelled[after].lower() in _ENDINGS:
        run.last = after


def _is_title(word: str) -> bool:
    return word.lower() in _TITLES or (word[0].isupper() and word.lower() in _CAPITAL_TITLES)


def _without_small_edges(inner: list[int], spelled: Sequence[str]) -> list[int]:
    """Leave out everyday words written small around a name with capitals: `said Anna`."""
    first, last = 0, len(inner)
    while _is_small_word(spelled[inner[first]]):
        first += 1
    while _is_small_word(spelled[inner[last - 1]]):
        last -= 1
    return inner[first:last]


def _is_small_word(word: str) -> bool:
    return word.islower() and word not in _PARTICLES and word not in _ENDINGS and fame_of(word) is Fame.EVERYDAY


def _span(run: _Run, words: Sequence[Word], spelled: Sequence[str]) -> Span | None:
    """Return the span of a run without punctuation at its edges; a lone number, letter or weekday is no name."""
    inner = [index for index in range(run.first, run.last + 1) if any(map(str.isalnum, spelled[index]))]
    if run.entity is Entity.ORGANIZATION and not any(is_telling(spelled[index]) for index in inner):
        return None
    if run.entity is Entity.PERSON and any(spelled[index][0].isupper() for index in inner):
        inner = _without_small_edges(inner, spelled)
    if all(spelled[index].islower() and spelled[index] in _SMALL_WORDS for index in inner):
        return None
    if sum(letter.isalpha() for index in inner for letter in spelled[index]) < MINIMUM_LETTERS:
        return None
    score = round(sum(run.scores) / len(run.scores), 3)
    return Span(words[inner[0]].start, words[inner[-1]].end, run.entity, min(score, 1.0), RECOGNIZER)
