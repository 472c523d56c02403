"""What a certificate says: which request, about whom by keyed digests, and what each system answered.

It is written down in one way only, after RFC 8785 (keys in order, no white space, UTF-8; it holds no fractions), so
that anybody can write it down again and verify its hash. It outlives the log and travels: nothing that somebody typed
is in it but names of systems and of the workspace.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from privacy_service.subjects.models import Receipt, RequestIdentifier, SubjectRequest, Wish

KIND = "certificate-of-erasure"
VERSION = 1
BY_HAND = "by hand"

Manifest = Mapping[str, Any]


def manifest_of(
    request: SubjectRequest, issued_at: datetime, receipts: Iterable[Receipt], digests: Iterable[RequestIdentifier]
) -> Manifest:
    """Return what the certificate of a completed request says, by what its systems answered."""
    return {
        "kind": KIND,
        "version": VERSION,
        "number": str(request.pk),
        "workspace": {name: str(getattr(request.workspace, name)) for name in ("id", "slug", "name")},
        "wish": request.wish,
        "law": request.law,
        "proof": request.proof,
        "asked_at": _written(request.created_at),
        "started_at": _written(request.started_at),
        "completed_at": _written(request.finished_at),
        "issued_at": _written(issued_at),
        "subject": sorted(map(_digest, digests), key=lambda one: (one["kind"], one["digest"])),
        "receipts": [_receipt(one) for one in receipts],
        "token_keys": request.token_keys,
    }


def is_of_erasure(receipt: Receipt, request: SubjectRequest) -> bool:
    """Say whether the system of a receipt was asked to delete: some are only told to take in no more."""
    return receipt.destination is None or receipt.destination.stands_as in Wish(request.wish).layers


def canonical(manifest: Manifest) -> bytes:
    """Write a manifest down."""
    return orjson.dumps(manifest, option=orjson.OPT_SORT_KEYS)


def _digest(one: RequestIdentifier) -> dict[str, str]:
    return {"kind": one.kind, "digest": bytes(one.digest).hex()}


def _receipt(receipt: Receipt) -> dict[str, Any]:
    system = receipt.destination
    return {
        "destination": receipt.name,
        "kind": system.kind if system else "",
        "region": system.region if system else "",
        "processor": system.processor if system else "",
        "status": receipt.status,
        "code": receipt.code,
        "date_deleted": _written(receipt.done_at),
        "attempts": receipt.attempts,
        "by_hand": BY_HAND in receipt.evidence,
        "evidence": _counts(receipt.evidence),
        "problem": receipt.problem,
    }


def _counts(evidence: Mapping[str, Any]) -> list[dict[str, str | int]]:
    """Return how much was deleted where; what somebody typed, such as the number of a ticket, stays in the log."""
    counted = {place: count for place, count in evidence.items() if isinstance(count, int)}
    return [{"place": place, "count": counted[place]} for place in sorted(counted)]


def _written(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
