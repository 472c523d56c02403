"""The policy over HTTP: versions, differences, roll-back, and trials that tell nobody what they may not see."""

import pytest
from pytest_django import Settings

import classifier
from classifier import ENTITIES, REGULATIONS, Entity
from privacy_service.decisions.models import Policy
from privacy_service.decisions.policies import operators_for
from tests.factories import make_member, make_policy
from tests.managing.conftest import Api, person
from tests.managing.rights import give
from workspaces.grants import grant
from workspaces.models import Membership, User, Workspace
from workspaces.roles import Role

SHAPE = {"extends": "balanced", "operators": {"US_SSN": "shape", "PERSON": "keep"}}
REDACT = {"extends": "balanced", "operators": {"US_SSN": "redact", "PERSON": "keep"}}
RECORD = {"name": "Alice Liddell", "ssn": "123-45-6789", "plan": "free"}


def put(api: Api, rules: object, **more: object) -> object:
    """Store the next version and return its number, or why not."""
    reply = api("PUT", "/policy", {"rules": rules, **more}, If_Match="*")
    return reply.json["version"] if reply.status == 200 else reply.reason


def without_news(said: dict[str, object]) -> dict[str, object]:
    """Return a version as it is read later, when it is no news any more."""
    return {name: value for name, value in said.items() if name != "is_new"}


@pytest.fixture
def manager(bob: User) -> Api:
    """Return the API as bob opens it, who changes policies and sees no personal data."""
    give(Membership.objects.get(user=bob), "manage_policy")
    return person(bob)


def test_without_a_version_the_default_counts(owner: Api) -> None:
    reply = owner.get("/policy")

    assert (reply.json["version"], reply.json["rules"]["name"]) == (0, "balanced")
    assert reply.headers["ETag"] == '"policy-0"'


def test_a_version_is_stored_with_who_and_why(owner: Api, alice: User) -> None:
    reply = owner("PUT", "/policy", {"rules": SHAPE, "note": "as agreed"}, If_Match='"policy-0"')

    assert (reply.status, reply.json["version"], reply.json["note"]) == (200, 1, "as agreed")
    assert reply.json["created_by"] == {"id": str(alice.pk), "name": "Alice"}
    assert reply.json["rules"]["operators"]["PERSON"] == "keep"
    assert owner.get("/policy").json == owner.get("/policy/versions/1").json == without_news(reply.json)


@pytest.mark.parametrize(
    "again",
    [
        SHAPE,
        {**SHAPE, "operators": {"PERSON": {"name": "keep"}, "US_SSN": {"name": "shape"}}},
        {
            **SHAPE,
            "operators": {"PERSON": "keep", "US_SSN": "shape", "EMAIL_ADDRESS": "replace"},
        },  # As the policy it extends does.
    ],
    ids=["the same", "in other words", "with what counts anyway"],
)
def test_rules_that_count_already_make_no_version_and_the_answer_says_which_counts(owner: Api, again: object) -> None:
    first = owner("PUT", "/policy", {"rules": SHAPE, "note": "as agreed"}, If_Match="*")
    reply = owner("PUT", "/policy", {"rules": again, "note": "by a script"}, If_Match="*")

    assert (first.json["is_new"], reply.json["is_new"]) == (True, False)
    assert (reply.status, reply.headers["ETag"]) == (200, '"policy-1"')
    assert reply.json == {**first.json, "is_new": False}
    assert owner.get("/policy").json == without_news(first.json)
    assert Policy.objects.count() == 1


def test_going_back_to_what_counts_makes_no_version(owner: Api) -> None:
    put(owner, SHAPE)
    reply = owner.post("/policy/rollback", {"version": 1}, If_Match="*")

    assert (reply.json["version"], reply.json["is_new"], Policy.objects.count()) == (1, False, 1)


def test_a_first_version_may_say_what_the_default_says_and_outlives_it(
    owner: Api, workspace: Workspace, settings: Settings
) -> None:
    put(owner, {"extends": "balanced"})
    settings.PRIVACY_POLICY_DEFAULT = "analytics"

    assert operators_for(workspace).as_dict() == classifier.Policy.named("balanced").as_dict()


