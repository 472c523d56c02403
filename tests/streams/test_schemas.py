"""Types of records: named in a flow, imported from a package, and what becomes of records that are not of theirs."""

from pathlib import Path
from typing import Any

import pytest

from privacy_service.streams.errors import FlowError
from privacy_service.streams.flow import Converter, Flow, Topic
from privacy_service.streams.functions.making import reader_of
from privacy_service.streams.reading import read_flow
from privacy_service.streams.records import Failed, Record, Trouble
from privacy_service.streams.schemas import mismatch
from tests.streams.making import make_package

PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "age": {"type": "u8", "optional": True},
        "tags": {"type": "list", "items": {"type": "string"}, "optional": True},
        "home": {"type": "object", "properties": {"zip": {"type": "string"}}, "optional": True},
    },
}
FLOW = """\
apiVersion: 0.5.0
meta: {name: people, version: 0.1.0, namespace: acme}
imports: [{pkg: acme/text@0.1.0, path: text, types: [{name: person}]}]
types: {crowd: {type: list, items: {type: person}}}
config: {converter: json}
topics:
  one: {schema: {value: {type: person}}}
  many: {schema: {value: {type: crowd}}}
  plain: {schema: {value: {type: string, converter: raw}}}
  out: {}
services:
  copy: {sources: [{type: topic, id: one}], sinks: [{type: topic, id: out}]}
"""


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"name": "canary"}, ""),
        ({"name": "canary", "more": 7}, ""),
        ({"name": "canary", "age": 255, "tags": [], "home": {"zip": "1"}}, ""),
        ({"name": "canary", "age": None}, ""),
        ({"age": 7}, "the record has no `name`"),
        ({"name": 7}, "`name` is not of the type string"),
        ({"name": None}, "`name` is not of the type string"),
        ({"name": "canary", "age": 256}, "`age` is not of the type u8"),
        ({"name": "canary", "age": -1}, "`age` is not of the type u8"),
        ({"name": "canary", "age": True}, "`age` is not of the type u8"),
        ({"name": "canary", "age": 1.0}, "`age` is not of the type u8"),
        ({"name": "canary", "tags": "canary"}, "`tags` is no list"),
        ({"name": "canary", "tags": [7]}, "`tags[]` is not of the type string"),
        ({"name": "canary", "home": {"canary": 1}}, "`home` has no `zip`"),
        ({"name": "canary", "home": {"zip": 1}}, "`home.zip` is not of the type string"),
        ("canary", "the record is no object"),
    ],
)
def test_a_record_is_held_to_its_type_and_only_names_of_the_type_are_told(value: Any, found: str) -> None:
    assert mismatch(value, PERSON) == found


@pytest.fixture
def flow(tmp_path: Path) -> Flow:
    """Return a flow with a type of a package."""
    make_package(tmp_path / "text")
    (tmp_path / "dataflow.yaml").write_text(FLOW)
    return read_flow(tmp_path / "dataflow.yaml")


@pytest.mark.parametrize(
    ("topic", "record", "words"),
    [
        ("one", b'{"name":"x"}', ""),
        ("one", b'{"nom":"canary"}', "the record has no `name`"),
        ("one", b"canary", "the record is no JSON"),
        ("one", b"\xff", "the record is no JSON"),
        ("many", b'[{"name":"x"}]', ""),
        ("many", b'[{"name":7}]', "`[].name` is not of the type string"),
        ("out", b'"x"', ""),
        ("out", b"7", "the record is not of the type string"),
    ],
)
def test_a_source_lets_in_what_is_of_its_type(flow: Flow, topic: str, record: bytes, words: str) -> None:
    read = reader_of(flow, flow.topics[topic])
    assert read is not None
    [outcome] = read([Record(record, b"key", "7-0")])

    if words:
        assert isinstance(outcome, Failed)
        assert outcome.trouble is Trouble.UNREADABLE
        assert outcome.words == words
        return
    assert outcome == (Record(record, b"key", "7-0"),)


def test_raw_topics_let_in_whatever_comes(flow: Flow) -> None:
    assert reader_of(flow, flow.topics["plain"]) is None


def test_a_type_that_its_package_has_not_is_told(flow: Flow) -> None:
    missing = {"type": "imported", "package": "acme/text@0.1.0", "name": "animal"}

    with pytest.raises(FlowError, match=r"acme/text@0\.1\.0 has no type animal; it has person\."):
        reader_of(flow, Topic("one", Converter.JSON, missing))
