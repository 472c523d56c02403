"""Whom a workspace takes in no more, what people asked for, and the systems that must obey."""

from privacy_service.subjects.models.archives import Archive, ArchiveLink, ArchivePart
from privacy_service.subjects.models.certificates import Certificate, CertificateKey
from privacy_service.subjects.models.destinations import Ability, Destination, Layer
from privacy_service.subjects.models.forms import Confirmation, SubjectForm
from privacy_service.subjects.models.index import EVENTS, IndexEntry, IndexKey, IndexScan, IndexSettings
from privacy_service.subjects.models.notices import Notice, NoticeSettings
from privacy_service.subjects.models.opendsr import Callback, ControllerRequest
from privacy_service.subjects.models.outages import Outage, ProofFile, Turn
from privacy_service.subjects.models.regulations import Regulation, RegulationPart
from privacy_service.subjects.models.requests import Law, Receipt, RequestIdentifier, Status, SubjectRequest, Wish
from privacy_service.subjects.models.suppressions import Suppression, SuppressionList
from privacy_service.subjects.models.token_keys import TokenKey, TokenKeyVersion

__all__ = [
    "EVENTS",
    "Ability",
    "Archive",
    "ArchiveLink",
    "ArchivePart",
    "Callback",
    "Certificate",
    "CertificateKey",
    "Confirmation",
    "ControllerRequest",
    "Destination",
    "IndexEntry",
    "IndexKey",
    "IndexScan",
    "IndexSettings",
    "Law",
    "Layer",
    "Notice",
    "NoticeSettings",
    "Outage",
    "ProofFile",
    "Receipt",
    "Regulation",
    "RegulationPart",
    "RequestIdentifier",
    "Status",
    "SubjectForm",
    "SubjectRequest",
    "Suppression",
    "SuppressionList",
    "TokenKey",
    "TokenKeyVersion",
    "Turn",
    "Wish",
]