def test_rules_that_cannot_be_are_refused_though_they_differ_in_nothing_else(owner: Api) -> None:
    put(owner, SHAPE)

    assert owner("PUT", "/policy", {"rules": {**SHAPE, "shout": True}}, If_Match="*").status == 422


def test_of_two_who_change_the_same_version_the_second_is_told(owner: Api) -> None:
    assert owner("PUT", "/policy", {"rules": SHAPE}).status == 428
    assert owner("PUT", "/policy", {"rules": SHAPE}, If_Match='"policy-0"').status == 200
    assert owner("PUT", "/policy", {"rules": REDACT}, If_Match='"policy-0"').reason == "stale"
    assert Policy.objects.count() == 1


def test_the_versions_are_listed_the_newest_first(owner: Api) -> None:
    for rules in (SHAPE, REDACT, SHAPE):
        put(owner, rules)

    first = owner.get("/policy/versions?count=2").json
    rest = owner.get(f"/policy/versions?count=2&cursor={first['pagination']['next']}").json

    assert [one["version"] for one in first["versions"] + rest["versions"]] == [3, 2, 1]
    assert owner.get("/policy/versions/9").reason == "no-such-resource"


def test_a_roll_back_is_a_new_version_that_equals_the_old(owner: Api) -> None:
    put(owner, SHAPE)
    put(owner, REDACT)

    reply = owner.post("/policy/rollback", {"version": 1}, If_Match='"policy-2"', Idempotency_Key="back")

    assert (reply.json["version"], reply.json["note"]) == (3, "Back to version 1.")
    assert reply.json["rules"] == owner.get("/policy/versions/1").json["rules"]
    again = owner.post("/policy/rollback", {"version": 1}, If_Match='"policy-2"', Idempotency_Key="back")
    assert again.json == reply.json
    assert owner.post("/policy/rollback", {"version": 8}, If_Match="*").reason == "no-such-resource"


def test_two_versions_are_compared(owner: Api) -> None:
    put(owner, SHAPE)
    put(owner, REDACT)

    assert owner.get("/policy/diff").json == {
        "before": 1,
        "after": 2,
        "differences": [{"member": "operators.US_SSN", "before": "shape", "after": "redact"}],
    }
    assert owner.get("/policy/diff?before=2&after=2").json["differences"] == []
    assert owner.get("/policy/diff?before=0&after=1").json["differences"]
    assert owner.get("/policy/diff?before=7").reason == "no-such-resource"


@pytest.mark.parametrize(
    "rules",
    [
        {"operators": {"NO_SUCH": "keep"}},
        {"operators": {"PERSON": "explode"}},
        {"operators": {"PERSON": 7}},
        {"operators": ["PERSON"]},
        {"operators": {"PERSON": {"name": "mask", "params": {"masking_char": 7}}}},
        {"extends": "unheard-of"},
        {"extends": ["balanced"]},
        {"groups": {"LGPD": "redact"}},
        {"groups": "GDPR"},
        {"default": "keep"},
        {"surprise": True},
        {"name": "a\u0000b"},
        {"matchers": [{"name": "x", "term": "(", "how": "pattern"}]},
        {"matchers": {"name": "x"}},
    ],
    ids=str,
)
def test_rules_that_cannot_be_are_refused_with_the_classifiers_words(owner: Api, rules: object) -> None:
    reply = owner("PUT", "/policy", {"rules": rules}, If_Match="*")

    assert (reply.status, list(reply.json["errors"])) == (422, ["rules"])
    assert not Policy.objects.exists()


def test_a_group_stands_for_its_entities_and_what_is_named_counts_before(owner: Api) -> None:
    put(owner, {"extends": "balanced", "groups": {"PCI": "redact"}, "operators": {"CREDIT_CARD": "last4"}})

    operators = owner.get("/policy").json["rules"]["operators"]
    assert operators["CREDIT_CARD"] == "last4"
    assert {operators[one] for one in REGULATIONS["PCI"].entities - {Entity.CREDIT_CARD}} == {"redact"}
    assert operators["EMAIL_ADDRESS"] == ENTITIES[Entity.EMAIL_ADDRESS].operator


