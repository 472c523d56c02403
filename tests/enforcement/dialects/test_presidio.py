"""Presidio's REST routes: requests shaped as its published end-to-end cases are, with its statuses and sentences."""

from typing import Any

import pytest

from classifier import Entity
from privacy_service.decisions.audit import ship
from privacy_service.decisions.models import DECISION, AuditRecord
from privacy_service.enforcement.dialects.presidio.endpoints import routes
from privacy_service.enforcement.dialects.presidio.names import NAMES, RECOGNIZERS, SUPPORTED
from tests.enforcement.dialects.conftest import Post
from tests.factories import make_key
from workspaces.keys import Scope
from workspaces.models import Workspace

CANARY = "canary.person@example.com"
PARK = "I'm George Washington Square Park"
ON_PARK = [(4, 21, 0.85, "NAME"), (11, 33, 0.8, "LOCATION")]
LAST_FOUR = {"type": "mask", "masking_char": "*", "chars_to_mask": 4, "from_end": True}
JANE = {"start": 0, "end": 4, "score": 1, "entity_type": "N"}
NO_RECOGNIZER = "No matching recognizers were found to serve the request."
KEY = "WmZq4t7w!z%C&F)J"


def found(post: Post, text: Any, **more: Any) -> Any:
    """Return what /analyze tells of a text."""
    reply = post("/presidio/analyze", {"text": text, "language": "en", **more})
    assert reply.status == 200, reply.body
    return reply.json


def test_analyze_tells_where_what_stands_surest_first(post: Post) -> None:
    told = found(post, "call +1 415 555 0132, mail jo@example.com")

    assert told == [
        {"analysis_explanation": None, "end": 20, "entity_type": "PHONE_NUMBER", "score": 0.95, "start": 5},
        {"analysis_explanation": None, "end": 41, "entity_type": "EMAIL_ADDRESS", "score": 0.95, "start": 27},
    ]
    assert list(told[0]) == sorted(told[0])


def test_a_list_of_texts_gets_a_list_of_answers(post: Post) -> None:
    told = found(post, ["jo@example.com", "nothing", "😀 kim@example.com"])

    assert [[one["start"] for one in each] for each in told] == [[0], [], [2]]


@pytest.mark.parametrize(
    ("more", "names"),
    [
        ({"entities": ["EMAIL_ADDRESS"]}, ["EMAIL_ADDRESS"]),
        ({"entities": ["EMAIL_ADDRESS", "NO_SUCH"]}, ["EMAIL_ADDRESS"]),
        ({"entities": []}, ["US_SSN", "EMAIL_ADDRESS"]),
        ({"score_threshold": 0.96}, []),
        ({"allow_list": ["jo@example.com"]}, ["US_SSN"]),
        ({"allow_list": ["JO@"], "allow_list_match": "regex"}, ["US_SSN"]),
        ({"allow_list": ["JO@"], "allow_list_match": "regex", "regex_flags": 24}, ["US_SSN", "EMAIL_ADDRESS"]),
        ({"correlation_id": "c-1", "context": ["mail"], "unknown": 1}, ["US_SSN", "EMAIL_ADDRESS"]),
    ],
)
def test_what_is_asked_for_is_told(post: Post, more: dict[str, Any], names: list[str]) -> None:
    told = found(post, "123-45-6789 jo@example.com", **more)

    assert sorted(one["entity_type"] for one in told) == sorted(names)


def test_a_request_may_bring_recognizers(post: Post) -> None:
    zip_code = {
        "name": "Zip", "supported_language": "en", "supported_entity": "ZIP",
        "patterns": [{"name": "five", "regex": r"\b\d{5}\b", "score": 0.01}], "context": ["zip"],
    }  # fmt: skip
    title = {"name": "Title", "supported_language": "en", "supported_entity": "TITLE", "deny_list": ["Mr.", "Mrs."]}

    told = found(post, "Mr. Plum, 10023", ad_hoc_recognizers=[zip_code, title], entities=["ZIP", "TITLE"])

    assert [(one["entity_type"], one["score"], one["start"], one["end"]) for one in told] == [
        ("TITLE", 1.0, 0, 3), ("ZIP", 0.01, 10, 15),
    ]  # fmt: skip


def test_the_reason_is_told_where_it_is_asked_for(post: Post) -> None:
    [one] = found(post, "jo@example.com", return_decision_process=True)

    explanation = one["analysis_explanation"]
    assert (explanation["score"], explanation["validation_result"]) == (0.95, True)
    assert explanation["recognizer"]


