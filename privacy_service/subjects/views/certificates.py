"""Certificates of erasure over HTTP: for owners, and for whoever wants to verify one."""

import base64
from datetime import UTC
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from privacy_service.answering import answers
from privacy_service.body import json_in
from privacy_service.enforcement.views import PROBLEMS, EndpointView
from privacy_service.exceptions import BodyTooLarge, InvalidBody
from privacy_service.http import Answer, Call, json_answer
from privacy_service.managing.paging import plain_query
from privacy_service.managing.parsing import StrictSerializer
from privacy_service.managing.schema import COMMON, problems
from privacy_service.managing.views.base import ManagementViewSet
from privacy_service.subjects.certificates.issuing import certificate_of, document_of
from privacy_service.subjects.certificates.paper import paper_of
from privacy_service.subjects.certificates.signing import ALGORITHM, pem_of, public_keys
from privacy_service.subjects.certificates.verifying import NotOne, Verdict, forgotten, verify
from privacy_service.subjects.languages import Language
from privacy_service.subjects.models import CertificateKey, SubjectRequest
from privacy_service.subjects.views.naming import ONE_PERSON, Subjects, identifiers_of
from workspaces.keys import Scope
from workspaces.permissions import Permission

KEYS, VERIFY = "certificate-keys", "certificate-verify"
LIMIT_BYTES = 1024 * 1024

_FORMATS = ["json", "pdf"]
_SIGNATURE = inline_serializer(
    "CertificateSignature",
    {"algorithm": serializers.CharField(), "key": serializers.CharField(), "value": serializers.CharField()},
)
_DOCUMENT = inline_serializer(
    "Certificate",
    {
        "manifest": serializers.DictField(help_text="What each system answered; whom it is about as keyed digests."),
        "sha256": serializers.CharField(help_text="Of the manifest in canonical form (RFC 8785)."),
        "signature": _SIGNATURE,
    },
)
_PROOFS = inline_serializer(
    "Forgotten",
    {
        "forgotten": inline_serializer(
            "ForgottenRequest",
            {
                "request": serializers.UUIDField(),
                "wish": serializers.CharField(),
                "completed_at": serializers.DateTimeField(),
                "sha256": serializers.CharField(help_text="Of its certificate; empty where it has none."),
                "purged": serializers.BooleanField(help_text="Whether nothing else is kept of it."),
            },
            many=True,
        )
    },
)
_DETAIL = {
    Verdict.GENUINE: "This installation has signed it, and nothing in it was changed.",
    Verdict.CHANGED: "It is not what was signed: something in it was changed.",
    Verdict.UNKNOWN_KEY: "This installation has no such key: it was issued elsewhere, or is made up.",
}


class CertificateQuery(StrictSerializer):
    """How a certificate is wanted."""

    format = serializers.ChoiceField(_FORMATS, default="json")
    language = serializers.ChoiceField(Language.choices, required=False, help_text="Of the PDF; else the request's.")


class CertificateViewSet(ManagementViewSet):
    """Certificates of a workspace's requests."""

    collection = "certificates"
    scope = Scope.SUBJECTS
    reading = writing = Permission.MANAGE_SUBJECT_REQUESTS

    def get_queryset(self) -> QuerySet[SubjectRequest]:
        """Return the workspace's requests that are still listed."""
        return SubjectRequest.objects.filter(workspace=self.space, purged_at=None)

    @extend_schema(
        operation_id="subject_requests_certificate",
        parameters=[CertificateQuery, *COMMON],
        responses={
            (200, "application/json"): _DOCUMENT,
            (200, "application/pdf"): OpenApiTypes.BINARY,
            **problems(409, 422),
        },
    )
    def retrieve(self, request: Request, slug: str, pk: UUID) -> Any:
        """Show the signed certificate of a completed request, as JSON or on paper."""
        del slug
        asked = self.read(CertificateQuery, plain_query(request.query_params))
        certificate = certificate_of(self.one(self.get_queryset(), pk))
        if asked["format"] == "json":
            return Response(document_of(certificate))
        paper = paper_of(certificate, asked.get("language") or certificate.request.language)
        return HttpResponse(paper, content_type="application/pdf", headers=as_file(pk, "pdf"))

    @extend_schema(
        operation_id="subject_requests_proofs",
        parameters=[*COMMON],
        request=Subjects,
        examples=[ONE_PERSON],
        responses={200: _PROOFS, **problems(422)},
    )
    def proofs(self, request: Request, slug: str) -> Response:
        """Say when somebody was forgotten, also after the log was purged; nothing is kept of the question."""
        del request, slug
        found = forgotten(self.space, identifiers_of(self.body(Subjects)))
        return Response({"forgotten": [_proof(one) for one in found]})


