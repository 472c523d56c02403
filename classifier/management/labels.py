"""The labels under which findings can be compared with other tools: fewer and broader than our entities."""

from classifier.entities import ENTITIES, Entity, Group

# An entity that is not named here gets the label of what it is part of, then that of its group.
_LABELS = {
    "PERSON": "PERSON",
    "USERNAME": "USERNAME",
    "EMAIL_ADDRESS": "EMAIL",
    "PHONE_NUMBER": "PHONE",
    "LOCATION": "LOCATION",
    "ADDRESS": "ADDRESS",
    "STREET_ADDRESS": "ADDRESS",
    "ORGANIZATION": "ORGANIZATION",
    "DATE_TIME": "DATE_TIME",
    "DATE_OF_BIRTH": "DATE_OF_BIRTH",
    "AGE": "AGE",
    "CREDIT_CARD": "CREDIT_CARD",
    "IBAN_CODE": "IBAN",
    "BANK_ACCOUNT": "BANK_ACCOUNT",
    "BANK_CODE": "BANK_ACCOUNT",
    "HEALTH_INSURANCE": "NATIONAL_ID",
    "IP_ADDRESS": "IP",
    "MAC_ADDRESS": "MAC",
    "URL": "URL",
    "PASSWORD": "PASSWORD",
    "PASSPORT": "PASSPORT",
    "US_PASSPORT": "PASSPORT",
    "DRIVER_LICENSE": "DRIVER_LICENSE",
    "LICENSE_PLATE": "VEHICLE",
    "VIN": "VEHICLE",
    "CRYPTO": "CRYPTO",
    "CRYPTO_WALLET": "CRYPTO",
}
_BY_GROUP = {Group.GOVERNMENT: "NATIONAL_ID", Group.CREDENTIAL: "SECRET"}
_BY_ENDING = {"_PASSPORT": "PASSPORT", "_DRIVER_LICENSE": "DRIVER_LICENSE", "_ADDRESS": "ADDRESS"}
OTHER = "OTHER"


def label_of(entity: Entity) -> str:
    """Return the label of an entity."""
    by_ending = (label for ending, label in _BY_ENDING.items() if entity.endswith(ending))
    label = _LABELS.get(entity) or next(by_ending, _BY_GROUP.get(ENTITIES[entity].group))
    whole = ENTITIES[entity].part_of
    return label or (label_of(whole) if whole is not None else OTHER)
