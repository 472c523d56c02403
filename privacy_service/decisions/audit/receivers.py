"""Who the trail can be forwarded to: a webhook and a Redis stream, each where a setting names it and nowhere else."""

import hashlib
import hmac
import http.client
import ssl
import time
import uuid
from typing import Protocol
from urllib.parse import urlsplit

import redis
from django.conf import settings


class NotReceived(Exception):
    """A receiver did not confirm a batch; the message is the kind of failure, never what an answer held."""


class Receiver(Protocol):
    """Somebody who is sent records."""

    name: str

    def is_set(self) -> bool:
        """Say whether the installation has one."""

    def send(self, lines: list[bytes]) -> None:
        """Hand records over, one JSON object each; raise NotReceived unless all of them were taken."""


class Webhook:
    """An HTTP address: one POST of JSON Lines a batch, signed; a redirect is a failure, no other address is asked."""

    name = "webhook"

    def is_set(self) -> bool:
        """Say whether an address is set."""
        return bool(settings.PRIVACY_AUDIT_WEBHOOK_URL)

    def send(self, lines: list[bytes]) -> None:
        """Post the records; any answer but 2xx means that they must come again."""
        body = b"".join(line + b"\n" for line in lines)
        connection = _connection()
        try:
            connection.request("POST", _path(), body, _headers(body))
            status = connection.getresponse().status  # What it says beside the status is nobody's concern.
        except (OSError, http.client.HTTPException) as error:
            raise NotReceived(type(error).__name__) from None
        finally:
            connection.close()
        if status // 100 != 2:  # noqa: PLR2004 - HTTP's successes.
            message = f"answered {status}"
            raise NotReceived(message)


class Stream:
    """A Redis stream beside the broker: one entry a record, in one transaction a batch, the oldest trimmed away."""

    name = "stream"

    def is_set(self) -> bool:
        """Say whether a stream is named."""
        return bool(settings.PRIVACY_AUDIT_STREAM)

    def send(self, lines: list[bytes]) -> None:
        """Add the records."""
        seconds = settings.PRIVACY_REDIS_TIMEOUT_SECONDS
        options = {"socket_timeout": seconds, "socket_connect_timeout": seconds}
        try:
            with redis.Redis.from_url(settings.REDIS_URL, **options) as client, client.pipeline() as pipeline:
                for line in lines:
                    pipeline.xadd(
                        settings.PRIVACY_AUDIT_STREAM, {"record": line}, maxlen=settings.PRIVACY_AUDIT_STREAM_MAXLEN
                    )
                pipeline.execute()
        except redis.RedisError as error:
            raise NotReceived(type(error).__name__) from None


RECEIVERS: tuple[Receiver, ...] = (Webhook(), Stream())


def signature_of(body: bytes, moment: int, secret: str) -> str:
    """Return what PII-Signature says of a body sent at this moment (seconds since 1970)."""
    signed = b"%d.%b" % (moment, body)
    return f"t={moment},v1={hmac.digest(secret.encode(), signed, hashlib.sha256).hex()}"


def _connection() -> http.client.HTTPConnection:
    # http.client follows no redirect and asks no proxy of the environment: only the address that is set is spoken to.
    address = urlsplit(settings.PRIVACY_AUDIT_WEBHOOK_URL)
    seconds = settings.PRIVACY_AUDIT_WEBHOOK_TIMEOUT_SECONDS
    host = address.hostname or ""
    if address.scheme == "https":
        return http.client.HTTPSConnection(host, address.port, timeout=seconds, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, address.port, timeout=seconds)


def _path() -> str:
    address = urlsplit(settings.PRIVACY_AUDIT_WEBHOOK_URL)
    return (address.path or "/") + (f"?{address.query}" if address.query else "")


def _headers(body: bytes) -> dict[str, str]:
    return {
        "Content-Type": "application/x-ndjson",
        "User-Agent": "privacy-service",
        "PII-Delivery": str(uuid.uuid4()),
        "PII-Signature": signature_of(body, int(time.time()), settings.PRIVACY_AUDIT_WEBHOOK_SECRET),
    }
