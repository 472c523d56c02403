"""Issuing certificates, each once and in the transaction that completes its request."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from django.utils import timezone

from privacy_service.exceptions import Conflict, NoSuchResource
from privacy_service.subjects.certificates.manifest import canonical, is_of_erasure, manifest_of
from privacy_service.subjects.certificates.signing import ALGORITHM, kept_key, sign
from privacy_service.subjects.models import (
    Certificate,
    CertificateKey,
    Receipt,
    RequestIdentifier,
    Status,
    SubjectRequest,
    Wish,
)


def issue(requests: Iterable[SubjectRequest]) -> None:
    """Certify what each system answered to requests that are completed, all in the same few queries.

    One that deletes nothing, or that no system carried out, has no certificate.
    """
    deleting = {request.pk: request for request in requests if Wish(request.wish).deletes}
    receipts: dict[UUID, list[Receipt]] = defaultdict(list)
    digests: dict[UUID, list[RequestIdentifier]] = defaultdict(list)
    for receipt in Receipt.objects.filter(request__in=deleting).select_related("destination").order_by("name", "pk"):
        if is_of_erasure(receipt, deleting[receipt.request_id]):
            receipts[receipt.request_id].append(receipt)
    carried_out = [pk for pk, answers in receipts.items() if any(one.status == Status.COMPLETED for one in answers)]
    if not carried_out:
        return
    for digest in RequestIdentifier.objects.filter(request__in=carried_out):
        digests[digest.request_id].append(digest)
    key, now = kept_key(), timezone.now()
    Certificate.objects.bulk_create(
        _signed(deleting[pk], canonical(manifest_of(deleting[pk], now, receipts[pk], digests[pk])), key, now)
        for pk in carried_out
    )


def _signed(request: SubjectRequest, written: bytes, key: CertificateKey, now: datetime) -> Certificate:
    return Certificate(
        request=request,
        manifest=written.decode(),
        sha256=sha256(written).hexdigest(),
        key=key,
        signature=sign(written),
        issued_at=now,
    )


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
