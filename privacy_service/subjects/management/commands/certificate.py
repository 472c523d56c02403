"""Certificates of erasure from the command line: `manage.py certificate show|verify|keys`."""

import getpass
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from django.core.management.base import BaseCommand, CommandError

from privacy_service.exceptions import PrivacyError
from privacy_service.subjects.certificates.issuing import certificate_of, document_of
from privacy_service.subjects.certificates.paper import paper_of
from privacy_service.subjects.certificates.signing import public_keys
from privacy_service.subjects.certificates.verifying import NotOne, Verdict, Verified, verify
from privacy_service.subjects.identifiers import Identifier, Kind
from privacy_service.subjects.languages import Language
from privacy_service.subjects.models import Certificate, SubjectRequest

_NOT_GENUINE, _NONE = 1, 2
_TOLD = {
    Verdict.GENUINE: "Genuine: this installation has signed it, and nothing in it was changed.",
    Verdict.CHANGED: "Not genuine: something in it was changed.",
    Verdict.UNKNOWN_KEY: "Not genuine here: this installation has no such key.",
}


class Command(BaseCommand):
    """Show certificates and verify them."""

    help = (
        "Show certificates of erasure and verify them. Exit status of verify: 0 genuine (and about the identifier "
        "that was asked for), 1 not, 2 no certificate at all."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take one action and what it needs."""
        actions = parser.add_subparsers(dest="action", required=True)
        showing = actions.add_parser("show", help="write the certificate of a request")
        showing.add_argument("request", type=UUID, metavar="REQUEST", help="the request's id")
        showing.add_argument(
            "--output", type=Path, metavar="FILE", help="where to: .json or .pdf; else standard output"
        )
        showing.add_argument("--language", choices=[*Language], help="of the PDF; else the request's")
        verifying = actions.add_parser("verify", help="say whether a certificate is genuine, and about somebody")
        verifying.add_argument("file", type=Path, metavar="FILE", help="the certificate as JSON")
        verifying.add_argument(
            "--about",
            choices=[*Kind],
            help="ask for an identifier of this kind; it is typed in, or piped, never an argument",
        )
        actions.add_parser("keys", help="list the public keys that verify certificates")

    def handle(self, *_: str, action: str, **options: Any) -> None:
        """Carry the action out."""
        match action:
            case "show":
                self._show(options["request"], options["output"], options["language"])
            case "verify":
                self._verify(options["file"], options["about"])
            case "keys":
                for key in public_keys().values():
                    self.stdout.write(f"{key.pk}\tEd25519\t{key.public}")

    def _show(self, request_id: UUID, output: Path | None, language: str | None) -> None:
        certificate = _certificate(request_id)
        written = orjson.dumps(document_of(certificate), option=orjson.OPT_INDENT_2) + b"\n"
        if output is None:
            self.stdout.write(written.decode(), ending="")
            return
        if output.suffix.lower() == ".pdf":
            written = paper_of(certificate, language or certificate.request.language)
        try:
            output.write_bytes(written)
        except OSError as error:
            message = f"{output} cannot be written: {error.strerror}."
            raise CommandError(message, returncode=_NONE) from None
        self.stdout.write(f"Wrote {output}.")

    def _verify(self, file: Path, about: str | None) -> None:
        verified = _verified(file)
        if verified.verdict is not Verdict.GENUINE:
            raise CommandError(_TOLD[verified.verdict], returncode=_NOT_GENUINE)
        self.stdout.write(_TOLD[verified.verdict])
        if about and not verified.is_about(Identifier(Kind(about), _typed(about))):
            message = f"It is not about this {about}."
            raise CommandError(message, returncode=_NOT_GENUINE)
        if about:
            self.stdout.write(f"It is about this {about}.")


def _certificate(request_id: UUID) -> Certificate:
    request = SubjectRequest.objects.filter(pk=request_id).first()
    if request is None:
        message = f"There is no request {request_id}."
        raise CommandError(message, returncode=_NONE)
    try:
        return certificate_of(request)
    except PrivacyError as error:
        raise CommandError(str(error), returncode=_NONE) from None


def _verified(file: Path) -> Verified:
    try:
        return verify(orjson.loads(file.read_bytes()))
    except OSError as error:
        message = f"{file} cannot be read: {error.strerror}."
    except orjson.JSONDecodeError:
        message = f"{file} is not JSON: hand in the certificate as JSON, not as a PDF."
    except NotOne as error:
        message = str(error)
    raise CommandError(message, returncode=_NONE)


def _typed(kind: str) -> str:
    """Return an identifier that stands in no history of commands and no list of processes."""
    return getpass.getpass(f"{kind}: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
