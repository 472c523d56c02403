"""A real SMTP server that keeps what it is handed."""

from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from pytest_django import Settings

from tests.services import free_port


class Mails:
    """What came: to whom, with which subject and text."""

    def __init__(self) -> None:
        self.port = free_port()
        self.got: list[tuple[list[str], str, str]] = []
        self.ids: list[str] = []
        self.refusals: dict[str, str] = {}  # What the server answers when this address is named.

    async def handle_RCPT(self, server: object, session: object, envelope: Any, address: str, _: object) -> str:  # noqa: N802 - as below.
        """Take an address, or refuse it."""
        del server, session
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name.
        """Keep one mail."""
        del server, session
        mail = message_from_bytes(envelope.content, policy=policy.default)
        body = mail.get_body()
        assert body is not None
        self.ids.append(str(mail["Message-ID"]).strip())
        self.got.append((envelope.rcpt_tos, str(mail["Subject"]).strip(), body.get_content()))
        return "250 OK"


@contextmanager
def receiving() -> Iterator[Mails]:
    """Run the server."""
    mails = Mails()
    controller = Controller(mails, hostname="127.0.0.1", port=mails.port)
    controller.start()
    try:
        yield mails
    finally:
        controller.stop()


@pytest.fixture
def mails(settings: Settings) -> Iterator[Mails]:
    """Return what the SMTP server gets that the service is told to use."""
    with receiving() as mails:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", mails.port, False
        yield mails
