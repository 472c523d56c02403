"""The rules of an owner: what they hide and leave, which of them goes first, what they refuse."""

# ruff: noqa: E501 - a row of a table is a line.

import json
import pickle
import time
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import Entity, OperatorConfig, PayloadKind, Policy, PolicyError, Tier, classify, mask
from classifier.bulk import Bulk, Format
from classifier.matchers.similar import SimilarTerms, pairs_of
from classifier.matchers.types import LONGEST_TERM, MOST_MATCHERS
from tests.benchmarks.inputs import own_matchers
from tests.drawing import draws

MOST_GROWTH = 4
LIKENESS = 0.7

MANY = draws(300)

JSON, NDJSON, CSV, FORM, TEXT = (
    PayloadKind.JSON, PayloadKind.NDJSON, PayloadKind.CSV, PayloadKind.FORM, PayloadKind.TEXT,
)  # fmt: skip


def policy(**rules: Any) -> Policy:
    """Return a policy that holds these rules, as it is stored."""
    return Policy.from_dict({"name": "own", "default": "replace", **rules})


def falcon(**matcher: Any) -> dict[str, Any]:
    """Return rules of one matcher."""
    return {"matchers": [{"name": "Falcon", **matcher}]}


def seen(body: str, kind: PayloadKind = JSON, **rules: Any) -> str:
    """Return a body as a reader sees it under these rules."""
    return mask(body.encode(), policy(**rules), kind=kind, tier=Tier.PATTERNS).payload.decode()


WORD = falcon(term="Falcon")
ORDER = falcon(term=r"ORD-[0-9]{4}", how="pattern")
BADGE = falcon(term="badge", on="key", synonyms=["staff id"])
LIKE_BADGE = falcon(term="employee badge", on="key", how="similar")
KEY_FORM = falcon(term="^x_[0-9]+$", on="key", how="pattern")

