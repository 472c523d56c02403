"""The release flag for OpenFeature clients: values, reasons, errors, and what a key may learn."""

from typing import Any

import orjson
import pytest
from django.conf import settings as django_settings
from pytest_django import DjangoAssertNumQueries, Settings

from privacy_service.decisions import access
from privacy_service.rollout import off_switch, release
from privacy_service.rollout.models import Flag
from privacy_service.rollout.stages import Position, Stage
from tests.asking import Reply, through_django
from tests.factories import make_key, make_user, make_workspace
from tests.rollout.conftest import _switch_of_this_test
from workspaces.keys import Scope, issue_key
from workspaces.models import User, Workspace
from workspaces.stamp import stamp

__all__ = ["_switch_of_this_test"]

pytestmark = pytest.mark.django_db

FLAGS = "/ofrep/v1/evaluate/flags"


def evaluate(key: str, context: Any = None, *, flag: str = "/pii_access", **headers: str) -> Reply:
    """Ask for one flag, or with an empty name for all."""
    body = context if isinstance(context, bytes) else orjson.dumps({"context": context})
    sent = {"X-Api-Key": key, "Content-Type": "application/json"} | {k.replace("_", "-"): v for k, v in headers.items()}
    return through_django("POST", FLAGS + flag, body, sent)


@pytest.mark.parametrize(
    ("stage", "fields", "forced", "expected"),
    [
        ("off", {}, None, (False, "DISABLED", "off")),
        ("off", {}, True, (False, "DISABLED", "off")),
        ("shadow", {}, None, (False, "SPLIT", "not-reached")),
        ("internal", {"is_internal": True}, None, (True, "TARGETING_MATCH", "internal")),
        ("beta", {"is_beta_tester": True}, None, (True, "TARGETING_MATCH", "beta")),
        ("beta", {}, True, (True, "TARGETING_MATCH", "forced-on")),
        ("public", {}, False, (False, "TARGETING_MATCH", "forced-off")),
        ("dial 100", {}, None, (True, "SPLIT", "dial")),
        ("public", {}, None, (True, "STATIC", "public")),
    ],
)
def test_the_flag_is_that_of_the_decision_with_its_reason(
    workspace: Workspace,
    key: str,
    stage: str,
    fields: dict[str, bool],
    forced: bool | None,
    expected: tuple[bool, str, str],
) -> None:
    Workspace.objects.filter(pk=workspace.pk).update(**fields) if fields else None
    release.override(workspace, setting=forced)
    release.move_to(Position.read(stage))

    reply = evaluate(key, {"targetingKey": "acme"})

    value, reason, cause = expected
    assert reply.status == 200
    assert reply.json == {
        "key": "pii_access",
        "value": value,
        "reason": reason,
        "variant": "on" if value else "off",
        "metadata": {"cause": cause, "workspace": "acme"},
    }
    assert release.is_live_for(workspace) is value


def test_the_workspace_is_named_by_slug_or_id_in_either_place(workspace: Workspace) -> None:
    everywhere = make_key(name="everywhere")
    contexts: list[dict[str, Any]] = [
        {"targetingKey": "acme"},
        {"targetingKey": str(workspace.pk)},
        {"targetingKey": "user-123", "workspace": "acme"},
        {"workspace": str(workspace.pk), "plan": "gold"},
    ]

    assert [evaluate(everywhere, context).json["metadata"]["workspace"] for context in contexts] == ["acme"] * 4


@pytest.mark.parametrize(
    ("context", "code"),
    [
        ({}, "TARGETING_KEY_MISSING"),
        (None, "INVALID_CONTEXT"),
        ([], "INVALID_CONTEXT"),
        ({"targetingKey": "nowhere"}, "INVALID_CONTEXT"),
        ({"targetingKey": 7}, "INVALID_CONTEXT"),
        (b"{", "PARSE_ERROR"),
        (b'"acme"', "INVALID_CONTEXT"),
        (b'{"context":{"targetingKey":"%s"}}' % (b"a" * 70_000), "PARSE_ERROR"),
    ],
)
def test_a_context_that_says_nothing_is_400_with_a_code(key: str, context: Any, code: str) -> None:
    reply = evaluate(key, context)

    assert (reply.status, reply.json["key"], reply.json["errorCode"]) == (400, "pii_access", code)
    assert reply.json["errorDetails"]


