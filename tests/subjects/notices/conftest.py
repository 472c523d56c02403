"""A workspace that tells people, a mail server that takes it, and somebody who was forgotten."""

from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone
from pytest_django import Settings

from privacy_service.subjects.identifiers import Identifier, Kind
from privacy_service.subjects.lifecycle import Proof, open_request, start
from privacy_service.subjects.models import Notice, NoticeSettings, SubjectRequest, Wish
from tests.mails import Mails, receiving
from tests.subjects.conftest import DORA, DORAS_ID
from workspaces.models import Workspace

Forget = Callable[..., SubjectRequest]


@pytest.fixture
def mails(settings: Settings) -> Iterator[Mails]:
    """Return what the SMTP server gets that the service is told to use."""
    with receiving() as mails:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", mails.port, False
        yield mails


@pytest.fixture
def notices(workspace: Workspace) -> NoticeSettings:
    """Return acme's settings, turned on."""
    return NoticeSettings.objects.create(workspace=workspace, is_on=True, next_run_at=timezone.now())


@pytest.fixture
def forget(workspace: Workspace) -> Forget:
    """Return what completes a request about somebody: there is no system that must be asked."""

    def forget(*identifiers: Identifier, wish: Wish = Wish.DELETE_ONLY, language: str = "") -> SubjectRequest:
        opened, _ = open_request(workspace, wish, identifiers or (DORAS_ID, DORA), language=language)
        return start(opened.pk, Proof.OWNER)

    return forget


def mail_to(name: str) -> Identifier:
    """Return somebody's e-mail."""
    return Identifier(Kind.EMAIL, f"{name}.canary@example.com")


def states() -> list[tuple[str, str]]:
    """Return how each notice stands, and whether it still has an address."""
    rows = Notice.objects.order_by("request__created_at")
    return [(one.state, "sealed" if one.sealed else "") for one in rows]
