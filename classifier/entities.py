"""Every kind of personal data the classifier knows, with what is true of each."""

from dataclasses import dataclass
from enum import StrEnum


class Entity(StrEnum):
    """Name a kind of personal data, as Presidio does where it has a name."""

    PERSON = "PERSON"
    USERNAME = "USERNAME"
    EMAIL_ADDRESS = "EMAIL_ADDRESS"
    PHONE_NUMBER = "PHONE_NUMBER"
    LOCATION = "LOCATION"
    ORGANIZATION = "ORGANIZATION"
    DATE_OF_BIRTH = "DATE_OF_BIRTH"
    AGE = "AGE"
    GENDER = "GENDER"
    NRP = "NRP"
    CREDIT_CARD = "CREDIT_CARD"
    CARD_CODE = "CARD_CODE"
    IBAN_CODE = "IBAN_CODE"
    BANK_ACCOUNT = "BANK_ACCOUNT"
    IP_ADDRESS = "IP_ADDRESS"
    MAC_ADDRESS = "MAC_ADDRESS"
    DEVICE_ID = "DEVICE_ID"
    URL = "URL"
    PASSWORD = "PASSWORD"  # noqa: S105 - the name of a kind, not a password.
    SECRET = "SECRET"  # noqa: S105 - the name of a kind, not a secret.
    NATIONAL_ID = "NATIONAL_ID"
    TAX_ID = "TAX_ID"
    PASSPORT = "PASSPORT"
    US_PASSPORT = "US_PASSPORT"
    DRIVER_LICENSE = "DRIVER_LICENSE"
    MEDICAL_RECORD = "MEDICAL_RECORD"
    LICENSE_PLATE = "LICENSE_PLATE"
    US_SSN = "US_SSN"
    US_ITIN = "US_ITIN"
    AU_TFN = "AU_TFN"
    BE_NN = "BE_NN"
    BR_CPF = "BR_CPF"
    CA_SIN = "CA_SIN"
    CH_AHV = "CH_AHV"
    CL_RUT = "CL_RUT"
    CN_RIC = "CN_RIC"
    CZ_RC = "CZ_RC"
    DE_TAX_ID = "DE_TAX_ID"
    DK_CPR = "DK_CPR"
    ES_NIE = "ES_NIE"
    ES_NIF = "ES_NIF"
    FI_HETU = "FI_HETU"
    FR_NIR = "FR_NIR"
    IN_AADHAAR = "IN_AADHAAR"
    IN_PAN = "IN_PAN"
    IT_FISCAL_CODE = "IT_FISCAL_CODE"
    KR_RRN = "KR_RRN"
    MX_CURP = "MX_CURP"
    NL_BSN = "NL_BSN"
    NO_FODSELSNUMMER = "NO_FODSELSNUMMER"
    PL_PESEL = "PL_PESEL"
    PT_NIF = "PT_NIF"
    SE_PERSONNUMMER = "SE_PERSONNUMMER"
    UK_NHS = "UK_NHS"
    UK_NINO = "UK_NINO"
    ZA_ID = "ZA_ID"


class Group(StrEnum):
    """Name a family of entities that a reader thinks of together."""

    IDENTITY = "identity"
    CONTACT = "contact"
    FINANCIAL = "financial"
    GOVERNMENT = "government"
    HEALTH = "health"
    ONLINE = "online"
    CREDENTIAL = "credential"


@dataclass(frozen=True, slots=True)
class EntityInfo:
    """Describe an entity to people and to policies; `operator` is what hides it by default."""

    description: str
    group: Group
    operator: str
    examples: tuple[str, ...]


def _id(description: str, *examples: str) -> EntityInfo:
    return EntityInfo(description, Group.GOVERNMENT, "shape", examples)


