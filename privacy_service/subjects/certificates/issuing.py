"""Issuing the certificate of a request, once and in the transaction that completes it."""

from hashlib import sha256
from typing import Any

import orjson
from django.utils import timezone

from privacy_service.exceptions import Conflict, NoSuchResource
from privacy_service.subjects.certificates.manifest import canonical, manifest_of, receipts_of_erasure
from privacy_service.subjects.certificates.signing import ALGORITHM, kept_key, sign
from privacy_service.subjects.models import Certificate, Receipt, Status, SubjectRequest, Wish


def issue(request: SubjectRequest) -> None:
    """Certify what each system answered; one that deletes nothing, or that no system did, has none."""
    if not Wish(request.wish).deletes or not any(_has_deleted(one) for one in receipts_of_erasure(request)):
        return
    issued_at = timezone.now()
    written = canonical(manifest_of(request, issued_at))
    Certificate.objects.create(
        request=request,
        manifest=written.decode(),
        sha256=sha256(written).hexdigest(),
        key=kept_key(),
        signature=sign(written),
        issued_at=issued_at,
    )


def _has_deleted(receipt: Receipt) -> bool:
    return receipt.status == Status.COMPLETED


def certificate_of(request: SubjectRequest) -> Certificate:
    """Return the certificate of a request; raise Conflict where there is none yet, NoSuchResource once purged."""
    found = Certificate.objects.filter(request=request).first()
    if found is None:
        message = f"The request is {request.state}: a certificate is issued once a system has deleted and all are done."
        raise Conflict(message)
    if not found.manifest:
        raise NoSuchResource
    return found


def document_of(certificate: Certificate) -> dict[str, Any]:
    """Return a certificate as it is handed out, to be kept and verified by anybody."""
    return {
        "manifest": orjson.loads(certificate.manifest),
        "sha256": certificate.sha256,
        "signature": {"algorithm": ALGORITHM, "key": certificate.key_id, "value": certificate.signature},
    }
