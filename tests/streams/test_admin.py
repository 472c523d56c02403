"""An administrator chooses who reads a topic, and reads which packages were published."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from privacy_service.decisions.models import PendingAct
from privacy_service.streams.flow import Access
from privacy_service.streams.models import RegisteredFlow, RegisteredTopic
from privacy_service.streams.packages.manifest import read_package
from privacy_service.streams.packages.registry import publish
from tests.factories import forget_acts
from tests.streams.making import make_package
from workspaces.models import User, Workspace


@pytest.fixture
def root(db: None) -> User:
    """Return an administrator."""
    del db
    return User.objects.create_superuser("root@example.com")


@pytest.fixture
def client(root: User) -> Client:
    """Return an administrator's browser."""
    client = Client()
    client.force_login(root)
    return client


def text_of(response: Any) -> str:
    assert response.status_code == 200
    return str(response.content.decode())


def test_who_reads_a_topic_is_chosen_here_and_the_trail_is_told(
    client: Client, root: User, workspace: Workspace
) -> None:
    forget_acts()
    typed = {"workspace": workspace.pk, "name": "events", "access": "open", "address": "redis://far:6379"}
    client.post(reverse("admin:streams_registeredtopic_add"), typed)
    [topic] = RegisteredTopic.objects.all()
    page = reverse("admin:streams_registeredtopic_change", args=[topic.pk])
    client.post(page, {"access": "decided", "address": "", "name": "another"})
    changed = RegisteredTopic.objects.get()
    client.post(reverse("admin:streams_registeredtopic_delete", args=[topic.pk]), {"post": "yes"})
    told = [row.line for row in PendingAct.objects.order_by("pk")]

    assert (topic.access, topic.address) == (Access.OPEN, "redis://far:6379")
    assert (changed.name, changed.access, changed.address) == ("events", Access.DECIDED, "")
    assert not RegisteredTopic.objects.exists()
    assert [word in line for word, line in zip(('"added"', '"changed"', '"removed"'), told, strict=True)] == [True] * 3
    assert all('"topic-changed"' in line and str(root.pk) in line for line in told)


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("http://far", "redis://, rediss:// or kafka://"),
        ("redis://:hunter2@far", "a password is not written down here"),
    ],
)
def test_an_address_that_is_none_or_holds_a_secret_is_refused(
    client: Client, workspace: Workspace, address: str, says: str
) -> None:
    typed = {"workspace": workspace.pk, "name": "events", "access": "open", "address": address}

    assert says in text_of(client.post(reverse("admin:streams_registeredtopic_add"), typed))
    assert not RegisteredTopic.objects.exists()


def test_a_name_that_no_topic_has_is_refused(client: Client, workspace: Workspace) -> None:
    typed = {"workspace": workspace.pk, "name": "My Topic", "access": "open", "address": ""}

    assert "Write lower-case letters" in text_of(client.post(reverse("admin:streams_registeredtopic_add"), typed))


def test_packages_are_read_and_never_changed(client: Client, root: User, workspace: Workspace, tmp_path: Path) -> None:
    published = publish(read_package(make_package(tmp_path / "text")), workspace, by=root)
    listed = text_of(client.get(reverse("admin:streams_publishedpackage_changelist")))
    page = reverse("admin:streams_publishedpackage_change", args=[published.pk])

    assert "acme/text@0.1.0" in listed
    assert published.sha256 in text_of(client.get(page))
    assert client.post(page, {"version": "9.9.9"}).status_code == 403
    assert client.post(reverse("admin:streams_publishedpackage_delete", args=[published.pk])).status_code == 403
    assert client.get(reverse("admin:streams_publishedpackage_add")).status_code == 403


def test_a_flow_that_is_gone_is_taken_off_the_pages_and_cannot_be_made_up(client: Client, workspace: Workspace) -> None:
    flow = RegisteredFlow.objects.create(workspace=workspace, name="old", version="1.0.0", services=[])
    listed = text_of(client.get(reverse("admin:streams_registeredflow_changelist")))
    added = client.get(reverse("admin:streams_registeredflow_add")).status_code
    client.post(reverse("admin:streams_registeredflow_delete", args=[flow.pk]), {"post": "yes"})

    assert "old" in listed
    assert added == 403
    assert not RegisteredFlow.objects.exists()
