"""How Private AI names what we find: one table of labels, one of their parents, one of its groups."""

from collections.abc import Mapping

from classifier import ENTITIES, REGULATIONS, Entity, Group

E = Entity

# What is a number of the state, and not in the table below, is one that identifies a person.
_OF_THE_STATE = dict.fromkeys((entity for entity, info in ENTITIES.items() if info.group is Group.GOVERNMENT), "SSN")
_OF_BUSINESSES = (
    E.US_EIN, E.AU_ABN, E.BR_CNPJ, E.CO_NIT, E.FR_NIF, E.IN_GSTIN, E.IT_VAT_CODE, E.MD_IDNO, E.PE_RUC, E.PL_NIP,
    E.PL_REGON, E.PY_RUC, E.SE_ORGANISATIONSNUMMER, E.SG_UEN, E.SN_NINEA, E.VN_MST,
)  # fmt: skip

LABELS: Mapping[Entity, str] = {
    **_OF_THE_STATE,
    **dict.fromkeys(_OF_BUSINESSES, "NUMERICAL_PII"),
    E.PERSON: "NAME",
    E.GIVEN_NAME: "NAME_GIVEN",
    E.FAMILY_NAME: "NAME_FAMILY",
    E.MEDICAL_PROFESSIONAL: "NAME_MEDICAL_PROFESSIONAL",
    E.USERNAME: "USERNAME",
    E.EMAIL_ADDRESS: "EMAIL_ADDRESS",
    E.PHONE_NUMBER: "PHONE_NUMBER",
    E.LOCATION: "LOCATION",
    E.STREET_ADDRESS: "LOCATION_ADDRESS_STREET",
    E.POSTCODE: "LOCATION_ZIP",
    E.CITY: "LOCATION_CITY",
    E.STATE: "LOCATION_STATE",
    E.COUNTRY: "LOCATION_COUNTRY",
    E.COORDINATES: "LOCATION_COORDINATE",
    E.ORGANIZATION: "ORGANIZATION",
    E.DATE_OF_BIRTH: "DOB",
    E.AGE: "AGE",
    E.GENDER: "GENDER",
    E.MARITAL_STATUS: "MARITAL_STATUS",
    E.NRP: "ORIGIN",
    E.NATIONALITY: "ORIGIN",
    E.ETHNICITY: "ORIGIN",
    E.RELIGION: "RELIGION",
    E.POLITICAL_OPINION: "POLITICAL_AFFILIATION",
    E.SEXUAL_ORIENTATION: "SEXUALITY",
    E.BIOMETRIC: "PHYSICAL_ATTRIBUTE",
    E.OCCUPATION: "OCCUPATION",
    E.SALARY: "MONEY",
    E.CREDIT_CARD: "CREDIT_CARD",
    E.CARD_EXPIRATION: "CREDIT_CARD_EXPIRATION",
    E.CARD_CODE: "CVV",
    E.IBAN_CODE: "BANK_ACCOUNT",
    E.BANK_ACCOUNT: "BANK_ACCOUNT",
    E.BANK_CODE: "ROUTING_NUMBER",
    E.ABA_ROUTING_NUMBER: "ROUTING_NUMBER",
    E.CRYPTO: "ACCOUNT_NUMBER",
    E.IP_ADDRESS: "IP_ADDRESS",
    E.MAC_ADDRESS: "NUMERICAL_PII",
    E.DEVICE_ID: "NUMERICAL_PII",
    E.IMEI: "NUMERICAL_PII",
    E.ADVERTISING_ID: "NUMERICAL_PII",
    E.SESSION_ID: "PASSWORD",
    E.URL: "URL",
    E.PASSWORD: "PASSWORD",
    E.SECRET: "PASSWORD",
    E.PASSPORT: "PASSPORT_NUMBER",
    E.US_PASSPORT: "PASSPORT_NUMBER",
    E.DRIVER_LICENSE: "DRIVER_LICENSE",
    E.MEDICAL_RECORD: "HEALTHCARE_NUMBER",
    E.HEALTH_INSURANCE: "HEALTHCARE_NUMBER",
    E.AU_MEDICARE: "HEALTHCARE_NUMBER",
    E.UK_NHS: "HEALTHCARE_NUMBER",
    E.US_MBI: "HEALTHCARE_NUMBER",
    E.US_NPI: "NUMERICAL_PII",
    E.MEDICAL_LICENSE: "NUMERICAL_PII",
    E.HEALTH_CONDITION: "CONDITION",
    E.DRUG: "DRUG",
    E.LICENSE_PLATE: "VEHICLE_ID",
    E.VIN: "VEHICLE_ID",
    E.PERSONAL_ID: "ACCOUNT_NUMBER",
    E.CUSTOM: "CUSTOM",
}

# A find carries the label of the whole beside that of its part.
PARENTS: Mapping[str, tuple[str, ...]] = {
    "NAME_GIVEN": ("NAME",),
    "NAME_FAMILY": ("NAME",),
    "NAME_MEDICAL_PROFESSIONAL": ("NAME",),
    "LOCATION_ADDRESS": ("LOCATION",),
    "LOCATION_ADDRESS_STREET": ("LOCATION_ADDRESS", "LOCATION"),
    "LOCATION_ZIP": ("LOCATION",),
    "LOCATION_CITY": ("LOCATION",),
    "LOCATION_STATE": ("LOCATION",),
    "LOCATION_COUNTRY": ("LOCATION",),
    "LOCATION_COORDINATE": ("LOCATION",),
    "ORGANIZATION_MEDICAL_FACILITY": ("ORGANIZATION",),
    "GENDER": ("GENDER_SEXUALITY",),
    "SEXUALITY": ("GENDER_SEXUALITY",),
}

# Labels of the contract that nothing we find carries: they may be asked for, and enable or disable nothing.
NOT_FOUND = frozenset({
    "DATE", "DATE_INTERVAL", "DURATION", "EVENT", "FILENAME", "LANGUAGE", "TIME", "ZODIAC_SIGN", "BLOOD_TYPE", "DOSE",
    "INJURY", "MEDICAL_CODE", "MEDICAL_PROCESS", "ORGANIZATION_MEDICAL_FACILITY", "STATISTICS", "DAY", "MONTH", "YEAR",
    "PRODUCT", "PROJECT", "CORPORATE_ACTION", "FINANCIAL_METRIC", "TREND", "EFFECT", "LOCATION_ADDRESS",
})  # fmt: skip

FOUND = frozenset(LABELS.values()) | {parent for parents in PARENTS.values() for parent in parents}
KNOWN = FOUND | NOT_FOUND

_BROAD = REGULATIONS["GDPR"].entities
GROUPS: Mapping[str, frozenset[Entity]] = {
    **{name: regulation.entities for name, regulation in REGULATIONS.items()},
    # Laws about whatever is about a person, as the GDPR is.
    "QUEBEC_PRIVACY_ACT": _BROAD,
    "APPI": _BROAD,
    # What a company keeps to itself.
    "CCI": frozenset({E.ORGANIZATION, E.BANK_ACCOUNT, E.BANK_CODE, E.IBAN_CODE, E.SALARY, *_OF_BUSINESSES}),
}


def labels_of(label: str) -> tuple[str, ...]:
    """Return a label with those of the wholes it is a part of."""
    return (label, *PARENTS.get(label, ()))


def entities_of(name: str) -> frozenset[Entity]:
    """Return what a label or a group stands for, parts included."""
    if name in GROUPS:
        return GROUPS[name]
    return frozenset(entity for entity, label in LABELS.items() if name in labels_of(label))
