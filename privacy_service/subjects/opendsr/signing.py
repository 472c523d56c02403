"""Signing as this service's domain, with the key of the certificate that it publishes."""

import base64
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings

SETTINGS = "PRIVACY_PUBLIC_URL, PRIVACY_OPENDSR_KEY_FILE and PRIVACY_OPENDSR_CERTIFICATE_FILE"

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class NotSetUp(Exception):
    """This installation has no key to sign with; the message says which settings to look at."""


def is_set_up() -> bool:
    """Say whether this service has a domain, a certificate and its key."""
    return bool(domain() and settings.PRIVACY_OPENDSR_KEY_FILE and settings.PRIVACY_OPENDSR_CERTIFICATE_FILE)


def domain() -> str:
    """Return the domain that answers are signed for, empty where this service has no public address."""
    return urlsplit(settings.PRIVACY_PUBLIC_URL).hostname or ""


def certificate() -> bytes:
    """Return the certificate with its chain, as PEM; raise NotSetUp."""
    return _read(settings.PRIVACY_OPENDSR_CERTIFICATE_FILE)


def sign(body: bytes) -> str:
    """Return the signature of a body (SHA-256; RSA with PKCS #1 padding, or ECDSA), in base64; raise NotSetUp."""
    key = _key(_read(settings.PRIVACY_OPENDSR_KEY_FILE), certificate())
    if isinstance(key, rsa.RSAPrivateKey):
        return base64.b64encode(key.sign(body, padding.PKCS1v15(), SHA256())).decode()
    return base64.b64encode(key.sign(body, ec.ECDSA(SHA256()))).decode()


def _read(path: str) -> bytes:
    """Return a file as it is now: certificates are renewed while the service runs."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        message = f"The key or certificate of OpenDSR cannot be read ({error.strerror}): look at {SETTINGS}."
        raise NotSetUp(message) from None


@lru_cache(maxsize=4)
def _key(key_pem: bytes, certificate_pem: bytes) -> PrivateKey:
    """Return the key, once it is seen to be that of the certificate."""
    try:
        key = load_pem_private_key(key_pem, password=None)
        public = x509.load_pem_x509_certificates(certificate_pem)[0].public_key()
    except (ValueError, TypeError, IndexError):
        message = f"The key or certificate of OpenDSR is no PEM without a password: look at {SETTINGS}."
        raise NotSetUp(message) from None
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) or key.public_key() != public:
        message = f"The key of OpenDSR must be RSA or EC, and that of its certificate: look at {SETTINGS}."
        raise NotSetUp(message)
    return key
