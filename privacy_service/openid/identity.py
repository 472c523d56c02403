"""person_of(): whom a provider's claims name here, by the rule for X-Actor: an external id, or a verified e-mail."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from privacy_service.openid.refusals import OpenIdRefused, Why
from workspaces.acts import Act, note
from workspaces.models import User

_LONGEST_ID = 200


@dataclass(frozen=True, slots=True)
class Named:
    """What counts of the claims."""

    external_id: str
    email: str  # Verified, or empty.


def person_of(claims: Mapping[str, Any]) -> User:
    """Return the person, made now where the settings say so; raise OpenIdRefused."""
    named = _named(claims)
    _check_domain(named.email)
    user = _known(named) or _new(named)
    if not user.is_active:
        raise OpenIdRefused(Why.INACTIVE, user)
    return user


def may_arrive(reference: str) -> bool:
    """Say whether somebody known by this e-mail or external id could sign in through the provider."""
    if "@" in reference:
        return bool(settings.PRIVACY_OIDC_ISSUER) and _is_of_allowed_domain(reference)
    return bool(settings.PRIVACY_OIDC_ISSUER and settings.PRIVACY_OIDC_ID_CLAIM)


def _named(claims: Mapping[str, Any]) -> Named:
    said = claims.get("email")
    is_verified = claims.get("email_verified") is True or claims.get("email_verified") == "true"  # Some spell it so.
    email = said if isinstance(said, str) and is_verified and _is_email(said) else ""
    external_id = _external_id(claims) if settings.PRIVACY_OIDC_ID_CLAIM else ""
    if not email and not external_id:
        raise OpenIdRefused(Why.EMAIL if said else Why.UNKNOWN)
    return Named(external_id, email)


def _external_id(claims: Mapping[str, Any]) -> str:
    """Return the claim that is the external id; one that looks like an e-mail is none, or it would pass for one."""
    said = claims.get(settings.PRIVACY_OIDC_ID_CLAIM)
    text = str(said) if isinstance(said, str | int) and not isinstance(said, bool) else ""
    is_id = len(text) <= _LONGEST_ID and "@" not in text and text.isprintable() and " " not in text
    return text if is_id else ""


def _check_domain(email: str) -> None:
    if not _is_of_allowed_domain(email):
        raise OpenIdRefused(Why.DOMAIN)


def _is_of_allowed_domain(email: str) -> bool:
    allowed = {domain.lower().lstrip("@") for domain in settings.PRIVACY_OIDC_DOMAINS}
    return not allowed or email.rpartition("@")[2].lower() in allowed


def _known(named: Named) -> User | None:
    people = User.objects.filter(kind=User.Kind.PERSON)
    by_id = people.filter(external_id=named.external_id).first() if named.external_id else None
    by_email = User.objects.named(named.email).filter(kind=User.Kind.PERSON).first() if named.email else None
    if by_id and by_email and by_id != by_email:
        raise OpenIdRefused(Why.CONTRADICTION)
    if by_email and settings.PRIVACY_OIDC_ID_CLAIM:
        _check_same(by_email, named)
    return by_id or by_email


def _check_same(by_email: User, named: Named) -> None:
    """Refuse an address that may have been given to somebody new: its old owner is known by an id."""
    if by_email.external_id in {None, named.external_id}:
        return
    raise OpenIdRefused(Why.CONTRADICTION if named.external_id else Why.NO_ID)


def _new(named: Named) -> User:
    if not settings.PRIVACY_OIDC_CREATES_PEOPLE or not named.email:
        raise OpenIdRefused(Why.UNKNOWN)
    with transaction.atomic():
        user = User.objects.create_user(named.email, external_id=named.external_id or None)
        note(Act.USER_CHANGED, None, user, user, changed=["made"], is_active=True)
    return user


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True
