"""How a tier is chosen, what it adds to each kind of body, and what happens when it cannot be loaded."""

from collections.abc import Iterator

import pytest

from classifier import Entity, Finding, PayloadKind, Tier, TierUnavailable, classify, mask, tiers
from classifier.leaves import find_in_leaves
from classifier.names.gate import name_candidates
from classifier.tiers import name_finder
from tests.classifier.finding import STRICT

JSON, NDJSON, TEXT, CSV, FORM = PayloadKind

BODIES = [
    (JSON, '{"note":"Please call Emily Carter."}', '{"note":"Please call <PERSON>."}'),
    (JSON, r'{"note":"Please\ncall Emily Carter."}', r'{"note":"Please\ncall <PERSON>."}'),
    (JSON, r'{"in":"{\"note\":\"Call Emily Carter.\"}"}', r'{"in":"{\"note\":\"Call <PERSON>.\"}"}'),
    (JSON, '["Emily Carter",{"x1":"Emily Carter"}]', '["<PERSON>",{"x1":"<PERSON>"}]'),
    (NDJSON, '{"n":1}\n{"note":"Please call Emily Carter."}\n', '{"n":1}\n{"note":"Please call <PERSON>."}\n'),
    (TEXT, "Please call Emily Carter.", "Please call <PERSON>."),
    (CSV, "id,note\n1,Please call Emily Carter.\n", "id,note\n1,Please call <PERSON>.\n"),
    (CSV, "Emily Carter,12\nTom Harris,13\n", "<PERSON>,12\n<PERSON>,13\n"),
    (FORM, "note=Please+call+Emily+Carter.", "note=Please+call+<PERSON>."),
]


@pytest.mark.parametrize(("kind", "body", "expected"), BODIES)
def test_the_fast_tier_is_the_default_of_every_kind_of_body(kind: PayloadKind, body: str, expected: str) -> None:
    seen = mask(body.encode(), STRICT, kind=kind).payload.decode()

    assert seen == expected


@pytest.mark.parametrize(("kind", "body", "expected"), BODIES[:1] + BODIES[4:7] + BODIES[8:])
def test_patterns_alone_leave_names_readable(kind: PayloadKind, body: str, expected: str) -> None:
    answer = mask(body.encode(), STRICT, kind=kind, tier=Tier.PATTERNS)

    assert (answer.payload.decode(), answer.entities) == (body, {})


def test_findings_say_which_tier_made_them() -> None:
    findings = classify(b'{"note":"The parcel went to Emily Carter."}', kind=JSON, tier=Tier.FAST)

    assert findings == (Finding("/note", Entity.PERSON, 0.55, "names-fast", 19, 31),)


def test_all_texts_of_a_document_are_read_in_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def listening(texts: list[str]) -> list[list[object]]:
        asked.append(list(texts))
        return [[] for _ in texts]

    monkeypatch.setattr("classifier.leaves.name_finder", lambda _tier: listening)
    mask(b'{"a":"Please call her today, Tom.","b":"id_1","c":["And then come to me."]}', STRICT, kind=JSON)

    assert asked == [["Please call her today, Tom.", "And then come to me."]]


def test_ids_codes_and_times_are_not_read_for_names() -> None:
    leaves = [
        "ajs-next-1700000000000-8f5c0e3b",
        "0f8e3a52-6f0b-4a64-9f3e-1d2c3b4a5f60",
        "2024-05-01T12:34:56.789Z",
        "https://app.example.com/account?tab=profile",
        "/account/settings",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124 Safari/537.36",
        "ACTIVE",
        "Active",
        "en-GB",
        "Europe/London",
        "analytics.js",
        "Order Completed",
        "4111 1111 1111 1111",
        "GB33BUKB20201555555555",
        "",
    ]

    assert name_candidates(leaves, Tier.FAST) == []


@pytest.mark.parametrize(
    "leaf",
    ["Emily Carter", "Johanna", "@night_owl", "Please call her today, at once.", "王小明", "Acme Ltd", "12 Main St"],
)
def test_what_may_hold_a_name_is_read(leaf: str) -> None:
    assert name_candidates([leaf, "x"], Tier.FAST) == [0]


@pytest.mark.parametrize(("kind", "body", "expected"), BODIES)
def test_each_name_is_counted(kind: PayloadKind, body: str, expected: str) -> None:
    answer = mask(body.encode(), STRICT, kind=kind)

    assert sum(answer.entities.values()) == expected.count("<PERSON>")


def test_leaves_without_names_yield_nothing() -> None:
    assert find_in_leaves(["Order Completed", "v1.2.3", "blue"], Tier.FAST) == {}


@pytest.fixture
def unloaded() -> Iterator[None]:
    """Forget what was loaded, before and after."""
    loaded = tiers._loaded
    loaded.cache_clear()
    yield
    loaded.cache_clear()


@pytest.mark.parametrize("tier", [Tier.FAST, Tier.THOROUGH])
def test_a_tier_that_cannot_be_loaded_is_an_error_and_nothing_is_masked(
    tier: Tier, unloaded: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(tiers, "import_module", broken)

    with pytest.raises(TierUnavailable, match="cannot be loaded") as refusal:
        mask(b"Please call Emily Carter.", STRICT, kind=TEXT, tier=tier)

    assert refusal.value.__context__ is None
    assert "Emily" not in str(refusal.value)


def test_what_reads_names_is_chosen_by_the_tier(unloaded: None) -> None:
    finders = [name_finder(tier) for tier in Tier]

    assert finders[0] is None
    assert [finder.__module__ for finder in finders[1:] if finder] == [
        "classifier.names.fast",
        "classifier.names.thorough",
    ]
