"""What each stage of masking an event costs, and the least it could cost."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import orjson

from classifier import PayloadKind, Policy, mask
from classifier.keys import table_of
from classifier.leaves import SEPARATOR, find_in_leaves
from classifier.payloads.json_shapes import walk_shape
from classifier.payloads.json_syntax import check_json
from classifier.payloads.json_walk import split, walk
from classifier.recognizers import RECOGNIZERS
from classifier.scan import PatternSet, fold
from tests.benchmarks.inputs import CLEAN, PERSONAL
from tests.benchmarks.measuring import Effort, show

DEPTH = 100


def main(effort: Effort) -> None:
    """Print the table."""
    strict = Policy.named("strict")
    rows = []
    for title, event in (("personal", PERSONAL), ("clean", CLEAN)):
        payload = orjson.dumps(event)
        whole = effort.microseconds(partial(mask, payload, strict, **_options()))
        for name, act in _stages(payload).items():
            cost = effort.microseconds(act)
            rows.append((f"{title}: {name}", f"{cost:.2f}", f"{100 * cost / whole:.0f}"))
        rows.append((f"{title}: all of mask(), patterns", f"{whole:.2f}", "100"))
    show("Stages, each measured alone (names: none without running text)", ("", "µs", "% of mask"), rows)


def _stages(payload: bytes) -> dict[str, Callable[[], object]]:
    text, table, policy = payload.decode(), table_of("root"), Policy.named("strict").compiled()
    parts = split(text)
    walked = next(walk(parts, table, table.root_rule, DEPTH))
    leaves = [parts[at] for at, _ in walked.leaves]
    folded, patterns = fold(SEPARATOR.join(leaves)), PatternSet(RECOGNIZERS)
    hits = [(span, leaf) for at, spans in find_in_leaves(leaves).items() for span in spans for leaf in [leaves[at]]]
    hidden = [(rule.entity, parts[at]) for at, rule in walked.hidden if rule.entity is not None]

    def operate() -> None:
        for entity, value in hidden:
            policy.hide(entity, value)
        for span, leaf in hits:
            policy.hide_spans(leaf, [span], Counter())

    return {
        "floor: orjson loads + dumps": lambda: orjson.dumps(orjson.loads(payload)),
        "floor: the pattern engine's scan alone": lambda: patterns._set.Match(folded),
        "parse (decode, check, split)": lambda: _parsed(payload),
        "keys (a shape that was met)": lambda: walk_shape(parts, table, table.root_rule, DEPTH),
        "keys (a shape that is new)": lambda: next(walk(parts, table, table.root_rule, DEPTH)),
        "patterns and proof": lambda: find_in_leaves(leaves),
        "of which proof": lambda: _proofs(folded, leaves),
        "operators": operate,
        "serialise (join, encode)": lambda: '"'.join(parts).encode(),
    }


def _parsed(payload: bytes) -> list[str]:
    text = payload.decode()
    check_json(text, DEPTH)
    return split(text)


def _options() -> dict[str, Any]:
    reach = _reach()
    return {"kind": PayloadKind.JSON} if reach is DEPTH else {"kind": PayloadKind.JSON, "tier": reach.tier}


def _reach() -> Any:
    """Return how the short cut is told how far to look: by patterns alone, so that the stages add up."""
    if find_spec("classifier.tiers") is None:
        return DEPTH
    tiers = import_module("classifier.tiers")
    return tiers.Search(tiers.Tier.PATTERNS, DEPTH)


def _proofs(folded: bytes, leaves: list[str]) -> list[Any]:
    """Ask every recognizer that can match to look closer."""
    text = SEPARATOR.join(leaves)
    hits = _PATTERNS._set.Match(folded) or ()
    return [list(RECOGNIZERS[hit].find(folded, text)) for hit in hits]


_PATTERNS = PatternSet(RECOGNIZERS)
