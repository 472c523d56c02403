"""What the fast tier finds and leaves, language by language; what it does with odd, broken and hostile input."""

# ruff: noqa: RUF001 - the scripts of the world are what these tables are about.

import gc
import gzip
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from classifier.entities import Entity
from classifier.names import fast, gazetteers
from classifier.names.fast import SAMPLES, check_model, find_names
from classifier.names.model import Model, model
from classifier.names.tokens import tokens_of
from tests.classifier.names.reading import LOCATION, ORGANIZATION, PERSON, USERNAME, names_in

SENTENCES = [
    (
        "Dear Mr Harrison, the parcel for Emily Carter was left with Tom.",
        [(PERSON, "Harrison"), (PERSON, "Emily Carter"), (PERSON, "Tom")],
    ),
    ("my name is john miller and i need help", [(PERSON, "john miller")]),
    (
        "Sehr geehrte Frau Lindner, Ihr Termin bei Dr. Vogel ist am Montag.",
        [(PERSON, "Lindner"), (PERSON, "Vogel")],
    ),
    (
        "Je m'appelle Camille Rousseau et j'habite 12 rue des Lilas, 69003 Lyon.",
        [(PERSON, "Camille Rousseau"), (LOCATION, "12 rue des Lilas, 69003 Lyon")],
    ),
    ("Bonjour Madame Lefebvre, votre commande est prête.", [(PERSON, "Lefebvre")]),
    (
        "Me llamo Lucía Fernández y vivo en Calle Mayor 10, 28013 Madrid.",
        [(PERSON, "Lucía Fernández"), (LOCATION, "Calle Mayor 10, 28013 Madrid")],
    ),
    (
        "Mi chiamo Giulia Moretti e abito in Via Garibaldi 7, 20121 Milano.",
        [(PERSON, "Giulia Moretti"), (LOCATION, "Via Garibaldi 7, 20121 Milano")],
    ),
    ("Meu nome é João Pereira e moro em Lisboa.", [(PERSON, "João Pereira"), (LOCATION, "Lisboa")]),
    ("Mijn naam is Sanne de Vries en ik woon in Utrecht.", [(PERSON, "Sanne de Vries"), (LOCATION, "Utrecht")]),
    (
        "Nazywam się Katarzyna Wiśniewska i mieszkam przy ul. Długiej 5.",
        [(PERSON, "Katarzyna Wiśniewska"), (LOCATION, "ul. Długiej 5")],
    ),
    ("Umowę podpisano z Tomaszem Zielińskim.", [(PERSON, "Tomaszem Zielińskim")]),
    ("Pismo Joanny Pawłowskiej wpłynęło wczoraj.", [(PERSON, "Joanny Pawłowskiej")]),
    ("Pan Marek Zieliński nie odebrał przesyłki.", [(PERSON, "Marek Zieliński")]),
    ("Jag heter Astrid Lindqvist och bor i Uppsala.", [(PERSON, "Astrid Lindqvist"), (LOCATION, "Uppsala")]),
    ("Mit navn er Mads Sørensen fra Aarhus.", [(PERSON, "Mads Sørensen"), (LOCATION, "Aarhus")]),
    ("Jeg heter Ingrid Haugen.", [(PERSON, "Ingrid Haugen")]),
    ("Nimeni on Aino Korhonen.", [(PERSON, "Aino Korhonen")]),
    ("Volám sa Zuzana Kováčová.", [(PERSON, "Zuzana Kováčová")]),
    ("Mă numesc Andrei Popescu și locuiesc în Cluj.", [(PERSON, "Andrei Popescu"), (LOCATION, "Cluj")]),
    ("Zovem se Ivana Horvat.", [(PERSON, "Ivana Horvat")]),
    ("Tên tôi là Nguyễn Văn An.", [(PERSON, "Nguyễn Văn An")]),
    ("Mano vardas Jonas Kazlauskas.", [(PERSON, "Jonas Kazlauskas")]),
    ("Minu nimi on Kaarel Tamm.", [(PERSON, "Kaarel Tamm")]),
    ("Меня зовут Екатерина Смирнова, позвоните мне.", [(PERSON, "Екатерина Смирнова")]),
    ("Шановний Олександре Ковальчук, ваше замовлення готове.", [(PERSON, "Олександре Ковальчук")]),
    (
        "Με λένε Γιώργος Παπαδόπουλος και μένω στην Αθήνα.",
        [(PERSON, "Γιώργος Παπαδόπουλος"), (LOCATION, "Αθήνα")],
    ),
    ("Казвам се Георги Иванов.", [(PERSON, "Георги Иванов")]),
    ("اسمي محمد علي وأسكن في القاهرة.", [(PERSON, "محمد علي"), (LOCATION, "القاهرة")]),
    ("שמי דוד כהן ואני גר בחיפה.", [(PERSON, "דוד כהן")]),
    ("मेरा नाम राहुल शर्मा है।", [(PERSON, "राहुल शर्मा")]),
    ("श्रीमती सुनीता वर्मा को फोन करें।", [(PERSON, "सुनीता वर्मा")]),
    ("我叫王小明，住在这里。", [(PERSON, "王小明")]),
    ("请联系李娜女士。", [(PERSON, "李娜")]),
    ("田中太郎さんに連絡してください。", [(PERSON, "田中太郎")]),
    ("김민준 씨에게 전화해 주세요.", [(PERSON, "김민준")]),
    ("คุณสมชาย ใจดี โทรมาเมื่อวาน", [(PERSON, "สมชาย ใจดี")]),
    ("Mr Okonkwo and Mrs Adeyemi met in Lagos.", [(PERSON, "Okonkwo"), (PERSON, "Adeyemi"), (LOCATION, "Lagos")]),
    ("Please call Wei Zhang or Peng Yuqing about the visit.", [(PERSON, "Wei Zhang"), (PERSON, "Peng Yuqing")]),
    ("@night_owl thanks, see you with @Bea99", [(USERNAME, "@night_owl"), (USERNAME, "@Bea99")]),
    (
        "Deliver it to 742 Evergreen Terrace, Springfield, OR 97477 please.",
        [(LOCATION, "742 Evergreen Terrace, Springfield, OR 97477")],
    ),
    (
        "We sued Hartmann Logistics Inc. in Denver.",
        [(ORGANIZATION, "Hartmann Logistics Inc"), (LOCATION, "Denver")],
    ),
]


