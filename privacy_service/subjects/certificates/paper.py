"""A certificate of erasure as a PDF: the same certificate gives the same bytes, whenever and wherever it is made."""

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from io import BytesIO
from typing import Any, cast
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from privacy_service.subjects.certificates.issuing import document_of
from privacy_service.subjects.models import Certificate, Status
from privacy_service.subjects.wording import PaperWords, words_in

_PLAIN, _BOLD = "Vera", "VeraBd"  # They come with reportlab, and have the letters of Latin scripts.
_MARGIN = 20 * mm
_WIDTHS = (44 * mm, 52 * mm, 38 * mm, 36 * mm)
_STRANGE = "?"

_TEXT = ParagraphStyle("text", fontName=_PLAIN, fontSize=9, leading=13, spaceAfter=2 * mm)
_TITLE = ParagraphStyle("title", fontName=_BOLD, fontSize=18, leading=24, spaceAfter=4 * mm)
_HEADING = ParagraphStyle("heading", fontName=_BOLD, fontSize=11, leading=15, spaceBefore=4 * mm, spaceAfter=2 * mm)
_CELL = ParagraphStyle("cell", fontName=_PLAIN, fontSize=8, leading=11, wordWrap="CJK")  # Breaks also within a word.
_LINES = TableStyle(
    [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("FONTNAME", (0, 0), (-1, 0), _BOLD),
        ("FONTSIZE", (0, 0), (-1, 0), 8),
        ("LINEBELOW", (0, 0), (-1, -1), 0.25, colors.grey),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ]
)
_NAMED = TableStyle(
    [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("FONTNAME", (0, 0), (-1, -1), _PLAIN),
        ("FONTSIZE", (0, 0), (-1, -1), 8),
        ("LEADING", (0, 0), (-1, -1), 11),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 1),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
    ]
)


def paper_of(certificate: Certificate, language: str) -> bytes:
    """Return a certificate as a PDF in a language."""
    _know_fonts()
    words, document, written = words_in(language).paper, document_of(certificate), BytesIO()
    template = SimpleDocTemplate(
        written,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=words.title,
        author=document["manifest"]["workspace"]["slug"],
        lang=language or "en",
        invariant=1,  # No moment of making, no random id: the same bytes each time.
    )
    foot = _footer(words, document["sha256"])
    template.build(list(_content(words, document)), onFirstPage=foot, onLaterPages=foot)
    return written.getvalue()


@cache
def _know_fonts() -> None:
    for name in (_PLAIN, _BOLD):
        pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))
    pdfmetrics.registerFontFamily(_PLAIN, normal=_PLAIN, bold=_BOLD, italic=_PLAIN, boldItalic=_BOLD)


def _content(words: PaperWords, document: Mapping[str, Any]) -> Iterator[Flowable]:
    manifest = document["manifest"]
    workspace = f"{manifest['workspace']['name']} ({manifest['workspace']['slug']})"
    yield Paragraph(words.title, _TITLE)
    yield Paragraph(_shown(words.stated.format(workspace=workspace)), _TEXT)
    yield _pairs(
        (words.number, manifest["number"]),
        (words.asked, manifest["asked_at"]),
        (words.begun, manifest["started_at"]),
        (words.completed, manifest["completed_at"]),
        (words.issued, manifest["issued_at"]),
    )
    yield Spacer(0, 4 * mm)
    yield _answers(words, manifest["receipts"])
    yield Paragraph(words.subject_title, _HEADING)
    yield Paragraph(words.subject, _TEXT)
    yield _pairs(*((one["kind"], one["digest"]) for one in manifest["subject"]))
    if manifest.get("token_keys"):
        yield Paragraph(words.keys_title, _HEADING)
        yield Paragraph(words.keys.format(keys=", ".join(manifest["token_keys"])), _TEXT)
    yield Paragraph(words.proof_title, _HEADING)
    yield Paragraph(words.proof, _TEXT)
    signature = document["signature"]
    yield _pairs(
        (words.fingerprint, document["sha256"]),
        (words.signature, signature["value"]),
        (words.key, signature["key"]),
    )


def _answers(words: PaperWords, receipts: list[Mapping[str, Any]]) -> Table:
    rows: list[list[Any]] = [[words.system, words.answer, words.date, words.amount]]
    rows += [[Paragraph(text, _CELL) for text in _row(words, receipt)] for receipt in receipts]
    return Table(rows, colWidths=_WIDTHS, style=_LINES, repeatRows=1, hAlign="LEFT")


def _row(words: PaperWords, receipt: Mapping[str, Any]) -> Iterator[str]:
    where = ", ".join(_shown(receipt[name]) for name in ("processor", "region") if receipt[name])
    yield (
        f"<b>{_shown(receipt['destination'])}</b><br/>{where}" if where else f"<b>{_shown(receipt['destination'])}</b>"
    )
    yield _shown(", ".join(_answer(words, receipt)))
    yield receipt["date_deleted"] or ""
    yield "<br/>".join(_shown(f"{one['place']}: {one['count']}") for one in receipt["evidence"])


def _answer(words: PaperWords, receipt: Mapping[str, Any]) -> Iterator[str]:
    if receipt["status"] != Status.COMPLETED:
        yield words.unsupported
        return
    yield words.by_hand if receipt["by_hand"] else words.deleted
    if receipt["code"] is not None:
        yield words.code.format(code=receipt["code"])
    if receipt["attempts"]:
        yield words.attempts.format(attempts=receipt["attempts"])


def _pairs(*pairs: tuple[str, str | None]) -> Table:
    rows = [[name, Paragraph(_shown(value or ""), _CELL)] for name, value in pairs]
    return Table(rows, colWidths=(_WIDTHS[0], sum(_WIDTHS[1:])), style=_NAMED, hAlign="LEFT")


def _footer(words: PaperWords, fingerprint: str) -> Callable[[Canvas, Any], None]:
    def write(canvas: Canvas, template: Any) -> None:
        canvas.setFont(_PLAIN, 7)
        canvas.drawString(_MARGIN, _MARGIN / 2, fingerprint)
        canvas.drawRightString(A4[0] - _MARGIN, _MARGIN / 2, words.page.format(page=template.page))

    return write


def _shown(text: str) -> str:
    """Return a text as it can be printed, without markup: letters that the font lacks lose their marks or are `?`."""
    known = cast("TTFont", pdfmetrics.getFont(_PLAIN)).face.charToGlyph
    return escape("".join(letter if ord(letter) in known else _plainer(letter, known) for letter in text))


def _plainer(letter: str, known: Mapping[int, int]) -> str:
    first = unicodedata.normalize("NFKD", letter)[0]
    return first if ord(first) in known else _STRANGE
