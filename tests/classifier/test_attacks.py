"""Ways in which a value might get through; each row plants some, and none may be readable afterwards."""

# ruff: noqa: E501, RUF001 - an attack is a row; odd letters and digits are what some of these texts are about.

import base64
import json
import time
from urllib.parse import quote

import pytest

from classifier import Limits, PayloadKind, Policy, Tier, TooDeep, mask, mask_many
from tests.classifier.finding import STRICT, masked

JSON, NDJSON, CSV, FORM, TEXT = (
    PayloadKind.JSON, PayloadKind.NDJSON, PayloadKind.CSV, PayloadKind.FORM, PayloadKind.TEXT,
)  # fmt: skip
MAIL, SSN, CARD = "alice@example.com", "123-45-6789", "4111111111111111"

# How it is called: the kind of body, the body, and what must not be readable in the answer.
ATTACKS: dict[str, tuple[PayloadKind, str, list[str]]] = {
    "a key that is an address": (JSON, json.dumps({MAIL: 1}), ["alice"]),
    "a key that is an address, in escapes": (JSON, r'{"\u0061lice@example.com":{"x":1}}', ["lice@"]),
    "a document in a string": (JSON, json.dumps({"a": json.dumps({"name": "Zoltan"})}), ["Zoltan"]),
    "a document in a string in a string": (
        JSON, json.dumps({"a": json.dumps({"b": json.dumps({"name": "Zoltan"})})}), ["Zoltan"],
    ),
    "a list in a string": (JSON, json.dumps({"a": json.dumps([{"email": "zoltan"}])}), ["zoltan"]),
    "escaped letters": (JSON, r'{"a":"\u0061\u006cice\u0040example.com"}', ["lice", r"\u0040"]),
    "an escaped key": (JSON, r'{"n\u0061me":"Zoltan"}', ["Zoltan"]),
    "a key with a zero-width character": (JSON, '{"na\u200bme":"Zoltan"}', ["Zoltan"]),
    "a key in full width": (JSON, '{"ｎａｍｅ":"Zoltan"}', ["Zoltan"]),
    "a key in Cyrillic": (JSON, '{"фамилия":"Zoltan"}', ["Zoltan"]),
    "the same key twice": (JSON, '{"name":"Zoltan","name":"Istvan"}', ["Zoltan", "Istvan"]),
    "an empty key": (JSON, json.dumps({"": SSN}), [SSN]),
    "lists of lists": (JSON, json.dumps({"email": [[["zoltan"], ["x"]], {"y": ["istvan"]}]}), ["zoltan", "istvan"]),
    "lists of lists without a key": (JSON, json.dumps([[[SSN]], [[[MAIL]]]]), [SSN, "alice"]),
    "a number": (JSON, '{"x":4111111111111111}', [CARD]),
    "a number with an exponent": (JSON, '{"ssn":1.23456789e8}', ["1.23456789"]),
    "a huge number below a key": (JSON, '{"ssn":' + "1" * 400 + "}", ["1111"]),
    "a negative number": (JSON, '{"phone":-4155550132}', ["4155550132"]),
    "a card with an exponent": (JSON, '{"x":4.111111111111111e15,"y":41111111111111110e-1,"z":4111111111111111.0}', ["4.1", "411"]),
    "NUL within digits": (JSON, r'{"q":"123\u0000-45-6789"}', ["6789"]),
    "NUL after each letter, as UTF-16 has it": (JSON, json.dumps({"q": "\0".join(MAIL), "n": 1}), [r"l\u0000i"]),
    "half a pair within digits": (JSON, r'{"q":"123\udfff-45-6789"}', ["6789"]),
    "marks of direction": (JSON, '{"q":"\u202ealice\u202c@example\u2066.com 123-\u200f45-\u200e6789"}', ["lice", "6789"]),
    "a document in a string in a string alone": (JSON, json.dumps(json.dumps(json.dumps({"email": "zoltan"}))), ["zoltan"]),
    "mail in XML in JSON": (JSON, json.dumps({"x": f"<a><e>{MAIL}</e><n><![CDATA[{SSN}]]></n></a>"}), ["alice", SSN]),
    "a mutation": (JSON, json.dumps({"query": f'mutation {{ add(email: "{MAIL}", ssn: "{SSN}") {{ id }} }}'}), ["alice", SSN]),
    "keys that become one": (JSON, json.dumps({MAIL: 1, "bob@example.com": 2, "<EMAIL_ADDRESS>": 3}), ["alice", "bob@"]),
    "a bare string": (JSON, json.dumps(MAIL), ["alice"]),
    "a byte order mark": (JSON, "\ufeff" + json.dumps({"name": "Zoltan"}), ["Zoltan"]),
    "a lone surrogate beside it": (JSON, r'{"name":"Zoltan \ud800","x":"\udfff 123-45-6789"}', ["Zoltan", SSN]),
    "white space all over": (JSON, ' {\n\t"name" \n:\t "Zoltan" \r\n} ', ["Zoltan"]),
    "a slash escaped": (JSON, r'{"x":"https:\/\/bob:hunter2@db.example.com\/"}', ["hunter2"]),
    "an unknown prefix": (JSON, '{"hotelGuestLastName":"Zoltan"}', ["Zoltan"]),
    "a slip in the key": (JSON, '{"phonenumer":"x-17-y"}', ["x-17-y"]),
    "percent-encoded in JSON": (JSON, json.dumps({"u": "/r?to=alice%40example.com"}), ["alice"]),
    "percent-encoded digits": (JSON, json.dumps({"u": "/r?x=%31%32%33-45-6789"}), ["6789"]),
    "entities of HTML": (TEXT, "mail &#97;lice&#64;example.com, ssn 123&#45;45&#45;6789", ["lice", "6789"]),
    "tags of HTML": (TEXT, "<li><b>Name:</b> Zoltan</li><li><b>SSN</b>: 123-45-6789</li>", ["Zoltan", SSN]),
    "a link in HTML": (TEXT, '<a href="mailto:alice@example.com">write</a>', ["alice"]),
    "marks of Markdown": (TEXT, "- **Name:** Zoltan\n- __Phone__: 17\n| Email | x |\n", ["Zoltan", "17"]),
    "a log line": (TEXT, 'ts=1 user=zoltan email="istvan" first_name=Bela ip=10.0.0.7', ["zoltan", "istvan", "Bela", "10.0"]),
    "a query": (TEXT, "GET /x?last_name=Zoltan&zip=94103&tab=1", ["Zoltan", "94103"]),
    "the line below": (TEXT, "Name:\nZoltan\n\nPhone:\n  17-17\n", ["Zoltan", "17-17"]),
    "broken JSON in text": (TEXT, 'got {"name": "Zoltan", "ssn": "x17", ', ["Zoltan", "x17"]),
    "base64": (TEXT, "body " + base64.b64encode(b"mail alice@example.com ssn 123-45-6789").decode(), ["YWxpY2VA", "bWFpb"]),
    "base64 in JSON": (JSON, json.dumps({"p": base64.b64encode(json.dumps({"email": MAIL}).encode()).decode()}), ["eyJl"]),
    "zero-width digits": (TEXT, "1\u200b2\u200b3-\u20604\u200b5-6\u200b7\u200b8\u200b9", ["7\u200b8", "9"]),
    "digits of other scripts": (TEXT, "١٢٣-٤٥-٦٧٨٩ and १२३-४५-६७८९", ["٦٧", "६७"]),
    "keycap digits": (TEXT, "call 4\ufe0f\u20e31\ufe0f\u20e35\ufe0f\u20e3-555-0132", ["0132"]),
    "digits in circles and above the line": (TEXT, "④①①① ①①①① ①①①① ①①①①, ssn ¹²³-⁴⁵-⁶⁷⁸⁹", ["①", "⁶⁷"]),
    "a small at sign": (TEXT, "alice﹫example.com", ["alice"]),
    "escapes of old browsers": (FORM, "q=alice%u0040example.com", ["alice"]),
    "an address within one of the next version": (TEXT, "from ::ffff:203.0.113.77 by [64:ff9b::203.0.113.78]", ["113.7"]),
    "parts of a form with files": (TEXT, f'--b\r\nContent-Disposition: form-data; name="email"\r\n\r\n{MAIL}\r\n--b--', ["alice"]),
    "mathematical letters": (TEXT, "𝐚𝐥𝐢𝐜𝐞@𝐞𝐱𝐚𝐦𝐩𝐥𝐞.𝐜𝐨𝐦", ["𝐥𝐢𝐜"]),
    "no header": (CSV, f"1,{SSN},x\n2,987-65-4321,y\n", [SSN, "987-65"]),
    "a cell of two lines": (CSV, 'id,name\n1,"Zol\ntan"\n', ["Zol", "tan"]),
    "quotes within quotes": (CSV, 'id,name\n1,"Zol""tan"" x"\n', ["Zol", "tan"]),
    "an odd delimiter": (CSV, "id^name^email\n1^Zoltan^istvan\n", ["Zoltan", "istvan"]),
    "a quoted header": (CSV, '"id";"last name";"e-mail"\n1;Zoltan;istvan\n', ["Zoltan", "istvan"]),
    "a marked table": (CSV, "\ufeffname,id\nZoltan,1\n", ["Zoltan"]),
    "a ragged table": (CSV, "id,name\n1,Zoltan\n2\n3,Istvan,Bela 123-45-6789\n", ["Zoltan", "Istvan", SSN]),
    "a document in a cell": (CSV, 'id,p\n1,"{""name"":""Zoltan""}"\n', ["Zoltan"]),
    "two marks before the header": (CSV, "\ufeff\ufeffid,email\n1,zoltan\n", ["zoltan"]),
    "a header of two lines": (CSV, 'id,"e-mail\naddress"\n1,zoltan\n', ["zoltan"]),
    "returns alone end the rows": (CSV, f"id,email\r1,zoltan\r2,{SSN}\r", ["zoltan", SSN]),
    "a formula": (CSV, f'id,note\n1,"=HYPERLINK(""mailto:{MAIL}"")"\n', ["alice"]),
    "a title above the header": (CSV, "Customers of May\n\nid,name\n1,Zoltan\n", ["Zoltan"]),
    "a stray quote": (CSV, 'id,name\n1,Zol"tan\n2,"Istvan\n', ["Zol", "Istvan"]),
    "a form": (FORM, f"q={quote(MAIL)}&user%5Bname%5D=Zoltan", ["alice", "Zoltan"]),
    "a form encoded twice": (FORM, "q=" + quote(quote(MAIL)), ["alice"]),
    "a form of two bytes a letter": (FORM, "q=" + quote(MAIL.encode("utf-16-le")), ["l%00i"]),
    "a form of one byte a letter": (FORM, "name=Zolt%E1n&q=x", ["Zolt"]),
    "a form in a form": (FORM, "next=" + quote(f"/r?email={quote(MAIL)}&ssn={SSN}"), ["alice", SSN]),
    "a form with a broken escape": (FORM, "email=%zzalice%40example.com%", ["alice"]),
    "a form with values for names": (FORM, f"{quote(MAIL)}=1&{SSN}", ["alice", SSN]),
    "a form with semicolons": (FORM, "a=1;name=Zoltan;b=2", ["Zoltan"]),
    "a form with a document": (FORM, "p=" + quote(json.dumps({"name": "Zoltan"})), ["Zoltan"]),
    "lines of documents": (NDJSON, '{"name":"Zoltan"}\r\n["a",{"email":"istvan"}]\n', ["Zoltan", "istvan"]),
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_planted_is_readable(attack: str) -> None:
    kind, body, planted = ATTACKS[attack]

    seen = masked(body.encode("utf-8", "surrogatepass"), kind=kind)

    assert [value for value in planted if value in seen] == []


EXPONENTS = ["4111111111111111e0", "4.111111111111111E+15", "-4.111111111111111e15", "-41111111111111110E-1"]
UNSPELLABLE = [
    "1e99999999999999999999",
    "-1E+99999999999999999999",
    "1e-99999999999999999999",
    "0e99999999999999999999",
]


@pytest.mark.parametrize("place", ["{}", "[[{}]]"])
@pytest.mark.parametrize("number", EXPONENTS + UNSPELLABLE)
def test_a_number_with_an_exponent_is_read_in_every_body_and_breaks_none(number: str, place: str) -> None:
    document = json.dumps({"x": 1, "y": "z"}).replace("1", place.format(number))
    inner = json.dumps({"inner": document})
    bodies = [
        (JSON, document), (NDJSON, f'{{"a":1}}\n{document}\n'), (JSON, inner), (TEXT, document),
        (CSV, 'id,note\n1,"' + document.replace('"', '""') + '"\n'), (FORM, f"q={quote(document)}"),
    ]  # fmt: skip

    seen = [mask(body.encode(), STRICT, kind=kind, tier=Tier.PATTERNS).payload.decode() for kind, body in bodies]
    many = [one.payload.decode() for one in mask_many([document.encode(), inner.encode()], STRICT)]  # type: ignore[union-attr]

    if number in UNSPELLABLE:
        assert seen == [body for _, body in bodies]
    assert number in UNSPELLABLE or not any("111111" in one for one in seen)
    assert many == [seen[0], seen[2]]


# What a hostile sender repeats; each takes at most a few times the time of clean text.
REPEATED = (
    "1 2 3 4 5 6 7 8 9 0 ", "4 1 1 1 ", "4111", "+1 2 3 4 5 6 7 8 9 ", "00 49 1 2 3 4 5 6 7 ", "415 555 0132 ", "DE89 ",
    "DE89 3704 0044 0532 0130 01 ", "123-45-678 ", "1.2.3.4.5.6.", "1:2:3:4:", "a@", "a.b@c.", "Name: A; ", "a: b ",
    "4\u200b1", "%34%31 ", "&#52;", "\\u0034", "name=1,", 'name="', "4lO1 ", "O1 O1 ", "bearer ", "pesel 1", "(", "<b>",
    "0123 456 789 ", "390.533.447-05 ", "1-", "customer id ", "eyJhbGciOiJI.", "P<UTO", "\u0301\u0660", "Name:\n", "A1 B2 ",
    # Genuine-looking numbers, each of which many checks are asked about.
    "83 914 571 673 ", "+1 415 555 0132 ", "943 476 5870 ", "D123-4567-8901 ", "360426199101010071 ",
)  # fmt: skip


@pytest.mark.parametrize("repeated", REPEATED)
def test_the_time_for_hostile_text_is_bounded(repeated: str) -> None:
    body = (repeated * (40_000 // len(repeated))).encode()
    start = time.process_time()

    mask(body, STRICT, kind=TEXT)

    # 40 KB; it takes 0.01 to 0.2 s on the machine that this was measured on, more on one that is busy.
    assert time.process_time() - start < 3


@pytest.mark.parametrize("kind", [TEXT, JSON])
@pytest.mark.parametrize("digits", ["7", "1234567890", "4111111111111111"])
def test_a_megabyte_of_digits_is_read_in_bounded_time(digits: str, kind: PayloadKind) -> None:
    start = time.process_time()

    mask((digits * (1_000_000 // len(digits))).encode(), STRICT, kind=kind)

    assert time.process_time() - start < 10


BOMBS = ["(a+)+$", "(a|a)*b", "(a|aa)+$", "(.*a){12}", "(?i)(x+x+)+y", "[a-z]+@[a-z]+", "^(([a-z])+.)+[A-Z]([a-z])+$"]


@pytest.mark.parametrize("bomb", BOMBS)
def test_patterns_of_owners_that_explode_elsewhere_take_linear_time(bomb: str) -> None:
    policy = Policy.from_dict({"matchers": [{"name": "Bomb", "term": bomb.replace("*b", "+b"), "how": "pattern"}]})
    start = time.process_time()

    mask(b"a" * 500_000 + b"!", policy, kind=TEXT, tier=Tier.PATTERNS)

    assert time.process_time() - start < 10


def test_keys_that_all_differ_are_masked_in_bounded_time() -> None:
    body = json.dumps({f"field{number}name": number for number in range(20_000)}).encode()
    start = time.process_time()

    mask(body, STRICT, kind=JSON)

    assert time.process_time() - start < 10


@pytest.mark.parametrize("mark", ["[", '{"a":'])
def test_a_document_that_nests_without_end_is_refused(mark: str) -> None:
    body = (mark * 100_000).encode()

    with pytest.raises(TooDeep):
        mask(body, STRICT, kind=JSON, limits=Limits(max_depth=50))
