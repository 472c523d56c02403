"""What each stage of masking an event costs, and the least it could cost."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import orjson

from classifier import PayloadKind, Policy, Tier, mask
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
TIERS = (Tier.PATTERNS, Tier.FAST)


def main(effort: Effort) -> None:
    """Print the table."""
    strict = Policy.named("strict")
    rows = []
    for title, event in (("personal", PERSONAL), ("clean", CLEAN)):
        payload = orjson.dumps(event)
        whole = {
            tier: effort.microseconds(partial(mask, payload, strict, kind=PayloadKind.JSON, tier=tier))
            for tier in TIERS
        }
        stages = {name: effort.microseconds(act) for name, act in _stages(payload).items()}
        stages["names (fast, beyond the patterns)"] = max(0, whole[Tier.FAST] - whole[Tier.PATTERNS])
        for name, cost in stages.items():
            rows.append((f"{title}: {name}", f"{cost:.2f}", f"{100 * cost / whole[Tier.FAST]:.0f}"))
        for tier, cost in whole.items():
            rows.append((f"{title}: all of mask(), {tier}", f"{cost:.2f}", f"{100 * cost / whole[Tier.FAST]:.0f}"))
    show("Stages, each measured alone; the rest is between them", ("", "µs", "% of mask, fast"), rows)


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
        "floor: the pattern engine's scan alone": lambda: patterns.match(folded),
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


def _proofs(folded: bytes, leaves: list[str]) -> list[Any]:
    """Ask every recognizer that can match to look closer."""
    text = SEPARATOR.join(leaves)
    hits = _PATTERNS.match(folded)
    return [list(RECOGNIZERS[hit].find(folded, text)) for hit in hits]


_PATTERNS = PatternSet(RECOGNIZERS)