@pytest.mark.parametrize(
    ("content", "status", "error"),
    [
        ({"language": "en"}, 500, "No text provided"),
        ({"text": "", "language": "en"}, 500, "No text provided"),
        ({"text": [], "language": "en"}, 500, "No text provided"),
        ({"text": "x"}, 500, "No language provided"),
        ({"text": "x", "language": "zz"}, 500, NO_RECOGNIZER),
        ({"text": "x", "language": "en", "entities": ["NO_SUCH"]}, 500, NO_RECOGNIZER),
        ([], 400, "Invalid request json"),
        (b"{", 400, "The browser (or proxy) sent a request that this server could not understand."),
    ],
)
def test_analyze_refuses_in_presidios_words(post: Post, content: Any, status: int, error: str) -> None:
    reply = post("/presidio/analyze", content)

    assert (reply.status, reply.json) == (status, {"error": error})


def test_a_bad_recognizer_is_a_bad_request(post: Post) -> None:
    unclosed = {"supported_entity": "X", "patterns": [{"regex": "(", "score": 1}]}
    for bad in ({"supported_entity": "X", "patterns": [{"name": CANARY}]}, 7, unclosed):
        reply = post("/presidio/analyze", {"text": "x", "language": "en", "ad_hoc_recognizers": [bad]})

        assert reply.status == 400
        assert reply.json["error"].startswith("Failed to parse /analyze request for AnalyzerEngine.analyze(). ")
        assert CANARY.encode() not in reply.body


@pytest.mark.parametrize(
    ("text", "results", "anonymizers", "expected"),
    [
        ("hello world, my name is Jane Doe.", [(24, 32, 0.8, "NAME")], None, "hello world, my name is <NAME>."),
        ("number: 03-4453334", [(8, 18, 0.95, "PHONE")], {"PHONE": LAST_FOUR}, "number: 03-445****"),
        ("Jane Doe", [(0, 8, 0.8, "NAME")], {"DEFAULT": {"type": "redact"}}, ""),
        ("Jane Doe", [(0, 8, 0.8, "NAME")], {"NAME": {"type": "keep"}}, "Jane Doe"),
        ("Jane Doe", [(0, 8, 0.8, "NAME")], {"NAME": {"type": "replace", "new_value": "X"}}, "X"),
        ("Jane Doe", [(0, 8, 0.8, "NAME")], {"NAME": {"type": "replace", "new_value": ""}}, "<NAME>"),
        ("Jane Doe and", [(0, 4, 0.8, "NAME"), (5, 8, 0.8, "NAME")], {}, "<NAME> and"),
        ("Jane Doe", [(0, 8, 0.5, "NAME"), (0, 8, 0.8, "PLACE"), (2, 4, 1.0, "X")], {}, "<PLACE>"),
        (PARK, ON_PARK, {"NAME": {"type": "keep"}}, "I'm George Washington<LOCATION>"),
        (PARK, ON_PARK, {"DEFAULT": {"type": "keep"}}, "I'm George WashingtonWashington Square Park"),
        ("", [(0, 0, 0.8, "NAME")], {}, "<NAME>"),
        ("nothing", [], {}, "nothing"),
        ("", [], {}, ""),
    ],
)
def test_anonymize_does_what_presidio_does(
    post: Post, text: str, results: list[Any], anonymizers: Any, expected: str
) -> None:
    given = [dict(zip(("start", "end", "score", "entity_type"), one, strict=True)) for one in results]

    reply = post("/presidio/anonymize", {"text": text, "analyzer_results": given, "anonymizers": anonymizers})

    assert (reply.status, reply.json["text"]) == (200, expected)
    starts = [item["start"] for item in reply.json["items"]]
    assert starts == sorted(starts, reverse=True)
    assert all(expected[item["start"] : item["end"]] == item["text"] for item in reply.json["items"])


def test_each_place_is_told_with_its_operator(post: Post) -> None:
    [one] = post("/presidio/anonymize", {"text": "I am Jo", "analyzer_results": [
        {"start": 5, "end": 7, "score": 0.8, "entity_type": "PERSON"},
    ]}).json["items"]  # fmt: skip

    told = {name: one[name] for name in ("operator", "entity_type", "start", "end", "text")}
    assert told == {"operator": "replace", "entity_type": "PERSON", "start": 5, "end": 13, "text": "<PERSON>"}


@pytest.mark.parametrize(
    ("content", "status", "error"),
    [
        ({}, 400, "Invalid request json"),
        (b"not json", 400, "The browser (or proxy) sent a request that this server could not understand."),
        ({"text": "x"}, 422, "Invalid input, request must contain analyzer results"),
        ({"text": "x", "anonymizers": {"X": {"type": "custom"}}}, 400, "Custom type anonymizer is not supported"),
        (
            {
                "text": "Jane",
                "analyzer_results": [JANE],
                "anonymizers": {
                    "DEFAULT": {"type": "mask", "masking_char": "xx", "chars_to_mask": 1, "from_end": False}
                },
            },
            422,
            "Invalid input, masking_char must be a character",
        ),
        (
            {
                "text": "Jane",
                "analyzer_results": [JANE],
                "anonymizers": {"DEFAULT": {"type": "mask", "masking_char": "*"}},
            },
            422,
            "Expected parameter chars_to_mask",
        ),
        (
            {
                "text": "Jane",
                "analyzer_results": [JANE],
                "anonymizers": {"DEFAULT": {"type": "encrypt", "key": "short"}},
            },
            422,
            "Invalid input, key must be of length 128, 192 or 256 bits",
        ),
        (
            {"text": "Jane", "analyzer_results": [JANE], "anonymizers": {"DEFAULT": {"type": "nonsense"}}},
            422,
            "Invalid operator class 'nonsense'.",
        ),
        ({"text": 7, "analyzer_results": [JANE]}, 500, "Internal server error"),
        ({"text": CANARY, "analyzer_results": [CANARY]}, 500, "Internal server error"),
    ],
)
def test_anonymize_refuses_in_presidios_words(post: Post, content: Any, status: int, error: str) -> None:
    reply = post("/presidio/anonymize", content)

    assert (reply.status, reply.json) == (status, {"error": error})