# Rules, text in, text out.
VALUES: list[tuple[str, dict[str, Any], str, str]] = [
    ("a word", WORD, "see Falcon now", "see <FALCON> now"),
    ("in another case", WORD, "FALCON, falcon", "<FALCON>, <FALCON>"),
    ("neighbours share a space", WORD, "Falcon Falcon Falcon", "<FALCON> <FALCON> <FALCON>"),
    ("with a sign beside it", WORD, "id_falcon (Falcon) „Falcon“ Falcon—now", "id_<FALCON> (<FALCON>) „<FALCON>“ <FALCON>—now"),
    ("a longer word", WORD, "Falconer, Falcons, aFalcon, Falcon7, Falconé", "Falconer, Falcons, aFalcon, Falcon7, Falconé"),
    ("at the ends of lines", WORD, "Falcon\nthe Falcon\nfalcon", "<FALCON>\nthe <FALCON>\n<FALCON>"),
    ("a phrase", falcon(term="blue moon"), "Blue  moon, blue\u00a0moon, bluemoon", "<FALCON>, <FALCON>, bluemoon"),
    ("a phrase over two lines", falcon(term="blue moon"), "blue\nmoon", "blue\nmoon"),
    (
        "phrases that overlap",
        falcon(term="New York", synonyms=["York City", "City Hall"]),
        "New York City Hall, York",
        "<FALCON>, York",
    ),
    ("a phrase within another", falcon(term="New York Cit", synonyms=["New York"]), "New York City", "<FALCON> City"),
    ("letters beyond ASCII", falcon(term="Müller"), "Müller MÜLLER Mu\u0308ller Müllers", "<FALCON> <FALCON> <FALCON> Müllers"),
    ("a script without spaces", falcon(term="東京"), "東京タワーに行く", "<FALCON>タワーに行く"),
    ("signs at its edges", falcon(term="#42."), "a#42.b", "a<FALCON>b"),
    ("signs of patterns are signs", falcon(term="a.b*"), "a.b* axb*", "<FALCON> axb*"),
    ("percent-encoded", WORD, "/r?q=%46alcon&x=1", "/r?q=<FALCON>&x=1"),
    ("invisible characters", WORD, "Fal\u200bcon", "<FALCON>"),
    ("a pattern", ORDER, "ORD-1234, ORD-123, xORD-12345", "<FALCON>, ORD-123, x<FALCON>5"),
    ("a pattern side by side", ORDER, "ORD-1234ORD-5678", "<FALCON><FALCON>"),
    ("a pattern of lines", falcon(term="^a.*z$", how="pattern"), "abz\r\nab\nz\nxaz\naz", "<FALCON>\r\nab\nz\nxaz\n<FALCON>"),
    ("a class that could cross lines", falcon(term="<[^>]*>", how="pattern"), "<a\nb> <ab>", "<a\nb> <FALCON>"),
    ("two patterns that overlap", falcon(term="ab+", how="pattern", synonyms=["b+c"]), "xabbcx", "x<FALCON>x"),
    ("a value like a term", falcon(term="Bellatrix", how="similar"), "the Belatrix and the Beatles", "the <FALCON> and the Beatles"),
    ("words like a term", falcon(term="blue moonlight", how="similar"), "a blu moonlight ride", "a <FALCON> ride"),
    ("an entity", falcon(term="Falcon", entity="ORGANIZATION"), "at Falcon", "at <ORGANIZATION>"),
    ("its own operator", falcon(term="Falcon", operator="shape"), "at Falcon-9", "at ******-9"),
    ("yellow, as the policy says", falcon(term="Falcon", colour="yellow"), "at Falcon", "at <FALCON>"),
    ("above what is built in", falcon(term="alice@example.com"), "mail alice@example.com", "mail <FALCON>"),
    ("an identifier around it", falcon(term="alice"), "mail alice@example.com", "mail <FALCON>"),
    ("an allowed value", {"allow": {"values": ["alice@example.com"]}}, "alice@example.com", "alice@example.com"),
    ("beside another", {"allow": {"values": ["a@b.co"]}}, "a@b.co x@b.co", "a@b.co <EMAIL_ADDRESS>"),
    ("within another", {"allow": {"values": ["a@b.co"]}}, "za@b.co a@b.com", "<EMAIL_ADDRESS> <EMAIL_ADDRESS>"),
    ("in another case is not allowed", {"allow": {"values": ["a@b.co"]}}, "A@b.co", "<EMAIL_ADDRESS>"),
    ("no more than the value", {"allow": {"values": ["b.co"]}}, "a@b.co", "<EMAIL_ADDRESS>"),
    (
        "what a green pattern covers",
        falcon(term="ORD-[0-9 ]+", how="pattern", colour="green"),
        "ORD-415 555 0132 or 415 555 0132",
        "ORD-415 555 0132 or <PHONE_NUMBER>",
    ),
    ("blocked", {"block": {"values": ["falcon"]}}, "Falcon one", "<BLOCKED> one"),
    ("blocked and allowed", {"block": {"values": ["a@b.co"]}, "allow": {"values": ["a@b.co"]}}, "a@b.co", "<BLOCKED>"),
    ("blocked and matched", {"block": {"values": ["falcon"]}} | WORD, "Falcon", "<BLOCKED>"),
    ("allowed and matched", {"allow": {"values": ["Falcon"]}} | WORD, "Falcon falcon", "Falcon <FALCON>"),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "text", "shown"), [row[1:] for row in VALUES], ids=[row[0] for row in VALUES])
def test_values_are_hidden_and_left_as_the_rules_say(rules: dict[str, Any], text: str, shown: str) -> None:
    assert seen(text, TEXT, **rules) == shown
    assert json.loads(seen(json.dumps({"a": text}), **rules)) == {"a": shown}
    assert seen(json.dumps(text, ensure_ascii=False), NDJSON, **rules) == json.dumps(shown, ensure_ascii=False)


