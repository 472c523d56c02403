"""Saying whether a certificate is genuine, whom it is about, and that somebody was forgotten."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any
from uuid import UUID

from privacy_service.subjects.certificates.manifest import KIND, VERSION, canonical
from privacy_service.subjects.certificates.signing import ALGORITHM, is_signed, public_keys
from privacy_service.subjects.identifiers import Identifier, digester_of
from privacy_service.subjects.models import SubjectRequest
from workspaces.models import Workspace


class NotOne(ValueError):
    """What was handed in is no certificate at all."""


class Verdict(StrEnum):
    """What comes of verifying; only the first is good."""

    GENUINE = "genuine"
    CHANGED = "changed"
    UNKNOWN_KEY = "unknown-key"


@dataclass(frozen=True, slots=True)
class Verified:
    """A verdict, and what the certificate says."""

    verdict: Verdict
    manifest: Mapping[str, Any] = field(repr=False)

    def is_about(self, identifier: Identifier) -> bool:
        """Say whether a genuine certificate names this identifier."""
        if self.verdict is not Verdict.GENUINE:
            return False
        digest = digester_of(UUID(self.manifest["workspace"]["id"])).digest(identifier).hex()
        return {"kind": identifier.kind, "digest": digest} in self.manifest["subject"]


def verify(document: Any) -> Verified:
    """Look at a certificate as it was handed out; raise NotOne."""
    manifest, hashed, key_id, signature = _parts(document)
    try:
        written = canonical(manifest)
    except TypeError:  # Of orjson, which writes nothing this deep.
        message = "Its manifest is nested more deeply than that of any certificate."
        raise NotOne(message) from None
    key = public_keys().get(key_id)
    if key is None:
        return Verified(Verdict.UNKNOWN_KEY, manifest)
    is_whole = sha256(written).hexdigest() == hashed and is_signed(written, signature, key)
    return Verified(Verdict.GENUINE if is_whole else Verdict.CHANGED, manifest)


def forgotten(workspace: Workspace, identifiers: Iterable[Identifier]) -> list[SubjectRequest]:
    """Return the completed requests about somebody whom one of these names, also those whose log is purged."""
    digest = digester_of(workspace.pk).digest
    about = SubjectRequest.objects.filter(
        workspace=workspace,
        state=SubjectRequest.State.COMPLETED,
        digests__digest__in=[digest(one) for one in identifiers],
    )
    return list(about.select_related("certificate").distinct().order_by("finished_at", "pk"))


def _parts(document: Any) -> tuple[Mapping[str, Any], str, str, str]:
    try:
        manifest, signature = document["manifest"], document["signature"]
        made = (manifest["kind"], manifest["version"], signature["algorithm"])
        texts = (document["sha256"], signature["key"], signature["value"])
    except (KeyError, TypeError, IndexError):
        message = 'A certificate has "manifest", "sha256" and "signature", as it was handed out.'
        raise NotOne(message) from None
    if made != (KIND, VERSION, ALGORITHM):
        message = f"This is no {KIND} of version {VERSION} signed with {ALGORITHM}."
        raise NotOne(message)
    if not all(isinstance(text, str) for text in texts):
        message = "Hash, key and signature of a certificate are texts."
        raise NotOne(message)
    return manifest, *texts
