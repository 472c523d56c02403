"""Signed readers: a token of an identity provider proves who asks, so that no backend can invent a reader."""

from workspaces.actor_tokens.fetching import KeysUnavailable
from workspaces.actor_tokens.refusals import ADVICE, Check, TokenRefused
from workspaces.actor_tokens.verifying import subject_of

__all__ = ["ADVICE", "Check", "KeysUnavailable", "TokenRefused", "subject_of"]
