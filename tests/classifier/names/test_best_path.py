"""The quick search for names agrees with one that weighs every way, on made weights and on those of texts."""

import random
from collections.abc import Iterator, Sequence
from functools import cache
from struct import pack

import pytest

from classifier.names.best_path import ZERO, Gains, Step
from classifier.names.features import describe, features_of, variants_of
from classifier.names.gazetteers import known_of, lists, read_data
from classifier.names.model import model
from classifier.names.tokens import TOKEN, places_of, tokens_of
from classifier.names.training.sentences import LANGUAGES, templates
from tests.benchmarks.inputs import TEXTS, note
from tests.classifier.names.full_search import Gain, alone_above, names_by_full_search

# Of small numbers many weigh the same together; of large ones few.
SIZES = (2, 6, 40, 900)
WORD_FILLERS = (
    "Anna",
    "Schmidt",
    "Berlin",
    "12",
    "Main Street",
    "Acme GmbH",
    "dyspnoea",
    "nl",
    "Łódź",
    "x@example.com",
)


def _draws(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - the same cases at every run.


def _gains(rows: Sequence[Gain], steps: Sequence[Step]) -> Gains:
    """Return the gains of made tokens as the model lays them out."""
    added = [step.begin for step in steps] + [step.go_on for step in steps]
    lanes = [ZERO + gain + more for row in rows for gain, more in zip(row, added, strict=True)]
    return Gains(pack(f"<{len(lanes)}H", *lanes), steps)


def _made(draw: random.Random, size: int) -> tuple[list[Gain], list[Step]]:
    kinds = draw.randint(1, 4)
    enter, on, leave = -size, (-size // 2, size // 2), (-size, size // 4)
    steps = [
        Step(
            draw.randint(enter, 0),
            (draw.randint(*on), draw.randint(*on)),
            (draw.randint(*leave), draw.randint(*leave)),
        )
        for _ in range(kinds)
    ]
    worst = draw.choice((size, 2 * size, 4 * size))
    rows: list[Gain] = [[draw.randint(-worst, size) for _ in range(2 * kinds)] for _ in range(draw.randint(1, 30))]
    return rows, steps


@pytest.mark.parametrize("size", SIZES)
def test_the_quick_search_finds_what_the_full_one_does(size: int) -> None:
    draw = _draws(size)
    found = 0
    for _ in range(3000):
        rows, steps = _made(draw, size)
        names = _gains(rows, steps).names()
        assert names == names_by_full_search(rows, steps)
        found += len(names)

    assert found > 3000


@pytest.mark.parametrize("least", [-500, 0, 30])
def test_words_near_a_name_are_those_that_would_lose_no_more(least: int) -> None:
    draw = _draws(least)
    for _ in range(300):
        rows, steps = _made(draw, 600)
        assert _gains(rows, steps).alone_above(least) == alone_above(rows, steps, least)


@cache
def _weights() -> dict[str, dict[int, int]]:
    """Return the weights as they are written: by feature, and by the place of a label."""
    lines = read_data("weights.txt.gz").split("\n")
    written = dict(line.split("\t") for line in lines[len(model().labels) + 1 :] if line)
    pairs = {name: [pair.split(":") for pair in value.split(" ")] for name, value in written.items()}
    return {name: {int(label): int(weight) for label, weight in each} for name, each in pairs.items()}


def _rows_of(tokens: Sequence[str]) -> list[Gain]:
    """Add up the weights of each token, feature by feature as the training names them."""
    known = lists()
    variants = variants_of(tokens)
    words = [describe(token, variant, lambda word: known_of(known, word)) for token, variant in zip(tokens, variants)]  # noqa: B905
    plain = len(model().labels) - 1
    rows: list[Gain] = []
    for features in features_of(words):
        weights = [_weights()[name] for name in features if name in _weights()]
        rows.append([sum(each.get(label, 0) - each.get(plain, 0) for each in weights) for label in range(plain)])
    return rows


def _texts() -> Iterator[str]:
    draw = _draws(1)
    for language in LANGUAGES:
        for template in templates(language)[::5]:
            pieces = template.text.replace("{", "}").split("}")
            text = "".join(draw.choice(WORD_FILLERS) if at % 2 else piece for at, piece in enumerate(pieces))
            yield draw.choice((text, text, text, text.upper(), text.lower(), text.title(), f"{text}\n{text}"))
    yield from TEXTS
    yield note().decode()


def test_texts_are_read_as_the_training_adds_them_up() -> None:
    steps = model().steps
    found = 0
    for text in _texts():
        tokens = [token.text for token in tokens_of(text)]
        rows = _rows_of(tokens)
        names, near = model().names_near(tokens, least=-500)
        assert (names, near) == (names_by_full_search(rows, steps), alone_above(rows, steps, -500))
        found += len(names)

    assert found > 200


def test_no_weights_leave_their_lane() -> None:
    highest, lowest = _most_of_all_sources(max), _most_of_all_sources(min)
    steps = model().steps
    added = [step.begin for step in steps] + [step.go_on for step in steps]

    assert sum(highest.values()) + max(added) < ZERO
    # What is lifted in each place bears what may be taken away there.
    lift = ZERO // 8
    assert lowest.pop("0") + min(added) > -2 * lift
    assert lowest["["] + lowest.pop("{") > -lift
    assert min(lowest.values()) > -lift


def _most_of_all_sources(most: object) -> dict[str, int]:
    """Return the most, or the least, that all features of a place together may add to a label."""
    plain = len(model().labels) - 1
    families: dict[tuple[str, str], list[int]] = {}
    for name, weights in _weights().items():
        family = name[1:].partition("=")[0] if name[0] in "0-+<>" else ""
        gains = [weights.get(label, 0) - weights.get(plain, 0) for label in range(plain)]
        families.setdefault((name[0], family), [0]).extend(gains)
    totals: dict[str, int] = {}
    for (place, _), gains in families.items():
        totals[place] = totals.get(place, 0) + most(gains)  # type: ignore[operator]
    return totals


def test_a_word_that_is_called_like_a_line_break_is_a_word() -> None:
    assert model().gains_of(["nl"]).alone_above(-(10**4)) == alone_above(_rows_of(["nl"]), model().steps, -(10**4))
    for tokens in (["write", "to", "nl", "\n", "today"], ["\n", "nl", "\n"]):
        assert model().gains_of(tokens).names() == names_by_full_search(_rows_of(tokens), model().steps)


PIECES = (
    *("http://a.b/c", "https://x\x00y", "www.a-b.c", "wwww", "http", "O'Neil", "D'x", "L'Oréal", "a-b-c", "a--b", "-a"),
    *(
        "Anna",
        "x",
        "42",
        "4x",
        "_",
        "\r\n",
        "\n \n",
        "\t",
        " ",
        " ",
        " ",
        ".",
        "\x1c",
        "\x85",
        "é",
        "²",
        "王",
        "\u200d",
    ),
)


def test_plain_text_is_cut_as_any_other() -> None:
    draw = _draws(2)
    plain = [piece for piece in PIECES if piece.isascii()]
    for _ in range(3000):
        text = "".join(draw.choices(draw.choice((plain, PIECES)), k=draw.randint(1, 12)))
        assert [place.span() for place in places_of(text)] == [place.span() for place in TOKEN.finditer(text)]
