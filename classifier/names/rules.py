"""What the words beside a name tell: salutations, introductions, signatures, streets, company endings, honorifics."""

import re
from collections.abc import Callable, Iterator

from classifier.entities import Entity
from classifier.names import gazetteers
from classifier.names.evidence import is_telling
from classifier.names.features import folded
from classifier.names.scripts import find_in_scripts
from classifier.names.tokens import MARKS
from classifier.spans import LIKELY_SCORE, Span

RECOGNIZER = "names-rules"
MOST_NAME_WORDS = 5

_NAME_WORD = re.compile(rf"[ \u00a0]{{0,2}}((?:[^\W\d_][{MARKS}]*['\u2019.-]?){{1,40}})")
_PARTICLES = frozenset("de da do dos das du del della di van von der den ter ten la le bin ibn al el y e zu zum af av".split())
_HANDLE = re.compile(r"(?<![\w.@/+-])@(?=[A-Za-z0-9_]{0,40}[A-Za-z_])[A-Za-z0-9_]{2,40}(?![\w@]|\.[A-Za-z])")
_TITLE = re.compile(
    r"(?<!\w)(?:Mr|Mrs|Ms|Mx|Dr|Prof|Herrn?|Frau|Mme|Mlle|Monsieur|Madame|Sra?|Srta|Do\u00f1a|D\u00f1a|Sig|Sig\.ra|Signora?|Dott|Dott\.ssa|"
    r"Senhora?|Meneer|Mevrouw|Dhr|Mevr|Pani?|Fru|Rouva|Say\u0131n|Domnul|Doamna|Bapak|Ibu|Shri|Smt|Kumari)\b\.?(?=[ \u00a0])"
)
_INTRODUCTION = re.compile(
    r"(?i)(?<!\w)(?:my (?:full )?name(?:'s| is)|i am called|this is|ich hei(?:\u00df|ss)e|mein name ist|je m['\u2019]appelle|mon nom est|"
    r"me llamo|mi nombre es|mi chiamo|il mio nome \u00e8|o? ?meu nome \u00e9|chamo-me|mijn naam is|ik heet|nazywam si\u0119|mam na imi\u0119|"
    r"jmenuji se|vol\u00e1m sa|ime mi je|zovem se|jag heter|mitt namn \u00e4r|jeg heter|jeg hedder|mit navn er|mitt navn er|nimeni on|"
    r"minu nimi on|a nevem|m\u0103 numesc|benim ad\u0131m|nama saya|t\u00ean t\u00f4i l\u00e0|jina langu ni|ang pangalan ko ay|mano vardas|mani sauc|\u00e9g heiti|"
    r"\u043c\u0435\u043d\u044f \u0437\u043e\u0432\u0443\u0442|\u043c\u0435\u043d\u0435 \u0437\u0432\u0430\u0442\u0438|\u043a\u0430\u0437\u0432\u0430\u043c \u0441\u0435|\u03bc\u03b5 \u03bb\u03ad\u03bd\u03b5|\u03bf\u03bd\u03bf\u03bc\u03ac\u03b6\u03bf\u03bc\u03b1\u03b9)[ \u00a0:]"
)
# Those after which only a name can stand, even one written small.
_SURE = re.compile(r"(?i)name(?:'s| is)|ich hei|mein name|appelle|mon nom|llamo|nombre|chiamo|nome|chamo|naam|heet|nazywam|imi\u0119")
_GREETING = re.compile(
    r"(?:^|(?<=[\n\r.!?]))[ \t]{0,4}(?:Dear|Hi|Hey|Hello|Liebe[r]?|Hallo|Cher|Ch\u00e8re|Bonjour|Hola|Querid[oa]|Estimad[oa]|Car[oa]|Ciao|Gentile|"
    r"Ol\u00e1|Prezad[oa]|Beste|Hoi|Hej|K\u00e6re|Kj\u00e6re|Hei|Cze\u015b\u0107|Ahoj|Kedves|Merhaba|Bun\u0103)(?=[ \u00a0])"
)
_CLOSING = re.compile(
    r"(?i)(?:regards|sincerely|faithfully|best wishes|cheers|thanks|thank you|gr\u00fc(?:\u00df|ss)en|gr\u00fc(?:\u00df|ss)e|cordialement|saludos?|atentamente|"
    r"saluti|atenciosamente|cumprimentos|groet(?:en|jes)?|pozdrawiam|powa\u017caniem|h\u00e4lsningar|hilsen|pozdravem|\u00fcdv\u00f6zlettel|stim\u0103|sayg\u0131lar\u0131mla)"
    r"[,.!]?[ \t]{0,4}[\r\n]{1,4}[ \t]{0,4}"
)
_SUFFIX = re.compile(
    r"(?<![\w.])(?:Ltd|Limited|Inc|Incorporated|Corp|Corporation|LLC|LLP|PLC|plc|GmbH|AG|KG|OHG|UG|e\.V|S\.A\.S|S\.A|SAS|SARL|SpA|S\.p\.A|S\.r\.l|Srl|"
    r"S\.L|B\.V|BV|N\.V|NV|AB|ASA|A/S|ApS|Oy|Oyj|sp\. ?z ?o\. ?o|S\.C|s\.r\.o|a\.s|Kft|Zrt|Nyrt|d\.o\.o|d\.d|Ltda|Ltd\.a|Pvt|Pty|Sdn|Bhd|Tbk|A\.\u015e|"
    r"\u041e\u041e\u041e|\u041e\u0410\u041e|\u0417\u0410\u041e|\u041f\u0410\u041e)(?!\w)"
)


