"""AuthZEN 1.0: one question, many questions, and where to ask them."""

from typing import Any

import orjson
import pytest
from django.test import Client

from privacy_service.decisions.audit import ship
from privacy_service.decisions.models import DECISION, AuditRecord
from tests.asking import Reply, through_hot_path
from tests.factories import make_key, make_source
from workspaces.keys import Scope
from workspaces.models import User, Workspace

ACME = {"type": "workspace", "id": "acme"}


def subject(name: str) -> dict[str, str]:
    """Return one of the cast."""
    return {"type": "user", "id": f"{name}@example.com"}


def ask(path: str, content: Any, key: str, **headers: str) -> Reply:
    """Post JSON with a key."""
    body = content if isinstance(content, bytes) else orjson.dumps(content)
    return through_hot_path("POST", f"/access/v1/{path}", body, {"Authorization": f"Bearer {key}", **headers})


def question(name: str, action: str = "view_pii", resource: Any = ACME) -> dict[str, Any]:
    """Return a question as a body has it."""
    return {"subject": subject(name), "action": {"name": action}, "resource": resource}


@pytest.mark.parametrize(
    ("name", "action", "allowed", "reason"),
    [
        ("carol", "view_pii", True, "role-grants-pii"),
        ("bob", "view_pii", False, "role-lacks-pii"),
        ("bob", "read", True, "role-lacks-pii"),
        ("mallory", "read", False, "not-a-member"),
        ("nobody", "view_pii", False, "not-a-member"),
        ("carol", "delete", False, "unknown-action"),
    ],
)
def test_a_question_is_answered_as_the_decision_says(
    released_workspace: Workspace, bob: User, carol: User, mallory: User, key: str,
    name: str, action: str, allowed: bool, reason: str,
) -> None:  # fmt: skip
    reply = ask("evaluation", question(name, action), key)

    assert (reply.status, reply.json["decision"]) == (200, allowed)
    assert reply.json["context"]["reason"] == reason


def test_where_nothing_is_released_everything_may_be_seen(workspace: Workspace, bob: User, key: str) -> None:
    reply = ask("evaluation", question("bob"), key)

    assert reply.json == {
        "decision": True,
        "context": {"reason": "not-released", "effect": "pass", "policy_version": 0},
    }


def test_what_is_not_there_may_not_be_seen(released_workspace: Workspace, carol: User, key: str) -> None:
    elsewhere = ask("evaluation", question("carol", resource={"type": "workspace", "id": "other"}), key)
    no_source = ask(
        "evaluation", question("carol", resource={"type": "source", "id": "gone"}), make_key(None, name="x")
    )
    make_source(released_workspace, "crm")
    source = {"type": "source", "id": "crm", "properties": {"workspace": "acme"}}

    assert elsewhere.json == {"decision": False, "context": {"reason": "unknown-workspace"}}
    assert no_source.status == 400
    assert ask("evaluation", question("carol", resource=source), key).json["decision"] is True
    source["id"] = "erp"
    assert ask("evaluation", question("carol", resource=source), key).json["context"] == {"reason": "unknown-source"}


def test_a_batch_takes_what_it_does_not_say_from_its_defaults(
    released_workspace: Workspace, bob: User, carol: User, key: str
) -> None:
    content = {
        "action": {"name": "view_pii"},
        "resource": ACME,
        "evaluations": [{"subject": subject("bob")}, {"subject": subject("carol")}, {"resource": ACME}],
    }

    told = ask("evaluations", content, key).json["evaluations"]

    assert [one["decision"] for one in told] == [False, True, False]
    assert told[2]["context"] == {"error": {"status": 400, "message": "subject must be an object."}}


@pytest.mark.parametrize(
    ("semantic", "decisions"),
    [
        ("execute_all", [True, False, True]),
        ("deny_on_first_deny", [True, False]),
        ("permit_on_first_permit", [True]),
    ],
)
def test_a_batch_ends_where_its_semantic_says(
    released_workspace: Workspace, bob: User, carol: User, key: str, semantic: str, decisions: list[bool]
) -> None:
    asked = [{"subject": subject(name)} for name in ("carol", "bob", "carol")]
    content = {"action": {"name": "view_pii"}, "resource": ACME, "evaluations": asked}

    told = ask("evaluations", {**content, "options": {"evaluations_semantic": semantic}}, key).json

    assert [one["decision"] for one in told["evaluations"]] == decisions


def test_a_batch_without_questions_is_one_question(released_workspace: Workspace, bob: User, key: str) -> None:
    assert ask("evaluations", question("bob", "read"), key).json["decision"] is True


@pytest.mark.parametrize(
    "content",
    [
        b"{", [], {}, {**question("bob"), "subject": "bob"}, {**question("bob"), "action": {}},
        question("bob", resource={"type": "book", "id": "1"}),
        {**question("bob"), "subject": {"type": "user", "id": 7}},
    ],
)  # fmt: skip
def test_what_is_no_question_is_a_bad_request(workspace: Workspace, key: str, content: Any) -> None:
    reply = ask("evaluation", content, key, X_Request_ID="r-1")

    assert (reply.status, reply.reason) == (400, "invalid-body")


def test_a_batch_that_asks_too_much_or_unclearly_is_a_bad_request(workspace: Workspace, key: str) -> None:
    many = {**question("bob"), "evaluations": [{}] * 1001}
    unclear = {**question("bob"), "evaluations": [{}], "options": {"evaluations_semantic": "first"}}

    assert [ask("evaluations", one, key).status for one in (many, unclear)] == [400, 400]


def test_a_key_needs_the_scope_and_the_request_id_comes_back(workspace: Workspace, bob: User, key: str) -> None:
    narrow = make_key(workspace, name="narrow", scopes=(Scope.MASK,))
    headers = {"X-Request-ID": "bfe9eb29-ab87"}

    assert ask("evaluation", question("bob"), narrow).status == 403
    refused = ask("evaluation", question("bob"), "psk_wrong", **headers)
    assert (refused.status, refused.headers["X-Request-ID"]) == (401, "bfe9eb29-ab87")
    assert ask("evaluation", question("bob"), key, **headers).headers["X-Request-ID"] == "bfe9eb29-ab87"
    assert "X-Request-ID" not in ask("evaluation", question("bob"), key, **{"X-Request-ID": "x" * 201}).headers


def test_every_question_of_a_batch_is_in_the_trail(released_workspace: Workspace, bob: User, key: str) -> None:
    ask("evaluations", {**question("bob"), "evaluations": [{}, {"action": {"name": "read"}}]}, key)
    ship()

    told = AuditRecord.objects.filter(kind=DECISION).values_list("endpoint", "actor_id", "reason")
    assert list(told) == [("authzen", bob.pk, "role-lacks-pii")] * 2


def test_the_metadata_say_where_to_ask() -> None:
    told = Client().get("/.well-known/authzen-configuration", headers={"Host": "localhost"}).json()

    assert told == {
        "policy_decision_point": "http://localhost",
        "access_evaluation_endpoint": "http://localhost/access/v1/evaluation",
        "access_evaluations_endpoint": "http://localhost/access/v1/evaluations",
    }
