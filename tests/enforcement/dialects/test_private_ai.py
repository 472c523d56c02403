"""Private AI's text routes: requests as its clients send them, answers to the letter."""

import json
import logging
from typing import Any

import pytest

from classifier import Entity, Policy
from privacy_service.decisions import models
from privacy_service.decisions.audit import ship
from privacy_service.decisions.models import DECISION, AuditRecord
from privacy_service.enforcement.dialects.private_ai import ROUTES
from privacy_service.enforcement.dialects.private_ai.labels import GROUPS, KNOWN, LABELS, NOT_FOUND, PARENTS
from privacy_service.observability.logging import LineFormatter
from privacy_service.rollout import release
from tests.asking import Reply, through_hot_path
from tests.enforcement.dialects.conftest import Post
from tests.factories import make_key, make_policy
from workspaces.keys import Scope
from workspaces.models import ApiKey, Workspace
from workspaces.stamp import stamp

CANARY = "canary.person@example.com"
NOTE = "Mail jo@example.com or 123-45-6789, then jo@example.com again."


def processed(reply: Reply) -> list[str]:
    """Return the texts of an answer."""
    assert reply.status == 200, reply.body
    return [one["processed_text"] for one in reply.json]


def test_a_text_comes_back_masked_with_what_was_masked(post: Post) -> None:
    reply = post("/process/text", {"text": ["Mail jo@example.com."]})

    assert reply.json == [
        {
            "processed_text": "Mail [EMAIL_ADDRESS_1].",
            "entities": [
                {
                    "processed_text": "EMAIL_ADDRESS_1",
                    "text": "jo@example.com",
                    "location": {"stt_idx": 5, "end_idx": 19, "stt_idx_processed": 5, "end_idx_processed": 22},
                    "best_label": "EMAIL_ADDRESS",
                    "labels": {"EMAIL_ADDRESS": 0.95},
                }
            ],
            "entities_present": True,
            "characters_processed": 20,
            "languages_detected": {},
        }
    ]
    told = {name: reply.headers[name] for name in ("PII-Decision", "PII-Reason", "PII-Entities")}
    assert told == {"PII-Decision": "mask", "PII-Reason": "no-actor", "PII-Entities": "EMAIL_ADDRESS=1"}


@pytest.mark.parametrize("plan", ["", "/demo", "/community", "/cloud"])
@pytest.mark.parametrize("generation", ["", "/v3", "/v4"])
def test_every_path_of_every_generation_answers(post: Post, plan: str, generation: str) -> None:
    base = plan + generation
    content = {"text": ["call jo@example.com"]}

    assert processed(post(f"{base}/process/text", content)) == ["call [EMAIL_ADDRESS_1]"]
    assert post(f"{base}/ner/text", content).json[0]["entities"][0]["best_label"] == "EMAIL_ADDRESS"
    assert post(f"{base}/analyze/text", content).status == 200
    assert post(f"{base}/", b"", key="", method="GET").json == {"app_version": "4.2.1"}
    assert post(f"{base}/process/files/base64", {}).status == 501


def test_equal_values_share_a_number_and_texts_count_for_themselves_unless_linked(post: Post) -> None:
    texts = [NOTE, "Then kim@example.com."]

    apart = processed(post("/process/text", {"text": texts}))
    linked = processed(post("/process/text", {"text": texts, "link_batch": "true"}))

    first = "Mail [EMAIL_ADDRESS_1] or [SSN_1], then [EMAIL_ADDRESS_1] again."
    assert apart == [first, "Then [EMAIL_ADDRESS_1]."]
    assert linked == [first, "Then [EMAIL_ADDRESS_2]."]


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ({}, "ssn [SSN_1]"),
        ({"type": "MARKER", "pattern": "BEST_ENTITY_TYPE"}, "ssn SSN"),
        ({"type": "MARKER", "pattern": "<BEST_ENTITY_TYPE>"}, "ssn <SSN>"),
        ({"type": "MARKER", "pattern": "[ALL_ENTITY_TYPES]", "marker_language": "de"}, "ssn [SSN]"),
        ({"type": "MASK"}, "ssn ###########"),
        ({"type": "MASK", "mask_character": "*"}, "ssn ***********"),
    ],
)
def test_each_way_of_writing(post: Post, style: dict[str, Any], expected: str) -> None:
    reply = post("/process/text", {"text": ["ssn 123-45-6789"], "processed_text": style})

    assert processed(reply) == [expected]


