"""What happens when something breaks: nothing personal leaves, by no door."""

import json
import traceback
from collections.abc import Iterable

import pytest

from classifier import (
    REDACT_EVERYTHING,
    ClassifierError,
    ClassifierFailed,
    Masked,
    PayloadKind,
    Policy,
    Span,
    classify,
    mask,
)
from classifier.recognizers.email import EMAIL_ADDRESS
from classifier.scan import PatternSet
from tests.classifier.finding import HASH_KEY, STRICT, masked

CANARY = "canary-4f1c@example.com"

EVERYTHING = [
    (PayloadKind.JSON, '{"a":"x","n":[1.5,-2],"t":true,"z":null}', '{"a":"[REDACTED]","n":[0,0],"t":true,"z":null}'),
    (PayloadKind.JSON, '"x"', '"[REDACTED]"'),
    (PayloadKind.JSON, "7", "0"),
    (PayloadKind.JSON, '{"a@b.co":1,"id 12345":2,"ok-key.1":3}', '{"[REDACTED]":0,"[REDACTED]_2":0,"ok-key.1":0}'),
    (PayloadKind.JSON, r'{"\u00e9":"\ud800"}', '{"[REDACTED]":"[REDACTED]"}'),
    (PayloadKind.NDJSON, '{"a":"x"}\n\n["y"]\n', '{"a":"[REDACTED]"}\n\n["[REDACTED]"]\n'),
    (PayloadKind.TEXT, "anything", "[REDACTED]"),
    (PayloadKind.TEXT, "", "[REDACTED]"),
    (PayloadKind.CSV, 'id,a@b.co\r\n1,"x\ny"\r\n', '[REDACTED],[REDACTED]\r\n[REDACTED],"[REDACTED]"\r\n'),
    (PayloadKind.CSV, "Alice,Berlin\nBob,\n", "[REDACTED],[REDACTED]\n[REDACTED],\n"),
    (PayloadKind.FORM, "a=1&b%40c=2&d", "a=[REDACTED]&[REDACTED]=[REDACTED]&d"),
]


@pytest.mark.parametrize(("kind", "body", "expected"), EVERYTHING)
def test_redact_everything_leaves_only_the_structure(kind: PayloadKind, body: str, expected: str) -> None:
    assert masked(body, REDACT_EVERYTHING, kind=kind) == expected


def _break(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_self: PatternSet, text: str) -> Iterable[Span]:
        message = f"cannot read {text}"
        raise RuntimeError(message)

    monkeypatch.setattr(PatternSet, "match", broken)


@pytest.mark.parametrize(("kind", "body", "expected"), EVERYTHING)
def test_redact_everything_needs_no_recognizer(
    kind: PayloadKind, body: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _break(monkeypatch)

    assert masked(body, REDACT_EVERYTHING, kind=kind) == expected


@pytest.mark.parametrize("kind", PayloadKind)
def test_a_broken_recognizer_fails_without_quoting_the_payload(
    kind: PayloadKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    _break(monkeypatch)
    body = json.dumps({"fresh-key": f"see {CANARY} 123-45-6789"}).encode()

    for act in (lambda: mask(body, STRICT, kind=kind), lambda: classify(body, kind=kind)):
        with pytest.raises(ClassifierFailed) as failure:
            act()

        assert failure.value.__context__ is None
        assert "canary" not in _everything_about(failure.value)
        assert "RuntimeError" in str(failure.value)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (PayloadKind.JSON, f'{{"a":"{CANARY}"'.encode()),
        (PayloadKind.JSON, f'{{"a":"{CANARY}",}}'.encode()),
        (PayloadKind.JSON, f'"{CANARY}'.encode()),
        (PayloadKind.JSON, CANARY.encode()),
        (PayloadKind.JSON, f'["{CANARY}'.encode() + b'\xff"]'),
        (PayloadKind.JSON, b"[" * 200 + f'"{CANARY}"'.encode() + b"]" * 200),
        (PayloadKind.NDJSON, f'{{}}\n{{"{CANARY}"}}'.encode()),
        (PayloadKind.TEXT, CANARY.encode() + b"\xff"),
        (PayloadKind.CSV, CANARY.encode() + b"\xff"),
        (PayloadKind.FORM, CANARY.encode() + b"\xff"),
    ],
)
@pytest.mark.parametrize("policy", [STRICT, REDACT_EVERYTHING])
def test_an_error_never_quotes_the_payload(kind: PayloadKind, body: bytes, policy: Policy) -> None:
    with pytest.raises(ClassifierError) as refusal:
        mask(body, policy, kind=kind)

    assert "canary" not in _everything_about(refusal.value)
    assert refusal.value.__context__ is None
    assert refusal.value.__cause__ is None


def test_an_unknown_kind_is_an_error_not_a_pass() -> None:
    with pytest.raises(ClassifierFailed):
        mask(b"a@b.co", STRICT, kind="xml")  # type: ignore[arg-type]


def test_what_is_shown_of_an_answer_does_not_hold_the_payload() -> None:
    answer = Masked(CANARY.encode(), {})

    assert "canary" not in repr(answer)


def test_what_is_shown_of_spans_and_policies_holds_no_value() -> None:
    spans = list(EMAIL_ADDRESS.find(CANARY.encode(), CANARY))
    policy = Policy.named("analytics", hash_key=HASH_KEY)
    policy.compiled()

    assert "canary" not in repr((spans, classify(CANARY.encode(), kind=PayloadKind.TEXT)))
    assert HASH_KEY.decode() not in repr(policy)


def _everything_about(error: BaseException) -> str:
    """Return all that a log of this error could show."""
    return "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))
