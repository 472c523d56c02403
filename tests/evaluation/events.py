"""JSON events as backends send them: with keys that tell what they hold, and with keys that do not."""

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

from tests.evaluation.drafts import Document, Draft, Sentence, chosen, spelled_as_is
from tests.evaluation.people import LANGUAGES, People, Person

COUNT = 400

# How developers who write in a language name the facts about a person.
KEYS = {
    "en": "first_name last_name full_name email username phone street city postal_code date_of_birth ssn card_number "
    "iban ip_address",
    "de": "vorname nachname vollname email benutzername telefon strasse ort plz geburtsdatum "
    "rentenversicherungsnummer kartennummer iban ip_adresse",
    "fr": "prenom nom nom_complet courriel identifiant telephone rue ville code_postal date_naissance numero_secu "
    "numero_carte iban adresse_ip",
    "es": "nombre apellidos nombre_completo correo usuario telefono calle ciudad codigo_postal fecha_nacimiento dni "
    "numero_tarjeta iban direccion_ip",
    "pl": "imie nazwisko imie_nazwisko email login telefon ulica miasto kod_pocztowy data_urodzenia pesel numer_karty "
    "iban adres_ip",
    "it": "nome cognome nome_completo email nome_utente telefono via citta cap data_nascita codice_fiscale "
    "numero_carta iban indirizzo_ip",
    "pt": "nome sobrenome nome_completo email usuario telefone rua cidade cep data_nascimento cpf numero_cartao iban "
    "endereco_ip",
    "nl": "voornaam achternaam volledige_naam email gebruikersnaam telefoon straat woonplaats postcode geboortedatum "
    "bsn kaartnummer iban ip_adres",
}
# Other developers name them otherwise.
OTHER_KEYS = {
    "en": "given_name surname display_name email_address login mobile address_line1 town zip dob "
    "national_id pan_number account_iban client_ip",
    "de": "rufname familienname kundenname mailadresse anmeldename handynummer anschrift wohnort postleitzahl "
    "geb_datum sv_nummer kreditkartennummer konto_iban client_ip",
    "fr": "prenom nom_de_famille titulaire mail pseudo portable adresse commune cp ne_le num_secu carte_bancaire "
    "compte_iban ip_client",
    "es": "nombre primer_apellido titular correo_electronico nombre_usuario movil direccion localidad cp f_nacimiento "
    "documento_identidad tarjeta_credito cuenta_iban ip_cliente",
    "pl": "imie nazwisko_rodowe odbiorca adres_email nazwa_uzytkownika nr_telefonu adres_zamieszkania miejscowosc "
    "kod_pocztowy data_ur numer_pesel karta_kredytowa konto_iban ip_klienta",
    "it": "nome cognome intestatario posta_elettronica utente cellulare indirizzo comune cap nato_il cod_fiscale "
    "carta_di_credito conto_iban ip_cliente",
    "pt": "primeiro_nome apelido titular correio_eletronico nome_utilizador telemovel morada localidade codigo_postal "
    "dt_nasc numero_cpf cartao_credito conta_iban ip_cliente",
    "nl": "roepnaam familienaam rekeninghouder mailadres inlognaam mobiel adres plaats pc geb_datum "
    "burgerservicenummer creditcardnummer rekening_iban client_ip",
}
FACTS = "first last name email username phone street city postcode birthday national_id card iban ip".split()  # noqa: SIM905 - beside KEYS.

_HOLDERS = ("user", "customer", "traits", "client", "data", "patient", "account_holder", "kunde")
_KINDS = ("signup.completed", "order_paid", "Ticket Opened", "profile.updated", "login", "subscription_renewed")
_STATUSES = ("ok", "pending", "retry", "archived", "active")
_PRODUCTS = ("Desk lamp, oak", "USB-C cable 2 m", "Espresso beans 1 kg", "Annual plan", "Winter tyre 205/55 R16")
_NOTES = (
    "Parcel left at the pick-up point after the second attempt.",
    "Refund approved, amount back within five working days.",
    "Version 4.2.1 crashes when the export exceeds 10000 rows.",
    "No reply since the last reminder; closing the case.",
)
_CALLS = (
    "{name} called from {phone} about the invoice.",
    "Please write to {email} and ask for {first}.",
    "Moved to {street}, {postcode} {city}.",
    "Card {card} was declined twice for {name}.",
)


def telling(seed: int = 1, count: int = COUNT) -> Iterator[Document]:
    """Yield events whose keys tell."""
    return _events("event-telling", seed, count, _person_telling)


def otherwise(seed: int = 9, count: int = COUNT) -> Iterator[Document]:
    """Yield events whose keys tell in other words, some of them one object deeper."""
    return _events("event-otherwise", seed, count, _person_otherwise)


