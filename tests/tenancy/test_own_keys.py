"""A person's own key opens the workspaces they belong to: no call asks with it what others keep of people."""

from typing import Any

import orjson
import pytest

from privacy_service.consent.models import Choice
from tests.asking import Reply, through_django
from workspaces.grants import add_member
from workspaces.keys import Scope, issue_key
from workspaces.models import Membership, User, Workspace

DORA: dict[str, Any] = {"identifiers": [{"kind": "email", "value": "dora@example.com"}]}
CALLS: dict[str, Any] = {
    "mask": {"email": "dora@example.com"},
    "classify": {"note": "a word that the workspace has on its list"},
    "explain": {"email": "dora@example.com"},
    "compare": {"roles": [["pii_viewer"]], "payload": {"email": "dora@example.com"}},
    "suppressions/check": DORA,
    "consents/check": {"events": [{"userId": "u9"}]},
    "consents/current": DORA,
    "consents/record": DORA | {"categoryPreferences": {}},
    "consents/withdraw": DORA,
}


def ask(user: User, call: str) -> Reply:
    """Ask with the person's own key, of every scope."""
    headers = {"Authorization": f"Bearer {issue_key(user, scopes=tuple(Scope))[1]}", "Content-Type": "application/json"}
    return through_django("POST", f"/v1/workspaces/acme/{call}", orjson.dumps(CALLS[call]), headers)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("released", [True, False])
def test_it_opens_no_workspace_that_they_do_not_belong_to(
    workspace: Workspace, request: pytest.FixtureRequest, mallory: User, call: str, released: bool
) -> None:
    if released:
        request.getfixturevalue("released_workspace")

    reply = ask(mallory, call)

    assert (reply.status, reply.reason) == (404, "unknown-workspace")
    assert not Choice.objects.exists()


@pytest.mark.parametrize("call", CALLS)
def test_it_opens_their_own(released_workspace: Workspace, bob: User, call: str) -> None:
    assert ask(bob, call).status in {200, 201, 400}


def test_it_opens_a_workspace_for_as_long_as_they_belong_to_it(released_workspace: Workspace, mallory: User) -> None:
    membership = add_member(released_workspace, mallory)
    inside = ask(mallory, "classify").status
    Membership.objects.filter(pk=membership.pk).delete()

    assert (inside, ask(mallory, "classify").status) == (200, 404)
