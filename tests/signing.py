"""An identity provider for tests: it signs tokens for readers, and serves its keys over HTTPS."""

import datetime as dt
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

AUDIENCE = "privacy-service"


@dataclass(frozen=True)
class Signer:
    """A private key with its name, and the algorithm it signs with."""

    kid: str
    algorithm: str
    key: Any

    def token(self, subject: str = "bob@example.com", **changes: Any) -> str:
        """Return a token for this reader; `headers` and claims change, None leaves one out.

        It is good for an hour: the tokens of a table are made when its tests are collected.
        """
        headers = {"kid": self.kid} | changes.pop("headers", {})
        now = int(time.time())
        claims = {"sub": subject, "aud": AUDIENCE, "iat": now, "exp": now + 3600} | changes
        kept = {name: value for name, value in claims.items() if value is not None}
        sent = {name: value for name, value in headers.items() if value is not None}
        return jwt.PyJWS().encode(json.dumps(kept).encode(), self.key, self.algorithm, headers=sent)

    @property
    def jwk(self) -> dict[str, Any]:
        """Return the public key."""
        algorithm = jwt.PyJWS().get_algorithm_by_name(self.algorithm)
        public = {} if self.algorithm.startswith("HS") else algorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {**public, "kid": self.kid}


def rsa_signer(kid: str = "rsa", *, bits: int = 2048, algorithm: str = "RS256") -> Signer:
    """Return a new RSA key."""
    return Signer(kid, algorithm, rsa.generate_private_key(public_exponent=65537, key_size=bits))


def ed_signer(kid: str = "ed") -> Signer:
    """Return a new Ed25519 key: the quickest to make."""
    return Signer(kid, "EdDSA", ed25519.Ed25519PrivateKey.generate())


def ec_signer(kid: str = "ec", *, algorithm: str = "ES256") -> Signer:
    """Return a new key on the curve of the algorithm."""
    curves: dict[str, ec.EllipticCurve] = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}
    return Signer(kid, algorithm, ec.generate_private_key(curves[algorithm]))


def key_set(*signers: Signer) -> dict[str, Any]:
    """Return the public keys as a JWKS document."""
    return {"keys": [signer.jwk for signer in signers]}


Reply = tuple[int, dict[str, str], bytes]


@dataclass
class KeyServer:
    """Serves whatever `answer` returns, and counts how often it was asked."""

    url: str
    host: str
    answer: Callable[[], Reply]
    asked: list[str] = field(default_factory=list)

    def serve(self, document: Any) -> None:
        """Serve this document from now on."""
        self.answer = lambda: (200, {"Content-Type": "application/json"}, json.dumps(document).encode())


@contextmanager
def key_server(folder: Path) -> Iterator[tuple[KeyServer, Path]]:
    """Run an HTTPS server on loopback; give it and the file with the certificate to trust."""
    certificate = _self_signed(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    state = KeyServer("", "", lambda: (404, {}, b""))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            status, headers, body = state.answer()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(OSError):  # A client that has enough hangs up.
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    state.host = f"127.0.0.1:{server.server_port}"
    state.url = f"https://{state.host}/jwks.json"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield state, certificate
    finally:
        server.shutdown()
        server.server_close()


def _self_signed(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "keys of the tests")])
    now = dt.datetime.now(dt.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
    certificate = builder.add_extension(address, critical=False).sign(key, hashes.SHA256())
    path = folder / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path
