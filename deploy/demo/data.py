"""People who do not exist, and what they ordered: the same ones each time."""

from functools import cache
from typing import Any

from faker import Faker

_SEED = 2026
_CUSTOMERS, _ORDERS = 40, 120
_PLANS = ("free", "silver", "gold")
_GOODS = ("bicycle bell", "tea pot", "rain coat", "desk lamp", "garden hose")


@cache
def customers() -> list[dict[str, Any]]:
    """Return the customers of Acme."""
    return [_customer(_faker(number), number) for number in range(1, _CUSTOMERS + 1)]


@cache
def orders() -> list[dict[str, Any]]:
    """Return their orders."""
    return [_order(_faker(_SEED + number), number) for number in range(1, _ORDERS + 1)]


def _faker(seed: int) -> Faker:
    fake = Faker("en_US")
    fake.seed_instance(_SEED * 1000 + seed)
    return fake


def _customer(fake: Faker, number: int) -> dict[str, Any]:
    first, last = fake.first_name(), fake.last_name()
    return {
        "id": number,
        "name": f"{first} {last}",
        "email": f"{first}.{last}@{fake.free_email_domain()}".lower(),
        "phone": fake.numerify("(2##) 555-01##"),
        "ssn": fake.ssn(),
        "date_of_birth": fake.date_of_birth(minimum_age=18, maximum_age=90).isoformat(),
        "plan": fake.random_element(_PLANS),
    }


def _order(fake: Faker, number: int) -> dict[str, Any]:
    customer = fake.random_element(customers())
    return {
        "id": number,
        "customer": customer["name"],
        "goods": fake.random_element(_GOODS),
        "total": fake.random_int(500, 20000) / 100,
        "card_number": fake.credit_card_number("visa"),
        "note": f"Call {customer['phone']} or write to {customer['email']}.",
    }
