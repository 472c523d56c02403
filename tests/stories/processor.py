"""A processor of OpenDSR as a process of its own: `python -m tests.stories.processor KEY CERTIFICATE`.

It prints where it answers, takes requests to erase, and says that each is under way, then that it is completed. It ends
with its standard input.
"""

import base64
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any, cast

import orjson
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.backend import Backend, Handler

HERE = "127.0.0.1"
ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def processor(key: str, certificate: str) -> Iterator[str]:
    """Run one, and give its address."""
    command = [sys.executable, "-m", "tests.stories.processor", key, certificate]
    with Popen(command, cwd=ROOT, stdin=PIPE, stdout=PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.communicate("")  # Ends its input.


class Processor:
    """Answers under its signature, and keeps nothing but how often it was asked about each request."""

    def __init__(self, key: bytes, certificate: bytes) -> None:
        self._key = cast("ec.EllipticCurvePrivateKey", serialization.load_pem_private_key(key, None))
        self._asked: Counter[str] = Counter()
        self.backend = Backend()
        self.backend.start()
        self.backend.on("/certificate", certificate)
        self.backend.does("/v2/discovery", self._discover)
        self.backend.does("/v2/requests", self._take)

    def _discover(self, handler: Handler) -> None:
        told = {
            "api_version": "2.0",
            "supported_identities": [{"identity_type": "email", "identity_format": "raw"}],
            "supported_subject_request_types": ["erasure"],
            "processor_certificate": f"{self.backend.url}/certificate",
        }
        self._answer(handler, 200, told)

    def _take(self, handler: Handler) -> None:
        number = orjson.loads(self.backend.asked[-1].body)["subject_request_id"]
        self.backend.asked.clear()
        self.backend.does(f"/v2/requests/{number}", self._tell)
        self._answer(handler, 201, {"subject_request_id": number, "controller_id": "acme"})

    def _tell(self, handler: Handler) -> None:
        self._asked[handler.path] += 1
        status = "in_progress" if self._asked[handler.path] == 1 else "completed"
        number = handler.path.rpartition("/")[2]
        self._answer(handler, 200, {"subject_request_id": number, "request_status": status})

    def _answer(self, handler: Handler, status: int, told: dict[str, Any]) -> None:
        body = orjson.dumps(told)
        signature = base64.b64encode(self._key.sign(body, ec.ECDSA(hashes.SHA256()))).decode()
        handler.whole(status, body, {"X-OpenDSR-Processor-Domain": HERE, "X-OpenDSR-Signature": signature})


def main() -> None:
    """Answer until the input ends."""
    key, certificate = (Path(name).read_bytes() for name in sys.argv[1:])
    running = Processor(key, certificate)
    sys.stdout.write(f"{running.backend.url}\n")
    sys.stdout.flush()
    sys.stdin.read()
    running.backend.stop()


if __name__ == "__main__":
    main()