def find_by_rules(text: str) -> Iterator[Span]:
    """Yield what the rules find in a text."""
    if "@" in text:
        yield from (Span(*match.span(), Entity.USERNAME, LIKELY_SCORE, "handle") for match in _HANDLE.finditer(text))
    yield from _announced(text, _TITLE, _any)
    yield from _announced(text, _GREETING, _is_no_word)
    yield from _announced(text, _CLOSING, _is_no_word)
    yield from _introduced(text)
    yield from _companies(text)
    yield from find_streets(text)
    if not text.isascii():
        yield from find_in_scripts(text)


def name_end(text: str, start: int) -> int:
    """Return where a run of capitalised words ends that may hold particles; the start where there is none."""
    end, position = start, start
    for _ in range(MOST_NAME_WORDS):
        match = _NAME_WORD.match(text, position)
        if match is None:
            break
        position = match.end()
        if match.group(1)[0].isupper():
            end = position
        elif match.group(1).lower() not in _PARTICLES:
            break
    return len(text[:end].rstrip(" .'-\u2019")) if end > start else start


def _announced(text: str, announcement: re.Pattern[str], is_name: Callable[[str], bool]) -> Iterator[Span]:
    for match in announcement.finditer(text):
        yield from _person(text, match.end(), name_end(text, match.end()), is_name)


def _person(text: str, start: int, end: int, is_name: Callable[[str], bool]) -> Iterator[Span]:
    start += len(text[start:end]) - len(text[start:end].lstrip())
    if start < end and is_name(text[start:end]):
        yield Span(start, end, Entity.PERSON, LIKELY_SCORE, RECOGNIZER)


def _any(name: str) -> bool:
    return len(name) > 1


def _is_no_word(name: str) -> bool:
    """Say whether lists know some word of it as a name, or know none of it."""
    words = [folded(word.strip(".'")) for word in name.split()]
    known = [gazetteers.known_of(gazetteers.lists(), word) for word in words]
    if gazetteers.COMMON in known[0] and not _LISTED.issuperset(known[0]):
        return False
    return len(words[0]) > 1 and (any(_LISTED & set(each) for each in known) or not any(_WORDS & set(each) for each in known))


_LISTED = frozenset((gazetteers.GIVEN, gazetteers.FAMILY))
_WORDS = frozenset(
    (gazetteers.COMMON, gazetteers.TITLE, gazetteers.COMPANY, gazetteers.CALENDAR, gazetteers.STREET)
)


def _introduced(text: str) -> Iterator[Span]:
    for match in _INTRODUCTION.finditer(text):
        end = name_end(text, match.end())
        if end > match.end():
            yield from _person(text, match.end(), end, _is_no_word)
        elif _SURE.search(match.group()):
            yield from _person(text, match.end(), _small_name_end(text, match.end()), _is_no_word)


def _small_name_end(text: str, start: int) -> int:
    """Return where a name ends that is written small: up to two words that are no everyday words."""
    end = start
    for _ in range(2):
        word = _NAME_WORD.match(text, end)
        if word is None or not _is_no_word(word.group(1)):
            break
        end = word.end()
    return end


_WORDS_BEFORE = re.compile(r"(?:(?:[^\W\d_][\w'\u2019&.-]{0,40}|&)[ \u00a0,]{1,2}){1,5}$")


def _companies(text: str) -> Iterator[Span]:
    for match in _SUFFIX.finditer(text):
        before = text[max(0, match.start() - 120) : match.start()]
        words = _WORDS_BEFORE.search(before)
        if words is None:
            continue
        start = match.start() - len(words.group())
        start += _first_capital(words.group())
        if any(map(is_telling, re.findall(r"[^\W\d_]+", text[start : match.start()]))):
            yield Span(start, match.end(), Entity.ORGANIZATION, LIKELY_SCORE, RECOGNIZER)


def _first_capital(words: str) -> int:
    """Return where the run of capitalised words begins that reaches the end."""
    begin = len(words)
    for word in reversed(list(re.finditer(r"[^ \u00a0]+", words))):
        if not (word.group()[0].isupper() or word.group() in ("&", "und", "and", "et", "y", "e", "i")):
            break
        begin = word.start() if word.group()[0].isupper() else begin
    return begin


