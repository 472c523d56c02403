"""Phone numbers: international ones by plan, national ones by plan and form, others by a word before them."""

import re
from collections.abc import Iterator

from classifier.entities import Entity
from classifier.recognizers.base import RIGHT, PatternRecognizer, near
from classifier.recognizers.phone_plans import (
    PLAIN_REGIONS,
    ZERO_REGIONS,
    is_international,
    is_mobile,
    is_national,
)
from classifier.spans import LED_SCORE, PROVEN_SCORE, Span

MINIMUM_DIGITS, MAXIMUM_DIGITS = 7, 15
LONGEST_AT_HOME = 11
# With fewer digits it is a date or a count.
ZERO_LENGTHS = range(9, 13)
# With fewer it is a number with leading zeros.
LEAST_FROM_ABROAD, LEAST_GROUPS_FROM_ABROAD = 11, 3
# A trailing group may belong to a neighbour; more than a few hardly do.
MAXIMUM_TRIES = 6
_GAP = r"(?:[ ]?[-./][ \t\r\n]{0,2}|[ \t\r\n]{1,2})"
_INTERNATIONAL = r"\+[ ]?\(?\d(?:[ \t\r\n()./_-]{0,3}\d){6,16}"
_FROM_ABROAD = r"00[ ]?[1-9](?:[ \t\r\n()./_-]{0,3}\d){6,16}"
_NORTH_AMERICAN = (
    rf"(?:1{_GAP})?(?:\(\d{{3}}\)[ \t\r\n]{{0,2}}(?:[-./][ \t\r\n]{{0,2}})?|\d{{3}}{_GAP})\d{{3}}{_GAP}\d{{4}}"
)
_EXTENSION = r"(?:[ ]?(?:x|ext\.?)[ ]?\d{1,6})?"
_WORDS = (
    r"phones?|tel|telephones?|mobile|mob|cell|cellphone|fax|call(?: me)?(?: at| on)?|text(?: me)?(?: at)?|whatsapp|sms|"
    r"reach(?: me)?(?: at| on)?|contact n[a-z.]{1,6}|telefon[a-z]{0,8}|handy|mobil|tfno|tlfno|tlf|rufnummer|"
    r"t[?e]l[?e]phone|m[?o]vil|cellulare|celular|telefone|telem[?o]vel|kom[?o]rka|ring|dial|puhelin|telefoon|gsm|"
    r"pod (?:numerem|nr\.?)|unter der nummer|al n[?u]mero|"
    r"hotline|landline|nomor hp|no\.? hp|signal|viber|imessage|facetime|pager"
)
_ANNOUNCED = r"\+?\(?\d(?:[ \t\r\n()./_-]{0,3}\d){6,14}"
# What the people of a region write at home: the zero forms, groups of three, and a few of their own.
_NATIONAL = (
    r"\(?0[1-9]\d{0,4}\)?(?:[ ]?[ ./-][ \r\n]?\d{2,8}){1,5}"
    r"|0[1-9]\d{8,9}"
    r"|[5679]\d{2}(?:[ -]\d{3}){2}"
    r"|1[3-9]\d(?:[ -]?\d{4}){2}"
    r"|[6-9]\d{4}[ -]\d{5}"
    r"|8[ -]?\(?[3-9]\d{2}\)?[ -]?\d{3}[ -]?\d{2}[ -]\d{2}"
    r"|\([1-9]\d\)[ ]?9?[ ]?\d{4}[- ]?\d{4}"
)
_EXTENSION_END = re.compile(r"[ ]?(?:x|ext\.?)[ ]?\d{1,6}$")
_GROUP = re.compile(r"\d+")
_SECURITY_NUMBER = re.compile(r"\d{3}-\d{2}-\d{4}")
_NOT_DIGITS = re.compile(r"\D+")
_DATE = re.compile(r"\d{2}[./ -]\d{2}[./ -](?:19|20)\d{2}(?!\d)")
# Behind five pairs that begin with a zero, another number begins.
_FIVE_PAIRS = re.compile(r"0[1-9](?:[ .-]\d{2}){4}(?=[ .-])")
_THREES = re.compile(r"\d{3}[ -]\d{3}[ -]\d{3}")
# A number closely after one of these words, or before a unit, counts or names a thing.
_THINGS = frozenset(
    (
        b"order orders invoice invoices inv ticket tickets ref reference case serial sku part parts item items "
        b"product products tracking shipment parcel transaction tx txn trace span request session job task batch "
        b"build version ver rev commit hash offset size length byte bytes count total sum amount price cost "
        b"balance timestamp ts time date epoch uid pid ids key seq sequence port error code bestellung "
        b"bestellnummer rechnung rechnungsnummer commande facture pedido factura ordine fattura zam faktura "
        b"faktury isbn ean gtin upc doi issn arxiv etag part chunk sha md"
    ).split()
)
_WORDS_BEFORE = re.compile(rb"[a-z]{2,16}|[$=/@]")
_MARKS = frozenset((b"$", b"=", b"/", b"@"))
_CONTEXT_LENGTH = 22
_UNIT = re.compile(
    rb"[ ]?(?:bytes?|[kmgt]i?b|ms|[num]?s|seconds?|rows?|records?|items?|%|eur|usd|[.,]\d|[$/=_@])\b", re.IGNORECASE
)
_DIGITS_BEFORE = re.compile(rb"[0-9][ ,.]{1,2}$")
_DIGITS_AFTER = re.compile(rb"[ ,.]{1,2}[0-9]")


