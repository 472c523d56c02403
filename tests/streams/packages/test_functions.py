"""Functions of packages: what they get, what they may return, and what becomes of it when they break."""

from pathlib import Path
from typing import Any

import pytest

from privacy_service.streams.errors import FlowError
from privacy_service.streams.flow import Operator
from privacy_service.streams.functions.imported import imported
from privacy_service.streams.packages.loading import load
from privacy_service.streams.packages.manifest import read_package
from privacy_service.streams.records import Failed, Record, Trouble
from tests.streams.making import CODE, MANIFEST, declared, make_package, values

TEXT, PERSON, BYTES = "type: string", "type: person", "type: bytes"
NUMBERS = "type: list, items: {type: i64}"


@pytest.mark.parametrize(
    ("operator", "takes", "gives", "code", "record", "expected"),
    [
        (Operator.MAP, TEXT, TEXT, "value.upper()", "grün".encode(), "GRÜN".encode()),
        (Operator.MAP, TEXT, TEXT, "value", b"\xff", "unreadable"),
        (Operator.MAP, TEXT, TEXT, "7", b"a", "broken"),
        (Operator.MAP, TEXT, TEXT, "'\\ud800'", b"a", "broken"),
        (Operator.MAP, BYTES, BYTES, "value[::-1]", b"\xff\x00", b"\x00\xff"),
        (Operator.MAP, BYTES, BYTES, "'text'", b"a", "broken"),
        (Operator.MAP, PERSON, PERSON, "{**value, 'n': 12345678901234567890123}", b'{"name":"x"}',
         b'{"name":"x","n":12345678901234567890123}'),
        (Operator.MAP, PERSON, PERSON, "value", b'{"name":7}', "unreadable"),
        (Operator.MAP, PERSON, PERSON, "value", b'{"nam":"x"}', "unreadable"),
        (Operator.MAP, PERSON, PERSON, "value", b"{", "unreadable"),
        (Operator.MAP, PERSON, PERSON, "value", b'{"name":NaN}', "unreadable"),
        (Operator.MAP, PERSON, PERSON, "{}", b'{"name":"x"}', "broken"),
        (Operator.MAP, PERSON, PERSON, "{'name': 'x', 'd': object()}", b'{"name":"x"}', "broken"),
        (Operator.MAP, NUMBERS, "type: i64", "sum(value)", b"[1, 2]", b"3"),
        (Operator.MAP, NUMBERS, "type: u8", "sum(value)", b"[200, 200]", "broken"),
        (Operator.MAP, NUMBERS, "type: i64", "sum(value)", b"[1, true]", "unreadable"),
        (Operator.MAP, "type: any", "type: any", "value", b'{"a": [null, 1.5]}', b'{"a":[null,1.5]}'),
        (Operator.FILTER, TEXT, "", "value != 'no'", b"yes", b"yes"),
        (Operator.FILTER, TEXT, "", "value != 'no'", b"no", []),
        (Operator.FILTER, TEXT, "", "value", b"yes", "broken"),
        (Operator.FILTER_MAP, TEXT, TEXT, "value[1:] or None", b"ab", b"b"),
        (Operator.FILTER_MAP, TEXT, TEXT, "value[1:] or None", b"a", []),
        (Operator.FLAT_MAP, TEXT, TEXT, "value.split()", b"a b", [b"a", b"b"]),
        (Operator.FLAT_MAP, TEXT, TEXT, "value.split()", b" ", []),
        (Operator.FLAT_MAP, TEXT, TEXT, "value", b"ab", "broken"),
    ],
)  # fmt: skip
def test_a_function_gets_what_it_declares_and_is_held_to_what_it_promises(
    tmp_path: Path, operator: Operator, takes: str, gives: str, code: str, record: bytes, expected: Any
) -> None:
    manifest = declared(operator, takes, "{" + gives + "}")
    package = read_package(
        make_package(tmp_path / "p", manifest=manifest, code=f"def act(value):\n    return {code}\n")
    )

    assert values(imported(load(package), "act"), record) == [expected]


