"""From what the model thinks of each word to spans: choose, join neighbours, drop what cannot be a name."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from classifier.entities import Entity
from classifier.names.trust import thresholds
from classifier.names.wordpiece import Word
from classifier.spans import Span

RECOGNIZER = "names-thorough"
# The columns of the model's chances.
ENTITIES = (Entity.PERSON, Entity.LOCATION, Entity.ORGANIZATION)

# What may stand between the parts of one name, at most so many of them.
MAX_BRIDGE = 3
# A number next to a street is of the address unless the model is sure that it is not.
NUMBER_BESIDE = 0.03
_PARTICLES = frozenset(
    "a af al am an auf av ben bin bint binti d da das de degli dei del della den der des di do dos du e el ibn im l la las"
    " le les lo los o of san st ten ter the v van vom von y z zu zum zur".split()
)
# Forms of address tell sex, family or trade of who bears the name, so they are hidden with it.
_TITLES = frozenset(
    "mr mrs ms miss mx dr prof sir madam mister herr frau fräulein sr sra srta don doña señor señora dna dn m mme mlle"
    " monsieur madame sig signor signora dott dhr mevr mw meneer mevrouw hr fru pan pani mgr bay bayan".split()
)
_CAPITAL_TITLES = frozenset(
    "professor doctor teacher manager coach master uncle aunt auntie grandpa grandma granny father mother brother sister"
    " nurse officer captain general lord lady dame profesor profesora doctora maestro tío tía docteur professeur oncle"
    " tante onkel oma opa doktor dottore professore zio zia tio tia wujek ciocia".split()
)
_ENDINGS = frozenset("jr sr ii iii iv phd md esq dds rn".split())
MAX_TITLES = 3

_MARKS = frozenset("'’`´-‐‑./&")
_ADDRESS_MARKS = _MARKS | frozenset(",#ºª°")


@dataclass(slots=True)
class _Run:
    """Neighbouring words of one kind; it grows over what belongs between them."""

    entity: Entity
    first: int
    last: int
    scores: list[float]

    def swallow(self, right: "_Run") -> None:
        self.last = right.last
        self.scores += right.scores


def spans_of(text: str, words: Sequence[Word], chances: Sequence[Sequence[float]]) -> list[Span]:
    """Return the names among the words of a text; `chances` has a row a word and a column an entity."""
    spelled = [text[word.start : word.end] for word in words]
    runs: list[_Run] = []
    for run in _runs(_kinds(text, words, spelled, chances)):
        if runs and _belong_together(runs[-1], run, text, words, spelled):
            runs[-1].swallow(run)
        else:
            runs.append(run)
    for run in runs:
        if run.entity is Entity.PERSON:
            _address(run, text, words, spelled)
    return [span for run in runs if (span := _span(run, words, spelled)) is not None]


def _kinds(
    text: str, words: Sequence[Word], spelled: Sequence[str], chances: Sequence[Sequence[float]]
) -> list[tuple[Entity, float] | None]:
    """Say what each word is part of. That it is a name at all counts first, then which kind is likeliest."""
    needed, beside = thresholds(text, words, spelled)
    guesses = [(ENTITIES[max(range(len(row)), key=row.__getitem__)], sum(row)) for row in chances]
    readable = [not _is_foreign(word) for word in spelled]
    kinds = [
        guess if is_readable and guess[1] >= threshold else None
        for guess, is_readable, threshold in zip(guesses, readable, needed, strict=True)
    ]
    for step, order in ((-1, range(1, len(kinds))), (1, range(len(kinds) - 2, -1, -1))):
        for index in order:
            neighbour, (entity, score) = kinds[index + step], guesses[index]
            enough = NUMBER_BESIDE if entity is Entity.LOCATION and spelled[index].isdigit() else beside
            if kinds[index] is None and neighbour and neighbour[0] is entity and score >= enough:
                kinds[index] = (entity, score)
    return kinds


def _is_foreign(word: str) -> bool:
    """Say whether a word has letters of a script the model was never shown."""
    return not word.isascii() and any(
        letter.isalpha() and letter > "\u024f" and not "\u1e00" <= letter <= "\u1eff" for letter in word
    )


def _runs(kinds: Sequence[tuple[Entity, float] | None]) -> Iterator[_Run]:
    run: _Run | None = None
    for index, kind in enumerate(kinds):
        if run is not None and (kind is None or kind[0] is not run.entity):
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
    if left.entity is not right.entity or right.first - left.last - 1 > MAX_BRIDGE:
        return False
    is_address = left.entity is Entity.LOCATION
    if text.count("\n", words[left.last].end, words[right.first].start) > is_address:
        return False
    marks = _ADDRESS_MARKS if is_address else _MARKS
    between = spelled[left.last + 1 : right.first]
    return all(
        word in marks or word.lower() in _PARTICLES or _is_foreign(word) or (is_address and word.isdigit())
        for word in between
    )


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


def _span(run: _Run, words: Sequence[Word], spelled: Sequence[str]) -> Span | None:
    """Return the span of a run without punctuation at its edges; a lone number or letter is no name."""
    inner = [index for index in range(run.first, run.last + 1) if spelled[index][0].isalnum()]
    if sum(letter.isalpha() for index in inner for letter in spelled[index]) < 2:
        return None
    score = round(sum(run.scores) / len(run.scores), 3)
    return Span(words[inner[0]].start, words[inner[-1]].end, run.entity, min(score, 1.0), RECOGNIZER)
