"""What an operator and an auditor read when they run `manage.py certificate`."""

import io
import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from privacy_service.subjects.certificates.issuing import document_of
from privacy_service.subjects.certificates.signing import public_keys
from privacy_service.subjects.models import Certificate
from tests.subjects.certificates.conftest import certificate, forgotten

__all__ = ["certificate", "forgotten"]  # Fixtures.


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("certificate", *arguments, stdout=out)
    return out.getvalue()


def refused(*arguments: str) -> tuple[int, str]:
    with pytest.raises(CommandError) as error:
        run(*arguments)
    return error.value.returncode, str(error.value)


def test_one_is_shown_written_and_verified(
    certificate: Certificate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, paper = tmp_path / "certificate.json", tmp_path / "certificate.pdf"

    shown = run("show", str(certificate.request_id))
    run("show", str(certificate.request_id), "--output", str(file))
    run("show", str(certificate.request_id), "--output", str(paper), "--language", "es")
    verified = run("verify", str(file))
    monkeypatch.setattr("sys.stdin", io.StringIO("Dora.Canary@example.com\n"))
    about = run("verify", str(file), "--about", "email")
    monkeypatch.setattr("sys.stdin", io.StringIO("eve@example.com\n"))
    not_about = refused("verify", str(file), "--about", "email")

    assert json.loads(shown) == json.loads(file.read_text()) == document_of(certificate)
    assert paper.read_bytes().startswith(b"%PDF-")
    assert verified == "Genuine: this installation has signed it, and nothing in it was changed.\n"
    assert about.splitlines()[1] == "It is about this email."
    assert not_about == (1, "It is not about this email.")


def test_one_that_was_changed_is_told(certificate: Certificate, tmp_path: Path) -> None:
    file = tmp_path / "certificate.json"
    document = document_of(certificate)
    document["manifest"]["law"] = "ccpa"
    file.write_text(json.dumps(document))

    assert refused("verify", str(file)) == (1, "Not genuine: something in it was changed.")


def test_what_cannot_be_read_says_what_to_do(certificate: Certificate, tmp_path: Path) -> None:
    paper, other = tmp_path / "certificate.pdf", tmp_path / "other.json"
    paper.write_bytes(b"%PDF-")
    other.write_text("{}")
    nobody = "00000000-0000-0000-0000-000000000000"

    assert refused("verify", str(paper)) == (2, f"{paper} is not JSON: hand in the certificate as JSON, not as a PDF.")
    assert refused("verify", str(other))[0] == 2
    assert refused("verify", str(tmp_path / "none")) == (
        2, f"{tmp_path / 'none'} cannot be read: No such file or directory.",
    )  # fmt: skip
    assert refused("show", nobody) == (2, f"There is no request {nobody}.")
    assert refused("show", str(certificate.request_id), "--output", str(tmp_path))[0] == 2


def test_the_keys_are_listed(certificate: Certificate) -> None:
    [key] = public_keys().values()

    assert run("keys") == f"{certificate.key_id}\tEd25519\t{key.public}\n"