# Rules, document in, document out.
FIELDS: list[tuple[str, dict[str, Any], Any, Any]] = [
    ("a name", BADGE, {"badge": "x17", "badges": "y"}, {"badge": "<FALCON>", "badges": "y"}),
    ("however it is written", BADGE, {"Staff-ID": "x", "staffId": 7, "staff": 7}, {"Staff-ID": "<FALCON>", "staffId": 0, "staff": 7}),
    ("all below it", BADGE, {"badge": {"n": ["a", 7, {"email": "x"}]}}, {"badge": {"n": ["<FALCON>", 0, {"email": "<FALCON>"}]}}),
    ("a name like it", LIKE_BADGE, {"employeeBadg": "x", "badge": "y"}, {"employeeBadg": "<FALCON>", "badge": "y"}),
    ("a name of a form", KEY_FORM, {"x_12": "a", "x_1b": "b", "ax_1": "c"}, {"x_12": "<FALCON>", "x_1b": "b", "ax_1": "c"}),
    ("a short number", falcon(term="42"), {"a": 42, "b": 421, "c": [4.2, 42.5]}, {"a": 0, "b": 421, "c": [4.2, 0]}),
    ("a value in a name", WORD, {"project Falcon": 1}, {"project <FALCON>": 1}),
    ("a value below a telling name", WORD, {"name": "Falcon", "email": "Bo"}, {"name": "<FALCON>", "email": "<EMAIL_ADDRESS>"}),
    ("an allowed name", {"allow": {"keys": ["email"]}}, {"email": "a@b.co", "Email": "a@b.co"}, {"email": "a@b.co", "Email": "<EMAIL_ADDRESS>"}),
    ("its list", {"allow": {"keys": ["email"]}}, {"email": ["a@b.co", 4155550132]}, {"email": ["a@b.co", 4155550132]}),
    ("not what is named below it", {"allow": {"keys": ["user"]}}, {"user": {"email": "a@b.co"}}, {"user": {"email": "<EMAIL_ADDRESS>"}}),
    ("an allowed name below a hidden one", BADGE | {"allow": {"keys": ["n"]}}, {"badge": {"n": "x", "m": "y"}}, {"badge": {"n": "x", "m": "<FALCON>"}}),
    ("an allowed value below a telling name", {"allow": {"values": ["Acme Ltd"]}}, {"name": "Acme Ltd", "email": "acme Ltd"}, {"name": "Acme Ltd", "email": "<EMAIL_ADDRESS>"}),
    ("but not a part of it", {"allow": {"values": ["Acme Ltd"]}}, {"email": "Acme Ltd Bob"}, {"email": "<EMAIL_ADDRESS>"}),
    ("a blocked name", {"block": {"keys": ["n"]}, "allow": {"keys": ["n", "m"]}}, {"n": {"m": "x"}}, {"n": {"m": "<BLOCKED>"}}),
    (
        "a blocked value below an allowed name",
        {"block": {"values": ["falcon", "4155550132"]}, "allow": {"keys": ["email"]}},
        {"email": ["a@b.co", "the Falcon", 4155550132]},
        {"email": ["a@b.co", "the <BLOCKED>", 0]},
    ),
    ("a document in a string", BADGE, {"a": '{"badge":"x"}'}, {"a": '{"badge":"<FALCON>"}'}),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "given", "shown"), [row[1:] for row in FIELDS], ids=[row[0] for row in FIELDS])
def test_fields_are_hidden_and_left_as_the_rules_say(rules: dict[str, Any], given: Any, shown: Any) -> None:
    body = json.dumps(given).replace('"name": "Falcon"', '"first_name": "Falcon"')

    document = seen(body, **rules).replace('"first_name": "<FALCON>"', '"name": "<FALCON>"')

    assert json.loads(document) == shown


def test_tables_and_forms_follow_the_rules() -> None:
    rules: dict[str, Any] = BADGE | {
        "allow": {"keys": ["email"], "values": ["x@y.co"]},
        "block": {"values": ["falcon"]},
    }

    assert seen("id,Badge,email,a falcon\n1,x17,a@b.co,x@y.co\n2,,falcon,b@b.co\n", CSV, **rules) == (
        "id,Badge,email,a <BLOCKED>\n1,<FALCON>,a@b.co,x@y.co\n2,,<BLOCKED>,<EMAIL_ADDRESS>\n"
    )
    assert seen("badge=x17&email=a%40b.co&q=x%40y.co&r=falcon&email=FALCON", FORM, **rules) == (
        "badge=<FALCON>&email=a%40b.co&q=x%40y.co&r=<BLOCKED>&email=<BLOCKED>"
    )


def test_a_table_in_pieces_follows_the_rules_in_its_header_too() -> None:
    rules = policy(**BADGE, block={"values": ["falcon"]})
    rows = b"id,badge,a falcon\n" + b"1,x17,falcon\n" * 500

    masked = b"".join(Bulk(piece_bytes=1000).mask(BytesIO(rows), Format.CSV, rules))

    assert masked == b"id,badge,a <BLOCKED>\n" + b"1,<FALCON>,<BLOCKED>\n" * 500


def test_what_was_granted_is_shown_and_what_is_blocked_is_not() -> None:
    rules = policy(**falcon(term="Falcon", entity="ORGANIZATION"), block={"values": ["secret"]})

    reader = rules.keeping([Entity.ORGANIZATION, Entity.CUSTOM])

    assert mask(b'["Falcon secret"]', reader, kind=JSON).payload == b'["Falcon <BLOCKED>"]'