def renamed(seed: int = 2, count: int = COUNT) -> Iterator[Document]:
    """Yield events whose keys are numbered, shortened or gone, some with running text."""
    return _events("event-renamed", seed, count, _person_renamed)


def all_renamed(seed: int = 8, count: int = COUNT) -> Iterator[Document]:
    """Yield events in which no field tells anything, not even those about things."""
    people = People(seed)
    dice = people.dice
    for number in range(count):
        person = people.person(chosen(dice, *LANGUAGES))
        told = person.told()
        event = _around(dice, number) | {fact: told[fact] for fact in _facts(dice)}
        draft = Draft()
        draft.write(_nameless(dice, event), spelled_as_is if dice.getrandbits(1) else json.dumps)
        yield draft.document(f"event-dark-{number}", "en")


def _nameless(dice: random.Random, value: Any) -> Any:
    """Return an event with its names taken away at every depth, its values in another order."""
    if not isinstance(value, dict):
        return value
    pattern = chosen(dice, "c{n}", "a_{n}", "field{n}", "x{n}y")
    members = list(value.values())
    dice.shuffle(members)
    return {pattern.format(n=number): _nameless(dice, member) for number, member in enumerate(members)}


Shape = Callable[[random.Random, Person, str], Any]


def _events(name: str, seed: int, count: int, shape: Shape) -> Iterator[Document]:
    people = People(seed)
    dice = people.dice
    for number in range(count):
        language = chosen(dice, *LANGUAGES)
        person = people.person(language)
        draft = Draft()
        holder = chosen(dice, "d", "obj", "blk2", "payload") if shape is _person_renamed else chosen(dice, *_HOLDERS)
        body = _around(dice, number) | {holder: shape(dice, person, language)}
        draft.write(body, spelled_as_is if dice.getrandbits(1) else json.dumps)
        yield draft.document(f"{name}-{number}", language)


def _around(dice: random.Random, number: int) -> dict[str, Any]:
    """Return what an event says beside the person."""
    every: dict[str, Any] = {
        "id": f"evt_{dice.getrandbits(64):016x}",
        "type": chosen(dice, *_KINDS),
        "timestamp": f"2025-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}T{dice.randint(0, 23):02}:15:42.118Z",
        "version": f"{dice.randint(1, 9)}.{dice.randint(0, 20)}.{dice.randint(0, 9)}",
        "sequence": number,
        "status": chosen(dice, *_STATUSES),
        "order": {"sku": f"TX-{dice.randint(100, 999)}", "title": chosen(dice, *_PRODUCTS), "quantity": 2},
        "amount": round(dice.uniform(1, 900), 2),
        "trace": f"{dice.getrandbits(128):032x}",
        "remark": chosen(dice, *_NOTES),
        "flags": [True, False, None],
    }
    return {key: value for key, value in every.items() if dice.random() < 0.8}


def _facts(dice: random.Random) -> list[str]:
    return sorted(dice.sample(FACTS, dice.randint(5, 10)), key=FACTS.index)


def _person_telling(dice: random.Random, person: Person, language: str) -> dict[str, Any]:
    keys = dict(zip(FACTS, KEYS[language].split(), strict=True))
    return _styled(dice, person, keys)


def _person_otherwise(dice: random.Random, person: Person, language: str) -> dict[str, Any]:
    """Return a person under other names, whose address and payment are objects of their own."""
    keys = dict(zip(FACTS, OTHER_KEYS[language].split(), strict=True))
    members = _styled(dice, person, keys)
    names = list(members)
    apart = {name: members.pop(name) for name in names[len(names) // 2 :] if dice.getrandbits(1)}
    return members | {chosen(dice, "profile", "contact", "billing", "details"): apart}


def _styled(dice: random.Random, person: Person, keys: dict[str, str]) -> dict[str, Any]:
    style = _STYLES[dice.randrange(len(_STYLES))]
    told = person.told()
    return {style(keys[fact]): told[fact] for fact in _facts(dice)} | {"plan": "pro", "visits": dice.randint(1, 90)}


def _person_renamed(dice: random.Random, person: Person, language: str) -> Any:
    del language
    told, facts = person.told(), _facts(dice)
    match dice.randrange(4):
        case 0:
            return {f"c{number}": told[fact] for number, fact in enumerate(facts, 1)}
        case 1:
            return [told[fact] for fact in facts]
        case 2:
            return [{"k": dice.randint(100, 999), "v": told[fact]} for fact in facts]
        case _:
            values = {f"attr_{fact[0]}{number}": told[fact] for number, fact in enumerate(facts[:4])}
            return values | {"remark": Sentence(chosen(dice, *_CALLS), told)}


def _camel(key: str) -> str:
    head, *rest = key.split("_")
    return head + "".join(word.capitalize() for word in rest)


def _kebab(key: str) -> str:
    return key.replace("_", "-")


_STYLES: tuple[Callable[[str], str], ...] = (str, _camel, _kebab)
