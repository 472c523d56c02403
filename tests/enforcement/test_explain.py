"""Explain and compare: the same questions that decide, told without a value; a payload as several would get it."""

import datetime as dt
import random
from typing import Any

import orjson
import pytest
from django.utils import timezone

from privacy_service.decisions.audit import ship
from privacy_service.decisions.engine import decide, situation_now
from privacy_service.decisions.models import AuditRecord
from privacy_service.decisions.questions import QUESTIONS, answered
from privacy_service.decisions.types import AccessRequest
from privacy_service.decisions.versions import store_version
from privacy_service.rollout import release
from tests.asking import Reply, through_django
from tests.factories import make_key, make_member, make_policy, make_user, make_workspace
from tests.signing import ed_signer, key_set
from workspaces.actor_tokens.keeping import keep_document
from workspaces.grants import add_grant, add_to_group, create_group, grant, revoke
from workspaces.keys import DATA_SCOPES, Scope, issue_key
from workspaces.models import Membership, ServiceAccount, Source, User, Workspace
from workspaces.roles import GRANTABLE_ROLES, Role
from workspaces.terms import Terms

CANARY = {"email": "canary@example.com", "ssn": "123-45-6789", "note": "canary 987-65-4321"}


@pytest.fixture
def acme(released_workspace: Workspace, alice: User, bob: User, carol: User, mallory: User) -> Workspace:
    """Return acme with its cast; numbers keep their shape."""
    make_policy(released_workspace, {"US_SSN": "shape", "PERSON": "keep"})
    return released_workspace


@pytest.fixture
def asking(acme: Workspace) -> str:
    """Return the key of a backend that may explain and compare."""
    return make_key(acme, name="asking", scopes=(Scope.EXPLAIN, Scope.COMPARE))


def explain(key: str, actor: str = "bob@example.com", body: object = None, *, query: str = "", **headers: str) -> Reply:
    sent = {"Authorization": f"Bearer {key}", "X-Actor": actor, **{n.replace("_", "-"): v for n, v in headers.items()}}
    if body is not None:
        sent.setdefault("Content-Type", "application/json")
    raw = b"" if body is None else body if isinstance(body, bytes) else orjson.dumps(body)
    return through_django("POST", f"/v1/workspaces/acme/explain{query}", raw, {n: v for n, v in sent.items() if v})


def compare(key: str, body: object, **headers: str) -> Reply:
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    sent = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    return through_django("POST", "/v1/workspaces/acme/compare", raw, sent)


def answers(reply: Reply) -> list[tuple[str, bool, bool]]:
    return [(one["name"], one["answer"], one["decides"]) for one in reply.json["questions"]]


@pytest.mark.parametrize(
    ("actor", "effect", "reason", "run"),
    [
        ("mallory@example.com", "deny", "not-a-member", [("is-released", True, False), ("is-member", False, True)]),
        ("who@example.com", "deny", "not-a-member", [("is-released", True, False), ("is-member", False, True)]),
        (
            "carol@example.com",
            "pass",
            "role-grants-pii",
            [("is-released", True, False), ("is-member", True, False), ("sees-everything", True, True)],
        ),
        (
            "bob@example.com",
            "mask",
            "role-lacks-pii",
            [
                ("is-released", True, False),
                ("is-member", True, False),
                ("sees-everything", False, False),
                ("sees-some", False, False),
                ("is-restricted", False, False),
            ],
        ),
    ],
)
def test_every_question_is_told_with_its_answer(
    asking: str, actor: str, effect: str, reason: str, run: list[tuple[str, bool, bool]]
) -> None:
    reply = explain(asking, actor)

    assert (reply.status, reply.json["effect"], reply.json["reason"]) == (200, effect, reason)
    assert answers(reply) == run
    assert reply.headers["Cache-Control"] == "private, no-store"


def test_before_the_release_one_question_is_enough(asking: str, acme: Workspace) -> None:
    release.override(acme, setting=False)

    reply = explain(asking)

    assert answers(reply) == [("is-released", False, True)]
    assert (reply.json["reason"], reply.json["through"]) == ("not-released", [])


