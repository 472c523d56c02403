"""How often a key may ask."""

from uuid import uuid4

from privacy_service.decisions.limits import RateLimit


def test_a_rate_of_zero_limits_nothing() -> None:
    limit = RateLimit(0)
    key = uuid4()

    assert {limit.wait_seconds(key) for _ in range(10_000)} == {0}


def test_a_key_that_has_used_its_second_waits() -> None:
    limit = RateLimit(3)
    key = uuid4()

    waits = [limit.wait_seconds(key) for _ in range(4)]

    assert waits == [0, 0, 0, 1]


def test_one_key_does_not_spend_what_is_anothers() -> None:
    limit = RateLimit(1)
    limit.wait_seconds(uuid4())

    assert limit.wait_seconds(uuid4()) == 0
