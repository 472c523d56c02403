"""The words of OpenDSR's two versions, and what they are here."""

import hashlib
from collections.abc import Callable, Mapping
from typing import NamedTuple

from privacy_service.subjects.identifiers import Kind

REGULATIONS = ("gdpr", "ccpa")
CALLBACK = "/opendsr/callbacks/"


class Version(NamedTuple):
    """What differs between versions: the path of requests, and the names of headers."""

    number: int
    path: str
    headers: str  # How they begin.

    @property
    def name(self) -> str:
        """Return the value of `api_version`."""
        return f"{self.number}.0"

    @property
    def domain_header(self) -> str:
        """Return the header that names who answers."""
        return f"{self.headers}-Processor-Domain"

    @property
    def signature_header(self) -> str:
        """Return the header with the signature of the body."""
        return f"{self.headers}-Signature"


VERSIONS: Mapping[int, Version] = {
    1: Version(1, "opengdpr_requests", "X-OpenGDPR"),
    2: Version(2, "requests", "X-OpenDSR"),
}

_SAME = (
    Kind.EMAIL,
    Kind.ANDROID_ADVERTISING_ID,
    Kind.ANDROID_ID,
    Kind.FIRE_ADVERTISING_ID,
    Kind.IOS_ADVERTISING_ID,
    Kind.IOS_VENDOR_ID,
    Kind.MICROSOFT_ADVERTISING_ID,
    Kind.MICROSOFT_PUBLISHER_ID,
    Kind.ROKU_ADVERTISING_ID,
    Kind.ROKU_PUBLISHER_ID,
)
KINDS: Mapping[str, Kind] = {"controller_customer_id": Kind.USER_ID, **{str(kind): kind for kind in _SAME}}
TYPES: Mapping[Kind, str] = {kind: name for name, kind in KINDS.items()}


def _hashed(algorithm: str) -> Callable[[str], str]:
    # SHA-1 and MD5 are what a processor may know people by; they protect nobody, and we choose them last.
    return lambda value: hashlib.new(algorithm, value.encode(), usedforsecurity=False).hexdigest()


# How an identity may be written, in the order in which we would rather send it.
FORMATS: Mapping[str, Callable[[str], str]] = {
    "raw": str,
    "sha256": _hashed("sha256"),
    "sha1": _hashed("sha1"),
    "md5": _hashed("md5"),
}
