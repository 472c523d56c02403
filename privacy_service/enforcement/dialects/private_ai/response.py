"""The answers of Private AI's text routes, letter by letter; they tell callers the values that they sent themselves."""

import os
import platform
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from classifier import Piece, Rewritten, Span
from classifier.spans import PROVEN_SCORE
from privacy_service.enforcement.dialects.private_ai.labels import labels_of
from privacy_service.enforcement.dialects.private_ai.request import Kind, Style
from privacy_service.exceptions import PrivacyError
from privacy_service.http import Answer, json_answer

Json = dict[str, Any]
LabelOf = Callable[[Span], str]

# The version whose contract this is; its clients compare it with their own.
APP_VERSION = "4.2.1"


def processed(text: str, one: Rewritten, style: Style, label_of: LabelOf, *, tells: bool) -> Json:
    """Return what process/text says of one text."""
    entities = [
        {
            "processed_text": _bare(one.text[piece.start : piece.end], style),
            **_entity(text, piece.span, label_of(piece.span), piece),
        }
        for piece in (one.pieces if tells else ())
    ]
    return {"processed_text": one.text, "entities": entities, **_facts(text, len(one.pieces))}


def _bare(stand_in: str, style: Style) -> str:
    """Return a marker without its delimiters."""
    return stand_in[len(style.before) : len(stand_in) - len(style.after)] if style.kind is Kind.MARKER else stand_in


def found(text: str, spans: Sequence[Span], label_of: LabelOf) -> Json:
    """Return what ner/text says of one text."""
    return {"entities": [_entity(text, span, label_of(span)) for span in spans], **_facts(text, len(spans))}


def analyzed(text: str, spans: Sequence[Span], label_of: LabelOf) -> Json:
    """Return what analyze/text says of one text; equal values of one label share an id."""
    ids: dict[tuple[str, str], str] = {}
    counts: Counter[str] = Counter()
    entities = []
    for span in spans:
        label = label_of(span)
        entity = _entity(text, span, label)
        known = label, entity["text"]
        if known not in ids:
            counts[label] += 1
            ids[known] = f"{label}_{counts[label]}"
        result = {"formatted": entity["text"], "subtypes": [], "validation_assertions": _assertions(span)}
        entities.append({**entity, "coreference_id": ids[known], "analysis_result": result})
    return {"entities": entities, "relations": [], **_facts(text, len(spans))}


def _entity(text: str, span: Span, label: str, piece: Piece | None = None) -> Json:
    location = {"stt_idx": span.start, "end_idx": span.end}
    if piece is not None:
        location |= {"stt_idx_processed": piece.start, "end_idx_processed": piece.end}
    return {"text": text[span.start : span.end], "location": location, **_labels(span, label)}


def _labels(span: Span, label: str) -> Json:
    return {"best_label": label, "labels": dict.fromkeys(labels_of(label), span.score)}


def _facts(text: str, finds: int) -> Json:
    return {
        "entities_present": finds > 0,
        "characters_processed": len(text),
        "languages_detected": {},  # No language is guessed: the search reads all of them at once.
    }


def _assertions(span: Span) -> list[Json]:
    is_proven = span.entity == "CREDIT_CARD" and span.score >= PROVEN_SCORE
    return [{"provider": "luhn", "status": "valid"}] if is_proven else []


def diagnostics() -> Json:
    """Return what /diagnostics says of the machine."""
    return {
        "platform": platform.platform(terse=True),
        "cpu_count": os.cpu_count(),
        "container_version": APP_VERSION,
        "cpu_name": platform.processor() or platform.machine(),
        "gpu_info": None,
    }


def refuse(error: PrivacyError, call_id: str) -> Answer:
    """Word an error as FastAPI does: `detail` is a sentence, or a list that says what is wrong with which field."""
    content = {"detail": error.members.get("detail", error.detail), "reason": error.reason, "request_id": call_id}
    answer = json_answer(error.status, content, call_id)
    return Answer(answer.status, (*answer.headers, *error.headers.items()), answer.body)