def test_the_grant_the_role_and_the_group_that_decide_are_named(asking: str, acme: Workspace, bob: User) -> None:
    until = timezone.now() + dt.timedelta(hours=1)
    support = create_group(acme, "Support")
    add_to_group(support, Membership.objects.get(user=bob))
    given = add_grant(support, Role.PII_VIEWER, Terms(entities=("EMAIL_ADDRESS",), expires_at=until))

    reply = explain(asking)

    assert (reply.json["reason"], answers(reply)[-1]) == ("grant-covers-part", ("sees-some", True, True))
    assert reply.json["through"] == [
        {
            "grant": str(given.pk),
            "role": "pii_viewer",
            "group": "Support",
            "entities": ["EMAIL_ADDRESS"],
            "colours": [],
            "sources": [],
            "labels": {},
            "expires_at": reply.json["valid_until"],
            "emergency": False,
        }
    ]


def test_each_field_is_told_with_what_hides_it_and_never_its_value(asking: str, acme: Workspace, bob: User) -> None:
    grant(Membership.objects.get(user=bob), Role.PII_VIEWER, entities=["EMAIL_ADDRESS"])

    reply = explain(asking, body=CANARY)

    fields = {(one["pointer"], one["entity"], one["operator"], one["hidden"]) for one in reply.json["fields"]}
    assert fields == {
        ("/email", "EMAIL_ADDRESS", "keep", False),
        ("/ssn", "US_SSN", "shape", True),
        ("/note", "US_SSN", "shape", True),
    }
    assert {"start", "end", "score", "recognizer"} < set(reply.json["fields"][0])
    assert reply.json["policy_version"] == 1
    assert [word for word in ("canary", "123-45", "987-65") if word in reply.body.decode()] == []


def test_a_reader_who_sees_everything_has_nothing_hidden_and_one_who_is_denied_no_fields(asking: str) -> None:
    passed, denied = explain(asking, "carol@example.com", CANARY), explain(asking, "mallory@example.com", CANARY)

    assert {one["hidden"] for one in passed.json["fields"]} == {False}
    assert denied.json["fields"] == []


def test_an_owners_matcher_is_told_with_its_own_operator(asking: str, acme: Workspace, bob: User) -> None:
    badge = {"name": "badge", "on": "key", "how": "exact", "term": "badge", "colour": "red", "operator": "redact"}
    store_version(acme, {"operators": {"US_SSN": "shape"}, "matchers": [badge]})

    reply = explain(asking, body={"badge": "A-7731"})

    [field] = reply.json["fields"]
    assert (field["pointer"], field["operator"], field["hidden"]) == ("/badge", "redact", True)


def test_explain_and_decide_never_disagree(acme: Workspace) -> None:
    """Many set-ups drawn at random, each reader asked in each of them."""
    draw = random.Random(7)  # noqa: S311 - no secret: the same set-ups in each run.
    source = Source.objects.create(workspace=acme, slug="crm", name="CRM", labels={"env": "production"})
    group = create_group(acme, "Support")
    people = [
        make_member(acme, f"person{number}", kind=draw.choice(["owner", "member", "member"])) for number in range(6)
    ]
    users = [*(one.user for one in people), make_user("outsider")]
    for step in range(40):
        _change(draw, acme, people, group, source, step)
        for user in users:
            for asked_source in (None, source):
                access = AccessRequest(user, acme, asked_source)
                told, run = answered(situation_now(access))
                decided = decide(access)

                assert (told.effect, told.reason, told.policy_version, told.operators, told.valid_until) == (
                    decided.effect,
                    decided.reason,
                    decided.policy_version,
                    decided.operators,
                    decided.valid_until,
                )
                assert [one.question for one in run] == list(QUESTIONS[: len(run)])
                assert [one.decides for one in run[:-1]] == [False] * (len(run) - 1)