@pytest.mark.parametrize(
    ("rules", "hidden"),
    [
        ({"extends": "balanced", "operators": {"PERSON": "keep"}}, {"GIVEN_NAME": "keep", "FAMILY_NAME": "keep"}),
        (
            {"extends": "balanced", "operators": {"PERSON": "keep", "FAMILY_NAME": "redact"}},
            {"GIVEN_NAME": "keep", "FAMILY_NAME": "redact"},
        ),
        # `balanced` itself names IMEI, beside the DEVICE_ID that it is a part of.
        ({"extends": "balanced"}, {"DEVICE_ID": "replace", "IMEI": "shape", "ADVERTISING_ID": "replace"}),
        ({"extends": "balanced", "operators": {"DEVICE_ID": "redact"}}, {"IMEI": "redact", "ADVERTISING_ID": "redact"}),
        (
            {"extends": "strict", "groups": {"PCI": "redact"}, "operators": {"PERSON": "keep"}},
            {"GIVEN_NAME": "keep", "CREDIT_CARD": "redact"},
        ),
        # Safe Harbor leaves states and countries out, and so does a rule for it.
        (
            {"extends": "balanced", "groups": {"HIPAA_SAFE_HARBOR": "redact"}},
            {"LOCATION": "redact", "CITY": "redact", "STATE": "replace", "COUNTRY": "replace"},
        ),
        (
            {"groups": {"HIPAA_SAFE_HARBOR": "redact", "GDPR": "shape"}},
            {"LOCATION": "shape", "STATE": "shape", "COUNTRY": "shape"},
        ),
    ],
    ids=str,
)
def test_what_an_owner_says_of_a_kind_counts_for_its_parts(
    owner: Api, workspace: Workspace, rules: object, hidden: dict[str, str]
) -> None:
    put(owner, rules)

    policy = operators_for(workspace)
    assert {one: policy.operator_of(Entity(one)).name for one in hidden} == hidden


def test_matchers_of_a_workspace_are_part_of_its_policy(owner: Api) -> None:
    matcher = {"name": "Project", "colour": "red", "on": "value", "how": "exact", "term": "Falcon"}

    assert put(owner, {"extends": "balanced", "matchers": [matcher]}) == 1
    assert owner.get("/policy").json["rules"]["matchers"] == [matcher]


def test_what_a_policy_can_be_made_of_is_told(owner: Api) -> None:
    choices = owner.get("/policy/choices").json

    assert set(choices["groups"]) == {"GDPR", "HIPAA_SAFE_HARBOR", "PCI", "CPRA"}
    assert all(group["source"] and group["entities"] for group in choices["groups"].values())
    assert "balanced" in choices["policies"]
    assert choices["operators"]["last4"] == ["masking_char"]


def test_a_trial_shows_what_would_read_otherwise_and_for_how_many(
    owner: Api, workspace: Workspace, bob: User, carol: User
) -> None:
    put(owner, SHAPE)
    agent = make_member(workspace, "agent")
    grant(agent, Role.PII_VIEWER, entities=["US_SSN"])

    reply = owner.post("/policy/preview", {"rules": REDACT, "payload": RECORD})

    assert reply.status == 200
    assert reply.json["changes"] == [{"pointer": "/ssn", "before": "***-**-****", "after": ""}]
    assert [(one["pointer"], one["entity"]) for one in reply.json["findings"]] == [
        ("/name", "PERSON"),
        ("/ssn", "US_SSN"),
    ]
    # Alice and Carol see everything, the agent sees these numbers anyway: bob alone is left.
    assert (reply.json["replaces"], reply.json["members"]) == (1, {"all": 4, "affected": 1})
    assert owner.get("/policy").json["version"] == 1


def test_a_trial_finds_by_the_matchers_in_force_and_those_tried(owner: Api) -> None:
    def rules(name: str, term: str) -> dict[str, object]:
        matcher = {"name": name, "term": term, "colour": "red", "on": "value", "how": "exact"}
        return {"extends": "balanced", "matchers": [matcher]}

    put(owner, rules("Old", "x-falcon-7"))

    reply = owner.post(
        "/policy/preview", {"rules": rules("New", "x-heron-9"), "payload": {"a": "x-falcon-7", "b": "x-heron-9"}}
    )

    found = {(one["pointer"], one["recognizer"]) for one in reply.json["findings"]}
    assert found >= {("/a", "matcher:Old"), ("/b", "matcher:New")}
    assert reply.json["entities"] == {"before": {"CUSTOM": 1}, "after": {"CUSTOM": 1}}
    assert [(one["pointer"], one["before"], one["after"]) for one in reply.json["changes"]] == [
        ("/a", "<OLD>", "x-falcon-7"),
        ("/b", "x-heron-9", "<NEW>"),
    ]


