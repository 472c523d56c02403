"""Under a field that says only roughly what it holds, the value tells of which kind it is."""

from typing import Any

import pytest

from classifier import Entity
from classifier.key_names import role_of, words_of
from tests.classifier.finding import found, masked_value


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"user": "jsmith"}, {"user": "<USERNAME>"}),
        ({"user": "Jane Smith"}, {"user": "<PERSON>"}),
        ({"user": "jane@example.com"}, {"user": "<EMAIL_ADDRESS>"}),
        ({"usuario": "mtapia"}, {"usuario": "<USERNAME>"}),
        ({"created_by": "jsmith", "updatedBy": "system"}, {"created_by": "<USERNAME>", "updatedBy": "system"}),
        ({"assigned_to": "Jane Smith"}, {"assigned_to": "<PERSON>"}),
        ({"caller": "+49 30 901820"}, {"caller": "<PHONE_NUMBER>"}),
        ({"user": {"login": "jane@example.com"}}, {"user": {"login": "<EMAIL_ADDRESS>"}}),
        ({"to": {"address": "jane@example.com"}}, {"to": {"address": "<EMAIL_ADDRESS>"}}),
        ({"user": "jane@example.com", "x": 1}, {"user": "<EMAIL_ADDRESS>", "x": 1}),
        ({"user": "jane@example.com", "x": "y"}, {"user": "<EMAIL_ADDRESS>", "x": "y"}),
        ({"pan": "AFZPK7190K", "pan_number": "4916399790635933"}, {"pan": "<IN_PAN>", "pan_number": "<CREDIT_CARD>"}),
        ({"account_holder": "Jan Nowak"}, {"account_holder": "<PERSON>"}),
        ({"account_holder": {"name": "Al", "visits": 3, "plan": "pro"}}, None),
        ({"odbiorca": "Jan Nowak"}, {"odbiorca": "<PERSON>"}),
        ({"users": ["anna", "bo"], "user": 17}, {"users": ["<USERNAME>", "<USERNAME>"], "user": 17}),
    ],
)
def test_the_value_settles_what_a_rough_name_leaves_open(document: Any, expected: Any) -> None:
    holder = {"account_holder": {"name": "<PERSON>", "visits": 3, "plan": "pro"}}

    assert masked_value(document) == (expected or holder)


@pytest.mark.parametrize(
    "document",
    [
        {"user": "root", "sorted_by": "price", "managed_by": "helm"},
        {"user": {"plan": "pro"}, "owner": None, "users": 12},
        {"created_at": "2024-01-05", "updated_by_cron": True},
    ],
)
def test_what_names_nobody_stays(document: Any) -> None:
    assert masked_value(document) == document


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("User: j.smith42", [("USERNAME", "j.smith42")]),
        ("User: I would like to cancel", []),
        ("User: hello", []),
        ("Owner: Jane Smith", [("PERSON", "Jane Smith")]),
        ("Empfänger: Jane Smith", [("PERSON", "Jane Smith")]),
        ("created_by=jsmith status=ok", [("USERNAME", "jsmith")]),
        ("created_by=system", []),
    ],
)
def test_so_it_is_behind_a_label_in_text(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("name", "role"),
    [("createdBy", Entity.USERNAME), ("benutzer", Entity.USERNAME), ("patient", Entity.PERSON), ("ordered_by", None)],
)
def test_a_role_is_known_by_its_name(name: str, role: Entity | None) -> None:
    assert role_of(words_of(name)) is role
