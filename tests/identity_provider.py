"""An OpenID Connect provider for tests: it signs with RSA keys, checks what the standard asks, and can lie."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.signing import Signer, key_set, rsa_signer

CLIENT, SECRET = "console", "a-secret-of-the-tests"


@dataclass
class IdentityProvider:
    """The provider, and what it says of whoever comes."""

    signer: Signer = field(default_factory=rsa_signer)
    claims: dict[str, Any] = field(default_factory=dict)  # Of who signs in; None leaves out what would be said.
    userinfo: dict[str, Any] = field(default_factory=dict)
    named: dict[str, Any] = field(default_factory=dict)  # What discovery says otherwise.
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    url: str = ""
    token: str = ""  # What it gives instead of a token of its own.

    @property
    def settings(self) -> dict[str, Any]:
        """Return the settings of a service that trusts it."""
        return {
            "PRIVACY_OIDC_ISSUER": self.url,
            "PRIVACY_OIDC_CLIENT_ID": CLIENT,
            "PRIVACY_OIDC_CLIENT_SECRET": SECRET,
            "PRIVACY_OIDC_NETWORKS": ["127.0.0.0/8"],
        }

    def discovery(self) -> dict[str, Any]:
        """Return where its parts are."""
        paths = {
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
            "jwks_uri": "keys",
            "userinfo_endpoint": "userinfo",
            "end_session_endpoint": "leave",
        }
        return {"issuer": self.url, **{name: f"{self.url}/{path}" for name, path in paths.items()}, **self.named}

    def authorize(self, url: str) -> str:
        """Do what its page does for somebody who is signed in there: return where it sends them back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert (asked["client_id"], asked["response_type"]) == (CLIENT, "code")
        assert (asked["code_challenge_method"], "openid" in asked["scope"].split()) == ("S256", True)
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def exchange(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """Return tokens for a code, once, to who began: the secret and PKCE prove it."""
        begun = self.codes.pop(form.get("code", ""), None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=")
        expected = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if begun is None or begun["code_challenge"] != proof.decode() or authorization != expected:
            return 400, {"error": "invalid_grant"}
        if begun["redirect_uri"] != form.get("redirect_uri"):
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "at", "token_type": "Bearer", "id_token": self.token or self.sign(begun["nonce"])}

    def sign(self, nonce: str) -> str:
        """Return an id token."""
        now = int(time.time())
        usual = {"iss": self.url, "aud": CLIENT, "sub": "sub-1", "nonce": nonce, "iat": now, "exp": now + 300}
        return self.signer.token(**{"email_verified": True, **usual, **self.claims, "headers": {}})


@contextmanager
def identity_provider() -> Iterator[IdentityProvider]:
    """Run one on loopback."""
    provider = IdentityProvider()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(provider))
    server.daemon_threads = True
    provider.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()


def _handler_of(provider: IdentityProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            provider.asked.append(path)
            if path == "/authorize":
                self.send_response(302)
                self.send_header("Location", provider.authorize(self.path))
                self.end_headers()
                return
            self._say(200, documents[path]() if path in documents else {})

        def do_POST(self) -> None:
            provider.asked.append(self.path)
            raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(raw).items()}
            self._say(*provider.exchange(form, self.headers.get("Authorization", "")))

        def _say(self, status: int, document: dict[str, Any]) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    documents: dict[str, Callable[[], dict[str, Any]]] = {
        "/.well-known/openid-configuration": provider.discovery,
        "/keys": lambda: key_set(provider.signer),
        "/userinfo": lambda: {"sub": provider.claims.get("sub", "sub-1"), **provider.userinfo},
    }
    return Handler
