"""`manage.py mask`: streams of any length, masked piece by piece, and what is said when something is wrong."""

import json
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import OutputWrapper
from hypothesis import given
from hypothesis import strategies as st

from classifier import PayloadKind, Tier, mask
from classifier.bulk import Bulk, Format
from classifier.management.base import Watched
from tests.classifier.finding import STRICT
from tests.drawing import draws
from tests.leaking import forget_to_hide

ROOT = Path(__file__).resolve().parents[3]


def masked(body: str | bytes, *arguments: str, errors: StringIO | None = None) -> str:
    """Return what the command writes about standard input."""
    out = StringIO()
    given = BytesIO(body if isinstance(body, bytes) else body.encode())
    call_command("mask", *arguments, standard_input=given, stdout=out, stderr=errors or StringIO())
    return out.getvalue()


@pytest.mark.parametrize(
    ("form", "body", "expected"),
    [
        ("text", "x a@b.co\r\n", "x <EMAIL_ADDRESS>\r\n"),
        ("json", ' {"email" : "q"}\n', ' {"email" : "<EMAIL_ADDRESS>"}\n'),
        ("ndjson", '{"email":"q"}\r\n\n{"x":1}', '{"email":"<EMAIL_ADDRESS>"}\r\n\n{"x":1}'),
        ("csv", 'id,name\r\n1,"A\nB"\r\n', 'id,name\r\n1,"<PERSON>"\r\n'),
        ("csv", "\ufeffid,name\n1,Al\n", "\ufeffid,name\n1,<PERSON>\n"),
        ("csv", "", ""),
        ("jsonl", '{"id":1,"text":"a@b.co","x":"c@d.co"}\n', '{"id":1,"text":"<EMAIL_ADDRESS>"}\n'),
        ("jsonl", '{"id":1,"text":"{\\"name\\":\\"Al\\"}"}\n', '{"id":1,"text":"{\\"name\\":\\"<PERSON>\\"}"}\n'),
    ],
)
def test_each_format_is_masked_and_keeps_the_rest(form: str, body: str, expected: str) -> None:
    assert masked(body, "--format", form) == expected


@pytest.mark.parametrize(
    ("form", "body", "expected", "note"),
    [
        ("json", '{"x": a@b.co}', '{"x": <EMAIL_ADDRESS>}', "line 1 column 7: Expected a JSON value"),
        (
            "ndjson",
            '{"email":"q"}\n{ a@b.co}\n{"email":"q"}\n',
            '{"email":"<EMAIL_ADDRESS>"}\n{ <EMAIL_ADDRESS>}\n{"email":"<EMAIL_ADDRESS>"}\n',
            "line 2 column 3: Expected a string as the name of a member",
        ),
    ],
)
def test_what_is_no_json_is_masked_as_text_and_the_command_says_so(
    form: str, body: str, expected: str, note: str
) -> None:
    errors = StringIO()

    seen = masked(body, "--format", form, errors=errors)

    assert (seen, errors.getvalue()) == (expected, f"standard input: {note}; read as text.\n")


def test_after_a_few_notes_only_their_number_is_told() -> None:
    errors = StringIO()

    masked("{\n" * 9, "--format", "ndjson", errors=errors)

    assert errors.getvalue().splitlines()[5:] == ["... and 4 more of this kind."]


def test_a_policy_comes_by_name_or_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    path.write_text(json.dumps({"default": "redact", "operators": {"EMAIL_ADDRESS": "shape"}}))

    assert masked("a@b.co 123-45-6789", "--policy", str(path)) == "*@*.** "
    assert masked("123-45-6789", "--policy", "balanced") == "***-**-****"
    assert masked("a@b.co", "--policy", "analytics") == masked("a@b.co", "--policy", "analytics")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--policy", "nope"],
            (
                "nope is neither a policy (strict, balanced, analytics, reversible, lifelike) "
                "nor a file that holds one as JSON."
            ),
        ),
        (["/nowhere/x"], "/nowhere/x cannot be read: No such file or directory."),
    ],
)
def test_what_cannot_be_opened_is_named(arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError) as refusal:
        masked("", *arguments)

    assert (str(refusal.value), refusal.value.returncode) == (message, 1)


def test_a_policy_that_cannot_be_used_says_why(tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    path.write_text('{"default": "nope"}')

    with pytest.raises(CommandError, match="cannot be used: Unknown operator 'nope'"):
        masked("x", "--policy", str(path))


def test_the_command_needs_no_database_and_tells_its_exit_code(tmp_path: Path) -> None:
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path}/no/such/folder.sqlite3"}
    command = [sys.executable, "manage.py", "mask", "--format", "jsonl"]
    body = b'{"id":1,"text":"caf\xc3\xa9 a@b.co"}\n{"secret canary"}\n'

    run = subprocess.run(command, input=body, capture_output=True, cwd=ROOT, env=environment, check=False)

    assert run.returncode == 1
    assert run.stdout == b'{"id":1,"text":"caf\xc3\xa9 <EMAIL_ADDRESS>"}\n'
    assert (
        run.stderr == b'CommandError: standard input: Expected an object with an "id" and a "text": line 2 column 1\n'
    )


