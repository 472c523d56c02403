"""`manage.py gateway`, as an administrator types it."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from privacy_service.gateway.models import Upstream
from tests.backend import Backend
from tests.factories import make_source
from workspaces.keys import create_service_account
from workspaces.models import Workspace


def gateway(*arguments: str) -> str:
    output = StringIO()
    call_command("gateway", *arguments, stdout=output)
    return output.getvalue()


def test_upstreams_are_added_listed_changed_and_removed(workspace: Workspace) -> None:
    make_source(workspace, "web")
    create_service_account("idp", workspace=workspace)
    none = gateway("list")
    added = gateway("add", "acme", "orders", "https://orders.internal/api", "--source", "web", "--tokens-of", "idp")
    gateway("add", "acme", "orders", "https://orders.internal/v2", "--passes", "image/*", "--read-seconds", "5",
            "--keeps-events", "--destination", "ads")  # fmt: skip

    upstream = Upstream.objects.get()
    assert "gateway add acme orders" in none
    assert added.startswith("/gateway/acme/orders/ leads to https://orders.internal/api.")
    assert (upstream.url, upstream.source, upstream.passed_types) == ("https://orders.internal/v2", None, "image/*")
    assert (upstream.screens_events, upstream.destination) == (True, "ads")
    assert gateway("list") == "/gateway/acme/orders/  https://orders.internal/v2\n"
    assert gateway("remove", "acme", "orders") == "/gateway/acme/orders/ leads nowhere any more.\n"
    assert not Upstream.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("add", "nowhere", "orders", "https://x.example"), "There is no workspace nowhere."),
        (("add", "acme", "orders", "x.example"), "Write an address such as"),
        (("add", "acme", "orders", "https://x.example", "--source", "web"), "has no source web"),
        (("add", "acme", "orders", "https://x.example", "--tokens-of", "idp"), "has no service account idp"),
        (("check", "acme", "orders"), "has no upstream orders"),
    ],
)
def test_a_mistake_is_told_with_what_is_wrong(workspace: Workspace, arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        gateway(*arguments)


def test_a_check_says_what_an_upstream_answers(workspace: Workspace, backend: Backend, settings: Settings) -> None:
    settings.PRIVACY_GATEWAY_NETWORKS = ["127.0.0.0/8"]
    gateway("add", "acme", "orders", f"{backend.url}/api", "--passes", "image/*")
    kinds = {
        "/json": ("application/json", "application/json, which is masked"),
        "/png": ("image/png", "image/png, which cannot be masked and is passed on as it is"),
        "/html": ("text/html", "text/html, which cannot be masked and is refused to readers of masked data"),
        "/latin": ("text/csv; charset=latin-1", "text/csv in another encoding than UTF-8"),
        "/nothing": ("", "without a content type"),
    }
    for path, (content_type, said) in kinds.items():
        backend.on(f"/api{path}", b"123-45-6789", Content_Type=content_type)

        told = gateway("check", "acme", "orders", "--path", path)

        assert told.startswith("127.0.0.1 is 127.0.0.1.\nIt answers 200 in ")
        assert said in told
        assert "45-6789" not in told


def test_a_check_of_what_does_not_answer_is_an_error(workspace: Workspace, settings: Settings) -> None:
    gateway("add", "acme", "orders", "https://nowhere.invalid")
    with pytest.raises(CommandError, match=r"The name nowhere\.invalid cannot be resolved"):
        gateway("check", "acme", "orders")

    gateway("add", "acme", "orders", "http://127.0.0.1:9")
    settings.PRIVACY_GATEWAY_NETWORKS = []
    with pytest.raises(CommandError, match="PRIVACY_GATEWAY_NETWORKS"):
        gateway("check", "acme", "orders")
