"""A package's own tests are tried, and what fails is told."""

from pathlib import Path

import pytest

from privacy_service.streams.errors import FlowError
from privacy_service.streams.flow import Operator
from privacy_service.streams.packages.manifest import read_package
from privacy_service.streams.packages.testing import Tried, try_out
from tests.streams.making import declared, make_package

EXAMPLE = Path(__file__).parents[3] / "examples/mask-user-info/packages/mask-ssn"
CASES = """\
shout:
  - {input: a, output: A}
  - {name: as it is, input: b, output: b}
  - {input: {x: 1}, output: {X: 1}}
  - {input: a, outputs: [A, B]}
  - {input: a, fails: unreadable}
"""


def test_the_examples_tests_pass() -> None:
    tried = try_out(read_package(EXAMPLE))

    assert len(tried) == 4
    assert {each.wrong for each in tried} == {""}


def test_a_case_that_fails_says_what_was_expected(tmp_path: Path) -> None:
    assert try_out(read_package(make_package(tmp_path / "p", tests=CASES))) == [
        Tried("shout", "case 1"),
        Tried("shout", "as it is", "expected b, got B"),
        Tried("shout", "case 3"),
        Tried("shout", "case 4", "expected A, B, got A"),
        Tried("shout", "case 5", "expected fails: unreadable, got A"),
    ]


def test_what_is_dropped_and_what_fails_can_be_expected(tmp_path: Path) -> None:
    manifest = declared(Operator.FILTER_MAP, "type: string", "{type: string}")
    code = "def act(value):\n    return None if value == 'no' else value[5]\n"
    tests = (
        "act:\n  - {input: 'no', dropped: true}\n  - {input: a, fails: broken}\n  - {input: abcdef, dropped: true}\n"
    )
    tried = try_out(read_package(make_package(tmp_path / "p", manifest=manifest, code=code, tests=tests)))

    assert [each.wrong for each in tried] == ["", "", "expected nothing, got f"]


@pytest.mark.parametrize(
    ("tests", "says"),
    [
        ("shut: []", "tests.yaml:1: shut: this is unknown. Did you mean `shout`?"),
        ("shout: [{input: a}]", "tests.yaml:1: shout[0]: a case has one of output, outputs, dropped, fails."),
        ("shout: [{input: a, output: A, dropped: true}]", "a case has one of"),
        ("shout: [{input: a, dropped: false}]", "shout[0].dropped: say `dropped: true`, or what comes out."),
        ("shout: [{input: a, fails: badly}]", "shout[0].fails: 'badly' is not allowed."),
        ("", "has no tests: write them into"),
    ],
)
def test_tests_that_cannot_be_tried_are_told(tmp_path: Path, tests: str, says: str) -> None:
    with pytest.raises(FlowError) as told:
        try_out(read_package(make_package(tmp_path / "p", tests=tests)))

    assert says in str(told.value)


def test_a_function_without_a_case_is_told(tmp_path: Path) -> None:
    assert try_out(read_package(make_package(tmp_path / "p", tests="shout: []"))) == [
        Tried("shout", "", "it has no case")
    ]
