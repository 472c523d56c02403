"""Which kinds of data the best-known rules of law and trade are about, and where each of them says so.

A help for choosing operators, not legal advice: what a rule covers depends on who holds the data and why.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from classifier.entities.facts import ENTITIES, Group
from classifier.entities.kinds import Entity


@dataclass(frozen=True, slots=True)
class Regulation:
    """A rule, the place in it that says what it is about, and the entities that are of this kind."""

    name: str
    title: str
    source: str
    entities: frozenset[Entity]


def _with_parts(*entities: Entity) -> frozenset[Entity]:
    """Return the entities with whatever is a part of them."""
    return frozenset(entities) | {entity for entity, info in ENTITIES.items() if info.part_of in entities}


def _of_group(*groups: Group) -> frozenset[Entity]:
    return frozenset(entity for entity, info in ENTITIES.items() if info.group in groups)


# A bank's own number and an organisation's are about no person; a tax number may be a sole trader's, so it stays.
_ABOUT_NO_PERSON = frozenset({Entity.BANK_CODE, Entity.ABA_ROUTING_NUMBER, Entity.SE_ORGANISATIONSNUMMER})
_ABOUT_PERSONS = frozenset(Entity) - _ABOUT_NO_PERSON

_ACCOUNTS = frozenset(
    {Entity.CREDIT_CARD, Entity.CARD_EXPIRATION, Entity.CARD_CODE, Entity.IBAN_CODE, Entity.BANK_ACCOUNT, Entity.CRYPTO}
)
# Smaller than a state, which the rule leaves.
_PLACES = _with_parts(Entity.LOCATION) - {Entity.STATE, Entity.COUNTRY}
_HEALTH_NUMBERS = frozenset({Entity.MEDICAL_RECORD, Entity.HEALTH_INSURANCE, Entity.MEDICAL_LICENSE})
_SAFE_HARBOR = (
    _with_parts(Entity.PERSON, Entity.DEVICE_ID)
    | _PLACES
    | _ACCOUNTS
    | _HEALTH_NUMBERS
    | _of_group(Group.GOVERNMENT, Group.CREDENTIAL)
    | {
        Entity.ORGANIZATION,  # Identifiers of employers count as well.
        Entity.DATE_OF_BIRTH,
        Entity.AGE,  # Over 89, which no recognizer tells apart.
        Entity.PHONE_NUMBER,
        Entity.EMAIL_ADDRESS,
        Entity.VIN,
        Entity.LICENSE_PLATE,
        Entity.MAC_ADDRESS,
        Entity.URL,
        Entity.IP_ADDRESS,
        Entity.BIOMETRIC,
        Entity.USERNAME,
        Entity.PERSONAL_ID,
        Entity.CUSTOM,
    }
)

_ALL = (
    Regulation(
        "GDPR",
        "General Data Protection Regulation",
        "Regulation (EU) 2016/679, Article 4(1) with recitals 14, 26 and 30; Article 9(1)",
        _ABOUT_PERSONS,
    ),
    Regulation(
        "HIPAA_SAFE_HARBOR",
        "HIPAA Privacy Rule, de-identification by Safe Harbor",
        "45 CFR 164.514(b)(2)(i)(A) to (R)",
        _SAFE_HARBOR,
    ),
    Regulation(
        "PCI",
        "Payment Card Industry Data Security Standard",
        "PCI DSS v4.0.1, section 2, account data: cardholder data and sensitive authentication data",
        _with_parts(Entity.PERSON) - {Entity.MEDICAL_PROFESSIONAL}
        | {Entity.CREDIT_CARD, Entity.CARD_EXPIRATION, Entity.CARD_CODE},
    ),
    Regulation(
        "CPRA",
        "California Consumer Privacy Act as amended by the California Privacy Rights Act",
        "California Civil Code 1798.140(v)(1)(A) to (L) and (ae)",
        _ABOUT_PERSONS,
    ),
)

REGULATIONS: Mapping[str, Regulation] = MappingProxyType({regulation.name: regulation for regulation in _ALL})