def test_an_owner_hides_what_the_policy_would_keep() -> None:
    kept: dict[str, Any] = {"operators": {"ORGANIZATION": "keep"}}

    assert (
        seen('["Falcon"]', **kept, **falcon(term="Falcon", entity="ORGANIZATION", colour="yellow"))
        == '["<ORGANIZATION>"]'
    )


def test_markers_number_the_finds_of_a_matcher() -> None:
    rules = falcon(term="Falcon", synonyms=["Eagle"], operator="marker")

    assert seen('["Eagle Falcon", "Eagle"]', **rules) == '["[FALCON_1] [FALCON_2]", "[FALCON_1]"]'


def test_findings_name_the_rule_and_never_the_value() -> None:
    rules = policy(**BADGE, block={"values": ["secret"]}).own

    findings = classify(b'{"badge":"x","n":"a secret"}', kind=JSON, own=rules)

    assert [(each.path, each.entity, each.recognizer, each.start) for each in findings] == [
        ("/badge", Entity.CUSTOM, "matcher:Falcon", 0),
        ("/n", Entity.CUSTOM, "block-list", 2),
    ]


def test_a_policy_is_stored_and_read_with_its_rules() -> None:
    stored = {
        "name": "own", "operators": {}, "default": "replace", "numbers": "zero",
        "matchers": [
            {"name": "A", "colour": "yellow", "on": "key", "how": "similar", "term": "badge", "synonyms": ["staff"],
             "entity": "PERSONAL_ID", "operator": {"name": "mask", "params": {"masking_char": "#"}}},
            {"name": "B", "colour": "green", "on": "value", "how": "pattern", "term": "x+"},
        ],
        "allow": {"keys": ["k"], "values": ["v"]},
        "block": {"keys": [], "values": ["w"]},
    }  # fmt: skip

    read = Policy.from_dict(stored)

    assert read.as_dict() == stored
    assert pickle.loads(pickle.dumps(read)) == read  # noqa: S301 - it was pickled here.
    assert Policy.from_dict({**stored, "matchers": stored["matchers"][:1]}) != read  # type: ignore[index]


