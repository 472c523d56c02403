"""A few hundred of the bodies that `make fuzz` makes by the hundred thousand, and a judge that can say no."""

import random

import pytest

from classifier import PayloadKind, Tier
from tests.fuzzing import judging
from tests.fuzzing.judging import faults_of
from tests.fuzzing.planted import KINDS, Planted, one, planted


def test_nothing_planted_is_left_and_every_form_is_kept() -> None:
    bodies = list(planted(seed=7, count=150))

    assert {body.kind for body in bodies} == set(KINDS)
    assert [fault for body in bodies for fault in faults_of(body)] == []


def test_one_seed_makes_the_same_bodies_again() -> None:
    assert one(random.Random("7/3")) == one(random.Random("7/3"))  # noqa: S311 - it chooses examples.


@pytest.mark.parametrize(
    ("value", "body"),
    [("a word", b"a word"), ("x y", rb'{"n": "x\u0020y"}')],
    ids=["a value that nothing finds", "one behind an escape"],
)
def test_a_value_that_is_left_is_found(value: str, body: bytes) -> None:
    kind = PayloadKind.JSON if body.startswith(b"{") else PayloadKind.TEXT

    [fault] = faults_of(Planted(kind, body, (value,), Tier.PATTERNS))

    assert fault.startswith("a planted value is left")
    assert judging.KEYRING.key_ids
