"""What is true of every kind of personal data: what it is, how much care it asks for, what hides it."""

from dataclasses import dataclass
from enum import StrEnum

from classifier.entities.kinds import Entity


class Group(StrEnum):
    """Name a family of entities that a reader thinks of together."""

    IDENTITY = "identity"
    CONTACT = "contact"
    FINANCIAL = "financial"
    GOVERNMENT = "government"
    HEALTH = "health"
    ONLINE = "online"
    CREDENTIAL = "credential"


class Colour(StrEnum):
    """Say how much care a kind of data asks for.

    Red tells who somebody is, or is protected by law of its own; yellow helps to tell; green hardly does.
    """

    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"


@dataclass(frozen=True, slots=True)
class EntityInfo:
    """Describe an entity to people and to policies; `operator` is what hides it by default.

    What is `part_of` another entity is treated as that one wherever a policy does not name it.
    """

    description: str
    group: Group
    colour: Colour
    operator: str
    examples: tuple[str, ...]
    part_of: Entity | None = None


def _kind(
    description: str, group: Group, colour: Colour, operator: str, *examples: str, of: Entity | None = None
) -> EntityInfo:
    return EntityInfo(description, group, colour, operator, examples, of)


def _id(description: str, *examples: str) -> EntityInfo:
    return EntityInfo(description, Group.GOVERNMENT, Colour.RED, "shape", examples)


_IDENTITY, _CONTACT, _MONEY, _STATE = Group.IDENTITY, Group.CONTACT, Group.FINANCIAL, Group.GOVERNMENT
_ONLINE, _HEALTH, _KEY = Group.ONLINE, Group.HEALTH, Group.CREDENTIAL
_RED, _YELLOW, _GREEN = Colour.RED, Colour.YELLOW, Colour.GREEN


