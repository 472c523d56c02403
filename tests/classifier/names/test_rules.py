"""What the words beside a name tell, rule by rule: found, near misses, neighbours."""

# ruff: noqa: RUF001 - the scripts of the world are what these tables are about.

from collections.abc import Iterable

import pytest

from classifier.entities import Entity
from classifier.names.eastern_addresses import find_eastern_addresses
from classifier.names.evidence import beside_patterns, is_plausible, settled_entity
from classifier.names.rules import find_by_rules, find_companies
from classifier.names.scripts import find_in_scripts
from classifier.names.streets import find_streets
from classifier.names.tokens import tokens_of
from classifier.names.values import find_in_value
from classifier.spans import Span


def texts_of(text: str, spans: Iterable[Span]) -> list[str]:
    """Return what spans cover."""
    return [text[span.start : span.end] for span in spans]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mr. Brown", ["Brown"]),
        ("Frau von Bergen kommt", ["von Bergen"]),
        ("Dr. Li and Dr. Wu", ["Li", "Wu"]),
        ("Sra. de la Fuente llegó", ["de la Fuente"]),
        ("Dear Zinnia Quill,", ["Zinnia Quill"]),
        ("Dear Customer,", []),
        ("Hello World", []),
        ("my name is olu ade", ["olu ade"]),
        ("my name is on the list", []),
        ("this is the last call", []),
        ("Kind regards,\nZinnia Quill", ["Zinnia Quill"]),
        ("Kind regards,\nThe Support Team", []),
        ("thanks to everybody", []),
        ("write to @night_owl, not to a@b.co or @2024", ["@night_owl"]),
        ("@one @two", ["@one", "@two"]),
        ("npm i @types/node", []),
    ],
)
def test_words_beside_a_name_tell(text: str, expected: list[str]) -> None:
    assert texts_of(text, find_by_rules(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12 Main St", ["12 Main St"]),
        ("742 Evergreen Terrace, Springfield, OR 97477", ["742 Evergreen Terrace, Springfield, OR 97477"]),
        ("9 Elm Road, Apt 4B now", ["9 Elm Road, Apt 4B"]),
        ("Hauptstr. 5, 10115 Berlin", ["Hauptstr. 5, 10115 Berlin"]),
        ("Lange Straße 12 und Kurze Gasse 3", ["Lange Straße 12", "Kurze Gasse 3"]),
        ("10 rue de la Paix, 75002 Paris", ["10 rue de la Paix, 75002 Paris"]),
        ("Calle Mayor 10", ["Calle Mayor 10"]),
        ("ul. Długa 5, 00-238 Warszawa", ["ul. Długa 5, 00-238 Warszawa"]),
        ("Via Roma 1", ["Via Roma 1"]),
        ("Kerkstraat 12, 1017 Amsterdam", ["Kerkstraat 12, 1017 Amsterdam"]),
        ("улица Ленина 5", ["улица Ленина 5"]),
        ("send to SW1A 2AA today", ["SW1A 2AA"]),
        ("via HTTP 2", ["via HTTP 2"]),
        ("version 12 main street", []),
        ("chapter 5, page 10", []),
        ("Street food without a number", []),
    ],
)
def test_streets_are_known_by_their_forms(text: str, expected: list[str]) -> None:
    assert texts_of(text, find_streets(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Wonderland Ltd", ["Wonderland Ltd"]),
        ("from Brandt & Söhne GmbH in Köln", ["Brandt & Söhne GmbH"]),
        ("Zielona Łąka sp. z o.o.", ["Zielona Łąka sp. z o.o"]),
        ("Norden AB, Suden A/S", ["Norden AB", "Suden A/S"]),
        ("seen at Wonderland \nLtd today", ["Wonderland \nLtd"]),
        ("one Two Three Four Five Six Seven Ltd", ["Three Four Five Six Seven Ltd"]),
        ("3Wonderland & Ltd", ["Wonderland & Ltd"]),
        ("the company is limited", []),
        ("Ltd", []),
        ("S.A. or Inc", []),
    ],
)
def test_companies_are_known_by_their_legal_form(text: str, expected: list[str]) -> None:
    assert texts_of(text, find_companies(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我叫王小明，住在这里", ["王小明"]),
        ("王先生和李女士", ["王", "李"]),
        ("经理说明天开会", []),
        ("田中太郎様", ["田中太郎"]),
        ("山本さんと鈴木さん", ["山本", "鈴木"]),
        ("本日の会議", []),
        ("김민준 씨", ["김민준"]),
        ("내일 회의합니다", []),
        ("السيد محمد أحمد", ["محمد أحمد"]),
        ("تم الطلب", []),
        ("डॉ. राम कुमार", ["राम कुमार"]),
        ("Иван Петрович Сидоров", ["Иван Петрович Сидоров"]),
        ("Отправлено вчера", []),
    ],
)
def test_scripts_without_capitals_have_honorifics(text: str, expected: list[str]) -> None:
    found = dict.fromkeys(texts_of(text, find_in_scripts(text)))

    assert list(found) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Wonderland Ltd", Entity.ORGANIZATION),
        ("12 Rabbit Hole Lane", Entity.LOCATION),
        ("Emily Carter", Entity.PERSON),
        ("Berlin", Entity.LOCATION),
    ],
)
def test_a_value_of_few_words_is_read_by_lists_alone(value: str, expected: Entity) -> None:
    spans = find_in_value(value)

    assert spans is not None
    assert [(span.start, span.end, span.entity) for span in spans] == [(0, len(value), expected)]


