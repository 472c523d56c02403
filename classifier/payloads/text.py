"""Masking and classifying running text."""

from collections import Counter

from classifier.entities import Entity
from classifier.leaves import find_in_leaves
from classifier.payloads.json_body import classify_json, findings_at, is_document, mask_json
from classifier.payloads.types import Finding
from classifier.policies import CompiledPolicy
from classifier.spans import Span


def mask_text(text: str, policy: CompiledPolicy, counts: Counter[Entity], max_depth: int) -> str:
    """Return a text with its personal data hidden; a text that is a JSON document is read as one."""
    if is_document(text, max_depth):
        return mask_json(text, policy, counts, max_depth)
    spans = _spans(text)
    return policy.hide_spans(text, spans, counts) if spans else text


def classify_text(text: str, max_depth: int) -> list[Finding]:
    """Return what is personal in a text."""
    if is_document(text, max_depth):
        return classify_json(text, max_depth)
    return findings_at("", _spans(text))


def _spans(text: str) -> list[Span]:
    return find_in_leaves([text]).get(0, [])