def _change(
    draw: random.Random, acme: Workspace, people: list[Membership], group: Any, source: Source, step: int
) -> None:
    """Change something that decides."""
    member = draw.choice(people)
    match draw.randrange(7):
        case 0:
            release.override(acme, setting=draw.random() > 0.3)
        case 1:
            grant(member, draw.choice(GRANTABLE_ROLES))
        case 2:
            terms = Terms(entities=("US_SSN",), sources=draw.choice([(), (source,)]))
            add_grant(draw.choice([member, group]), Role.PII_VIEWER, terms)
        case 3:
            revoke(member, Role.PII_VIEWER)
        case 4:
            add_to_group(group, member)
        case 5:
            make_policy(acme, {"US_SSN": draw.choice(["shape", "redact", "hash"])}, note=str(step))
        case 6:
            member.user.is_active = draw.random() > 0.3
            member.user.save()


def test_a_moment_that_has_passed_is_answered_from_history(asking: str, acme: Workspace, bob: User) -> None:
    before = timezone.now()
    grant(Membership.objects.get(user=bob), Role.PII_VIEWER)
    make_policy(acme, {"US_SSN": "redact"})
    during = timezone.now()
    revoke(Membership.objects.get(user=bob), Role.PII_VIEWER)
    release.override(acme, setting=False)

    asked = [explain(asking, body=CANARY, query=f"?at={moment.isoformat()}") for moment in (before, during)]
    now = explain(asking)

    told = [(one.json["reason"], one.json["policy_version"]) for one in (*asked, now)]
    assert told == [("role-lacks-pii", 1), ("role-grants-pii", 0), ("not-released", 0)]
    assert {one["operator"] for one in asked[0].json["fields"] if one["entity"] == "US_SSN"} == {"shape"}
    assert asked[0].json["at"] == before.isoformat()


@pytest.mark.parametrize("at", ["2020-01-01", "2099-01-01T00:00Z", "yesterday", "", "2026-13-01", "0001-01-01T00:00Z"])
def test_a_moment_without_history_is_refused(asking: str, at: str) -> None:
    reply = explain(asking, query=f"?at={at or '%20'}")

    assert (reply.status, reply.reason) == (400, "moment-unknown")


def test_a_moment_may_carry_a_zone(asking: str, acme: Workspace) -> None:
    moment = timezone.now().astimezone(dt.timezone(dt.timedelta(hours=2)))

    reply = explain(asking, query=f"?at={moment.isoformat()}")  # With a plus sign, which a query spells as a space.

    assert (reply.status, reply.json["at"]) == (200, moment.isoformat())


def test_an_explanation_of_now_is_recorded_and_one_of_the_past_is_not(asking: str, acme: Workspace, bob: User) -> None:
    now = explain(asking)
    explain(asking, query=f"?at={timezone.now().isoformat()}")
    ship()

    records = AuditRecord.objects.filter(endpoint="explain")
    assert [(row.id.hex, row.actor_id, row.reason) for row in records] == [
        (now.headers["PII-Request-Id"], bob.pk, "role-lacks-pii")
    ]


def test_one_payload_as_several_readers_and_roles_get_it(asking: str) -> None:
    wish = {
        "readers": ["bob@example.com", "id-carol", "mallory@example.com"],
        "roles": ["member", "stranger", {"roles": ["pii_viewer"], "entities": ["EMAIL_ADDRESS"]}, "owner"],
        "payload": {"email": "a@example.com", "ssn": "123-45-6789"},
    }

    reply = compare(asking, wish)

    shown = [(one.get("reader") or one["roles"], one["effect"], one["output"]) for one in reply.json["compared"]]
    hidden = {"email": "*@*******.***", "ssn": "***-**-****"}
    assert [(who, effect) for who, effect, _ in shown] == [
        ("bob@example.com", "mask"),
        ("id-carol", "pass"),
        ("mallory@example.com", "deny"),
        (["member"], "mask"),
        (["stranger"], "deny"),
        (["pii_viewer"], "mask"),
        (["owner"], "pass"),
    ]
    outputs = [output for _, _, output in shown]
    assert outputs[1] == outputs[6] == wish["payload"]
    assert outputs[2] is outputs[4] is None
    assert outputs[0] == outputs[3]
    assert outputs[0]["ssn"] == hidden["ssn"]
    assert outputs[5] == {"email": "a@example.com", "ssn": "***-**-****"}