REFUSED: list[tuple[str, Any, str]] = [
    ("no list", {"matchers": {}}, "list of objects"),
    ("no object", {"matchers": ["x"]}, "Matcher 1 must be an object"),
    ("no term", falcon(), "Matcher 'Falcon' needs a name and a term"),
    ("no name", {"matchers": [{"term": "x"}]}, "Matcher 1 needs a name"),
    ("a blank name", {"matchers": [{"name": " ", "term": "x"}]}, "1 to 80 printable"),
    ("an unknown member", falcon(term="x", color="red"), "has no 'color'; allowed: colour"),
    ("an unknown colour", falcon(term="x", colour="blue"), "colour of matcher 'Falcon' is 'blue'; allowed: red"),
    ("an unknown way", falcon(term="x", how="regex"), "allowed: exact, similar, pattern"),
    ("an unknown entity", falcon(term="x", entity="NOPE"), "The entity of matcher 'Falcon' is 'NOPE'"),
    ("an unknown operator", falcon(term="x", operator="nope"), "Matcher 'Falcon': Unknown operator 'nope'"),
    ("a red one that keeps", falcon(term="x", operator="keep"), "cannot keep; make it green"),
    ("a green one that hides", falcon(term="x", colour="green", operator="mask"), "is green, so that it has no operator"),
    ("a green likeness", falcon(term="xxxxx", colour="green", how="similar"), "must be exact or a pattern"),
    ("a short likeness", falcon(term="abc", how="similar"), "fewer than 4 letters; make it exact"),
    ("a blank term", falcon(term=" "), "blank"),
    ("a long term", falcon(term="x" * (LONGEST_TERM + 1)), "more than 200 characters"),
    ("a term of two lines", falcon(term="a\nb"), "line break"),
    ("synonyms that are no list", falcon(term="x", synonyms="y"), "The synonyms of matcher 'Falcon' are a list of text"),
    ("two of one name", {"matchers": [{"name": "A", "term": "x"}, {"name": "A", "term": "y"}]}, "Two matchers are named 'A'"),
    ("a broken pattern", falcon(term="(a", how="pattern"), "is no RE2 pattern (missing ): (a)"),
    ("a bracket too many", falcon(term="a)|(b", how="pattern"), "is no RE2 pattern (unexpected )"),
    ("look-around", falcon(term="(?=a)b", how="pattern"), "look-around and back-references are not supported"),
    ("a back-reference", falcon(term=r"(a)\1", how="pattern"), "back-references are not supported"),
    ("a bomb", falcon(term="((a{100}){100}){100}", how="pattern"), "is no RE2 pattern"),
    ("a large pattern", falcon(term=r"\pL{1,300}", how="pattern"), "shorten its repeats"),
    ("an empty match", falcon(term="a*", how="pattern"), "matches the empty text"),
    ("ends of the text", falcon(term=r"\Aa", how="pattern"), r"'\\A'; a search goes line by line"),
    ("a flag of lines", falcon(term="(?s)a.b", how="pattern"), "'(?s)'; a search goes line by line"),
    ("a list that is none", {"allow": ["x"]}, "The allow list is an object with two lists"),
    ("a blank in a list", {"block": {"values": [""]}}, "The block list has a term that is blank"),
    ("too many", {"matchers": [{"name": str(n), "term": "x"} for n in range(MOST_MATCHERS + 1)]}, "at most 1000 matchers"),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "reason"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_rule_that_cannot_work_is_refused_with_a_sentence(rules: dict[str, Any], reason: str) -> None:
    with pytest.raises(PolicyError) as refusal:
        policy(**rules)

    assert reason in str(refusal.value)


def test_five_hundred_matchers_cost_little_more_than_one() -> None:
    event = {"a": [f"line {number} of T{number}-12345, nothing else" for number in range(20)], "b": {"c": "plain"}}
    body = ("\n".join(json.dumps(event) for _ in range(100))).encode()
    costs = []
    for count in (1, 500):
        rules = policy(matchers=own_matchers(count))
        mask(body, rules, kind=NDJSON, tier=Tier.PATTERNS)
        start = time.process_time()
        masked = mask(body, rules, kind=NDJSON, tier=Tier.PATTERNS)
        costs.append(time.process_time() - start)

    assert masked.entities[Entity.CUSTOM] == 100 * 5
    # Of five hundred five match in each line, of one none: finding and hiding them is what costs.
    assert costs[1] < MOST_GROWTH * costs[0]


words = st.sampled_from(["falcon", "Falcon", "eagle", "blue moon", "é", "#42", "alice@example.com", "x", "-", "7"])
texts = st.builds(
    "".join, st.lists(st.one_of(words, st.sampled_from([" ", "\n", ", ", "%20", "\u200b", "日"])), max_size=8)
)


@MANY
@given(texts, st.lists(words, min_size=1, max_size=4, unique=True), st.sampled_from(PayloadKind))
def test_a_blocked_value_that_stands_by_itself_never_survives(text: str, terms: list[str], kind: PayloadKind) -> None:
    planted = [f"{text} {term} {text}" for term in terms]
    bodies = {
        JSON: json.dumps(planted), NDJSON: "\n".join(map(json.dumps, planted)), TEXT: "\n".join(planted),
        CSV: "".join('"' + one.replace('"', '""') + '"\n' for one in planted),
        FORM: "&".join("a=" + one.replace("%", "%25").replace("#", "%23") for one in planted),
    }  # fmt: skip
    masked = seen(bodies[kind], kind, block={"values": terms}, allow={"values": terms, "keys": ["a"]})

    assert not [term for term in terms if f" {term} " in masked.replace("+", " ")]


@MANY
@given(st.text(max_size=12), st.lists(st.text(min_size=2, max_size=12), max_size=30))
def test_the_index_of_likeness_finds_what_comparing_with_all_finds(text: str, terms: list[str]) -> None:
    def likeness(term: str) -> float:
        pairs, others = pairs_of(text), pairs_of(term)
        return 2 * len(pairs & others) / (len(pairs) + len(others)) if pairs or others else 0

    best = max(map(likeness, terms), default=0)
    expected = next((term for term in terms if likeness(term) == best), None) if best > LIKENESS else None

    assert SimilarTerms((term, term) for term in terms).find(text) == expected


def test_an_operator_is_chosen_by_colour() -> None:
    shapes: dict[str, Any] = {"default": "shape"}
    colours = [
        {"name": "Red", "term": "aa-1"}, {"name": "Yellow", "term": "bb-2", "colour": "yellow"},
        {"name": "Green", "term": "123-45-6789", "colour": "green"},
    ]  # fmt: skip

    assert seen('["aa-1 bb-2 123-45-6789"]', **shapes, matchers=colours) == '["<RED> **-* 123-45-6789"]'
    assert policy(matchers=colours).own.matchers[0].operator is None
    assert OperatorConfig("shape") == policy(**shapes).default