def test_a_trial_of_a_text_and_of_a_stored_version(owner: Api, bob: User) -> None:
    put(owner, SHAPE)
    put(owner, REDACT)

    reply = owner.post("/policy/preview", {"version": 1, "payload": "SSN 123-45-6789 of a guest"})

    assert reply.json["changes"] == [
        {"pointer": "", "before": "SSN  of a guest", "after": "SSN ***-**-**** of a guest"}
    ]
    assert owner.post("/policy/preview", {"version": 2, "payload": RECORD}).json["members"]["affected"] == 0


def test_whoever_sees_no_personal_data_learns_none_from_a_trial(manager: Api, owner: Api) -> None:
    canary = {"name": "Canary Birdsong", "ssn": "123-45-6789", "note": ["mail canary@example.com"], "plan": "secret"}
    open_rules = {"extends": "balanced", "operators": {"US_SSN": "keep", "PERSON": "keep", "EMAIL_ADDRESS": "keep"}}

    told = manager.post("/policy/preview", {"rules": open_rules, "payload": canary})

    text = told.body.decode()
    for value in ("Canary", "Birdsong", "123-45-6789", "canary@example.com", "secret"):
        assert value not in text
    assert {"pointer": "/ssn", "before": "***-**-****", "after": "<US_SSN: readable>"} in told.json["changes"]
    assert "canary@example.com" in owner.post("/policy/preview", {"rules": open_rules, "payload": canary}).body.decode()


@pytest.mark.parametrize(
    "rules",
    [
        {"extends": "balanced", "operators": {"PERSON": "keep"}},
        {"extends": "balanced", "operators": {"US_SSN": "last4"}},
        {
            "extends": "balanced",
            "operators": {
                "US_SSN": {"name": "mask", "params": {"masking_char": "*", "chars_to_mask": 2, "from_end": False}}
            },
        },
        {"extends": "balanced", "default": "keep", "keep_by_default": True},
        {"extends": "balanced", "allow": {"values": ["Falcon"]}},
        {"extends": "balanced", "matchers": [{"name": "g", "term": "plan", "colour": "green", "on": "key"}]},
        {"extends": "balanced"},
    ],
    ids=["keep", "last4", "mask a part", "keep the rest", "allow", "green", "a block forgotten"],
)
def test_whoever_sees_no_personal_data_makes_no_policy_that_shows_more(
    manager: Api, workspace: Workspace, rules: object
) -> None:
    make_policy(workspace, {})
    stored = Policy.objects.get()
    Policy.objects.filter(pk=stored.pk).update(rules={**stored.rules, "block": {"keys": [], "values": ["Falcon"]}})

    assert put(manager, rules) == "beyond-own-rights"
    assert manager("POST", "/policy/rollback", {"version": 0}, If_Match="*").reason == "beyond-own-rights"
    assert Policy.objects.count() == 1


def test_they_may_hide_more(manager: Api, owner: Api) -> None:
    put(owner, SHAPE)

    assert put(manager, {"extends": "balanced", "operators": {"US_SSN": "redact"}}) == 2
    assert put(manager, SHAPE) == "beyond-own-rights"


def test_a_member_without_the_right_sees_no_policy(bob: User, carol: User) -> None:
    for user in (bob, carol):
        assert person(user).get("/policy").reason == "permission-missing"
        assert person(user).post("/policy/preview", {"version": 0, "payload": {}}).reason == "permission-missing"


@pytest.mark.parametrize(
    "payload", [[], {}, "", [[]], {"a": None}, 7, None, True, {"a~b/c": {"": "123-45-6789"}}], ids=str
)
def test_any_payload_can_be_tried(owner: Api, payload: object) -> None:
    reply = owner.post("/policy/preview", {"rules": REDACT, "payload": payload})

    assert reply.status in {200, 422}
    assert reply.status == 200 or list(reply.json["errors"]) == ["payload"]
