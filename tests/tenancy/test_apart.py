"""What is remembered, counted and recorded of one workspace stays its own, also where names and values are the same."""

from typing import Any

import pytest

from privacy_service.decisions import audit
from privacy_service.decisions.models import AuditRecord
from privacy_service.observability.metrics import exposition
from privacy_service.rollout import release
from tests.asking import Reply, through_hot_path
from tests.factories import make_key, make_policy, make_source, make_workspace
from workspaces.grants import add_member, grant
from workspaces.models import User, Workspace
from workspaces.roles import Role

BODY = b'{"name":"Kanarie Vogel","email":"kanarie7f3a@example.com"}'


@pytest.fixture
def umbrella(released_workspace: Workspace, bob: User, transactional_db: None) -> Workspace:
    """Return a second workspace: its source is called as acme's, and bob, who sees nothing there, sees all here."""
    del transactional_db  # Within a transaction nothing is remembered.
    other = make_workspace("umbrella")
    release.override(other, setting=True)
    grant(add_member(other, bob), Role.PII_VIEWER)
    for workspace in (released_workspace, other):
        make_source(workspace, "quelle7f3a")
    make_policy(released_workspace, {"EMAIL_ADDRESS": "redact"}, version=1)
    return other


def ask(key: str, slug: str, call: str = "mask", actor: str = "bob@example.com") -> Reply:
    """Ask as a backend of both does."""
    headers = {"X-Api-Key": key, "X-Actor": actor, "Content-Type": "application/json", "PII-Source": "quelle7f3a"}
    return through_hot_path("POST", f"/v1/workspaces/{slug}/{call}", BODY, headers)


def test_nothing_remembered_of_one_workspace_answers_in_another(umbrella: Workspace) -> None:
    key = make_key()

    said = [(slug, ask(key, slug)) for slug in ("acme", "umbrella") * 3]

    for slug, reply in said:
        assert reply.headers["PII-Decision"] == ("pass" if slug == "umbrella" else "mask")
        assert (b"kanarie7f3a" in reply.body) == (slug == "umbrella")


def test_a_record_of_the_trail_is_one_workspaces_alone(umbrella: Workspace, bob: User) -> None:
    key = make_key()
    for slug in ("acme", "umbrella"):
        ask(key, slug)
    audit.ship()

    seen = AuditRecord.objects.filter(kind="decision", actor_id=bob.pk)

    effects: list[Any] = [
        list(seen.filter(workspace_id=one.pk).values_list("effect", flat=True))
        for one in (Workspace.objects.get(slug="acme"), umbrella)
    ]
    assert effects == [["mask"], ["pass"]]


def test_no_metric_names_a_workspace_a_reader_or_a_value(umbrella: Workspace, bob: User) -> None:
    key = make_key()
    for slug in ("acme", "umbrella"):
        for call in ("mask", "classify"):
            ask(key, slug, call)
    ask(key, "acme", actor="kanarie7f3a@example.com")

    told = exposition().decode()

    named = ("acme", "umbrella", "quelle7f3a", "kanarie7f3a", "Kanarie", "bob@", str(umbrella.pk), str(bob.pk), key)
    assert [one for one in named if one in told] == []
    assert 'privacy_requests_total{endpoint="mask",status="200"}' in told