def as_file(pk: UUID, kind: str) -> dict[str, str]:
    """Return the header that has a browser save a certificate under a name that is nobody's."""
    return {"Content-Disposition": f'attachment; filename="certificate-{pk}.{kind}"'}


def _proof(request: SubjectRequest) -> dict[str, Any]:
    certificate = getattr(request, "certificate", None)
    return {
        "request": request.pk,
        "wish": request.wish,
        "completed_at": request.finished_at,
        "sha256": certificate.sha256 if certificate else "",
        "purged": request.purged_at is not None,
    }


@answers(KEYS, "GET", sheds=False)
def keys(call: Call) -> Answer:
    """Show the public keys."""
    return json_answer(200, {"keys": [_as_jwk(key) for key in public_keys().values()]}, call.id)


@answers(VERIFY, "POST", sheds=False)
def verified(call: Call) -> Answer:
    """Say whether a certificate is genuine."""
    body = call.read()
    if len(body) > LIMIT_BYTES:
        message = f"At most {LIMIT_BYTES} bytes are taken here."
        raise BodyTooLarge(message)
    try:
        verdict = verify(json_in(body)).verdict
    except NotOne as error:
        raise InvalidBody(str(error)) from None
    return json_answer(200, {"verdict": verdict, "detail": _DETAIL[verdict]}, call.id)


def _as_jwk(key: CertificateKey) -> dict[str, str]:
    """Return a key as RFC 8037 has it, and in the form that openssl reads."""
    raw = base64.urlsafe_b64encode(base64.b64decode(key.public)).rstrip(b"=").decode()
    since = key.created_at.astimezone(UTC).isoformat(timespec="seconds")
    named = {"kty": "OKP", "crv": ALGORITHM, "alg": "EdDSA", "use": "sig", "kid": key.pk, "x": raw}
    return named | {"pem": pem_of(key), "since": since}


class KeysView(EndpointView):
    """The public keys of certificates."""

    endpoint = keys

    @extend_schema(
        operation_id="certificate_keys",
        auth=[],
        responses={
            200: inline_serializer("CertificateKeys", {"keys": serializers.ListField(child=serializers.DictField())})
        },
    )
    def get(self, request: Request) -> Any:
        """Show the public keys that verify certificates, as a JSON Web Key Set."""
        return self.answer(request, "")


class VerifyView(EndpointView):
    """Whether a certificate is genuine."""

    endpoint = verified

    @extend_schema(
        operation_id="certificate_verify",
        auth=[],
        request=_DOCUMENT,
        examples=[
            OpenApiExample(
                "a certificate",
                {
                    "manifest": {"kind": "certificate-of-erasure", "version": 1},
                    "sha256": "5f0c",
                    "signature": {"algorithm": ALGORITHM, "key": "5f0c", "value": "bm9uZQ=="},
                },
                request_only=True,
            )
        ],
        responses={
            200: inline_serializer(
                "CertificateVerified",
                {"verdict": serializers.ChoiceField([*Verdict]), "detail": serializers.CharField()},
            ),
            **{status: each for status, each in PROBLEMS.items() if status[0] in {400, 413, 503}},
        },
    )
    def post(self, request: Request) -> Any:
        """Say whether this installation has issued a certificate as it is; anybody may ask, and nothing is kept."""
        return self.answer(request, "")