@pytest.mark.parametrize(("text", "expected"), SENTENCES)
def test_names_are_found_in_many_languages_and_scripts(text: str, expected: list[tuple[str, str]]) -> None:
    assert names_in(text) == expected


CLEAN = [
    "Restart the Kafka broker, then check the Grafana dashboard.",
    "The invoice was paid on Monday and the server was restarted in May.",
    "Der Vertrag endet im März, die Rechnung folgt am Freitag.",
    "SELECT name FROM users WHERE id = 42 AND status = 'ACTIVE'",
    "Diagnosis: type 2 diabetes, blood pressure normal, ibuprofen 400 mg.",
    "El paciente ingresa en urgencias con fiebre y dolor abdominal.",
    "2024-05-01T12:34:56Z WARN pool exhausted, retrying in 30 s",
    "Merge branch 'feature/login' into main",
    "Dear Customer,",
    "Hi all, please find the report attached.",
    "Mit freundlichen Grüßen",
    "Click Settings > Account > Privacy to change this.",
    "npm install --save-dev typescript@5.4.2",
    "blue / green / red",
    "Order Completed",
    "我们明天再看这个问题。",
    "注文は明日発送されます。",
    "내일 다시 확인해 주세요.",
    "Faktura nr 12 z dnia 3 maja została opłacona.",
    "How to Create a Tracking Plan",
    "Top Ten Tips for Faster Builds",
    "Espresso beans 1 kg",
]


@pytest.mark.parametrize("text", CLEAN)
def test_texts_about_nobody_stay_as_they_are(text: str) -> None:
    assert names_in(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("😀😀 Dear Emily Carter, hello", [(PERSON, "Emily Carter")]),
        ("Dear Jose\u0301 Garci\u0301a,", [(PERSON, "Jose\u0301 Garci\u0301a")]),
        ("\U0001d54f Mr Harrison called", [(PERSON, "Harrison")]),
        ("Dear\u00a0Emily Carter,", [(PERSON, "Emily Carter")]),
    ],
)
def test_offsets_count_code_points(text: str, expected: list[tuple[str, str]]) -> None:
    assert names_in(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dear Mr. J0hn Miller, please wait.", [(PERSON, "J0hn Miller")]),
        ("Please contact Sus4n Mil1er in L0ndon.", [(PERSON, "Sus4n Mil1er"), (LOCATION, "L0ndon")]),
        ("Use the H3llo W0rld page, node B0x1 and code A1B2C3.", []),
        ("The utf8 file, a 4K screen and an 80s song.", []),
    ],
)
def test_a_digit_read_for_a_letter_hides_no_name(text: str, expected: list[tuple[str, str]]) -> None:
    assert names_in(text) == expected


