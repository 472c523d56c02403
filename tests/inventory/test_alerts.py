"""New red fields are told by webhook and by mail; names and kinds, never what stood in a field."""

import hashlib
import hmac
from collections.abc import Iterator

import orjson
import pytest
from pytest_django import Settings

from privacy_service.inventory import alerts
from privacy_service.inventory.models import Field, InventorySettings
from privacy_service.subjects.destinations.base import NotDone
from tests.backend import Backend
from tests.inventory.conftest import CANARY, see
from tests.mails import Mails, receiving
from workspaces.models import Workspace

SECRET = "canary-secret"


@pytest.fixture
def hook(workspace: Workspace, backend: Backend, settings: Settings) -> InventorySettings:
    """Return settings that tell a webhook on this machine."""
    settings.PRIVACY_SUBJECTS_NETWORKS = ["127.0.0.0/8"]
    made = InventorySettings(workspace=workspace, alert_url=f"{backend.url}/hook")
    alerts.keep_secret(made, SECRET)
    made.save()
    return made


@pytest.fixture
def mails(settings: Settings) -> Iterator[Mails]:
    """Return a mail server."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with receiving() as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", server.port, False
        yield server


def test_a_webhook_is_told_once_signed_and_without_a_value(hook: InventorySettings, backend: Backend) -> None:
    backend.on("/hook")
    see(hook.workspace, {"email": CANARY, "plan": "gold"})

    told = [alerts.tell(hook.workspace.pk), alerts.tell(hook.workspace.pk)]

    [asked] = backend.asked
    message = orjson.loads(asked.body)
    assert told == [1, 0]
    assert (message["type"], message["text"]) == (
        "new-red-fields",
        "1 new red field in acme: shop public.customers /email",
    )
    assert [(one["path"], one["kinds"]) for one in message["fields"]] == [("/email", ["EMAIL_ADDRESS"])]
    assert (
        asked.header(alerts.SIGNATURE) == "sha256=" + hmac.new(SECRET.encode(), asked.body, hashlib.sha256).hexdigest()
    )
    assert CANARY.encode() not in asked.body


@pytest.mark.parametrize("status", [302, 400, 500])
def test_what_could_not_be_told_waits_for_the_next_sweep(
    hook: InventorySettings, backend: Backend, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    backend.on("/hook", status=status, Location="http://127.0.0.1:1/")
    see(hook.workspace, {"email": CANARY})

    alerts.tell_all()
    backend.on("/hook")
    alerts.tell_all()

    assert len(backend.asked) == 2
    assert not alerts.waiting()
    assert "could not be told" in caplog.text
    assert CANARY not in caplog.text


def test_a_webhook_within_the_own_network_is_not_asked(
    hook: InventorySettings, backend: Backend, settings: Settings
) -> None:
    settings.PRIVACY_SUBJECTS_NETWORKS = []
    see(hook.workspace, {"email": CANARY})

    with pytest.raises(NotDone, match="not allowed"):
        alerts.tell(hook.workspace.pk)
    assert (backend.asked, Field.objects.to_tell().count()) == ([], 1)


def test_a_mail_names_the_fields(workspace: Workspace, mails: Mails) -> None:
    InventorySettings.objects.create(workspace=workspace, alert_email="dpo@example.com")
    see(workspace, {"email": CANARY, "ssn": "123-45-6789", "plan": "gold"})

    alerts.tell_all()

    [(to, subject, text)] = mails.got
    assert (to, subject) == (["dpo@example.com"], "2 new red fields in acme")
    assert "shop public.customers /email (EMAIL_ADDRESS)" in text
    assert "plan" not in text
    assert CANARY not in text


def test_nobody_is_told_where_nobody_wants_to_know(workspace: Workspace) -> None:
    see(workspace, {"email": CANARY})

    assert (alerts.waiting(), alerts.tell(workspace.pk)) == ([], 0)
    assert Field.objects.to_tell().count() == 1


def test_what_was_decided_about_before_it_was_told_is_told_no_more(hook: InventorySettings, backend: Backend) -> None:
    see(hook.workspace, {"email": CANARY})
    Field.objects.update(colour="red")

    alerts.tell_all()

    assert backend.asked == []
