"""The key that signs certificates, and the public ones that verify them.

Ed25519 (RFC 8032): anybody can verify with the public key and nobody sign. The private key is derived from
PRIVACY_TOKEN_KEY and kept nowhere. Each public key is kept when it first signs: what an earlier secret has signed
verifies for good.
"""

import base64
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from privacy_service.subjects.models import CertificateKey

ALGORITHM = "Ed25519"
_INFO = b"privacy-service certificates of erasure"
_ID_LETTERS = 16


def present_key() -> CertificateKey:
    """Return the public key that verifies what is signed now; `kept_key` keeps it."""
    public = _private(settings.PRIVACY_TOKEN_KEY).public_key().public_bytes_raw()
    return CertificateKey(pk=sha256(public).hexdigest()[:_ID_LETTERS], public=base64.b64encode(public).decode())


def kept_key() -> CertificateKey:
    """Return the same, kept from the first signature on."""
    key = present_key()
    return CertificateKey.objects.get_or_create(pk=key.pk, defaults={"public": key.public})[0]


def public_keys() -> dict[str, CertificateKey]:
    """Return every key that certificates of this installation may be signed with, by id."""
    present = present_key()
    # The derived key last: a row of the database does not stand in for it.
    return {key.pk: key for key in (*CertificateKey.objects.all(), present)}


def sign(signed: bytes) -> str:
    """Return the signature of these bytes, in base 64."""
    return base64.b64encode(_private(settings.PRIVACY_TOKEN_KEY).sign(signed)).decode()


def pem_of(key: CertificateKey) -> str:
    """Return a public key as openssl and most programs read it."""
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key.public))
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def is_signed(signed: bytes, signature: str, key: CertificateKey) -> bool:
    """Say whether the key has signed these bytes."""
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key.public))
    try:
        public.verify(base64.b64decode(signature, validate=True), signed)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=4)
def _private(secret: str) -> Ed25519PrivateKey:
    seed = HKDF(SHA256(), length=32, salt=None, info=_INFO).derive(secret.encode())
    return Ed25519PrivateKey.from_private_bytes(seed)
