"""The texts of our own making: their labels really stand where they say."""

import json
import random
from collections.abc import Callable, Iterator

import pytest

from tests.evaluation.biographies import biographies
from tests.evaluation.corpora import OWN
from tests.evaluation.drafts import Document, Draft, Gold, Sentence, Told
from tests.evaluation.events import renamed, telling
from tests.evaluation.office_pl import damaged, office_documents

Make = Callable[..., Iterator[Document]]


def values_of(document: Document) -> list[tuple[str, str]]:
    """Return what the labels of a text stand on."""
    return [(span.label, document.text[span.start : span.end]) for span in document.spans]


def test_labels_point_at_the_escaped_value() -> None:
    draft = Draft()
    said = Sentence("Ask {name}.", {"name": Told('Zoë "Z"', "PERSON")})
    draft.write({"a": [Told("é@b.co", "EMAIL"), 1], "b": None, "c": said, "d": "x"})

    document = draft.document("1", "en")

    assert document.text == r'{"a":["\u00e9@b.co",1],"b":null,"c":"Ask Zo\u00eb \"Z\".","d":"x"}'
    assert values_of(document) == [("EMAIL", r"\u00e9@b.co"), ("PERSON", r"Zo\u00eb \"Z\"")]


def test_a_template_is_filled_in_order() -> None:
    draft = Draft()
    draft.fill(
        "{who} met {them}, nr {number}.", {"who": Told("A", "PERSON"), "them": Told("B", "PERSON"), "number": "7"}
    )

    assert draft.document("1", "en") == Document(
        "1", "en", "A met B, nr 7.", (Gold(0, 1, "PERSON"), Gold(6, 7, "PERSON"))
    )


@pytest.mark.parametrize("make", OWN.values(), ids=OWN)
def test_the_same_seed_says_the_same_and_another_one_something_else(make: Make) -> None:
    first, again, other = (list(make(seed=seed, count=20)) for seed in (5, 5, 6))

    assert first == again
    assert first != other


@pytest.mark.parametrize(
    ("make", "least"), [(telling, 300), (renamed, 300), (biographies, 300), (office_documents, 200)]
)
def test_there_are_enough_texts_and_each_holds_somebody(make: Make, least: int) -> None:
    documents = list(make())

    assert len({document.id for document in documents}) >= least
    assert all(document.spans for document in documents)


@pytest.mark.parametrize("make", OWN.values(), ids=OWN)
def test_labels_stand_apart_and_never_on_white_space(make: Make) -> None:
    for document in make(count=40):
        ends = [0, *(span.end for span in document.spans)]
        assert all(start <= span.start < span.end for start, span in zip(ends, document.spans, strict=False))
        assert [value for _, value in values_of(document) if value != value.strip()] == []


@pytest.mark.parametrize("make", [telling, renamed])
def test_the_labels_of_an_event_cover_whole_values_or_stand_in_a_sentence(make: Make) -> None:
    for document in make(count=60):
        json.loads(document.text)
        outside = [
            value
            for (_, value), span in zip(values_of(document), document.spans, strict=True)
            if document.text[span.start - 1] not in '" ' or document.text[span.end] not in '" .,'
        ]

        assert outside == []


def test_events_come_in_many_languages() -> None:
    assert {document.lang for document in telling(count=100)} == {"en", "de", "fr", "es", "pl", "it", "pt", "nl"}


def test_polish_names_are_inflected_and_identifiers_damaged() -> None:
    told = [value for document in office_documents() for value in values_of(document)]

    assert ("PERSON", "Janem Kowalskim") in told
    assert {
        mark for label, value in told if label == "NATIONAL_ID" for mark in ("\n", "O", "\u200b", "\u00a0", "-")
    } > {"-"}


def test_damage_leaves_an_identifier_that_can_be_read_back() -> None:
    dice = random.Random(1)  # noqa: S311 - invented people are no secret.
    spoken = str.maketrans("Ol\uff10\uff11\uff12", "01012")

    seen = {"".join(filter(str.isalnum, damaged(dice, "120012001").translate(spoken))) for _ in range(200)}

    assert seen == {"120012001"}
