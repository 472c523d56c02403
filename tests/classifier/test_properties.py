"""What must hold for any document, found out by hypothesis with a slow, plain reading as the judge."""

# ruff: noqa: RUF001 - full-width digits are what some of these texts are about.

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from classifier import (
    OPERATORS,
    REDACT_EVERYTHING,
    ClassifierError,
    ClassifierFailed,
    InvalidPayload,
    Keyring,
    OperatorConfig,
    PayloadKind,
    Policy,
    Tier,
    classify,
    mask,
)
from classifier.keys import Rule, table_of
from classifier.leaves import find_in_leaves
from classifier.payloads.json_syntax import check_json, is_plain_json
from classifier.payloads.json_walk import plain_number, split
from tests.classifier.finding import HASH_KEY, SHAPES, STRICT, found, masked
from tests.drawing import draws

MANY = draws(400)

PERSONAL = [
    "alice@example.com",
    "123-45-6789",
    "987-65-4321",
    "+1 415 555 0132",
    "(555) 123-4567",
    "4111 1111 1111 1111",
    "5555555555554444",
    "GB82 WEST 1234 5698 7654 32",
    "203.0.113.77",
    "2001:db8::7",
    "00:1b:44:11:3a:b7",
    "390.533.447-05",
    "RCCMNL83S18D969H",
    "54362315K",
    "756.9217.0769.85",
    "ghp_0123456789abcdefghijABCDEFGHIJ",
    "１２３-４５-６７８９",
]
KEYS = ["email", "name", "user", "file", "address", "id", "note", "n", "data", "card", "x@y.co", "é", "", "patient"]
CLEAN_KEYS = ["id", "kind", "note", "n", "file", "é", "", "total", "ok"]
CLEAN_WORDS = ["blue", "green / red", "é", "2024-05-01T12:34:56Z", "v1.2.3", "\n", "\\", '"', "", "日本", "a:b"]


def _hiding(operator: str) -> Policy:
    """Return a policy that hides everything by one operator."""
    keyring = Keyring((b"a secret of the tests alone.....",), "tests")
    return Policy(operator, default=OperatorConfig(operator), hash_key=HASH_KEY, keyring=keyring)


texts = st.one_of(
    st.sampled_from(CLEAN_WORDS),
    st.sampled_from(PERSONAL),
    st.text(max_size=20),
    st.builds(" ".join, st.lists(st.sampled_from(CLEAN_WORDS + PERSONAL), max_size=4)),
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.just(4111111111111111),
    texts,
)


class Pairs(list[Any]):
    """The members of an object in order, duplicates and all."""