@pytest.mark.parametrize(
    ("words", "entity", "expected"),
    [
        ("Emily Carter", Entity.PERSON, True),
        ("T2", Entity.PERSON, False),
        ("May", Entity.PERSON, False),
        ("A. B", Entity.PERSON, False),
        ("GmbH", Entity.ORGANIZATION, False),
        ("Acme GmbH", Entity.ORGANIZATION, True),
        ("A1B2C3D4", Entity.LOCATION, False),
        ("Order 12345678", Entity.LOCATION, False),
        ("Main Street 12", Entity.LOCATION, True),
        ("bridge cultures together", Entity.PERSON, False),
    ],
)
def test_a_guess_needs_evidence(words: str, entity: Entity, *, expected: bool) -> None:
    assert is_plausible(list(tokens_of(words)), entity) is expected


def test_a_company_that_lists_know_as_people_only_is_a_person() -> None:
    tokens = list(tokens_of("Emily Carter"))

    assert settled_entity(tokens, Entity.ORGANIZATION) is Entity.PERSON


@pytest.mark.parametrize(
    ("text", "entity", "expected"),
    [
        ("SSN 123-45-6789", Entity.LOCATION, []),
        ("12 Main St 123-45-6789 Boston", Entity.LOCATION, ["12 Main St ", " Boston"]),
        ("Anna 123-45-6789", Entity.PERSON, ["Anna 123-45-6789"]),
        ("in Boston", Entity.LOCATION, ["in Boston"]),
    ],
)
def test_a_guess_gives_way_to_a_pattern(text: str, entity: Entity, expected: list[str]) -> None:
    at = text.find("123-45-6789")
    patterns = [Span(at, at + 11, Entity.US_SSN, 0.95, "us_ssn")] if at >= 0 else []

    parts = beside_patterns(Span(0, len(text), entity, 0.55, "names-fast"), text, patterns)

    assert texts_of(text, parts) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("患者住北京市朝阳区建国路88号。", ["北京市朝阳区建国路88号"]),
        ("東京都新宿区西新宿2-8-1に住む", ["東京都新宿区西新宿2-8-1"]),
        ("서울시 강남구 테헤란로 152에 거주", ["서울시 강남구 테헤란로 152"]),
        ("市场部明天开会", []),
        ("北京市今天下雨", []),
    ],
)
def test_eastern_addresses_end_with_a_number(text: str, expected: list[str]) -> None:
    assert texts_of(text, find_eastern_addresses(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("with her husband Curtis and her sister (Joan)", ["Curtis", "Joan"]),
        ("Son fils Thibault nous a appelés", ["Thibault"]),
        ("Die Tochter, Anke Weiß, kommt", ["Anke Weiß"]),
        ("su hijo Álvaro. Vive en Madrid", ["Álvaro"]),
        ("her husband works, his son Friday", []),
        ("家属王芳，主治医生：李明。", ["王芳", "李明"]),
        ("до лікаря Ірини Коваль", ["Ірини Коваль"]),
    ],
)
def test_relations_and_trades_announce_names(text: str, expected: list[str]) -> None:
    assert texts_of(text, find_by_rules(text)) == expected