def locate(value: str) -> Iterator[tuple[int, int, bool]]:
    """Yield the number within a run of digits, dropping trailing groups that are not part of it."""
    if _SECURITY_NUMBER.fullmatch(value):
        return  # A word before it does not make it a phone: whoever may see phones must not see this.
    extension = _EXTENSION_END.search(value)
    if extension is not None and _is_number(value[: extension.start()]):
        yield 0, len(value), True
        return
    ends = [match.end() for match in _GROUP.finditer(value)]
    for end in ends[: -MAXIMUM_TRIES - 1 : -1]:
        if _is_number(value[:end]):
            # Of a number without its country a part may pass for one of another country.
            is_whole = value[0] not in "+0" and sum(map(str.isdigit, value)) <= LONGEST_AT_HOME
            yield 0, ends[-1] if is_whole else end, True
            return
    if value.startswith("00") and len(ends) < LEAST_GROUPS_FROM_ABROAD:
        return
    digits = [match.end() for match in re.finditer(r"\d", value)]
    yield 0, digits[min(len(digits), MAXIMUM_DIGITS) - 1], False


def _is_number(value: str) -> bool:
    digits = _NOT_DIGITS.sub("", value)
    if not MINIMUM_DIGITS <= len(digits) <= MAXIMUM_DIGITS + 2:
        return False
    if value.startswith("00"):
        return len(digits) >= LEAST_FROM_ABROAD and is_international(digits[2:])
    if value.startswith("+"):
        return is_international(digits)
    return is_international(digits if len(digits) > 10 else "1" + digits)  # noqa: PLR2004 - a North American number.


def locate_national(value: str) -> Iterator[tuple[int, int, bool]]:
    """Yield the number where a plausible region issues such numbers, and no date begins it."""
    if _DATE.match(value):
        return
    pairs = _FIVE_PAIRS.match(value)
    ends = [match.end() for match in _GROUP.finditer(value[: pairs.end() if pairs else None])]
    for end in ends[: -MAXIMUM_TRIES - 1 : -1]:
        if _is_domestic(value[:end]):
            yield 0, end, False
            return


def _is_domestic(value: str) -> bool:
    digits = _NOT_DIGITS.sub("", value)
    is_bare = value.isdigit()
    if digits.startswith("0"):
        fits = is_mobile if is_bare else is_national
        return len(digits) in ZERO_LENGTHS and fits(digits[1:], ZERO_REGIONS)
    if _THREES.fullmatch(value):
        return is_mobile(digits, PLAIN_REGIONS)
    match digits[0], len(digits):
        case "1", 11:
            return is_mobile(digits, ("CN",))
        case "8", 11:
            return is_national(digits[1:], ("RU", "KZ"))
        case _, 10 if not value.startswith("("):
            return is_mobile(digits, ("IN",))
        case _:
            return value.startswith("(") and is_national(digits, ("BR",))


class NationalPhoneRecognizer(PatternRecognizer):
    """Find numbers as they are written at home, but not what a word near them makes a thing of."""

    __slots__ = ()

    def find(self, folded: bytes, text: str) -> list[Span]:
        """Return where national numbers stand in the text."""
        return [
            span
            for span in super().find(folded, text)
            if not _is_of_a_thing(folded, span.start)
            and not _UNIT.match(folded, span.end)
            and not _in_row(folded, span)
        ]


def _is_of_a_thing(folded: bytes, start: int) -> bool:
    """Say whether one of the last two words before a number, in the same text, makes it the number of a thing."""
    before = folded[max(0, start - _CONTEXT_LENGTH) : start].rpartition(b"\x00")[2]
    words = _WORDS_BEFORE.findall(before.lower())[-2:]
    return not _THINGS.isdisjoint(words) or (bool(words) and words[-1] in _MARKS)


def _in_row(folded: bytes, span: Span) -> bool:
    """Say whether more groups of digits stand beside a number that no zero or bracket begins."""
    beside = _DIGITS_BEFORE.search(folded, max(0, span.start - 3), span.start) or _DIGITS_AFTER.match(folded, span.end)
    return beside is not None and folded[span.start : span.start + 1] not in b"0(+"


PHONE_NUMBER = PatternRecognizer(
    entity=Entity.PHONE_NUMBER,
    name="phone",
    pattern=(
        rf"(?:^|[^0-9A-Za-z+])({_INTERNATIONAL}{_EXTENSION})|(?:^|[^0-9A-Za-z+.,/_-])({_FROM_ABROAD}{_EXTENSION})"
        rf"|(?:^|[^0-9])({_NORTH_AMERICAN}{_EXTENSION})(?:$|[^0-9])"
        rf"|{near(_WORDS, _ANNOUNCED + _EXTENSION)}{RIGHT}"
    ),
    locate=locate,
    announced=4,
    # `call about 123-45-6789`: the word leads to many a number, and a proven one is what it is.
    announced_scores=(LED_SCORE, PROVEN_SCORE),
    resumes=True,
)
NATIONAL_PHONE = NationalPhoneRecognizer(
    entity=Entity.PHONE_NUMBER,
    name="national_phone",
    pattern=rf"(?:^|[^0-9A-Za-z+.,:/_#=-])({_NATIONAL})(?:$|[^0-9A-Za-z.:/_-]|[.:](?:$|[^0-9A-Za-z]))",
    score=0.7,
    locate=locate_national,
    resumes=True,
)