def test_a_text_is_compared_as_it_stands(asking: str) -> None:
    wish = {"roles": ["member"], "payload": "Call 123-45-6789.", "content_type": "text/plain"}

    [shown] = compare(asking, wish).json["compared"]

    assert (shown["output"], shown["entities"]) == ("Call ***-**-****.", {"US_SSN": 1})


@pytest.mark.parametrize(
    "wish",
    [
        b"{broken",
        [],
        {},
        {"payload": 1},
        {"payload": 1, "roles": []},
        {"payload": 1, "roles": ["member"] * 21},
        {"payload": 1, "roles": "member"},
        {"payload": 1, "roles": ["boss"]},
        {"payload": 1, "roles": [7]},
        {"payload": 1, "roles": [{"role": "member"}]},
        {"payload": 1, "roles": [{"roles": ["pii_viewer"], "entities": ["EMAIL"]}]},
        {"payload": 1, "readers": [""]},
        {"payload": 1, "readers": [{"name": "bob"}]},
        {"payload": 1, "readers": ["bob"], "else": 1},
        {"payload": {}, "readers": ["bob"], "content_type": "text/plain"},
        {"payload": "x", "readers": ["bob"], "content_type": "application/pdf"},
        {"payload": "{broken", "roles": ["member"]},
    ],
)
def test_a_wish_that_cannot_be_understood_is_refused(asking: str, wish: object) -> None:
    reply = compare(asking, wish)

    assert (reply.status, reply.reason) == (400, "invalid-body")
    assert reply.json["detail"]


def test_an_account_that_must_prove_its_readers_compares_proven_ones(acme: Workspace, asking: str) -> None:
    account, signer = ServiceAccount.objects.get(name="asking"), ed_signer()
    keep_document(account, key_set(signer))
    ServiceAccount.objects.filter(pk=account.pk).update(demands_actor_token=True)

    named = compare(asking, {"readers": ["carol@example.com"], "payload": {"ssn": "123-45-6789"}})
    proven = compare(asking, {"readers": [{"token": signer.token("id-carol")}], "payload": {"ssn": "123-45-6789"}})

    assert (named.status, named.reason) == (401, "actor-token-refused")
    assert [one["effect"] for one in proven.json["compared"]] == ["pass"]


def test_a_persons_own_key_compares_roles_but_no_other_person(acme: Workspace, bob: User) -> None:
    own = issue_key(bob, scopes=[Scope.COMPARE])[1]

    roles = compare(own, {"roles": ["owner"], "readers": ["bob@example.com"], "payload": 1})
    others = compare(own, {"readers": ["carol@example.com"], "payload": 1})

    assert roles.status == 200
    assert (others.status, others.reason) == (403, "actor-not-allowed")


@pytest.mark.parametrize("call", [explain, compare])
def test_each_has_a_scope_of_its_own(acme: Workspace, call: Any) -> None:
    key = make_key(acme, name="narrow", scopes=DATA_SCOPES)

    reply = call(key, body={"roles": ["member"], "payload": 1}) if call is compare else call(key)

    assert (reply.status, reply.reason) == (403, "scope-missing")


def test_a_key_of_another_workspace_learns_nothing(acme: Workspace) -> None:
    foreign = make_key(make_workspace("other"), name="foreign", scopes=(Scope.EXPLAIN, Scope.COMPARE))

    replies = [explain(foreign), compare(foreign, {"roles": ["member"], "payload": 1})]

    assert [(reply.status, reply.reason) for reply in replies] == [(404, "unknown-workspace")] * 2
