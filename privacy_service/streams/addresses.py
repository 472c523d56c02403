"""Addresses of brokers: how they are written down, without secrets, and what they are in full."""

import os
import re

from django.core.exceptions import ValidationError

from privacy_service.streams.errors import FlowError

_ADDRESS = re.compile(r"(?:rediss?|kafka)://\S{1,500}")
_PASSWORD = re.compile(r"://[^/@]*:(?!\$\{)[^/@]+@")
_VARIABLE = re.compile(r"\$\{(.*?)\}")
_OURS = re.compile(r"BROKER_[A-Z0-9_]{1,60}")  # Any other variable may be a secret, which no broker is to be told.


def trouble_with(address: str) -> str:
    """Say what is wrong with an address as it is written down, empty where nothing is."""
    if not _ADDRESS.fullmatch(address):
        return "this must be an address: redis://, rediss:// or kafka://."
    if _PASSWORD.search(address):
        return "a password is not written down here; write ${BROKER_PASSWORD} and let the environment hold it."
    if not all(map(_OURS.fullmatch, _VARIABLE.findall(address))):
        return "a variable of the environment that stands here must begin with BROKER_, as ${BROKER_PASSWORD}."
    return ""


def check_address(address: str) -> None:
    """Raise ValidationError where an address is not one."""
    trouble = trouble_with(address)
    if trouble:
        raise ValidationError(trouble)


def expanded(address: str) -> str:
    """Return an address with what the environment says in it; raise FlowError."""
    return _VARIABLE.sub(_from_environment, address)


def _from_environment(variable: re.Match[str]) -> str:
    value = os.environ.get(variable[1]) if _OURS.fullmatch(variable[1]) else None
    if not value:
        message = f"A broker's address needs the environment variable {variable[1]}, which is not set."
        raise FlowError(message)
    return value