def test_a_part_is_marked_with_the_label_of_its_whole_too(post: Post) -> None:
    style = {"type": "MARKER", "pattern": "[ALL_ENTITY_TYPES]"}
    text = '{"city": "Springfield"}'

    reply = post("/process/text", {"text": [text], "processed_text": style})

    assert processed(reply) == ['{"city": "[LOCATION_CITY,LOCATION]"}']
    assert reply.json[0]["entities"][0]["labels"].keys() == {"LOCATION_CITY", "LOCATION"}


def test_hashed_markers_and_made_up_values_are_stable_and_tell_nothing(post: Post) -> None:
    hashed = {"type": "MARKER", "pattern": "[UNIQUE_HASHED_ENTITY_TYPE]"}
    faked = {"type": "SYNTHETIC", "synthetic_entity_accuracy": "standard"}

    for style in (hashed, faked):
        first, second = (processed(post("/process/text", {"text": [NOTE], "processed_text": style})) for _ in range(2))
        assert first == second
        assert "jo@example.com" not in first[0]
        assert "123-45-6789" not in first[0]


@pytest.mark.parametrize(
    ("selectors", "expected"),
    [
        ([{"type": "ENABLE", "value": ["SSN"]}], "mail jo@example.com, [SSN_1]"),
        ([{"type": "DISABLE", "value": ["SSN"]}], "mail [EMAIL_ADDRESS_1], 123-45-6789"),
        ([{"type": "ENABLE", "value": ["PCI"]}], "mail jo@example.com, 123-45-6789"),
        ([{"type": "ENABLE", "value": ["GDPR"]}], "mail [EMAIL_ADDRESS_1], [SSN_1]"),
        (
            [{"type": "ENABLE", "value": ["GDPR"]}, {"type": "DISABLE", "value": ["SSN"]}],
            "mail [EMAIL_ADDRESS_1], 123-45-6789",
        ),
        ([{"type": "ENABLE", "value": []}], "mail [EMAIL_ADDRESS_1], [SSN_1]"),
        ([], "mail [EMAIL_ADDRESS_1], [SSN_1]"),
    ],
)
def test_kinds_are_enabled_and_disabled_by_label_and_group(
    post: Post, selectors: list[dict[str, Any]], expected: str
) -> None:
    content = {"text": ["mail jo@example.com, 123-45-6789"], "entity_detection": {"entity_types": selectors}}

    assert processed(post("/process/text", content)) == [expected]


def test_cities_stay_and_names_go(post: Post) -> None:
    text = '{"name": "Johanna Weber", "city": "Springfield"}'
    content = {"text": [text], "entity_detection": {"entity_types": [{"type": "DISABLE", "value": ["LOCATION_CITY"]}]}}

    assert processed(post("/process/text", content)) == ['{"name": "[NAME_1]", "city": "Springfield"}']


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        ({"type": "ALLOW", "pattern": "jo@.*"}, "jo@example.com kim@example.com FALCON-7"),
        ({"type": "ALLOW", "pattern": "jo"}, "[EMAIL_ADDRESS_1] [EMAIL_ADDRESS_2] FALCON-7"),
        ({"type": "ALLOW_TEXT", "pattern": "jo@example.com kim"}, "jo@example.com [EMAIL_ADDRESS_1] FALCON-7"),
        (
            {"type": "BLOCK", "pattern": "FALCON-[0-9]", "entity_type": "PROJECT", "threshold": 0.5},
            "[EMAIL_ADDRESS_1] [EMAIL_ADDRESS_2] [PROJECT_1]",
        ),
    ],
)
def test_filters_allow_and_block(post: Post, one: dict[str, Any], expected: str) -> None:
    if one["type"] == "ALLOW" and one["pattern"] == "jo@.*":
        expected = expected.replace("kim@example.com", "[EMAIL_ADDRESS_1]")
    content = {"text": ["jo@example.com kim@example.com FALCON-7"], "entity_detection": {"filter": [one]}}

    assert processed(post("/process/text", content)) == [expected]


def test_entities_are_left_out_where_nothing_should_lead_back(post: Post) -> None:
    reply = post("/process/text", {"text": [NOTE], "entity_detection": {"return_entity": False}})

    assert reply.json[0]["entities"] == []
    assert reply.json[0]["entities_present"] is True
    assert b"jo@example.com" not in reply.body


