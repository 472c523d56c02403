"""An authority of the tests' own, and certificates that it issues."""

import datetime as dt
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = ec.EllipticCurvePrivateKey
_DAY = dt.timedelta(days=1)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def pem_of(key: Key) -> bytes:
    """Return a private key as a file holds it."""
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)


@dataclass(frozen=True)
class Authority:
    """Issues certificates for domains and addresses."""

    key: Key
    certificate: x509.Certificate

    @classmethod
    def make(cls) -> "Authority":
        """Return a new one."""
        key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
        built = (
            x509.CertificateBuilder(
                _name("authority"), _name("authority"), key.public_key(), x509.random_serial_number()
            )
            .not_valid_before(now - _DAY)
            .not_valid_after(now + 30 * _DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )
        return cls(key, built.sign(key, hashes.SHA256()))

    def pem(self) -> bytes:
        """Return its certificate, to be trusted."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def issue(self, domain: str, *, days: int = 20) -> tuple[Key, bytes]:
        """Return a key, and a certificate that says it is this domain's or address's."""
        key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
        built = (
            x509.CertificateBuilder(_name("authority"), _name(domain), key.public_key(), x509.random_serial_number())
            .not_valid_before(now - 10 * _DAY)
            .not_valid_after(now + days * _DAY)
            .add_extension(x509.SubjectAlternativeName([_general(domain)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
        )
        return key, built.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def files(self, folder: Path, domain: str) -> tuple[str, str]:
        """Write a domain's key and certificate into files, and return their paths."""
        key, certificate = self.issue(domain)
        (folder / "key.pem").write_bytes(pem_of(key))
        (folder / "certificate.pem").write_bytes(certificate)
        return str(folder / "key.pem"), str(folder / "certificate.pem")


def _general(domain: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(domain))
    except ValueError:
        return x509.DNSName(domain)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
