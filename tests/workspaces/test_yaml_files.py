"""Files that people write are read strictly."""

from pathlib import Path
from typing import Any

import pytest

from workspaces.yaml_files import FileRefused, located_yaml, only_members, parsed_yaml, read_yaml, written_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("NO", "NO"),
        ("on", "on"),
        ("yes", "yes"),
        ("2020-01-31", "2020-01-31"),
        ("2020-01-31 10:00:00", "2020-01-31 10:00:00"),
        ("12:30:45", "12:30:45"),
        ("0123", "0123"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("123-45-6789", "123-45-6789"),
        ("true", True),
        ("null", None),
        ("~", None),
        ("", None),
        ("7", 7),
        ("-7", -7),
        ("1.5", 1.5),
        ("1e3", 1000.0),
    ],
)
def test_words_stay_words(text: str, value: Any) -> None:
    assert parsed_yaml(f"key: {text}", name="it") == {"key": value}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: 1\na: 2\n", "it, line 2: a key is given twice"),
        ("a: {b: 1, b: 2}", "a key is given twice"),
        ("a: [1", "it, line"),
        ("a: !!python/object/apply:os.system [ls]", "could not determine a constructor"),
        ("[" * 5000, "it"),
        ("a: &x [1]\nb: [" + "*x, " * 200 + "]", "too many aliases"),
        ("a: \x00", "it"),
        ("a: 1\nb: !!int x", "it, line 2: this is not what its tag tag:yaml.org,2002:int says"),
        ("a: !!float x", "this is not what its tag"),
        ("a: !!timestamp x", "this is not what its tag"),
        ("? [a]\n: b", "it, line 1: a key must be a word"),
    ],
)
def test_what_is_unclear_or_unsafe_is_refused(text: str, says: str) -> None:
    with pytest.raises(FileRefused, match=says):
        parsed_yaml(text, name="it")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"\xff\xfe")

    for name, says in (("none.yaml", "cannot be read: No such file"), ("latin.yaml", "is not UTF-8")):
        with pytest.raises(FileRefused, match=says):
            read_yaml(tmp_path / name)


def test_what_is_written_is_read_again() -> None:
    content = {"no": "yes", "date": "2020-01-31", "list": [{"name": "x", "n": 1.5}], "none": None, "empty": ""}

    assert parsed_yaml(written_yaml(content), name="it") == content


@pytest.mark.parametrize(
    ("content", "says"),
    [([], "must be an object"), ({}, "has no 'a'"), ({"a": 1, "z": 2}, "unknown 'z'; allowed: a, b")],
)
def test_members_are_checked(content: Any, says: str) -> None:
    with pytest.raises(FileRefused, match=says):
        only_members(content, where="it", required=("a",), optional=("b",))


def test_each_part_of_a_file_has_a_line() -> None:
    value, lines = located_yaml("one: 1\ntwo:\n  - a: 1\n  -\n    b: [2,\n    3]\n", name="it")

    assert value == {"one": 1, "two": [{"a": 1}, {"b": [2, 3]}]}
    assert lines[("one",)] == 1
    assert lines[("two", 1, "b")] == lines[("two", 1, "b", 0)] == 5
    assert lines[("two", 1, "b", 1)] == 6
    assert located_yaml("", name="it") == (None, {(): 1})