@pytest.mark.django_db(transaction=True)  # Outside a transaction, so that answers are really cached.
def test_a_flag_that_is_not_there_is_404_and_asks_no_database(
    key: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    evaluate(key, {"targetingKey": "acme"})
    with django_assert_num_queries(0):
        replies = [evaluate(key, {"targetingKey": "acme"}, flag="/no_such_flag") for _ in range(5)]

    assert {reply.status for reply in replies} == {404}
    assert (replies[0].json["key"], replies[0].json["errorCode"]) == ("no_such_flag", "FLAG_NOT_FOUND")


def test_a_bound_key_learns_nothing_of_other_workspaces(key: str) -> None:
    other = make_workspace("globex")
    release.override(other, setting=True)

    told = [evaluate(key, {"targetingKey": name}) for name in ("globex", str(other.pk), "nowhere")]

    assert {(reply.status, reply.body) for reply in told} == {(400, told[2].body)}


def test_a_person_learns_of_their_own_workspaces_alone(workspace: Workspace, bob: User) -> None:
    make_workspace("globex")
    own = issue_key(bob, scopes=[Scope.FLAGS])[1]

    assert [evaluate(own, {"targetingKey": slug}).status for slug in ("acme", "globex")] == [200, 400]


def test_keys_are_checked_as_everywhere(workspace: Workspace, settings: Settings) -> None:
    without = make_key(workspace, name="mask-only", scopes=(Scope.MASK,))

    refused = [evaluate("psk_none", {"targetingKey": "acme"}), evaluate(without, {"targetingKey": "acme"})]

    assert [(reply.status, reply.json["errorCode"]) for reply in refused] == [(401, "GENERAL"), (403, "GENERAL")]
    assert refused[0].headers["WWW-Authenticate"].startswith("Bearer")


def test_a_key_that_asks_too_often_is_told_when_to_come_back(key: str, settings: Settings) -> None:
    settings.PRIVACY_RATE_PER_SECOND = 1
    access._rate_limit.cache_clear()
    try:
        replies = [evaluate(key, {"targetingKey": "acme"}) for _ in range(3)]
    finally:
        access._rate_limit.cache_clear()

    assert replies[-1].status == 429
    assert int(replies[-1].headers["Retry-After"]) >= 1


def test_a_lost_flag_is_an_error_and_never_an_answer(key: str) -> None:
    Flag.objects.all().delete()

    reply = evaluate(key, {"targetingKey": "acme"})

    assert (reply.status, reply.json["errorCode"]) == (500, "GENERAL")
    assert "value" not in reply.json


def test_the_off_switch_of_the_host_counts(released_workspace: Workspace, key: str) -> None:
    off_switch.throw()
    off_switch.look()

    assert evaluate(key, {"targetingKey": "acme"}).json["reason"] == "DISABLED"
    off_switch.clear()


def test_bulk_answers_the_one_flag_and_304_while_nothing_changes(workspace: Workspace, key: str) -> None:
    first = evaluate(key, {"targetingKey": "acme"}, flag="")
    etag = first.headers["ETag"]
    again = evaluate(key, {"targetingKey": "acme"}, flag="", If_None_Match=f'"other", {etag}')
    release.override(workspace, setting=True)
    stamp.forget()
    changed = evaluate(key, {"targetingKey": "acme"}, flag="", If_None_Match=etag)

    assert [one["value"] for one in first.json["flags"]] == [False]
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", etag)
    assert (changed.status, changed.json["flags"][0]["value"]) == (200, True)


def test_the_etag_depends_on_the_context(workspace: Workspace) -> None:
    make_workspace("globex")
    everywhere = make_key(name="everywhere")
    contexts = [
        {"targetingKey": "acme"},
        {"targetingKey": "globex"},
        {"targetingKey": "acme", "plan": "gold"},
    ]

    etags = [evaluate(everywhere, context, flag="").headers["ETag"] for context in contexts]

    assert len(set(etags)) == 3


@pytest.mark.parametrize("flag", ["", "/pii_access"])
def test_errors_of_both_calls_have_one_shape(workspace: Workspace, key: str, flag: str) -> None:
    reply = evaluate(key, {}, flag=flag)

    assert reply.status == 400
    assert set(reply.json) - {"key"} == {"errorCode", "errorDetails"}


def test_a_person_who_left_learns_nothing(workspace: Workspace) -> None:
    left = make_user("left")
    key = issue_key(left, scopes=[Scope.FLAGS])[1]

    assert evaluate(key, {"targetingKey": "acme"}).json["errorCode"] == "INVALID_CONTEXT"
    assert django_settings.WAFFLE_CREATE_MISSING_FLAGS is False
    assert release.state().position == Position(Stage.BETA)
