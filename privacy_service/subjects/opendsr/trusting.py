"""Whether a message is from the domain that it says: its certificate, by whom that was issued, its signature."""

import base64
import binascii
import ipaddress
import warnings
from contextlib import suppress
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from django.conf import settings

from privacy_service.addresses import tls_trusting

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

_LEAST_RSA_BITS = 2048


class NotTrusted(Exception):
    """A certificate or a signature that proves nothing; the message says why, and quotes nothing."""


def key_of(domain: str, pem: bytes) -> PublicKey:
    """Return the key of a domain's certificate; raise NotTrusted where nobody trusted says that it is the domain's.

    It must be issued for this domain, be good now, and lead to an authority that this service trusts: those of the
    system, and those of PRIVACY_SUBJECTS_CA_FILE. One that somebody signed themselves is not.
    """
    try:
        leaf, *between = x509.load_pem_x509_certificates(pem)
        verifier = PolicyBuilder().store(_trusted(settings.PRIVACY_SUBJECTS_CA_FILE))
        verifier.build_server_verifier(_subject(domain)).verify(leaf, between)
    except ValueError:
        message = "Its certificate cannot be read."
        raise NotTrusted(message) from None
    except VerificationError:
        message = "Its certificate is not of its domain, is over, or was issued by nobody who is trusted here."
        raise NotTrusted(message) from None
    key = leaf.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey) or (
        isinstance(key, rsa.RSAPublicKey) and key.key_size >= _LEAST_RSA_BITS
    ):
        return key
    message = "The key of its certificate is neither RSA of 2,048 bits nor EC."
    raise NotTrusted(message)


def check_signature(key: PublicKey, signature: str, body: bytes) -> None:
    """Raise NotTrusted where a body, byte by byte as it came, is not what was signed."""
    try:
        raw = base64.b64decode(signature, validate=True)
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(raw, body, padding.PKCS1v15(), SHA256())
        else:
            key.verify(raw, body, ec.ECDSA(SHA256()))
    except (InvalidSignature, binascii.Error, ValueError):
        message = "Its signature is not of this body."
        raise NotTrusted(message) from None


def _subject(domain: str) -> x509.verification.Subject:
    with suppress(ValueError):
        return x509.IPAddress(ipaddress.ip_address(domain))
    return x509.DNSName(domain)


@lru_cache(maxsize=4)
def _trusted(ca_file: str) -> Store:
    """Return the authorities that TLS connections to destinations trust too."""
    authorities = []
    with warnings.catch_warnings():
        warnings.simplefilter("error", CryptographyDeprecationWarning)
        for der in tls_trusting(ca_file).get_ca_certs(binary_form=True):
            # A store of the system may hold one that is too old to be read well.
            with suppress(ValueError, CryptographyDeprecationWarning):
                authorities.append(x509.load_der_x509_certificate(der))
    return Store(authorities)