def test_what_was_encrypted_comes_back_with_its_key_and_the_scope_for_it(post: Post, workspace: Workspace) -> None:
    given = {"start": 11, "end": 15, "score": 0.8, "entity_type": "NAME"}
    anonymizers = {"NAME": {"type": "encrypt", "key": KEY}}
    content = {"text": "My name is Jane", "analyzer_results": [given], "anonymizers": anonymizers}
    hidden = post("/presidio/anonymize", content).json
    back = {
        "text": hidden["text"],
        "anonymizer_results": hidden["items"],
        "deanonymizers": {"NAME": {"type": "decrypt", "key": KEY}},
    }

    reply = post("/presidio/deanonymize", back)

    assert (reply.status, reply.json["text"]) == (200, "My name is Jane")
    assert "Jane" not in hidden["text"]
    without = make_key(workspace, name="m", scopes=(Scope.MASK,))
    assert post("/presidio/deanonymize", back, key=without).status == 403
    back["deanonymizers"] = {"NAME": {"type": "decrypt", "key": KEY[::-1]}}
    assert post("/presidio/deanonymize", back).status == 500


def test_lists_tell_what_there_is(post: Post) -> None:
    def get(path: str) -> Any:
        return post(f"/presidio{path}", b"", method="GET")

    assert get("/supportedentities?language=en&other=1").json == list(SUPPORTED)
    assert {"PERSON", "EMAIL_ADDRESS", "US_SSN", "DATE_TIME"} <= set(SUPPORTED)
    assert "CreditCardRecognizer" in get("/recognizers?language=en").json
    assert len(RECOGNIZERS) == len(SUPPORTED)
    assert get("/supportedentities?language=zz").status == 500
    assert get("/anonymizers").json == ["hash", "mask", "redact", "replace", "encrypt", "keep", "custom"]
    assert get("/deanonymizers").json == ["decrypt", "deanonymize_keep"]
    assert b"Presidio Anonymizer service is up" in post("/presidio/health", b"", key="", method="GET").body
    assert post("/presidio/analyze", b"", method="GET").status == 405


def test_a_key_is_needed_unless_a_workspace_is_open_to_all(post: Post, settings: Any, workspace: Workspace) -> None:
    content = {"text": "jo@example.com", "language": "en"}
    refused = post("/presidio/analyze", content, key="")
    assert (refused.status, list(refused.json)) == (401, ["error"])
    assert post("/presidio/anonymizers", b"", key="", method="GET").status == 401

    settings.PRIVACY_PRESIDIO_OPEN_WORKSPACE = "acme"

    assert post("/presidio/analyze", content, key="").json[0]["entity_type"] == "EMAIL_ADDRESS"
    assert post("/presidio/supportedentities", b"", key="", method="GET").status == 200
    assert post("/presidio/deanonymize", {"text": "x"}, key="").status == 401
    assert post("/presidio/analyze", content, key="psk_wrong").status == 401
    settings.PRIVACY_PRESIDIO_OPEN_WORKSPACE = "gone"
    assert post("/presidio/analyze", content, key="").status == 503
    ship()
    [record] = AuditRecord.objects.filter(kind=DECISION)
    assert (record.endpoint, record.reason, record.entities) == ("presidio-analyze", "no-actor", {"EMAIL_ADDRESS": 1})


def test_a_kind_that_a_caller_invents_is_counted_without_its_name(post: Post, workspace: Workspace) -> None:
    given = {"start": 0, "end": 4, "score": 0.8, "entity_type": CANARY}

    reply = post("/presidio/anonymize", {"text": "Jane", "analyzer_results": [given]})
    ship()

    assert reply.headers["PII-Entities"] == "CUSTOM=1"
    assert AuditRecord.objects.get(kind=DECISION).entities == {"CUSTOM": 1}


def test_a_second_port_may_answer_at_the_root() -> None:
    below, both = routes(at_root=False), routes(at_root=True)

    assert all(path.startswith("/presidio/") for path in below)
    assert set(both) - set(below) == {path.removeprefix("/presidio") for path in below}
    assert set(NAMES) == set(Entity)
