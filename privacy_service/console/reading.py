"""What somebody reads of each kind of personal data, by an example of it, for their own page."""

from dataclasses import replace

from classifier import Policy
from privacy_service.console.changing import PER_PERSON, Row, rows_of

_TELLING = frozenset(
    {
        *("PERSON", "EMAIL_ADDRESS", "PHONE_NUMBER", "LOCATION", "DATE_OF_BIRTH", "CREDIT_CARD", "IBAN_CODE"),
        *("US_SSN", "IP_ADDRESS", "HEALTH_CONDITION", "PASSWORD"),
    }
)
# These use the workspace's keys, and what they make of a known value is for nobody who may not change the policy.
_KEYED = frozenset({"hash", "token", PER_PERSON, "encrypt", "synthetic"})
_MOST = 20


def readings(operators: Policy, *, every: bool = False) -> list[Row]:
    """Return kinds as these operators leave them, readable ones first: every kind, or those that tell most."""
    rows = sorted(map(_without_keys, rows_of(operators)), key=lambda row: row.operator != "keep")
    return rows if every else [row for row in rows if row.operator == "keep" or row.entity in _TELLING][:_MOST]


def _without_keys(row: Row) -> Row:
    return replace(row, shown="") if row.operator in _KEYED else row