def test_offsets_count_code_points(post: Post) -> None:
    text = "😀😀 jo@example.com"
    [one] = post("/process/text", {"text": [text]}).json

    place = one["entities"][0]["location"]
    assert text[place["stt_idx"] : place["end_idx"]] == "jo@example.com"
    assert one["processed_text"][place["stt_idx_processed"] : place["end_idx_processed"]] == "[EMAIL_ADDRESS_1]"
    assert one["characters_processed"] == 17


def test_a_lone_surrogate_comes_back_as_it_was_sent(post: Post) -> None:
    reply = post("/process/text", b'{"text": ["\\ud83d jo@example.com"]}')

    assert json.loads(reply.body)[0]["processed_text"] == "\ud83d [EMAIL_ADDRESS_1]"


def test_a_text_of_half_a_million_characters_and_thousands_of_texts(post: Post) -> None:
    long = ". " * 250_000 + "jo@example.com"
    many = [f"user{at}@example.com" for at in range(3_000)]

    [one] = post("/process/text", {"text": [long]}).json
    assert one["processed_text"].endswith(". [EMAIL_ADDRESS_1]")
    assert one["characters_processed"] == len(long)
    assert processed(post("/process/text", {"text": many})) == ["[EMAIL_ADDRESS_1]"] * 3_000


def test_nothing_in_nothing_out(post: Post) -> None:
    assert post("/process/text", {"text": []}).json == []
    [one] = post("/process/text", {"text": [""]}).json
    assert one == {
        "processed_text": "", "entities": [], "entities_present": False,
        "characters_processed": 0, "languages_detected": {},
    }  # fmt: skip


def test_what_is_null_empty_or_unknown_counts_for_nothing(post: Post) -> None:
    content = {
        "text": ["jo@example.com"],
        "link_batch": None,
        "entity_detection": {"accuracy": None, "filter": [], "entity_types": None, "novelty": [1]},
        "processed_text": {},
        "project_id": "",
        "another": {"field": True},
    }

    assert processed(post("/process/text", content)) == ["[EMAIL_ADDRESS_1]"]


@pytest.mark.parametrize(
    ("content", "loc", "kind"),
    [
        ({}, ["body", "text"], "missing"),
        ([], ["body"], "dict_type"),
        ({"text": "one"}, ["body", "text"], "list_type"),
        ({"text": [CANARY, 7]}, ["body", "text", 1], "string_type"),
        ({"text": [], "link_batch": 3}, ["body", "link_batch"], "bool_parsing"),
        ({"text": [], "project_id": "a b"}, ["body", "project_id"], "string_pattern_mismatch"),
        ({"text": [], "project_id": "x" * 61}, ["body", "project_id"], "string_pattern_mismatch"),
        ({"text": [], "entity_detection": 1}, ["body", "entity_detection"], "dict_type"),
        ({"text": [], "entity_detection": {"accuracy": CANARY}}, ["body", "entity_detection", "accuracy"], "enum"),
        (
            {"text": [], "entity_detection": {"entity_types": [{"type": "ENABLE", "value": [CANARY]}]}},
            ["body", "entity_detection", "entity_types", 0, "value", 0],
            "enum",
        ),
        (
            {"text": [], "entity_detection": {"filter": [{"type": "ALLOW"}]}},
            ["body", "entity_detection", "filter", 0, "pattern"],
            "missing",
        ),
        (
            {"text": ["x"], "entity_detection": {"filter": [{"type": "ALLOW", "pattern": "(?=x)"}]}},
            ["body", "entity_detection", "filter", 0, "pattern"],
            "value_error",
        ),
        (
            {"text": ["x"], "entity_detection": {"filter": [{"type": "BLOCK", "pattern": "(", "entity_type": "X"}]}},
            ["body", "entity_detection", "filter", 0, "pattern"],
            "value_error",
        ),
        ({"text": [], "processed_text": {"type": "BLUR"}}, ["body", "processed_text", "type"], "enum"),
        ({"text": [], "processed_text": {"pattern": "[X]"}}, ["body", "processed_text", "pattern"], "value_error"),
        (
            {"text": [], "processed_text": {"mask_character": "ab"}},
            ["body", "processed_text", "mask_character"],
            "value_error",
        ),
    ],
)
def test_a_field_of_a_wrong_kind_is_refused_where_it_stands_without_quoting_it(
    post: Post, content: Any, loc: list[Any], kind: str
) -> None:
    reply = post("/process/text", content)

    [told] = reply.json["detail"]
    assert (reply.status, told["loc"], told["type"]) == (422, loc, kind)
    assert CANARY.encode() not in reply.body


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b'{"text": ["\xff"]}', 400), (b'{"text": [NaN]}', 400), (b"[" * 100_000, 400), (b"", 400)],
)
def test_a_body_that_is_no_json_is_a_bad_request(post: Post, body: bytes, status: int) -> None:
    reply = post("/process/text", body)

    assert reply.status == status
    assert reply.json["detail"] == "The body is not JSON in UTF-8."


