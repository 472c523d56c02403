"""Where files lie, by their addresses."""

from pathlib import Path

import pytest

from privacy_service.jobs.places import Place, expand


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("file:///lake/a.jsonl", "/lake/a.jsonl"),
        ("file://localhost/lake/a.jsonl", "/lake/a.jsonl"),
        ("file:/lake/a.jsonl", "/lake/a.jsonl"),
        ("file:///lake/part-?.jsonl", "/lake/part-?.jsonl"),
        ("file:///lake/a#1.jsonl", "/lake/a#1.jsonl"),
        ("/lake/a.jsonl", "/lake/a.jsonl"),
        ("s3://lake/a.jsonl", "s3://lake/a.jsonl"),
    ],
)
def test_a_place_is_where_its_address_says(address: str, path: str) -> None:
    assert Place.at(address).address == path


def test_a_pattern_of_one_letter_names_what_it_matches(tmp_path: Path) -> None:
    for name in ("part-1.jsonl", "part-2.jsonl", "part-10.jsonl", "a#1.jsonl"):
        (tmp_path / name).write_bytes(b"{}\n")

    assert expand(f"file://{tmp_path}/part-?.jsonl").names == ["part-1.jsonl", "part-2.jsonl"]
    assert expand(f"file://{tmp_path}/a#1.jsonl").names == ["a#1.jsonl"]
