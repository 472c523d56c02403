"""How much of what is damaged is found, and how little of what is technical is touched: made sets, from seeds."""

from collections import Counter

import celery
import pytest

from classifier import ENTITIES, Entity, Tier, classify
from classifier.leaves import find_in_leaves
from classifier.payloads.types import PayloadKind
from classifier.spans import settle_labels, settle_overlaps
from tests.classifier.damaged import KINDS, Damaged, damaged_identifiers
from tests.classifier.technical import docstrings_of, technical_lines

# A seed that no pattern was written by.
SEED = 20_417
ENTITY_OF = {
    "email": "EMAIL_ADDRESS", "card": "CREDIT_CARD", "iban": "IBAN_CODE", "ssn": "US_SSN", "ip": "IP_ADDRESS",
    "mac": "MAC_ADDRESS", "pesel": "PL_PESEL", "cpf": "BR_CPF", "personnummer": "SE_PERSONNUMMER", "nir": "FR_NIR",
    "nhs": "UK_NHS", "bsn": "NL_BSN", "tax-id": "DE_TAX_ID", "ahv": "CH_AHV", "aadhaar": "IN_AADHAAR",
    "wallet": "CRYPTO", "birth": "DATE_OF_BIRTH",
}  # fmt: skip


def _is_whole(damaged: Damaged) -> bool:
    """Say whether no letter or digit of the identifier stays readable."""
    spans = find_in_leaves([damaged.text]).get(0, [])
    hidden = {at for span in spans for at in range(span.start, span.end)}
    told = (at for at in range(damaged.start, damaged.end) if damaged.text[at].isalnum())
    return all(at in hidden for at in told)


def _label_of(damaged: Damaged) -> str:
    spans = settle_overlaps(settle_labels(find_in_leaves([damaged.text]).get(0, [])))
    over = [span for span in spans if span.start < damaged.end and span.end > damaged.start]
    return str(over[0].entity) if over else ""


def test_damaged_identifiers_of_twenty_kinds_are_found_whole() -> None:
    made = list(damaged_identifiers(SEED, 1000))

    missed = Counter((one.kind, one.damage) for one in made if not _is_whole(one))

    assert len(KINDS) >= 20
    assert missed.total() <= 30, missed


def test_damaged_identifiers_bear_the_name_of_their_kind() -> None:
    made = list(damaged_identifiers(SEED, 1000))

    wrong = Counter(
        (one.kind, label) for one in made if (label := _label_of(one)) != ENTITY_OF.get(one.kind, "PHONE_NUMBER")
    )

    assert wrong.total() <= 30, wrong


@pytest.mark.parametrize(("tier", "count"), [(Tier.PATTERNS, 2000), (Tier.FAST, 2000), (Tier.THOROUGH, 450)])
def test_of_technical_lines_one_in_a_hundred_is_touched_at_most(tier: Tier, count: int) -> None:
    lines = technical_lines(SEED, count)

    touched = [line for line in lines if classify(line.encode(), kind=PayloadKind.TEXT, tier=tier)]

    assert len(touched) <= count / 100, touched


def test_what_a_library_that_the_model_never_saw_says_of_itself_is_hardly_touched() -> None:
    sentences = docstrings_of(celery)[:1000]

    touched = [one for one in sentences if classify(one.encode(), kind=PayloadKind.TEXT, tier=Tier.FAST)]

    assert len(sentences) > 500
    assert len(touched) <= len(sentences) * 0.04, touched


def test_there_are_sixty_entities_and_each_belongs_to_a_known_one() -> None:
    parts = {info.part_of for info in ENTITIES.values() if info.part_of is not None}

    assert len(Entity) >= 60
    assert all(ENTITIES[whole].part_of is None for whole in parts)