# One line an entity; the examples are invented or published for documentation.
ENTITIES: dict[Entity, EntityInfo] = {
    Entity.PERSON: _kind("Name of a person", _IDENTITY, _RED, "replace", "Alice Liddell"),
    Entity.GIVEN_NAME: _kind("Given name", _IDENTITY, _RED, "replace", "Alice", of=Entity.PERSON),
    Entity.FAMILY_NAME: _kind("Family name", _IDENTITY, _RED, "replace", "Liddell", of=Entity.PERSON),
    Entity.MEDICAL_PROFESSIONAL: _kind(
        "Doctor or nurse", _IDENTITY, _YELLOW, "replace", "Dr. Jekyll", of=Entity.PERSON
    ),
    Entity.USERNAME: _kind("Login or handle", _ONLINE, _RED, "replace", "alice_l"),
    Entity.EMAIL_ADDRESS: _kind("E-mail address", _CONTACT, _RED, "replace", "alice@example.com"),
    Entity.PHONE_NUMBER: _kind("Phone or fax number", _CONTACT, _RED, "shape", "+1 415 555 0132"),
    Entity.LOCATION: _kind("Place or address, or a part of one", _CONTACT, _RED, "replace", "Main Street, Springfield"),
    Entity.STREET_ADDRESS: _kind("Street and number", _CONTACT, _RED, "replace", "12 Main Street", of=Entity.LOCATION),
    Entity.POSTCODE: _kind("Postcode", _CONTACT, _YELLOW, "replace", "OX1 2JD", of=Entity.LOCATION),
    Entity.CITY: _kind("Town or city", _CONTACT, _YELLOW, "replace", "Oxford", of=Entity.LOCATION),
    Entity.STATE: _kind("State, province or region", _CONTACT, _GREEN, "replace", "Bavaria", of=Entity.LOCATION),
    Entity.COUNTRY: _kind("Country", _CONTACT, _GREEN, "replace", "Denmark", of=Entity.LOCATION),
    Entity.COORDINATES: _kind("Coordinates", _CONTACT, _RED, "replace", "51.75202, -1.25773", of=Entity.LOCATION),
    Entity.ORGANIZATION: _kind("Company, school or authority", _CONTACT, _YELLOW, "replace", "Wonderland Ltd"),
    Entity.DATE_OF_BIRTH: _kind("Date of birth", _IDENTITY, _RED, "shape", "1970-01-31"),
    Entity.AGE: _kind("Age of a person", _IDENTITY, _YELLOW, "replace", "42"),
    Entity.GENDER: _kind("Gender or sex", _IDENTITY, _YELLOW, "replace", "female"),
    Entity.MARITAL_STATUS: _kind("Marital status", _IDENTITY, _YELLOW, "replace", "divorced"),
    Entity.NRP: _kind("Nationality, religion or party", _IDENTITY, _RED, "replace", "Danish"),
    Entity.NATIONALITY: _kind("Nationality or citizenship", _IDENTITY, _YELLOW, "replace", "Danish", of=Entity.NRP),
    Entity.ETHNICITY: _kind("Ethnic origin", _IDENTITY, _RED, "replace", "Sami", of=Entity.NRP),
    Entity.RELIGION: _kind("Religion or belief", _IDENTITY, _RED, "replace", "Buddhist", of=Entity.NRP),
    Entity.POLITICAL_OPINION: _kind("Political opinion or union", _IDENTITY, _RED, "replace", "liberal", of=Entity.NRP),
    Entity.SEXUAL_ORIENTATION: _kind("Sexual orientation", _IDENTITY, _RED, "replace", "heterosexual", of=Entity.NRP),
    Entity.BIOMETRIC: _kind("Fingerprint, face, voice", _IDENTITY, _RED, "redact", "face template"),
    Entity.OCCUPATION: _kind("Job or profession", _IDENTITY, _GREEN, "replace", "botanist"),
    Entity.SALARY: _kind("Salary or income", _MONEY, _RED, "shape", "85,000 EUR"),
    Entity.CREDIT_CARD: _kind("Payment card number", _MONEY, _RED, "shape", "4111 1111 1111 1111"),
    Entity.CARD_EXPIRATION: _kind("Expiry of a card", _MONEY, _YELLOW, "shape", "12/29"),
    Entity.CARD_CODE: _kind("Security code of a card", _MONEY, _RED, "redact", "737"),
    Entity.IBAN_CODE: _kind("International bank account", _MONEY, _RED, "shape", "GB82 WEST 1234 5698 7654 32"),
    Entity.BANK_ACCOUNT: _kind("Bank account number", _MONEY, _RED, "shape", "000123456789"),
    Entity.BANK_CODE: _kind("BIC, sort code or bank code", _MONEY, _YELLOW, "shape", "DEUTDEFF"),
    Entity.ABA_ROUTING_NUMBER: _kind("US routing number", _MONEY, _YELLOW, "shape", "021000021", of=Entity.BANK_CODE),
    Entity.CRYPTO: _kind("Wallet of a cryptocurrency", _MONEY, _RED, "shape", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT"),
    Entity.IP_ADDRESS: _kind("IPv4 or IPv6 address", _ONLINE, _YELLOW, "replace", "203.0.113.77", "2001:db8::7"),
    Entity.MAC_ADDRESS: _kind("Hardware address", _ONLINE, _YELLOW, "replace", "00:1b:44:11:3a:b7"),
    Entity.DEVICE_ID: _kind("Device id", _ONLINE, _YELLOW, "replace", "9774d56d682e549c"),
    Entity.IMEI: _kind("Number of a phone or SIM", _ONLINE, _RED, "shape", "490154203237518", of=Entity.DEVICE_ID),
    Entity.ADVERTISING_ID: _kind(
        "Advertising id", _ONLINE, _YELLOW, "replace", "38400000-8cf0-11bd-b23e", of=Entity.DEVICE_ID
    ),
    Entity.SESSION_ID: _kind("Session id or cookie", _KEY, _RED, "redact", "JSESSIONID=5A2B77F9"),
    Entity.URL: _kind("Personal part of a URL", _ONLINE, _RED, "replace", "https://user:word@example.com/"),
    Entity.PASSWORD: _kind("Password", _KEY, _RED, "redact", "correct horse"),
    Entity.SECRET: _kind("API key, token or private key", _KEY, _RED, "redact", "AKIAIOSFODNN7EXAMPLE"),
    Entity.NATIONAL_ID: _kind("National id of any country", _STATE, _RED, "shape", "AB1234567"),
    Entity.TAX_ID: _kind("Tax number of any country", _STATE, _RED, "shape", "12/345/67890"),
    Entity.PASSPORT: _kind("Passport number", _STATE, _RED, "shape", "C01X00T47"),
    Entity.US_PASSPORT: _kind("US passport number", _STATE, _RED, "shape", "A12345678", of=Entity.PASSPORT),
    Entity.DRIVER_LICENSE: _kind("Driving licence number", _STATE, _RED, "shape", "D123-4567-8901"),
    Entity.MEDICAL_RECORD: _kind("Number of a patient", _HEALTH, _RED, "shape", "MRN 0012345"),
    Entity.HEALTH_INSURANCE: _kind("Number of an insured person", _HEALTH, _RED, "shape", "A123456780"),
    Entity.HEALTH_CONDITION: _kind("Diagnosis or condition", _HEALTH, _RED, "replace", "hypertension"),
    Entity.DRUG: _kind("Medication", _HEALTH, _RED, "replace", "ibuprofen"),
    Entity.MEDICAL_LICENSE: _kind("Licence of a doctor or nurse", _HEALTH, _YELLOW, "shape", "AB1234563"),
    Entity.LICENSE_PLATE: _kind("Vehicle plate", _IDENTITY, _RED, "shape", "B-XY 1234"),
    Entity.VIN: _kind("Vehicle identification", _IDENTITY, _RED, "shape", "1M8GDM9AXKP042788"),
    Entity.PERSONAL_ID: _kind("Customer, member or employee number", _IDENTITY, _YELLOW, "shape", "KD-4711-22"),
    Entity.CUSTOM: _kind("What a matcher of the workspace finds", _IDENTITY, _RED, "replace", "Project Falcon"),
    Entity.US_SSN: _id("US Social Security number", "123-45-6789"),
    Entity.US_ITIN: _id("US taxpayer number", "912-90-3456"),
    Entity.US_EIN: _id("US employer number", "91-1144442"),
    Entity.US_NPI: _id("US health provider number", "1234567893"),
    Entity.US_MBI: _id("US Medicare number", "1EG4-TE5-MK73"),
    Entity.AD_NRT: _id("Andorran tax number", "U-132950-X"),
    Entity.AL_NIPT: _id("Albanian tax number", "J91402501L"),
    Entity.AR_CUIT: _id("Argentine tax number", "20-05536168-2"),
    Entity.AR_DNI: _id("Argentine national id", "20.123.456"),
    Entity.AT_SSN: _id("Austrian insurance number", "1237 010180"),
    Entity.AT_TIN: _id("Austrian tax number", "59-119/9013"),
    Entity.AU_ABN: _id("Australian business number", "83 914 571 673"),
    Entity.AU_MEDICARE: _id("Australian Medicare number", "2123 45670 1"),
    Entity.AU_TFN: _id("Australian tax file number", "123 456 782"),
    Entity.AZ_VOEN: _id("Azerbaijani tax number", "140 155 5071"),
    Entity.BE_NN: _id("Belgian national number", "85.07.30-033.28"),
    Entity.BG_EGN: _id("Bulgarian national number", "7523169263"),
    Entity.BR_CNPJ: _id("Brazilian company number", "16.727.230/0001-97"),
    Entity.BR_CPF: _id("Brazilian taxpayer number", "390.533.447-05"),
    Entity.BY_UNP: _id("Belarusian payer number", "200988541"),
    Entity.CA_SIN: _id("Canadian social insurance number", "123-456-782"),
    Entity.CH_AHV: _id("Swiss social security number", "756.9217.0769.85"),
    Entity.CL_RUT: _id("Chilean national number", "12.531.909-2"),
    Entity.CN_RIC: _id("Chinese resident id", "360426199101010071"),
    Entity.CO_NIT: _id("Colombian tax number", "213.123.432-1"),
    Entity.CR_CPF: _id("Costa Rican id", "3-0455-0175"),
    Entity.CU_NI: _id("Cuban identity number", "91021527775"),
    Entity.CZ_RC: _id("Czech birth number", "710319/2745"),
    Entity.DE_ID_CARD: _id("German identity card", "T220001293"),
    Entity.DE_SOCIAL_SECURITY: _id("German pension insurance number", "15 070649 C 103"),
    Entity.DE_TAX_ID: _id("German tax id", "36 574 261 809"),
    Entity.DE_TAX_NUMBER: _id("German tax number", "181/815/08155"),
    Entity.DK_CPR: _id("Danish civil registration number", "211062-5629"),
    Entity.DO_CEDULA: _id("Dominican identity card", "001-1391820-5"),
    Entity.DZ_NIF: _id("Algerian tax number", "416001000000007"),
    Entity.EC_CI: _id("Ecuadorian identity card", "171430710-3"),
    Entity.EE_IK: _id("Estonian personal code", "36805280109"),
    Entity.EG_TN: _id("Egyptian tax number", "100-531-385"),
    Entity.ES_NIE: _id("Spanish id of a foreigner", "X2482300W"),
    Entity.ES_NIF: _id("Spanish tax id", "54362315K"),
    Entity.ES_NSS: _id("Spanish social security number", "28/12345678/40"),
    Entity.FI_PERSONAL_IDENTITY_CODE: _id("Finnish personal code", "131052-308T"),
    Entity.FR_NIF: _id("French tax number", "07 01 987 765 493"),
    Entity.FR_NIR: _id("French social security number", "2 95 10 99 126 111 93"),
    Entity.GH_TIN: _id("Ghanaian tax number", "C0000803561"),
    Entity.GR_AMKA: _id("Greek social security number", "01013099997"),
    Entity.GT_NIT: _id("Guatemalan tax number", "576937-K"),
    Entity.HK_HKID: _id("Hong Kong identity card", "A123456(3)"),
    Entity.HR_OIB: _id("Croatian personal number", "33392005961"),
    Entity.HU_TAJ: _id("Hungarian insurance number", "111 111 110"),
    Entity.HU_TAX_ID: _id("Hungarian tax number", "8071592153"),
    Entity.ID_NIK: _id("Indonesian identity number", "3171011708450001"),
    Entity.IE_PPS: _id("Irish public service number", "6433435F"),
    Entity.IL_ID: _id("Israeli identity number", "3933742-3"),
    Entity.IN_AADHAAR: _id("Indian Aadhaar number", "2341 2341 2346"),
    Entity.IN_GSTIN: _id("Indian goods and services tax number", "27AAPFU0939F1ZV"),
    Entity.IN_PAN: _id("Indian permanent account number", "ACUPA7085R"),
    Entity.IN_VOTER: _id("Indian voter id", "WKH1186253"),
    Entity.IS_KENNITALA: _id("Icelandic identity number", "450401-3150"),
    Entity.IT_FISCAL_CODE: _id("Italian fiscal code", "RCCMNL83S18D969H"),
    Entity.IT_VAT_CODE: _id("Italian VAT number", "IT00743110157"),
    Entity.JP_MY_NUMBER: _id("Japanese individual number", "6214 9832 0257"),
    Entity.KE_PIN: _id("Kenyan tax number", "P051365947M"),
    Entity.KR_RRN: _id("Korean resident number", "971013-9019902"),
    Entity.KZ_IIN: _id("Kazakh individual number", "880101300010"),
    Entity.LT_ASMENS: _id("Lithuanian personal code", "33309240064"),
    Entity.LV_PK: _id("Latvian personal code", "161175-19997"),
    Entity.MD_IDNO: _id("Moldovan number", "1008600038413"),
    Entity.MK_EDB: _id("Macedonian tax number", "4020990116747"),
    Entity.MU_NID: _id("Mauritian national id", "J2802851203212"),
    Entity.MX_CURP: _id("Mexican population code", "BOXW310820HNERXN09"),
    Entity.MX_RFC: _id("Mexican tax number", "GODE 561231 GR8"),
    Entity.MY_NRIC: _id("Malaysian identity card", "770305-02-1234"),
    Entity.NG_NIN: _id("Nigerian identity number", "12345678901"),
    Entity.NL_BSN: _id("Dutch citizen service number", "111222333"),
    Entity.NO_FODSELSNUMMER: _id("Norwegian birth number", "151086 95088"),
    Entity.NZ_IRD: _id("New Zealand tax number", "49-098-576"),
    Entity.PE_DNI: _id("Peruvian identity number", "10117410-2"),
    Entity.PE_RUC: _id("Peruvian tax number", "20512333797"),
    Entity.PH_UMID: _id("Philippine identity number", "1234-5678901-2"),
    Entity.PK_CNIC: _id("Pakistani identity card", "34201-0891231-8"),
    Entity.PL_ID_CARD: _id("Polish identity card", "ABA300000"),
    Entity.PL_NIP: _id("Polish tax number", "856-734-62-15"),
    Entity.PL_PESEL: _id("Polish national number", "44051401359"),
    Entity.PL_REGON: _id("Polish company number", "192598184"),
    Entity.PT_CC: _id("Portuguese citizen card", "00000000 0 ZZ4"),
    Entity.PT_NIF: _id("Portuguese tax number", "501964843"),
    Entity.PY_RUC: _id("Paraguayan tax number", "80028061-0"),
    Entity.RO_CNP: _id("Romanian personal code", "1630615123457"),
    Entity.RS_JMBG: _id("Personal number of the former Yugoslavia", "0101006500006"),
    Entity.RU_INN: _id("Russian tax number", "500100732259"),
    Entity.RU_SNILS: _id("Russian insurance number", "112-233-445 95"),
    Entity.SE_ORGANISATIONSNUMMER: _id("Swedish organisation number", "556036-0793"),
    Entity.SE_PERSONNUMMER: _id("Swedish personal number", "880320-0016"),
    Entity.SG_NRIC_FIN: _id("Singaporean identity number", "S0000001I"),
    Entity.SG_UEN: _id("Singaporean entity number", "00192200M"),
    Entity.SM_COE: _id("San Marino operator code", "24165"),
    Entity.SN_NINEA: _id("Senegalese number", "30672212G2"),
    Entity.SV_NIT: _id("Salvadoran tax number", "0614-050707-104-8"),
    Entity.TH_TNIN: _id("Thai national number", "1-2345-45678-78-1"),
    Entity.TN_MF: _id("Tunisian tax number", "1234567/M/A/E/001"),
    Entity.TR_NATIONAL_ID: _id("Turkish identity number", "17291716060"),
    Entity.TW_NATIONAL_ID: _id("Taiwanese identity number", "A123456789"),
    Entity.UA_RNTRC: _id("Ukrainian taxpayer number", "1759013776"),
    Entity.UK_NHS: _id("UK health service number", "943 476 5870"),
    Entity.UK_NINO: _id("UK national insurance number", "QQ 12 34 56 C"),
    Entity.UK_UTR: _id("UK taxpayer reference", "1955839661"),
    Entity.UY_RUT: _id("Uruguayan tax number", "21-100342-001-7"),
    Entity.VE_RIF: _id("Venezuelan fiscal number", "V-11470283-4"),
    Entity.VN_MST: _id("Vietnamese tax number", "0100233488"),
    Entity.ZA_ID: _id("South African id", "7503305044089"),
    Entity.ZA_TIN: _id("South African tax number", "0001339050"),
}