def test_each_text_of_a_batch_gets_its_own_names() -> None:
    found = find_names(["Dear Emily Carter,", "", "nothing here to see", "Call Tom Harrison now"])

    assert [[(span.start, span.end) for span in spans if span.recognizer == "names-fast"] for spans in found] == [
        [(5, 17)],
        [],
        [],
        [(5, 17)],
    ]


HOSTILE = {
    "capitalised words": "Xyzabc ",
    "names": "Anna Smith ",
    "commas": ",",
    "one word": "a",
    "one capital word": "A",
    "titles": "Mr ",
    "company endings": "Ltd ",
    "numbers": "12 Main ",
    "street words": "Via A ",
    "hyphens": "a-",
    "handles": "@a",
    "ideographs": "王",
    "line breaks": "\n",
}


def _seconds(text: str) -> float:
    # A collection of garbage walks whatever other tests have left, which takes longer than to read a text.
    gc.disable()
    try:
        started = time.process_time()
        find_names([text])
        return time.process_time() - started
    finally:
        gc.enable()


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE.keys())
def test_time_grows_with_the_length_and_no_faster(unit: str) -> None:
    short, long = unit * (8_000 // len(unit)), unit * (32_000 // len(unit))

    # Now and then the machine is half as fast for a while; what is slow by itself is so each time.
    fourfold = min(_seconds(long) / max(_seconds(short), 0.002) for _ in range(4))

    assert fourfold < 7


def test_a_megabyte_without_a_space_is_read_in_time() -> None:
    assert _seconds("A" * 1_000_000) < 5


def test_the_weights_pass_their_self_check() -> None:
    check_model()

    found = [[(span.start, span.end, span.entity) for span in find_names([text])[0]] for text, _ in SAMPLES]
    assert [set(spans) for spans in found] == [set(expected) for _, expected in SAMPLES]


def test_weights_that_find_nothing_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    blind = SimpleNamespace(names_near=lambda _tokens, **_least: ([], []))
    monkeypatch.setattr(fast, "model", lambda: blind)

    with pytest.raises(ValueError, match="self-check"):
        check_model()


@pytest.mark.parametrize("name", ["weights.txt.gz", "lists.txt.gz"])
def test_a_damaged_data_file_is_an_error(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = gzip.decompress((Path(gazetteers.__file__).parent / "data" / name).read_bytes())
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / name).write_bytes(gzip.compress(sound[:100] + b"?" + sound[101:]))
    monkeypatch.setattr(gazetteers, "files", lambda _package: tmp_path)

    with pytest.raises(ValueError, match=f"{name} is damaged"):
        gazetteers.read_data(name)


def test_the_files_of_the_tier_stay_small() -> None:
    sizes = {path.name: path.stat().st_size for path in (Path(gazetteers.__file__).parent / "data").iterdir()}

    assert {name for name, size in sizes.items() if size > 1_000_000} == set()
    assert sizes["weights.txt.gz"] < 300_000


def test_no_name_stays_in_memory() -> None:
    link = "https://example.com/people/zebulon-quixworthy/reports/of/this/year"
    find_names(["Dear Zebulon Quixworthy, the report is ready.", "Zebulon Quixworthy", f"The report is at {link}"])

    kept = [token.lower() for words in model()._words.values() for token in words]
    assert kept
    assert not any("zebulon" in token or "quix" in token for token in kept)


def test_the_model_at_work_adds_up_what_the_training_learned() -> None:
    tokens = [token.text for token in tokens_of("Please call Emily Carter in Boston.")]

    labels = model().label(tokens)

    assert labels == ["O", "O", "B-PER", "I-PER", "O", "B-LOC", "O"]
    assert isinstance(model(), Model)


def test_entities_of_names_are_known_to_policies() -> None:
    assert {Entity.PERSON, Entity.LOCATION, Entity.ORGANIZATION, Entity.USERNAME} <= set(Entity)
