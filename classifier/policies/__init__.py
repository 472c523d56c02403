"""Policies: which operator hides which entity (policy.py), and the same made ready for every call (tables.py)."""

from classifier.policies.policy import NO_RULES, POLICY_NAMES, REDACT_EVERYTHING, Policy
from classifier.policies.tables import CompiledPolicy
from classifier.policies.watching import WatchedPolicy, unhidden

__all__ = [
    "NO_RULES",
    "POLICY_NAMES",
    "REDACT_EVERYTHING",
    "CompiledPolicy",
    "Policy",
    "WatchedPolicy",
    "unhidden",
]
