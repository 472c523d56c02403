"""The filter says yes to all that was added, and to hardly anything else."""

import secrets

from hypothesis import given
from hypothesis import strategies as st

from privacy_service.subjects.filters import Filter
from privacy_service.subjects.identifiers import DIGEST_BYTES

DIGESTS = st.sets(st.binary(min_size=DIGEST_BYTES, max_size=DIGEST_BYTES), max_size=300)


@given(DIGESTS)
def test_what_was_added_is_always_there(digests: set[bytes]) -> None:
    made = Filter(10)

    made.update(digests)

    assert all(digest in made for digest in digests)
    assert made.count == len(digests)


def test_of_what_was_not_added_one_in_ten_thousand_seems_to_be_there_at_most() -> None:
    made = Filter(20_000)
    made.update(secrets.token_bytes(DIGEST_BYTES) for _ in range(20_000))

    taken = sum(secrets.token_bytes(DIGEST_BYTES) in made for _ in range(50_000))

    assert taken <= 20  # One or two are expected; twenty would be a filter that does not filter.


def test_a_filter_says_when_it_holds_more_than_it_was_made_for() -> None:
    made = Filter(1)
    before = made.is_full

    made.update(secrets.token_bytes(DIGEST_BYTES) for _ in range(made.capacity + 1))

    assert (before, made.is_full) == (False, True)