def test_what_a_function_that_breaks_says_is_not_told(tmp_path: Path) -> None:
    code = "from . import inner\n\ndef shout(text):\n    return inner.deeper(text)\n"
    folder = make_package(tmp_path / "p", code=code)
    (folder / "inner.py").write_text("def deeper(text):\n\n    raise KeyError(text)\n")
    function = imported(load(read_package(folder)), "shout")

    outcomes = function([Record(b"canary"), Record(b"canary")])

    assert outcomes == [Failed(Trouble.BROKEN, "KeyError at inner.py:3")] * 2
    assert "canary" not in repr(outcomes)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import nothing_of_this_name\n", "acme/text@0.1.0 cannot be loaded: ModuleNotFoundError at functions.py:1."),
        ("x = 1\ndef shout(:\n", "acme/text@0.1.0 cannot be loaded: SyntaxError at functions.py:2."),
        ("raise ValueError('canary')\n", "acme/text@0.1.0 cannot be loaded: ValueError at functions.py:1."),
        ("def whisper(text): ...\n", "acme/text@0.1.0: functions.py has no function shout, which the manifest names."),
        ("shout = 7\n", "acme/text@0.1.0: functions.py has no function shout"),
        ("def shout(): ...\n", "acme/text@0.1.0: shout in functions.py must take one argument, the record's value."),
        ("def shout(a, b): ...\n", "acme/text@0.1.0: shout in functions.py must take one argument"),
    ],
)
def test_a_package_that_cannot_be_used_says_where(tmp_path: Path, code: str, says: str) -> None:
    with pytest.raises(FlowError) as told:
        load(read_package(make_package(tmp_path / "p", code=code)))

    assert says in str(told.value)
    assert "canary" not in str(told.value)
    assert told.value.__context__ is None or told.value.__suppress_context__


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("operator: map", "operator: window", "sdf-package.yaml:6: functions.shout.operator: 'window' is not allowed."),
        ("{name: text, type: string}", "{name: text}", "functions.shout.inputs[0]: there is no `type`"),
        ("[{name: text, type: string}]", "[]", "functions.shout.inputs: a function takes one input"),
        (", output: {type: string}", "", ":6: functions.shout: there is no `output`; say the type of what"),
        (", output: {type: string}", ", output: {type: text}", "functions.shout.output.type: 'text' is not allowed."),
        ("operator: map", "operator: filter", "functions.shout.output: a filter says whether a record goes on"),
        ("functions:", "imports: []\nfunctions:", "imports: packages import none"),
        ("functions:", "entry: ../x.py\nfunctions:", "entry: this must be the name of a Python file in the"),
        ("functions:", "entry: other.py\nfunctions:", "there is no "),
        ("  person:", "  string:", ":4: types.string: this name is taken"),
        ("{type: object, ", "{type: list, ", ":4: types.person: `items` goes with `type: list`, and only with it."),
        ("0.1.0", "one", "meta.version: this must be a version such as 0.1.0."),
    ],
)
def test_a_manifest_that_is_wrong_is_told_with_its_line(tmp_path: Path, before: str, after: str, says: str) -> None:
    folder = make_package(tmp_path / "p", manifest=MANIFEST.replace(before, after, 1))

    with pytest.raises(FlowError) as told:
        load(read_package(folder))

    assert says in str(told.value)


def test_a_package_that_has_changed_is_loaded_anew(tmp_path: Path) -> None:
    first = load(read_package(make_package(tmp_path / "p")))
    again = load(read_package(tmp_path / "p"))
    make_package(tmp_path / "p", manifest=MANIFEST.replace("0.1.0", "0.2.0"), code=CODE.replace("upper", "lower"))
    later = load(read_package(tmp_path / "p"))

    assert first is again
    assert values(imported(later, "shout"), b"Ab") == [b"ab"]