@pytest.mark.parametrize(
    "body",
    [
        "id,name,note\n" + '1,Al,"two\nlines ""a@b.co"""\n' * 40,
        "1,a@b.co\n\n2,Al\r\n" * 40,
        "\n\nid;name\n" + "1;Al\n" * 40,
        'id,note\n1,"stray\n2,5" pipe\n3,"x"y\n' + "4,a@b.co\n" * 40,
        'id,name\n1,"Al, ""B""","c\n,""\nd"\n' * 20,
        "id|email\r1|q\r2|r\r" * 20,
        'name\n"Al\nBo"\n' * 30,
        "only,header",
    ],
)
def test_a_table_in_pieces_is_masked_as_a_whole_one_is(body: str) -> None:
    # Names are left out: whether a word is one may depend on its neighbours in other pieces.
    whole = mask(body.encode(), STRICT, kind=PayloadKind.CSV, tier=Tier.PATTERNS).payload

    assert (
        b"".join(Bulk({"tier": Tier.PATTERNS}, piece_bytes=30).mask(BytesIO(body.encode()), Format.CSV, STRICT))
        == whole
    )


@given(
    st.sampled_from(["", "id,name\n", "\ufeffid;email\r\n"]),
    st.lists(st.sampled_from(['"', '""', ",", ";", "\n", "\r\n", "a@b.co", "Al Bo", " ", "é", "1"]), max_size=40),
    st.integers(1, 12),
)
@draws(200)
def test_whatever_a_table_holds_its_pieces_are_masked_as_the_whole_is(header: str, cells: list[str], size: int) -> None:
    body = (header + "".join(cells)).encode()

    # Names are left out: whether a word is one may depend on its neighbours in other pieces.
    work = Bulk({"tier": Tier.PATTERNS}, piece_bytes=size)
    seen = b"".join(work.mask(BytesIO(body), Format.CSV, STRICT))

    assert seen == mask(body, STRICT, kind=PayloadKind.CSV, tier=Tier.PATTERNS).payload


class Lines:
    """A stream that makes its lines while they are read."""

    def __init__(self, line: bytes, count: int, first: bytes = b"") -> None:
        """Say what to repeat, and how often."""
        self._lines = iter([first] if first else [])
        self._rest = iter(range(count))
        self._line = line

    def __iter__(self) -> Iterator[bytes]:
        """Yield the lines."""
        yield from self._lines
        yield from (self._line for _ in self._rest)

    def read(self) -> bytes:
        """Return everything."""
        return b"".join(self)

    def readlines(self, hint: int, /) -> list[bytes]:
        """Return some lines."""
        return [self._line for _, _ in zip(range(hint // len(self._line)), self._rest, strict=False)]


@pytest.mark.parametrize(
    ("form", "line", "count", "first"),
    [
        (Format.NDJSON, b'{"email":"a@b.co","note":"nothing to see in this one"}\n', 6_000, b""),
        (Format.CSV, b'1,q,"nothing\n', 20_000, b"id,email,note\n"),
        (Format.CSV, b"1,a@b.co,nothing to see in this one\n", 8_000, b"id,email,note\n"),
    ],
)
def test_lines_and_tables_of_any_length_take_constant_memory(
    form: Format, line: bytes, count: int, first: bytes
) -> None:
    work = Bulk(piece_bytes=4096)
    _ = [*work.mask(Lines(line, 10, first), form, STRICT)]  # Word lists and weights are loaded once, and stay.
    tracemalloc.start()

    total = sum(len(piece) for piece in work.mask(Lines(line, count, first), form, STRICT))

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total > 250_000
    assert peak < 2_000_000


class Terminal(StringIO):
    """A terminal that remembers."""

    def isatty(self) -> bool:
        """Say that a person is watching."""
        return True


def test_a_terminal_sees_how_much_was_read_until_the_end() -> None:
    terminal = Terminal()
    watched = Watched(BytesIO(b"x" * 1_500_000), OutputWrapper(terminal))
    watched._shown -= 60

    watched.read()
    watched.close()

    assert terminal.getvalue() == "\r1.5 MB read\r\x1b[K"


@pytest.mark.parametrize(
    ("form", "body"),
    [
        ("text", "x canary@example.com"),
        ("json", '{"email":"canary@example.com"}'),
        ("ndjson", '{"email":"canary@example.com"}\n'),
        ("csv", "id,email\n1,canary@example.com\n"),
        ("jsonl", '{"id":1,"text":"x canary@example.com"}\n'),
    ],
)
def test_what_was_masked_badly_is_not_written_where_the_policy_looks_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, form: str, body: str
) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text('{"default": "replace", "leak_check": true}')
    out = StringIO()
    forget_to_hide(monkeypatch)

    with pytest.raises(CommandError, match="still shows what was to be hidden: EMAIL_ADDRESS") as refused:
        call_command("mask", "--format", form, "--policy", policy, standard_input=BytesIO(body.encode()), stdout=out)

    assert "canary" not in f"{out.getvalue()}{refused.value}"
