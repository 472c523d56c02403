"""A client for backends: what a reader may see of a payload, asked of the service; where it cannot answer, nothing.

It needs httpx alone: no Django, no settings and nothing else of this distribution is loaded by importing it.
"""

from privacy_service.client.answers import (
    Classified,
    Decision,
    Effect,
    Explanation,
    Field,
    Finding,
    Masked,
    Question,
)
from privacy_service.client.asynchronous import AsyncPrivacyClient
from privacy_service.client.blocking import PrivacyClient
from privacy_service.client.calls import ContentType, Reading, SignedReader
from privacy_service.client.errors import (
    AccessDenied,
    BodyTooLarge,
    InvalidBody,
    NotAuthenticated,
    PrivacyServiceError,
    RateExceeded,
    Refused,
    Unavailable,
)
from privacy_service.client.hops import passing_on
from privacy_service.client.options import Options

__all__ = [
    "AccessDenied",
    "AsyncPrivacyClient",
    "BodyTooLarge",
    "Classified",
    "ContentType",
    "Decision",
    "Effect",
    "Explanation",
    "Field",
    "Finding",
    "InvalidBody",
    "Masked",
    "NotAuthenticated",
    "Options",
    "PrivacyClient",
    "PrivacyServiceError",
    "Question",
    "RateExceeded",
    "Reading",
    "Refused",
    "SignedReader",
    "Unavailable",
    "passing_on",
]
