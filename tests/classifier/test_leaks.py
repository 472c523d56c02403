"""A second look at what was masked: what an operator or a fault leaves is found, a good mask is never refused."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import (
    OPERATORS,
    ClassifierError,
    Colour,
    Entity,
    LeakFound,
    Listed,
    Masked,
    Matcher,
    On,
    OwnRules,
    PayloadKind,
    Policy,
    engine,
    leaks,
    mask,
    mask_many,
)
from classifier.leaks import Hider, Watch
from tests.classifier.test_properties import PERSONAL, _hiding, bodies
from tests.drawing import draws
from tests.leaking import forget_to_hide, overlook, write_nothing

BALANCED = replace(Policy.named("balanced"), leak_check=True)
POLICIES = [replace(_hiding(operator), leak_check=True) for operator in OPERATORS if operator != "keep"] + [BALANCED]
NAMES = ["Anna Schmidt", "Rose Baker", "Jonathan", "Will Young", "José Núñez", "田中太郎", "Berlin", "Location"]
WORDS = [
    "the rose garden",
    "young bakers",
    "Europe/Berlin",
    "Jonathan apples",
    "location",
    "12345",
    "José",
    "[PERSON_1]",
]
FIELDS = ["name", "city", "email", "note", "id", "time_zone", "order", "ssn", "card", "user"]

values = st.sampled_from(NAMES + WORDS + PERSONAL) | st.builds(
    " ".join, st.lists(st.sampled_from(NAMES + WORDS + PERSONAL))
)
records = st.lists(st.dictionaries(st.sampled_from(FIELDS), values | st.integers(0, 10**17)), max_size=6)


def checked(body: str, policy: Policy, kind: PayloadKind) -> bytes:
    """Return what is masked and looked at again, which must be what is masked without a second look."""
    once = mask(body.encode(), policy, kind=kind).payload

    # Encrypted, the same value never looks the same twice.
    assert policy.name == "encrypt" or once == mask(body.encode(), replace(policy, leak_check=False), kind=kind).payload
    return once


@draws(100)
@given(bodies, st.sampled_from(POLICIES))
def test_no_document_that_is_masked_well_is_refused(body: str, policy: Policy) -> None:
    checked(body, policy, PayloadKind.JSON)


@draws(100)
@given(told=records, policy=st.sampled_from(POLICIES), is_escaped=st.booleans())
def test_names_that_are_words_elsewhere_and_values_that_come_again_are_no_leak(
    told: list[dict[str, object]], policy: Policy, *, is_escaped: bool
) -> None:
    lines = [json.dumps(record, ensure_ascii=is_escaped) for record in told]

    once = checked("[" + ",".join(lines) + "]", policy, PayloadKind.JSON)
    checked(once.decode(), policy, PayloadKind.JSON)
    checked("\n".join(lines), policy, PayloadKind.NDJSON)
    checked("\n".join(json.dumps(line) for line in lines), policy, PayloadKind.NDJSON)
    checked("\n\n".join(lines), policy, PayloadKind.TEXT)


@draws(100)
@given(st.lists(st.tuples(values, values, values), min_size=1, max_size=6), st.sampled_from(POLICIES))
def test_neither_is_any_in_tables_forms_and_texts(rows: list[tuple[str, str, str]], policy: Policy) -> None:
    table = "name,note,city\n" + "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in rows)
    checked(table, policy, PayloadKind.CSV)
    checked(
        "&".join(f"name={a}&note={b}" for a, b, _ in rows).replace("+", "%2B").replace(" ", "+"),
        policy,
        PayloadKind.FORM,
    )
    checked("\n".join(f"{a} wrote: {b}" for a, b, _ in rows), policy, PayloadKind.TEXT)


def test_the_name_of_what_is_hidden_announces_no_other_number() -> None:
    body = '{}\n\n{"note": "123-45-6789", "id": 100010001}'

    assert checked(body, POLICIES[0], PayloadKind.TEXT).count(b"100010001") == 1


def test_what_an_owner_leaves_readable_is_no_leak() -> None:
    own = OwnRules(allow=Listed(values=("5555555555554444",)))
    policy = replace(BALANCED, own=own).keeping([Entity.US_SSN])
    body = b'{"card":"4111 1111 1111 1111","ssn":"123-45-6789","note":"test card 5555555555554444"}'

    masked = mask(body, policy, kind=PayloadKind.JSON)

    assert masked.payload == body.replace(b"4111 1111 1111 1111", b"**** **** **** ****")


def broken(operator: Callable[[str], str]) -> Policy:
    """Return a policy of which every operator is this function."""
    policy = replace(BALANCED)
    tables = policy.compiled()
    tables.hides = dict.fromkeys(tables.hides, operator)
    tables.constants = {}
    return policy


@pytest.mark.parametrize(
    "operator",
    [lambda text: text, lambda text: f"<{text}>", lambda text: text + "*" * 9],
    ids=["as-is", "around", "tail"],
)
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (PayloadKind.JSON, '{"email":"alice.canary@example.com"}'),
        (PayloadKind.JSON, '{"email":"alice\\u002ecanary@example.com"}'),
        (PayloadKind.JSON, '{"user":"{\\"email\\":\\"alice.canary@example.com\\"}"}'),
        (PayloadKind.NDJSON, '{"ok":true}\n{"email":"alice.canary@example.com"}'),
        (PayloadKind.CSV, "id,email\n1,alice.canary@example.com\n"),
        (PayloadKind.FORM, "email=alice.canary%40example.com"),
        (PayloadKind.TEXT, "Write to alice.canary@example.com"),
    ],
)
def test_an_operator_that_leaves_the_value_is_found(
    kind: PayloadKind, body: str, operator: Callable[[str], str]
) -> None:
    with pytest.raises(LeakFound) as error:
        mask(body.encode(), broken(operator), kind=kind)

    assert "EMAIL_ADDRESS" in error.value.entities
    assert "canary" not in f"{error.value!r}{error.value.__cause__}{error.value.__context__}"


@pytest.mark.parametrize("value", ["4111 1111 1111 1111", "alice.canary@example.com", "Anna Schmidt", "123-45-6789"])
def test_a_value_that_is_put_back_after_it_was_hidden_is_found(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    body = json.dumps({"note": f"for {value}", "name": value})

    forget_to_hide(monkeypatch)

    with pytest.raises(LeakFound):
        mask(body.encode(), BALANCED, kind=PayloadKind.JSON)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (PayloadKind.JSON, '{"n":"4111 1111 1111 1111"}'),
        (PayloadKind.JSON, '{"n":4111111111111111}'),
        (PayloadKind.JSON, '{"n":"{\\"n\\":\\"4111 1111\\u00201111 1111\\"}"}'),
        (PayloadKind.NDJSON, '{"ok":1}\n{"n":"4111 1111 1111 1111"}'),
        (PayloadKind.TEXT, "card 5555555555554444"),
        (PayloadKind.TEXT, '{"n":"5555555555554444"}'),
        (PayloadKind.CSV, 'note,city\n"a ""b"" 5555555555554444",x\n'),
        (PayloadKind.CSV, 'note,city\n"{""n"": 5555555555554444}",x\n'),
        (PayloadKind.FORM, "note=x+5555555555554444"),
        (PayloadKind.FORM, "note=%7B%22n%22:5555555555554444%7D"),
    ],
)
def test_what_nobody_has_found_is_found_by_its_proof(
    monkeypatch: pytest.MonkeyPatch, kind: PayloadKind, body: str
) -> None:
    monkeypatch.setattr(engine, "_with_operators", lambda text, *_: text)

    with pytest.raises(LeakFound) as error:
        mask(body.encode(), BALANCED, kind=kind)

    assert error.value.entities == {"CREDIT_CARD": 1}


OPENED = Matcher(name="test cards", term="test_card", colour=Colour.GREEN, on=On.KEY)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (PayloadKind.JSON, '{"test_card":"5555555555554444"}'),
        (PayloadKind.NDJSON, '{"test_card":"5555555555554444"}'),
        (PayloadKind.CSV, "id,test_card\n1,5555555555554444\n"),
        (PayloadKind.FORM, "test_card=5555555555554444"),
    ],
)
def test_a_field_that_an_owner_opens_is_weighed_where_it_stands(
    monkeypatch: pytest.MonkeyPatch, kind: PayloadKind, body: str
) -> None:
    own = OwnRules(matchers=(OPENED,))
    policy = replace(BALANCED, own=own)
    elsewhere = body.replace("test_card", "note")

    assert mask(body.encode(), policy, kind=kind).payload == body.encode()
    overlook(monkeypatch, "CREDIT_CARD")
    with pytest.raises(LeakFound):
        mask(elsewhere.encode(), policy, kind=kind)


def test_a_name_that_is_hidden_itself_opens_what_it_names() -> None:
    body = b'{"values":"5555555555554444","name":"ssn","email":"x@example.com"}'
    policy = replace(BALANCED, own=OwnRules(allow=Listed(keys=("ssn",)), block=Listed(values=("ssn",))))

    masked = mask(body, policy, kind=PayloadKind.JSON).payload

    assert b'"values":"5555555555554444","name":"<BLOCKED>"' in masked


LISTED = Listed(values=("5555555555554444",))


@pytest.mark.parametrize("own", [OwnRules(), OwnRules(matchers=(OPENED,)), OwnRules(allow=LISTED)])
@pytest.mark.parametrize(
    "body",
    [
        '{"credit_card":"4111111111111111"}',
        '{"credit_card":4111111111111111}',
        '{"n":4111111111111111}',
        '{"n":-4.111111111111111E+15}',
        '{"n":"{\\"n\\":4.111111111111111e15}"}',
        '{"key":"credit card","value":4111111111111111}',
        '{"test_card":[{"n":"4111111111111111"}]}',
        '{"test_card":"4111111111111111","n":"4111111111111111"}',
    ],
)
def test_a_step_that_writes_nothing_is_found_whatever_rules_an_owner_has(
    monkeypatch: pytest.MonkeyPatch, body: str, own: OwnRules
) -> None:
    write_nothing(monkeypatch)

    for kind in (PayloadKind.JSON, PayloadKind.NDJSON):
        with pytest.raises(LeakFound) as error:
            mask(body.encode(), replace(BALANCED, own=own), kind=kind)

        assert error.value.entities["CREDIT_CARD"] > 0


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (PayloadKind.JSON, '{"test_card":4111111111111111}'),
        (PayloadKind.JSON, '{"test_card":["4111111111111111",4111111111111111,4.111111111111111e15]}'),
        (PayloadKind.JSON, '{"a":"{\\"test_card\\":\\"4111111111111111\\"}","test_card":"4111111111111111"}'),
        (PayloadKind.JSON, '{"key":"test_card","value":"4111111111111111"}'),
        (PayloadKind.JSON, '{"key":"test_card","values":[4111111111111111,"4111111111111111"]}'),
        (PayloadKind.NDJSON, '{"test_card":"4111111111111111"}\n\n{"test_card":"4111111111111111"}'),
        (PayloadKind.CSV, 'id,test_card\n1,4111111111111111\n2,4111111111111111\n3,"{""test_card"":4111111111111111}"'),
        (PayloadKind.FORM, "test_card=4111111111111111&x=%7B%22test_card%22:4111111111111111%7D"),
        (PayloadKind.TEXT, '{"test_card":"4111111111111111"}'),
    ],
)
def test_what_stands_in_opened_fields_alone_is_no_leak(kind: PayloadKind, body: str) -> None:
    policy = replace(BALANCED, own=OwnRules(matchers=(OPENED,)))

    assert mask(body.encode(), policy, kind=kind).payload.decode() == body


def test_of_many_documents_the_one_that_shows_something_holds_up_no_other() -> None:
    policy = broken(lambda text: text if "canary" in text else "***")
    bodies = [b'{"email":"bob@example.com"}', b'{"email":"canary@example.com"}', b'{"email":', b'{"ok":1}']

    answers = mask_many(bodies, policy)

    assert [type(answer).__name__ for answer in answers] == ["Masked", "LeakFound", "InvalidPayload", "Masked"]
    assert answers[0] == Masked(b'{"email":"***"}', {Entity.EMAIL_ADDRESS: 1})


def test_in_a_large_body_values_are_looked_for_by_words() -> None:
    watch = Watch(frozenset("*"), frozenset())
    names = [f"Canary Person{number}" for number in range(2000)]
    for name in names:
        watch.note(Hider(Entity.PERSON, "redact"), name, "")
    before = " ".join(names) + " filler" * 2000

    gone, left = " filler" * 2000, before.replace("Canary Person7 ", "")

    assert watch.left_in(before, gone, PayloadKind.TEXT) == {}
    assert watch.left_in(before, left, PayloadKind.TEXT)["PERSON"] > 0


def hidden(values: Iterable[str]) -> Watch:
    """Return what has hidden these names, each once."""
    watch = Watch(frozenset("*"), frozenset())
    for value in values:
        watch.note(Hider(Entity.PERSON, "hash"), value, f"#{hash(value)}")
    return watch


def test_a_leak_is_found_behind_thousands_of_values_that_stand_unhidden_too() -> None:
    harmless = [f"Canary Anna{number}" for number in range(3000)]
    leak = ["Zoe Canary-Young", "Zoe Canary Young"]  # The same words, and two values.
    kept = ", ".join(harmless)

    for value in leak:
        left = hidden([*harmless, *leak]).left_in(
            f"{kept}; {kept}, {', '.join(leak)}", f"{kept}; {value}", PayloadKind.TEXT
        )
        assert left == {"PERSON": 1}


def test_many_values_that_stand_unhidden_too_take_no_longer_than_a_few_readings() -> None:
    harmless = [f"Canary Anna{number}" for number in range(3000)]
    kept = ", ".join(harmless) + " filler" * 50_000
    before, watch = f"{kept}; {', '.join(harmless)}", hidden(harmless)

    started = process_time()
    for text in (before, kept):
        re.findall(r"\w+", text)
    one_reading = process_time() - started
    left = watch.left_in(before, kept, PayloadKind.TEXT)

    assert not left
    assert process_time() - started < 20 * one_reading


def test_what_there_is_no_time_to_look_for_counts_as_left(monkeypatch: pytest.MonkeyPatch) -> None:
    glued = [f"Canary{number}" for number in range(2000)]  # Hidden within a word; as a word each stands unhidden.
    kept = ", ".join(glued) + " filler" * 1000
    before = f"{kept}; {' '.join(f'x{value}' for value in glued)}"

    assert hidden(glued).left_in(before, kept, PayloadKind.TEXT) == {}

    monkeypatch.setattr(leaks, "_CONFIRMED", 100 * (len(before) + len(kept)))
    assert hidden(glued).left_in(before, kept, PayloadKind.TEXT)["PERSON"] > 1800


def test_a_policy_says_so_in_its_rules_and_travels_with_it() -> None:
    stored = BALANCED.as_dict()

    assert stored["leak_check"] is True
    assert Policy.from_dict(stored).leak_check
    assert "leak_check" not in Policy.named("balanced").as_dict()
    with pytest.raises(ClassifierError, match="'leak_check' of a policy must be true or false"):
        Policy.from_dict({"leak_check": "yes"})
