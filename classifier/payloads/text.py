"""Masking and classifying running text."""

from collections import Counter

from classifier.entities import Entity
from classifier.leaves import find_in_leaves
from classifier.payloads.json_body import classify_json, findings_at, is_document, mask_json
from classifier.payloads.types import Finding
from classifier.policies import CompiledPolicy
from classifier.spans import Span
from classifier.tiers import Search


def mask_text(text: str, policy: CompiledPolicy, counts: Counter[Entity], search: Search) -> str:
    """Return a text with its personal data hidden; a text that is a JSON document is read as one."""
    if is_document(text, search):
        return mask_json(text, policy, counts, search)
    spans = _spans(text, search)
    return policy.hide_spans(text, spans, counts) if spans else text


def classify_text(text: str, search: Search) -> list[Finding]:
    """Return what is personal in a text."""
    if is_document(text, search):
        return classify_json(text, search)
    return findings_at("", _spans(text, search))


def _spans(text: str, search: Search) -> list[Span]:
    return find_in_leaves([text], search.tier, search.own).get(0, [])
