"""A classifier that forgets to write what it has hidden, or overlooks a kind, for tests of what happens then."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from classifier import engine, rewriting
from classifier.payloads import json_body
from classifier.policies import CompiledPolicy
from classifier.spans import Span


def forget_to_hide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every body come out as it went in, although all of it was hidden."""
    masking = engine._with_operators

    def forgetful(body: str, *rest: object) -> str:
        masking(body, *rest)  # type: ignore[arg-type]
        return body

    monkeypatch.setattr(engine, "_with_operators", forgetful)

    rewriting_one = rewriting._rewritten

    def rewritten_badly(text: str, *rest: object) -> rewriting.Rewritten:
        return replace(rewriting_one(text, *rest), text=text)  # type: ignore[arg-type]

    monkeypatch.setattr(rewriting, "_rewritten", rewritten_badly)


def overlook(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """Have whatever is of this kind stay readable, where no field tells it."""
    hiding = CompiledPolicy.hide_spans

    def careless(policy: CompiledPolicy, text: str, spans: Sequence[Span], counts: object) -> str:
        return hiding(policy, text, [span for span in spans if span.entity != kind], counts)  # type: ignore[arg-type]

    monkeypatch.setattr(CompiledPolicy, "hide_spans", careless)


def write_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every step that writes a value of a document do nothing, each time that it is called."""
    for step in ("_hide_values", "_mask_numbers"):
        monkeypatch.setattr(json_body, step, lambda *_: False)
