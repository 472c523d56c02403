"""Files are cut where nothing is lost, and mask in chunks as they mask whole."""

import io
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

import classifier
from classifier import PayloadKind, Tier
from classifier.payloads.csv_pieces import records_of
from privacy_service.jobs.chunks import LONGEST_RECORD
from privacy_service.jobs.cutting import Cutting, chunks_of
from privacy_service.jobs.cutting.arrays import count_elements, end_of_elements
from privacy_service.jobs.cutting.lines import end_of_lines
from privacy_service.jobs.cutting.prose import end_of_prose
from privacy_service.jobs.cutting.tables import count_records, end_of_records
from privacy_service.jobs.errors import Unreadable
from privacy_service.jobs.kinds import FileKind
from tests.jobs.files import BODIES, LIST, RECORDS, STRICT, chunks, hiding, masked_in_chunks

PAYLOADS = {
    FileKind.JSONL: PayloadKind.NDJSON,
    FileKind.JSON: PayloadKind.JSON,
    FileKind.CSV: PayloadKind.CSV,
    FileKind.TEXT: PayloadKind.TEXT,
}


@pytest.mark.parametrize("size", [300, 1000, 1 << 20])
@pytest.mark.parametrize("kind", BODIES)
def test_chunks_mask_as_the_whole_file_does(kind: FileKind, size: int) -> None:
    body = BODIES[kind]

    masked = masked_in_chunks(body, hiding(kind), size)

    assert masked == classifier.mask(body, STRICT, kind=PAYLOADS[kind], tier=Tier.PATTERNS).payload
    assert b"canary" not in masked


@pytest.mark.parametrize("kind", BODIES)
def test_chunks_put_together_are_the_file(kind: FileKind) -> None:
    found = chunks(BODIES[kind], kind, 500)

    assert b"".join(one.data or b"" for one in found) == BODIES[kind]
    assert len(found) > 5
    assert [(one.start, one.end) for one in found[1:]] == [(one.end, two.end) for one, two in pairwise(found)]


@pytest.mark.parametrize(
    ("head", "hidden"),
    [
        (b"\xef\xbb\xbfid;email\n", b"\xef\xbb\xbfid;email\n1;<EMAIL_ADDRESS>\n"),
        (b"Customers of May;\nid;email\n", b"Customers of May;\nid;email\n1;<EMAIL_ADDRESS>\n"),
        (b"", b"1;<EMAIL_ADDRESS>\n"),
    ],
)
def test_the_head_of_a_table_stands_once_and_governs_every_chunk(head: bytes, hidden: bytes) -> None:
    body = head + b"1;someone@example.com\n" * 100

    masked = masked_in_chunks(body, hiding(FileKind.CSV), 200)

    assert masked.startswith(hidden)
    assert masked.count(b"<EMAIL_ADDRESS>") == 100
    assert len(masked.split(b"\n")) == len(body.split(b"\n"))


TABLES = [
    (b'a,"x\ny"\nb,c\n', len(b'a,"x\ny"\nb,c\n')),
    (b'a,"x\ny"\nb,"c\n', len(b'a,"x\ny"\n')),
    (b'a,"x ""quoted""\n', 0),
    (b'a,5" pipe\nb,c\n', len(b'a,5" pipe\nb,c\n')),
    (b"a,b", 0),
    (b'"",""\n"', len(b'"",""\n')),
]


@pytest.mark.parametrize(("data", "end"), TABLES)
def test_a_record_ends_outside_its_quotes(data: bytes, end: int) -> None:
    assert end_of_records(data, ",") == end


@given(st.text(alphabet='a,"\n', max_size=60))
def test_records_are_counted_and_end_as_the_classifier_reads_them(text: str) -> None:
    records = list(records_of(io.StringIO(text, newline="\n"), ","))
    ends = [sum(map(len, records[: at + 1])) for at in range(len(records))]

    # What is not there yet may close a quote, so a cut may come earlier; it never lies within a record.
    assert end_of_records(text.encode(), ",") in {0, *ends}
    if text:
        assert count_records(text.encode(), ",") == len(records)


@pytest.mark.parametrize(
    ("data", "end"),
    [
        (b'[{"a":1},{"b":2}', len(b'[{"a":1},')),
        (b'{"a":[1,2],"b":{"c":1}} ,\n{"d', len(b'{"a":[1,2],"b":{"c":1}} ,')),
        (b'[{"a":"},{"},{"', len(b'[{"a":"},{"},')),
        (b'{"a":"\\"},","b":"\\\\"},{', len(b'{"a":"\\"},","b":"\\\\"},')),
        (b'[{"a":1}]', 0),
        (b'[{"a":1},2,{"b', len(b'[{"a":1},')),
    ],
)
def test_an_element_of_a_list_ends_outside_strings_and_brackets(data: bytes, end: int) -> None:
    assert end_of_elements(data) == end


def test_elements_are_counted_over_all_chunks() -> None:
    found = [count_elements(one.data or b"") for one in chunks(LIST, FileKind.JSON, 700)]

    assert sum(found) == len(RECORDS)
    assert [count_elements(data) for data in (b"[]", b" [ ] ", b'[{"a":1}]', b'{"a":1},', b'{"a":1}]')] == [
        0,
        0,
        1,
        1,
        1,
    ]


@pytest.mark.parametrize(
    ("text", "end"),
    [
        (b"One paragraph.\n\nAnother one\nof two lines.", b"One paragraph.\n\n"),
        (b"Reach me at +1 415\n555 0132 today.", b"Reach me at +1 415\n555 0132 "),
    ],
)
def test_prose_is_cut_after_a_paragraph_and_never_through_what_is_found(text: bytes, end: bytes) -> None:
    assert text[: end_of_prose(text, Tier.PATTERNS)] == end


def test_what_has_no_end_is_refused_before_it_fills_the_memory() -> None:
    class Endless:
        def read(self, size: int, /) -> bytes:
            return b"x" * size

        def tell(self) -> int:
            return 0

    with pytest.raises(Unreadable, match=f"longer than {LONGEST_RECORD >> 20} MB"):
        next(chunks_of(Endless(), Cutting(lambda _: 0), 1 << 20))


def test_cutting_holds_a_chunk_and_not_the_file() -> None:
    class Long:
        left = 64 << 20

        def read(self, size: int, /) -> bytes:
            count = min(size, self.left)
            self.left -= count
            return (b"x" * 99 + b"\n") * (count // 100) + b"y" * (count % 100)

        def tell(self) -> int:
            return 0

    tracemalloc.start()
    longest = max(len(one.data or b"") for one in chunks_of(Long(), Cutting(end_of_lines), 1 << 20))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert longest <= 1 << 20
    assert peak < 6 << 20
