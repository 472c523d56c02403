"""A body in pieces is masked as it would be in one, wherever it is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from classifier import PayloadKind, Policy
from privacy_service.decisions.types import Decision, Effect, Reason
from privacy_service.enforcement.chunks import masking_of
from privacy_service.enforcement.enforce import Payload, enforce
from privacy_service.exceptions import BodyTooLarge, InvalidBody
from tests.drawing import draws

SHAPED = Policy.named("balanced")
MASKED = Decision(Effect.MASK, Reason.ROLE_LACKS_PII, SHAPED)
HIDDEN = Decision(Effect.MASK, Reason.UNAVAILABLE)
LINES = b"".join(b'{"name": "Anna Kowalska", "n": %d, "ssn": "%03d-45-6789"}\n' % (i, i + 100) for i in range(80))
ROWS = b"".join(b'Anna Kowalska,"a ""b""\n+48 601 %03d 456",%03d-45-6789\r\n' % (i + 100, i + 100) for i in range(80))
BODIES = [
    (PayloadKind.NDJSON, LINES),
    (PayloadKind.NDJSON, b"\xef\xbb\xbf" + LINES[:-1]),
    (PayloadKind.NDJSON, b"\n\r\n" + LINES + b"\n\n"),
    (PayloadKind.NDJSON, b""),
    (PayloadKind.CSV, b"name,note,ssn\r\n" + ROWS),
    (PayloadKind.CSV, b"\xef\xbb\xbfname;note;ssn\n" + ROWS.replace(b",", b";")[:-2]),
    (PayloadKind.CSV, b"Customers of May\n\nname,note,ssn\n" + ROWS),
    (PayloadKind.CSV, b'name,note\nAnna Kowalska,a stray " quote\nBob Jones,123-45-6789\n' * 30),
    (PayloadKind.CSV, b"ssn\n123-45-6789"),
    (PayloadKind.CSV, b""),
]


def in_pieces(kind: PayloadKind, decision: Decision, pieces: list[bytes]) -> tuple[bytes, dict[str, int]]:
    masking = masking_of(kind, decision)
    assert masking is not None
    masked = b"".join([*map(masking.feed, pieces), masking.finish()])
    return masked, dict(masking.entities)


@pytest.mark.parametrize("decision", [MASKED, HIDDEN], ids=["masked", "hidden"])
@pytest.mark.parametrize("size", [1, 13, 1000, 1 << 20])
def test_pieces_of_any_size_give_what_the_whole_gives(decision: Decision, size: int) -> None:
    for kind, body in BODIES:
        whole = enforce(decision, Payload(kind, body))

        masked, entities = in_pieces(kind, decision, [body[at : at + size] for at in range(0, len(body), size)])

        assert (masked, entities) == (whole.body, dict(whole.entities))


@draws(40)
@given(
    st.lists(
        st.lists(
            st.sampled_from(["Anna Kowalska", "123-45-6789", '"a\nb"', '"q""q"', 'stray"', "", "x"]),
            min_size=2,
            max_size=3,
        ),
        max_size=90,
    ),
    st.integers(1, 400),
)
def test_tables_of_any_shape_come_out_as_they_would_whole(rows: list[list[str]], size: int) -> None:
    body = "".join(",".join(row) + "\n" for row in [["name", "note", "more"], *rows]).encode()

    masked, _ = in_pieces(PayloadKind.CSV, MASKED, [body[at : at + size] for at in range(0, len(body), size)])

    assert masked == enforce(MASKED, Payload(PayloadKind.CSV, body)).body
    assert b"45-6789" not in masked


def test_a_line_that_never_ends_is_given_up(settings: Settings) -> None:
    settings.PRIVACY_BODY_LIMIT_BYTES = 1000
    for kind in (PayloadKind.NDJSON, PayloadKind.CSV):
        with pytest.raises(BodyTooLarge, match="A line has over 1000 bytes"):
            in_pieces(kind, MASKED, [b"x" * 600] * 2)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (PayloadKind.NDJSON, b'{"a": 1}\n{"a"\n'),
        (PayloadKind.NDJSON, b'"\xff"\n'),
        (PayloadKind.CSV, b"a,b\n\xff,1\n"),
        (PayloadKind.CSV, b"a,b\ns\x00s\x00n,1\n"),
    ],
)
def test_what_cannot_be_read_is_refused_and_its_error_holds_nothing_of_it(kind: PayloadKind, body: bytes) -> None:
    with pytest.raises(InvalidBody) as refused:
        in_pieces(kind, MASKED, [body])

    assert refused.value.__context__ is None or "xff" not in str(refused.value.__context__)


def test_what_has_no_seams_is_masked_whole() -> None:
    assert [masking_of(kind, MASKED) for kind in (PayloadKind.JSON, PayloadKind.TEXT, PayloadKind.FORM)] == [None] * 3
