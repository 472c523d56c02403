"""Large documents, which are cut into slices and windows: what is hidden is what would be in small ones."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import InvalidPayload, Limits, PayloadKind, Policy, Tier, TooDeep, classify, mask
from classifier.payloads.json_slices import LARGE
from tests.classifier.finding import SHAPES, STRICT
from tests.drawing import draws

MANY = draws(150)
JSON = PayloadKind.JSON
PAD = "-" * 700
# Half as much again is what is asked for; a busy machine measures badly.
MOST_GROWTH = 3

values = st.one_of(
    st.sampled_from(
        [
            "alice@example.com",
            "123-45-6789",
            "Alice",
            "plain",
            'a "quoted" {"id":1},{"id":2}',
            "é",
            "a\\b\n",
            "",
            "x" * 90,
        ]
    ),
    st.integers(0, 10**12),
    st.none(),
)
names = st.sampled_from(["email", "name", "note", "n", "user", "patient", "items", "é", "bob@example.com"])
elements = st.recursive(
    st.dictionaries(names, values, max_size=5),
    lambda inner: st.dictionaries(names, st.one_of(values, inner, st.lists(inner, max_size=2)), max_size=4),
    max_leaves=6,
)


def seen(body: str, policy: Policy = STRICT, **options: Any) -> str:
    """Return a document as a reader sees it; names are left out, as they are read with what stands beside them."""
    return mask(body.encode(), policy, kind=JSON, tier=Tier.PATTERNS, **options).payload.decode()


@MANY
@given(
    st.lists(elements, min_size=1, max_size=12),
    st.sampled_from([(",", ":"), (" ,\n ", " : ")]),
    st.booleans(),
    st.sampled_from([STRICT, SHAPES, STRICT.keeping(["EMAIL_ADDRESS"])]),  # type: ignore[list-item]
)
def test_a_list_is_masked_like_its_elements(
    given_elements: list[Any], separators: tuple[str, str], ascii_only: bool, policy: Policy
) -> None:
    padded = [{"id": number, "pad": PAD, **element} for number, element in enumerate(given_elements)]
    written = [json.dumps(element, separators=separators, ensure_ascii=ascii_only) for element in padded]

    together = seen("[" + separators[0].join(written) + "]", policy)

    assert together == "[" + separators[0].join(seen(element, policy) for element in written) + "]"


@MANY
@given(st.lists(elements, min_size=8, max_size=10), st.sampled_from(["data", "patients", "users", "email"]))
def test_a_list_within_a_document_is_masked_as_if_it_were_short(given_elements: list[Any], name: str) -> None:
    def document(chosen: list[Any], pad: str) -> str:
        padded = [{"id": number, "pad": pad, **element} for number, element in enumerate(chosen)]
        return json.dumps(
            {"total": 4155550132, "to": "bob@example.com", "in": {name: padded, "next": "eve@example.com"}}
        )

    large = json.loads(seen(document(given_elements, PAD)))

    shown = [json.loads(seen(document([element], ""))) for element in given_elements]
    assert {**large, "in": None} == {**shown[0], "in": None}
    assert large["in"]["next"] == shown[0]["in"]["next"]
    assert [_without(element, "id", "pad") for element in large["in"][name]] == [
        _without(one["in"][name][0], "id", "pad") for one in shown
    ]


def _without(element: Any, *names: str) -> Any:
    return {name: value for name, value in element.items() if name not in names}


def rows(count: int) -> list[dict[str, Any]]:
    """Return elements that together are large."""
    return [{"id": number, "email": f"a{number}@example.com", "pad": PAD} for number in range(count)]


@pytest.mark.parametrize("broken", ['{"id":4 "x":1}', '{"id":04}', '{"id":4]', '{"id":"\t"}', '{"id":4}}', '{"id":4},'])
def test_a_broken_element_is_refused_where_it_breaks(broken: str) -> None:
    elements = [json.dumps(row, separators=(",", ":")) for row in rows(20)]
    elements[12] = broken
    body = "[" + ",\n".join(elements) + "]"

    with pytest.raises(InvalidPayload) as refusal:
        seen(body)

    assert refusal.value.line in {13, 14}


@pytest.mark.parametrize("cut", [LARGE, LARGE + 700, -1, -2])
def test_a_document_that_is_cut_off_is_refused(cut: int) -> None:
    body = json.dumps({"data": rows(20)})

    with pytest.raises(InvalidPayload):
        seen(body[:cut])


def test_elements_may_not_nest_deeper_than_the_whole_may() -> None:
    deep = json.dumps({"data": [*rows(20), {"id": {"x": [[1]]}}, *rows(2)]})

    assert seen(deep, limits=Limits(max_depth=6))
    with pytest.raises(TooDeep):
        seen(deep, limits=Limits(max_depth=5))


def test_names_that_become_one_are_told_apart_across_a_large_object() -> None:
    body = json.dumps({f"a{number}@example.com": "-" * 50 for number in range(3000)})

    shown = json.loads(seen(body))

    assert len(shown) == 3000
    assert all(name.startswith("<EMAIL_ADDRESS>") for name in shown)


def test_markers_count_through_all_slices() -> None:
    shown = json.loads(seen(json.dumps(rows(20)), Policy.from_dict({"default": "marker"})))

    assert [row["email"] for row in shown] == [f"[EMAIL_ADDRESS_{number}]" for number in range(1, 21)]


def test_a_clean_document_is_the_same_object() -> None:
    payload = json.dumps([{"id": number, "pad": PAD} for number in range(20)]).encode()

    assert mask(payload, STRICT, kind=JSON).payload is payload


def test_what_is_remembered_of_a_shape_holds_no_value() -> None:
    first, second = ({"note": text, "user": {"name": "x", "n": 1}, "n": 17} for text in ("plain", "alice@example.com"))

    shown = [json.loads(seen(json.dumps(document))) for document in (first, second, first)]

    assert [one["note"] for one in shown] == ["plain", "<EMAIL_ADDRESS>", "plain"]


def test_masking_counts_what_classifying_finds() -> None:
    payload = json.dumps({"data": rows(20)}).encode()

    assert sum(mask(payload, STRICT, kind=JSON).entities.values()) == len(classify(payload, kind=JSON))


def test_the_cost_a_kilobyte_does_not_grow_with_the_document() -> None:
    costs = []
    for count in (20, 4000):
        body = json.dumps(rows(count)).encode()
        times = 4000 // count
        started = time.process_time()
        for _ in range(times):
            mask(body, STRICT, kind=JSON, tier=Tier.PATTERNS)
        costs.append((time.process_time() - started) / times / len(body))

    assert costs[1] < MOST_GROWTH * costs[0]
