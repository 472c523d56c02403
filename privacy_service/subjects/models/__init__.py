"""Whom a workspace takes in no more, what people asked for, and the systems that must obey."""

from privacy_service.subjects.models.certificates import Certificate, CertificateKey
from privacy_service.subjects.models.destinations import Ability, Destination
from privacy_service.subjects.models.forms import Confirmation, SubjectForm
from privacy_service.subjects.models.notices import Notice, NoticeSettings
from privacy_service.subjects.models.requests import Law, Receipt, RequestIdentifier, Status, SubjectRequest, Wish
from privacy_service.subjects.models.suppressions import Suppression, SuppressionList

__all__ = [
    "Ability",
    "Certificate",
    "CertificateKey",
    "Confirmation",
    "Destination",
    "Law",
    "Notice",
    "NoticeSettings",
    "Receipt",
    "RequestIdentifier",
    "Status",
    "SubjectForm",
    "SubjectRequest",
    "Suppression",
    "SuppressionList",
    "Wish",
]