def test_each_error_has_the_status_that_clients_look_for(
    post: Post, settings: Any, workspace: Workspace, own_key: str
) -> None:
    content = {"text": ["x"]}

    assert post("/process/text", content, key="").status == 401
    assert post("/process/text", content, key="psk_wrong").status == 401
    assert post("/process/text", content, method="GET").status == 405
    assert post("/process/text", content, key=make_key(workspace, name="other", scopes=(Scope.DECIDE,))).status == 403
    unbound = post("/process/text", content, key=make_key(None, name="roaming"))
    assert (unbound.status, unbound.json["reason"]) == (403, "key-unbound")
    settings.PRIVACY_BODY_LIMIT_BYTES = 5
    assert post("/process/text", content).status == 413


def test_a_quota_of_calls_a_day(post: Post, own_key: str) -> None:
    ApiKey.objects.update(calls_per_day=2)
    stamp.forget()

    statuses = [post("/community/v4/process/text", {"text": ["x"]}) for _ in range(3)]

    assert [one.status for one in statuses] == [200, 200, 429]
    assert 0 < int(statuses[2].headers["Retry-After"]) <= 86_400
    assert statuses[2].json["reason"] == "quota-exceeded"


@pytest.mark.parametrize("part", ["classifier.rewriting.spans_in_texts", "privacy_service.decisions.engine.newest_for"])
def test_where_detection_or_the_policy_is_not_to_be_had_nothing_is_answered(
    post: Post, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, part: str
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(CANARY)

    monkeypatch.setattr(part, broken)
    with caplog.at_level(logging.DEBUG):
        reply = post("/process/text", {"text": [CANARY]})

    assert reply.status == 503
    assert reply.headers["Retry-After"] == "1"
    assert CANARY.encode() not in reply.body
    lines = LineFormatter()
    assert caplog.records
    assert all(CANARY not in lines.format(record) for record in caplog.records)


def test_the_policy_of_the_keys_workspace_counts_and_it_always_masks(post: Post, workspace: Workspace) -> None:
    make_policy(workspace, {"EMAIL_ADDRESS": "keep"})
    release.turn_off()

    assert processed(post("/process/text", {"text": [NOTE]})) == [NOTE.replace("123-45-6789", "[SSN_1]")]
    asked = {"entity_types": [{"type": "ENABLE", "value": ["EMAIL_ADDRESS"]}]}
    named = processed(post("/process/text", {"text": [NOTE], "entity_detection": asked}))
    assert named == [NOTE.replace("jo@example.com", "[EMAIL_ADDRESS_1]")]


def test_what_the_owners_block_no_request_leaves_readable(post: Post, workspace: Workspace) -> None:
    rules = {**Policy.named("balanced").as_dict(), "block": {"values": ["Falcon"], "keys": []}}
    models.Policy.objects.create(workspace=workspace, rules=rules)
    content = {
        "text": ["project Falcon"],
        "entity_detection": {
            "filter": [{"type": "ALLOW", "pattern": ".+"}, {"type": "ALLOW_TEXT", "pattern": ".+"}],
            "entity_types": [{"type": "ENABLE", "value": ["SSN"]}],
        },
    }

    assert processed(post("/process/text", content)) == ["project [CUSTOM_1]"]


def test_a_call_is_kept_in_the_trail_as_a_masking_without_a_reader(post: Post, workspace: Workspace) -> None:
    post("/process/text", {"text": [NOTE, CANARY]})
    post("/process/text/reidentify", {"processed_text": ["x"], "entities": []})
    ship()

    records = AuditRecord.objects.filter(kind=DECISION).order_by("at")
    told = [(one.endpoint, one.effect, one.reason, one.entities) for one in records]
    assert told == [
        ("process-text", "mask", "no-actor", {"EMAIL_ADDRESS": 3, "US_SSN": 1}),
        ("reidentify-text", "pass", "no-actor", {}),
    ]


@pytest.mark.parametrize("accuracy", ["standard", "high", "high_multilingual", "standard_high_automatic"])
def test_accuracy_chooses_the_tier(post: Post, accuracy: str) -> None:
    text = "Please send the parcel to Mary Johnson, 12 Main Street, Springfield."
    reply = post("/process/text", {"text": [text], "entity_detection": {"accuracy": accuracy}})

    assert "Mary Johnson" not in processed(reply)[0]


def test_ner_tells_what_is_there_without_masking(post: Post) -> None:
    [one] = post("/ner/text", {"text": ["Mail jo@example.com."]}).json

    assert "processed_text" not in one
    assert one["entities"] == [
        {
            "text": "jo@example.com",
            "location": {"stt_idx": 5, "end_idx": 19},
            "best_label": "EMAIL_ADDRESS",
            "labels": {"EMAIL_ADDRESS": 0.95},
        }
    ]


def test_analyze_tells_which_finds_read_alike_and_what_proves_them(post: Post) -> None:
    text = "4111 1111 1111 1111, jo@example.com, jo@example.com, kim@example.com"
    [one] = post("/analyze/text", {"text": [text], "locale": "en-GB", "relation_detection": {}}).json

    assert [entity["coreference_id"] for entity in one["entities"]] == [
        "CREDIT_CARD_1", "EMAIL_ADDRESS_1", "EMAIL_ADDRESS_1", "EMAIL_ADDRESS_2",
    ]  # fmt: skip
    proofs = [entity["analysis_result"]["validation_assertions"] for entity in one["entities"]]
    assert proofs == [[{"provider": "luhn", "status": "valid"}], [], [], []]


def test_markers_turn_back_into_what_the_caller_kept(post: Post) -> None:
    [one] = post("/process/text", {"text": [NOTE]}).json
    back = {"processed_text": [one["processed_text"], "NAME_12 [NAME_1] NAME_1"], "entities": one["entities"]}
    back["entities"] = [{"processed_text": e["processed_text"], "text": e["text"]} for e in one["entities"]]
    back["entities"].append({"processed_text": "NAME_1", "text": "Jo 😀"})

    assert post("/process/text/reidentify", back).json == [NOTE, "NAME_12 Jo 😀 Jo 😀"]


@pytest.mark.parametrize(
    ("stand_in", "value", "shown"),
    [
        ("SSN_1", "123-45-6789", "###########"),
        ("SSN_0a1b2c3d", "123-45-6789", "###########"),
        ("CREDIT_CARD_2", "4111111111111111", "############1111"),
        ("CREDIT_CARD_EXPIRATION_1", "12/29", "#####"),
        ("NAME_1", "Jo", "Jo"),
    ],
)
def test_sensitive_values_stay_hidden_where_asked(post: Post, stand_in: str, value: str, shown: str) -> None:
    content = {
        "processed_text": [f"it is [{stand_in}]"],
        "entities": [{"processed_text": stand_in, "text": value}],
        "reidentify_sensitive_fields": False,
        "model": "",
    }

    assert post("/process/text/reidentify", content).json == [f"it is {shown}"]


def test_turning_back_needs_its_own_scope(post: Post, workspace: Workspace) -> None:
    scopes = tuple(scope for scope in Scope if scope is not Scope.REIDENTIFY)

    reply = post("/process/text/reidentify", {"processed_text": []}, key=make_key(workspace, name="m", scopes=scopes))

    assert (reply.status, reply.json["reason"]) == (403, "scope-missing")


def test_the_machine_is_described_to_holders_of_a_key(post: Post) -> None:
    told = post("/diagnostics", b"", method="GET").json

    assert set(told) == {"platform", "cpu_count", "container_version", "cpu_name", "gpu_info"}
    assert post("/diagnostics", b"", method="GET", key="").status == 401
    assert through_hot_path("GET", "/demo/v3/healthz", b"", {}).json == {"status": "ok"}


def test_every_kind_has_a_label_and_every_label_is_known() -> None:
    assert set(LABELS) == set(Entity)
    assert set(PARENTS) <= KNOWN
    assert not NOT_FOUND & set(LABELS.values())
    assert set(GROUPS) == {"GDPR", "HIPAA_SAFE_HARBOR", "PCI", "CPRA", "QUEBEC_PRIVACY_ACT", "APPI", "CCI"}
    assert len(ROUTES) == 9 * 12 + 11
