"""What in a payload is personal, and how to hide it: the public face of the classifier."""

from classifier.engine import classify, locate, mask, mask_many, restore, rewrite, unmask
from classifier.entities import ENTITIES, REGULATIONS, Colour, Entity, EntityInfo, Group, Regulation
from classifier.exceptions import (
    ClassifierError,
    ClassifierFailed,
    InvalidEncoding,
    InvalidPayload,
    LeakFound,
    PolicyError,
    TierUnavailable,
    TokensRefused,
    TooDeep,
)
from classifier.matchers import How, Listed, Matcher, On, OwnRules
from classifier.operators import OPERATORS, OperatorConfig, Whose
from classifier.payloads.json_batch import Refused
from classifier.payloads.types import Finding, Limits, Masked, PayloadKind, Unmasked
from classifier.policies import POLICY_NAMES, REDACT_EVERYTHING, Policy
from classifier.rewriting import Piece, Rewritten
from classifier.spans import Span, settle_overlaps
from classifier.tiers import Tier
from classifier.tokens import Keyring, Keyrings, key_ids_in

__all__ = [
    "ENTITIES",
    "OPERATORS",
    "POLICY_NAMES",
    "REDACT_EVERYTHING",
    "REGULATIONS",
    "ClassifierError",
    "ClassifierFailed",
    "Colour",
    "Entity",
    "EntityInfo",
    "Finding",
    "Group",
    "How",
    "InvalidEncoding",
    "InvalidPayload",
    "Keyring",
    "Keyrings",
    "LeakFound",
    "Limits",
    "Listed",
    "Masked",
    "Matcher",
    "On",
    "OperatorConfig",
    "OwnRules",
    "PayloadKind",
    "Piece",
    "Policy",
    "PolicyError",
    "Refused",
    "Regulation",
    "Rewritten",
    "Span",
    "Tier",
    "TierUnavailable",
    "TokensRefused",
    "TooDeep",
    "Unmasked",
    "Whose",
    "classify",
    "key_ids_in",
    "locate",
    "mask",
    "mask_many",
    "restore",
    "rewrite",
    "settle_overlaps",
    "unmask",
]
