"""A certificate on paper."""

from io import BytesIO

import pytest
from pypdf import PdfReader

from privacy_service.subjects.certificates.paper import paper_of
from privacy_service.subjects.models import Certificate
from privacy_service.subjects.wording import WORDS
from workspaces.models import Workspace


def text_of(paper: bytes) -> str:
    """Return what can be read on it, with what was broken into lines in one."""
    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(paper)).pages)


def test_it_says_the_same_as_the_certificate_and_names_nobody(certificate: Certificate) -> None:
    text = text_of(paper_of(certificate, "en"))

    shown = [
        "Certificate of erasure",
        "Acme (acme) certifies",
        str(certificate.request_id),
        "shop Hosting & Söhne, EU",
        "Deleted, code 200, attempt 3",
        "orders: 2 people: 1",
        "Knows nobody by these identifiers",
        "Deleted by hand",
        certificate.sha256,
        certificate.key_id,
    ]
    assert [part for part in shown if part not in text] == []
    assert certificate.signature in text.replace(" ", "")
    assert ("canary" in text, "4711" in text) == (False, False)


@pytest.mark.parametrize("language", WORDS)
def test_it_speaks_each_language(certificate: Certificate, language: str) -> None:
    text = text_of(paper_of(certificate, language))

    words = WORDS[language].paper  # type: ignore[index]
    said = (words.title, words.number, words.by_hand, words.unsupported, words.fingerprint, words.page.format(page=1))
    assert [part for part in said if part not in text] == []


def test_the_same_certificate_gives_the_same_bytes(certificate: Certificate) -> None:
    assert paper_of(certificate, "de") == paper_of(certificate, "de")


def test_names_are_no_markup_and_strange_letters_break_nothing(certificate: Certificate, workspace: Workspace) -> None:
    certificate.manifest = certificate.manifest.replace('"Acme"', '"<b>Ac</b>&me Łódź 株式"')

    text = text_of(paper_of(certificate, "en"))

    assert "<b>Ac</b>&me Łódz ?? (acme)" in text


def test_very_many_systems_go_on_on_the_next_page(certificate: Certificate) -> None:
    start = certificate.manifest.index('{"attempts"')
    end = certificate.manifest.index("}", certificate.manifest.index('"status"')) + 1
    row = certificate.manifest[start:end]
    certificate.manifest = certificate.manifest.replace(row, ",".join([row] * 80))

    pages = PdfReader(BytesIO(paper_of(certificate, "en"))).pages

    assert [
        ("Date deleted" in page.extract_text(), f"Page {at}" in page.extract_text()) for at, page in enumerate(pages, 1)
    ][:3] == [(True, True)] * 3