def documents(keys: st.SearchStrategy[str], leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    members = st.tuples(keys, leaves)
    return st.recursive(
        st.one_of(leaves, st.builds(Pairs, st.lists(members, max_size=4))),
        lambda inner: st.one_of(
            st.lists(inner, max_size=4), st.builds(Pairs, st.lists(st.tuples(keys, inner), max_size=4))
        ),
        max_leaves=12,
    )


def written(value: Any, *, ascii_only: bool, space: str) -> str:
    """Return a document as JSON, with duplicate members where the value has them."""
    if isinstance(value, Pairs):
        members = (
            f"{json.dumps(key, ensure_ascii=ascii_only)}{space}:{written(each, ascii_only=ascii_only, space=space)}"
            for key, each in value
        )
        return "{" + f",{space}".join(members) + space + "}"
    if isinstance(value, list):
        return "[" + f"{space},".join(written(each, ascii_only=ascii_only, space=space) for each in value) + "]"
    return json.dumps(value, ensure_ascii=ascii_only)


bodies = st.builds(
    lambda value, ascii_only, space: written(value, ascii_only=ascii_only, space=space),
    documents(st.one_of(st.sampled_from(KEYS), st.text(max_size=8)), scalars),
    st.booleans(),
    st.sampled_from(["", " ", "\n\t"]),
).filter(lambda body: body.isascii() or body.encode("utf-8", "replace").decode() == body)


def parsed(text: str) -> Any:
    """Return a document with its duplicates and with numbers as they were spelled."""
    return json.loads(text, object_pairs_hook=Pairs, parse_int=_Number, parse_float=_Number)


class _Number(str):
    __slots__ = ()


def plainly_masked(value: Any, rule: Rule, policy: Policy) -> Any:
    """Return what a reader must see, leaf by leaf, with nothing clever."""
    compiled = policy.compiled()
    if isinstance(value, Pairs):
        return _plainly_masked_object(value, rule, policy)
    if isinstance(value, list):
        return [plainly_masked(each, rule, policy) for each in value]
    if isinstance(value, _Number):
        is_told = rule.entity is not None and rule.hides_numbers
        is_seen = len(value) >= 7 and find_in_leaves([plain_number(value)])
        return _Number("0") if is_told or is_seen else value
    if not isinstance(value, str):
        return value
    entity = rule.settled_by(value).entity
    if entity is not None:
        return compiled.hide(entity, value) if value else value
    return compiled.hide_spans(value, find_in_leaves([value]).get(0, []), Counter())


def _plainly_masked_object(value: Pairs, rule: Rule, policy: Policy) -> Pairs:
    rules = [rule.children[key] for key, _ in value]
    compiled = policy.compiled()
    shown = [compiled.hide_spans(key, find_in_leaves([key]).get(0, []), Counter()) for key, _ in value]
    # Which of several hidden keys gets which number is tested elsewhere.
    assume(len({*shown, *(key for key, _ in value)}) == len({key for key, _ in value} | set(shown)))
    members = zip(shown, value, rules, strict=True)
    return Pairs((key, plainly_masked(each, below, policy)) for key, (_, each), below in members)


def _has_hidden_keys(value: Any) -> bool:
    if isinstance(value, Pairs):
        return any(find_in_leaves([key]) or _has_hidden_keys(each) for key, each in value)
    return isinstance(value, list) and any(map(_has_hidden_keys, value))


def _has_embedded(value: Any) -> bool:
    if isinstance(value, Pairs):
        return any(_has_embedded(each) for _, each in value)
    if isinstance(value, list):
        return any(map(_has_embedded, value))
    return isinstance(value, str) and value.lstrip().startswith(("{", "["))


@MANY
@given(bodies, st.sampled_from([STRICT, SHAPES]))
def test_the_walk_over_bytes_agrees_with_a_plain_reading(body: str, policy: Policy) -> None:
    value = parsed(body)
    assume(not _has_hidden_keys(value) and not _has_embedded(value))

    # Names are left out: whether a word is one depends on the words around it in the document.
    seen = parsed(mask(body.encode(), policy, kind=PayloadKind.JSON, tier=Tier.PATTERNS).payload.decode())

    assert seen == plainly_masked(value, table_of("root").root_rule, policy)


@MANY
@given(bodies)
def test_between_its_strings_a_document_changes_in_numbers_only(body: str) -> None:
    seen = masked(body)

    before, after = split(body), split(seen)
    assert len(before) == len(after)
    assert [_without_digits(gap) for gap in before[::2]] == [_without_digits(gap) for gap in after[::2]]


def _without_digits(gap: str) -> str:
    return "".join(letter for letter in gap if letter not in "0123456789.eE+-")


@MANY
@given(
    st.builds(
        lambda value, ascii_only: written(value, ascii_only=ascii_only, space=" "),
        documents(st.sampled_from(CLEAN_KEYS), st.one_of(st.sampled_from(CLEAN_WORDS), st.integers(0, 10**6))),
        st.booleans(),
    )
)
def test_what_is_not_personal_keeps_every_byte(body: str) -> None:
    payload = body.encode()

    assert mask(payload, STRICT, kind=PayloadKind.JSON).payload is payload


# Every operator that hides; each example is masked by all of them in a body of each kind: 10,000 documents and more.
HIDING = {name: _hiding(name) for name in OPERATORS if name != "keep"}
PLANTED = settings(
    max_examples=10_000 // (len(HIDING) * len(PayloadKind)) + 1,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@PLANTED
@given(
    st.sampled_from(PERSONAL),
    st.sampled_from(CLEAN_KEYS + KEYS),
    st.tuples(
        st.sampled_from(["", " ", "\n", "see ", "«", "(", "é"]),
        st.sampled_from(["", " ", "\n", ".", "»", ")", ", and more"]),
    ),
)
def test_a_planted_value_never_survives(value: str, key: str, around: tuple[str, str]) -> None:
    planted = value.join(around)

    survivors = [
        (kind, operator)
        for kind in PayloadKind
        for operator, policy in HIDING.items()
        if _survives(value, masked(_planted(planted, key, kind), policy, kind=kind))
    ]

    assert survivors == []


def _survives(value: str, seen: str) -> bool:
    return value in seen or value in seen.encode().decode("unicode_escape", "replace")


def _planted(text: str, key: str, kind: PayloadKind) -> str:
    match kind:
        case PayloadKind.JSON | PayloadKind.NDJSON:
            document = {"a": [1, {key: text}], text: "in a key", "b": json.dumps({"inner": [text]})}
            return json.dumps(document, ensure_ascii=len(key) % 2 == 0)
        case PayloadKind.CSV:
            cell = text.replace('"', '""')
            return f'id,kind\n1,"{cell}"\n'
        case PayloadKind.FORM:
            return "x=" + text.replace("%", "%25").replace("+", "%2B").replace("&", "%26")
        case PayloadKind.TEXT:
            return text


@MANY
@given(st.lists(st.sampled_from(PERSONAL), min_size=2, max_size=3), st.sampled_from([" ", ", ", "\n", "; ", " / "]))
def test_neighbours_leave_no_digit_between_them(values: list[str], separator: str) -> None:
    seen = masked(separator.join(values), STRICT, kind=PayloadKind.TEXT)

    assert not any(letter.isdigit() for letter in seen)


@MANY
@given(st.binary(max_size=60), st.sampled_from(PayloadKind), st.sampled_from([STRICT, SHAPES, REDACT_EVERYTHING]))
def test_any_bytes_are_masked_or_refused_for_a_reason(payload: bytes, kind: PayloadKind, policy: Policy) -> None:
    outcome = _outcome(payload, kind, policy)

    assert isinstance(outcome, bytes | ClassifierError)
    assert not isinstance(outcome, ClassifierFailed)


def _outcome(payload: bytes, kind: PayloadKind, policy: Policy) -> bytes | ClassifierError:
    try:
        return mask(payload, policy, kind=kind).payload
    except ClassifierError as refusal:
        return refusal


@MANY
@given(st.text(st.sampled_from('{}[]",:\\u0041 1-.eE+tfn\n\ud800é@'), max_size=24))
def test_json_is_accepted_exactly_where_the_standard_library_accepts_it(text: str) -> None:
    assume("\ud800" not in text)
    try:
        json.loads(text, parse_constant=_refuse)
    except ValueError:
        with pytest.raises(ClassifierError):
            masked(text)
    else:
        assert isinstance(masked(text), str)


def _refuse(name: str) -> None:
    raise ValueError(name)


@MANY
@given(st.one_of(texts, st.text(max_size=60)), st.sampled_from(PayloadKind))
def test_masking_and_classifying_agree_on_whether_there_is_anything(text: str, kind: PayloadKind) -> None:
    assume(text.encode("utf-8", "replace").decode() == text)
    payload = text.encode()
    try:
        findings = classify(payload, kind=kind)
    except ClassifierError:
        assume(kind not in {PayloadKind.JSON, PayloadKind.NDJSON})
        raise

    assert bool(findings) == bool(mask(payload, STRICT, kind=kind).entities)


@MANY
@given(st.lists(texts, max_size=5))
def test_leaves_searched_together_yield_what_each_yields_alone(leaves: list[str]) -> None:
    together = find_in_leaves(leaves)

    alone = {index: find_in_leaves([leaf]).get(0, []) for index, leaf in enumerate(leaves)}
    assert {index: set(spans) for index, spans in together.items()} == {
        index: set(spans) for index, spans in alone.items() if spans
    }


def test_threads_that_share_a_policy_see_the_same() -> None:
    bodies = [
        json.dumps({f"email{number}": "x", f"k{number}": PERSONAL[number % len(PERSONAL)]}) for number in range(200)
    ]
    policy = Policy("shared")

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda body: masked(body, policy), bodies))

    assert together == [masked(body, Policy("alone")) for body in bodies]


def test_the_planted_values_are_each_found_alone() -> None:
    assert [value for value in PERSONAL if [text for _, text in found(value)] != [value]] == []


_SIGNS = '{}[]:,"\\ \n0-9.eEtnu\x00\x1f\u2028é'
_EDITS = st.lists(st.tuples(st.integers(0, 200), st.sampled_from(["", *_SIGNS])), max_size=3)


@MANY
@given(bodies, _EDITS)
def test_what_is_taken_for_json_is_what_the_standard_library_reads(body: str, edits: list[tuple[int, str]]) -> None:
    """The walk trusts that a document is valid."""
    for at, sign in edits:
        body = body[:at] + sign + body[at + (not sign) :]
    try:
        parsed(body)
    except json.JSONDecodeError:
        assert not is_plain_json(body)
        with pytest.raises(InvalidPayload):
            check_json(body, 100)
    else:
        check_json(body, 100)
