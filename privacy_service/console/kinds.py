"""Kinds of personal data in the reader's language; national ids keep the names that their countries give them."""

import re
from collections.abc import Mapping

from django.utils.translation import get_language, gettext_lazy

from classifier import ENTITIES, Entity
from privacy_service.console.national import NATIONAL_IDS

_SHORT = {
    "IBAN_CODE": "IBAN",
    "URL": "URL",
    "IP_ADDRESS": "IP address",
    "MAC_ADDRESS": "MAC address",
    "ABA_ROUTING_NUMBER": "ABA routing number",
    "IMEI": "IMEI",
    "VIN": "VIN",
    "NRP": "Nationality, religion, party",
    "CUSTOM": "Rule of your own",
}
_COUNTRY = re.compile(r"[A-Z]{2}_")
# Of the names of national ids these are words; other short ones are abbreviations.
_WORDS = frozenset(("CARD", "CODE", "MY", "TAX", "VOTER"))
_LONGEST_ABBREVIATION = 5

# What the classifier says of each, so that a translation has something to go by; a test holds these to it.
DESCRIPTIONS: Mapping[str, object] = {
    "PERSON": gettext_lazy("Name of a person"),
    "GIVEN_NAME": gettext_lazy("Given name"),
    "FAMILY_NAME": gettext_lazy("Family name"),
    "MEDICAL_PROFESSIONAL": gettext_lazy("Doctor or nurse"),
    "USERNAME": gettext_lazy("Login or handle"),
    "EMAIL_ADDRESS": gettext_lazy("E-mail address"),
    "PHONE_NUMBER": gettext_lazy("Phone or fax number"),
    "LOCATION": gettext_lazy("Place or address, or a part of one"),
    "STREET_ADDRESS": gettext_lazy("Street and number"),
    "POSTCODE": gettext_lazy("Postcode"),
    "CITY": gettext_lazy("Town or city"),
    "STATE": gettext_lazy("State, province or region"),
    "COUNTRY": gettext_lazy("Country"),
    "COORDINATES": gettext_lazy("Coordinates"),
    "ORGANIZATION": gettext_lazy("Company, school or authority"),
    "DATE_OF_BIRTH": gettext_lazy("Date of birth"),
    "AGE": gettext_lazy("Age of a person"),
    "GENDER": gettext_lazy("Gender or sex"),
    "MARITAL_STATUS": gettext_lazy("Marital status"),
    "NRP": gettext_lazy("Nationality, religion or party"),
    "NATIONALITY": gettext_lazy("Nationality or citizenship"),
    "ETHNICITY": gettext_lazy("Ethnic origin"),
    "RELIGION": gettext_lazy("Religion or belief"),
    "POLITICAL_OPINION": gettext_lazy("Political opinion or union"),
    "SEXUAL_ORIENTATION": gettext_lazy("Sexual orientation"),
    "BIOMETRIC": gettext_lazy("Fingerprint, face, voice"),
    "OCCUPATION": gettext_lazy("Job or profession"),
    "SALARY": gettext_lazy("Salary or income"),
    "CREDIT_CARD": gettext_lazy("Payment card number"),
    "CARD_EXPIRATION": gettext_lazy("Expiry of a card"),
    "CARD_CODE": gettext_lazy("Security code of a card"),
    "IBAN_CODE": gettext_lazy("International bank account"),
    "BANK_ACCOUNT": gettext_lazy("Bank account number"),
    "BANK_CODE": gettext_lazy("BIC, sort code or bank code"),
    "ABA_ROUTING_NUMBER": gettext_lazy("US routing number"),
    "CRYPTO": gettext_lazy("Wallet of a cryptocurrency"),
    "IP_ADDRESS": gettext_lazy("IPv4 or IPv6 address"),
    "MAC_ADDRESS": gettext_lazy("Hardware address"),
    "DEVICE_ID": gettext_lazy("Device id"),
    "IMEI": gettext_lazy("Number of a phone or SIM"),
    "ADVERTISING_ID": gettext_lazy("Advertising id"),
    "SESSION_ID": gettext_lazy("Session id or cookie"),
    "URL": gettext_lazy("Personal part of a URL"),
    "PASSWORD": gettext_lazy("Password"),
    "SECRET": gettext_lazy("API key, token or private key"),
    "NATIONAL_ID": gettext_lazy("National id of any country"),
    "TAX_ID": gettext_lazy("Tax number of any country"),
    "PASSPORT": gettext_lazy("Passport number"),
    "DRIVER_LICENSE": gettext_lazy("Driving licence number"),
    "MEDICAL_RECORD": gettext_lazy("Number of a patient"),
    "HEALTH_INSURANCE": gettext_lazy("Number of an insured person"),
    "HEALTH_CONDITION": gettext_lazy("Diagnosis or condition"),
    "DRUG": gettext_lazy("Medication"),
    "MEDICAL_LICENSE": gettext_lazy("Licence of a doctor or nurse"),
    "LICENSE_PLATE": gettext_lazy("Vehicle plate"),
    "VIN": gettext_lazy("Vehicle identification"),
    "PERSONAL_ID": gettext_lazy("Customer, member or employee number"),
    "CUSTOM": gettext_lazy("What a matcher of the workspace finds"),
}


def kind_name(entity: str) -> str:
    """Write the name of a kind of personal data as people write words."""
    english = _SHORT.get(entity) or _of_country(entity) or entity.replace("_", " ").capitalize()
    return english if _in_english() or entity not in DESCRIPTIONS else str(DESCRIPTIONS[entity])


def _of_country(entity: str) -> str:
    """Write the name of a national id: `PL PESEL`, `DE Tax number`, `SE Personnummer`; nothing for other kinds."""
    if not _COUNTRY.match(entity):
        return ""
    country, *words = entity.split("_")
    is_word = (word in _WORDS or len(word) > _LONGEST_ABBREVIATION for word in words)
    said = " ".join(word.lower() if lower else word for word, lower in zip(words, is_word, strict=True))
    return f"{country} {said[0].upper()}{said[1:]}"


def kind_further(entity: str) -> str:
    """Say more of a kind: what it is, or its name in the API where what it is was said already."""
    if not _in_english():
        return str(NATIONAL_IDS.get(entity, entity))
    return ENTITIES[Entity(entity)].description


def _in_english() -> bool:
    return (get_language() or "en").startswith("en")