# One line an entity; the examples are invented or published for documentation.
ENTITIES: dict[Entity, EntityInfo] = {
    Entity.PERSON: EntityInfo("Name of a person", Group.IDENTITY, "replace", ("Alice Liddell",)),
    Entity.USERNAME: EntityInfo("Login or handle", Group.ONLINE, "replace", ("alice_l",)),
    Entity.EMAIL_ADDRESS: EntityInfo("E-mail address", Group.CONTACT, "replace", ("alice@example.com",)),
    Entity.PHONE_NUMBER: EntityInfo("Phone or fax number", Group.CONTACT, "shape", ("+1 415 555 0132",)),
    Entity.LOCATION: EntityInfo("Address or a part of one", Group.CONTACT, "replace", ("12 Main Street",)),
    Entity.ORGANIZATION: EntityInfo("Company or other organisation", Group.IDENTITY, "replace", ("Wonderland Ltd",)),
    Entity.DATE_OF_BIRTH: EntityInfo("Date of birth", Group.IDENTITY, "shape", ("1970-01-31",)),
    Entity.AGE: EntityInfo("Age of a person", Group.IDENTITY, "replace", ("42",)),
    Entity.GENDER: EntityInfo("Gender or sex", Group.IDENTITY, "replace", ("female",)),
    Entity.NRP: EntityInfo("Nationality, religion or political group", Group.IDENTITY, "replace", ("Danish",)),
    Entity.CREDIT_CARD: EntityInfo("Payment card number", Group.FINANCIAL, "shape", ("4111 1111 1111 1111",)),
    Entity.CARD_CODE: EntityInfo("Security code of a card", Group.FINANCIAL, "redact", ("737",)),
    Entity.IBAN_CODE: EntityInfo(
        "International bank account", Group.FINANCIAL, "shape", ("GB82 WEST 1234 5698 7654 32",)
    ),
    Entity.BANK_ACCOUNT: EntityInfo("Account or routing number", Group.FINANCIAL, "shape", ("000123456789",)),
    Entity.IP_ADDRESS: EntityInfo("IPv4 or IPv6 address", Group.ONLINE, "replace", ("203.0.113.77", "2001:db8::7")),
    Entity.MAC_ADDRESS: EntityInfo("Hardware address", Group.ONLINE, "replace", ("00:1b:44:11:3a:b7",)),
    Entity.DEVICE_ID: EntityInfo("Device or advertising id", Group.ONLINE, "replace", ("490154203237518",)),
    Entity.URL: EntityInfo("Credentials inside a URL", Group.ONLINE, "replace", ("https://user:word@example.com/",)),
    Entity.PASSWORD: EntityInfo("Password", Group.CREDENTIAL, "redact", ("correct horse",)),
    Entity.SECRET: EntityInfo("API key, token or private key", Group.CREDENTIAL, "redact", ("AKIAIOSFODNN7EXAMPLE",)),
    Entity.NATIONAL_ID: EntityInfo("National id of any country", Group.GOVERNMENT, "shape", ("AB1234567",)),
    Entity.TAX_ID: EntityInfo("Tax number of any country", Group.GOVERNMENT, "shape", ("12/345/67890",)),
    Entity.PASSPORT: EntityInfo("Passport number", Group.GOVERNMENT, "shape", ("C01X00T47",)),
    Entity.US_PASSPORT: EntityInfo("US passport number", Group.GOVERNMENT, "shape", ("A12345678",)),
    Entity.DRIVER_LICENSE: EntityInfo("Driving licence number", Group.GOVERNMENT, "shape", ("D123-4567-8901",)),
    Entity.MEDICAL_RECORD: EntityInfo("Patient or insurance number", Group.HEALTH, "shape", ("MRN 0012345",)),
    Entity.LICENSE_PLATE: EntityInfo("Vehicle plate or VIN", Group.IDENTITY, "shape", ("B-XY 1234",)),
    Entity.US_SSN: _id("US Social Security number", "123-45-6789"),
    Entity.US_ITIN: _id("US taxpayer number", "912-90-3456"),
    Entity.AU_TFN: _id("Australian tax file number", "123 456 782"),
    Entity.BE_NN: _id("Belgian national number", "85.07.30-033.28"),
    Entity.BR_CPF: _id("Brazilian taxpayer number", "390.533.447-05"),
    Entity.CA_SIN: _id("Canadian social insurance number", "123-456-782"),
    Entity.CH_AHV: _id("Swiss social security number", "756.9217.0769.85"),
    Entity.CL_RUT: _id("Chilean national number", "12.531.909-2"),
    Entity.CN_RIC: _id("Chinese resident id", "360426199101010071"),
    Entity.CZ_RC: _id("Czech birth number", "710319/2745"),
    Entity.DE_TAX_ID: _id("German tax id", "36 574 261 809"),
    Entity.DK_CPR: _id("Danish civil registration number", "211062-5629"),
    Entity.ES_NIE: _id("Spanish id of a foreigner", "X2482300W"),
    Entity.ES_NIF: _id("Spanish tax id", "54362315K"),
    Entity.FI_HETU: _id("Finnish personal code", "131052-308T"),
    Entity.FR_NIR: _id("French social security number", "2 95 10 99 126 111 93"),
    Entity.IN_AADHAAR: _id("Indian Aadhaar number", "2341 2341 2346"),
    Entity.IN_PAN: _id("Indian permanent account number", "ACUPA7085R"),
    Entity.IT_FISCAL_CODE: _id("Italian fiscal code", "RCCMNL83S18D969H"),
    Entity.KR_RRN: _id("Korean resident number", "971013-9019902"),
    Entity.MX_CURP: _id("Mexican population code", "BOXW310820HNERXN09"),
    Entity.NL_BSN: _id("Dutch citizen service number", "111222333"),
    Entity.NO_FODSELSNUMMER: _id("Norwegian birth number", "151086 95088"),
    Entity.PL_PESEL: _id("Polish national number", "44051401359"),
    Entity.PT_NIF: _id("Portuguese tax number", "501964843"),
    Entity.SE_PERSONNUMMER: _id("Swedish personal number", "880320-0016"),
    Entity.UK_NHS: _id("UK health service number", "943 476 5870"),
    Entity.UK_NINO: _id("UK national insurance number", "QQ 12 34 56 C"),
    Entity.ZA_ID: _id("South African id", "7503305044089"),
}