_CAP = r"[A-Z\u00c0-\u00d6\u00d8-\u00de\u0100-\u017f\u0410-\u042f\u0406\u0407\u0404]"
_W = rf"{_CAP}[\w'\u2019.-]{{0,30}}"
_NUMBER = r"\d{1,5} ?[A-Za-z]?(?:[-/]\d{1,4}[A-Za-z]?)?"
_POSTCODE_CITY = rf"(?:,?[ \n]{{1,2}}(?:[A-Z]{{1,2}}-)?\d{{4,5}}(?:-\d{{3}})?,? {_W}(?:[ -]{_W}){{0,2}})?"
_STREETS = re.compile(
    "|".join(
        (
            # 12 Main Street, Apt 4B, Springfield, IL 62704
            rf"\b\d{{1,6}}[A-Za-z]?,? (?:[NSEW]\.? |North |South |East |West )?(?:{_W} ){{1,4}}(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|"
            r"Blvd|Court|Ct|Place|Pl|Square|Sq|Terrace|Way|Close|Crescent|Highway|Hwy|Parkway|Pkwy|Circle|Cir|Alley|Row|Grove|Hill|Mews|Trail)\b\.?"
            r"(?:,? (?:Apt|Apartment|Suite|Ste|Unit|Floor|Flat|#)\.? ?[\w-]{1,6})?"
            rf"(?:,[ \n]{_W}(?: {_W}){{0,2}})?(?:,? [A-Z]{{2}}(?:,? \d{{5}}(?:-\d{{4}})?)?)?",
            # Hauptstr. 5, Kerkstraat 12, Storgatan 3
            rf"\b{_CAP}[^\W\d_]{{2,30}}(?:stra(?:\u00df|ss)e|str\.|str|weg|platz|allee|gasse|damm|ufer|straat|laan|plein|gracht|kade|gatan|gata|v\u00e4gen|gade|vej|veien|katu|tie) "
            + _NUMBER + r"\b" + _POSTCODE_CITY,
            # Lange Stra\u00dfe 12
            rf"\b{_W} (?:Stra(?:\u00df|ss)e|Str\.|Weg|Platz|Allee|Gasse|Ring|Damm|Ufer|utca|\u00fat|u\.) {_NUMBER}\b" + _POSTCODE_CITY,
            # 10 rue de la Paix, Calle Mayor 10, Via Roma 1, ul. D\u0142uga 5
            rf"(?i:\b\d{{1,4}}(?: ?bis| ?ter)?,? (?:rue|avenue|av\.|boulevard|bd|chemin|impasse|quai|place|all\u00e9e|cours|route)) "
            rf"(?:(?:de|du|des|la|le|les|l['\u2019]|d['\u2019])[ ]?){{0,3}}{_W}(?:[ -](?:de |du |des |la )?{_W}){{0,3}}" + _POSTCODE_CITY,
            r"(?i:(?<!\w)(?:rue|avenue|boulevard|calle|c/|avda\.?|avenida|paseo|plaza|carrera|ronda|via|viale|piazza|corso|largo|vicolo|rua|travessa|pra\u00e7a|"
            r"alameda|ul\.|ulica|al\.|aleja|os\.|pl\.|strada|str\.|bulevardul|calea|jalan|jl\.|\u0443\u043b\.|\u0443\u043b\u0438\u0446\u0430|\u043f\u0440\.|\u043f\u0440\u043e\u0441\u043f\u0435\u043a\u0442|\u0432\u0443\u043b\.|\u043f\u0435\u0440\.)) ?"
            rf"(?:(?:de|del|della|dei|da|do|das|dos|du|des|la|las|los|el|le|les|sw\.|\u015bw\.|gen\.)[ ]){{0,3}}{_W}(?: (?:de |del |la |da |i )?{_W}){{0,3}}"
            rf",? (?:n\.?[\u00bao\u00b0]\.? ?|\u0434\.? ?|No\.? ?)?{_NUMBER}\b(?:,? (?:m|kv|\u043a\u0432|piso|lok)\.? ?\d{{1,4}})?" + _POSTCODE_CITY,
            # 8011 Z\u00fcrich, 00-950 Warszawa, 75008 Paris after a comma or at a line's start
            rf"(?:(?<=, )|(?<=\n))(?:[A-Z]{{1,2}}-)?(?:\d{{2}}-\d{{3}}|\d{{4,5}}) {_W}(?:[ -]{_W}){{0,2}}",
            # SW1A 2AA
            r"\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b",
        )
    )
)  # fmt: skip


def find_streets(text: str) -> Iterator[Span]:
    """Yield addresses by the forms that streets have in many languages."""
    if any(map(str.isdigit, text)):
        for match in _STREETS.finditer(text):
            yield Span(*match.span(), Entity.LOCATION, LIKELY_SCORE, RECOGNIZER)
