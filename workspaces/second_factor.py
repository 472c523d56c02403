"""The second factor of a sign-in: turned on with a first code, proven with a code or a recovery code, turned off.

Codes are those of RFC 6238: six digits for each 30 seconds, taken from one step before to one after, none twice.
"""

import base64
import logging
import secrets
import uuid
from datetime import timedelta
from urllib.parse import quote, urlencode

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django_otp.oath import TOTP

from workspaces import sign_ins
from workspaces.acts import Act, note
from workspaces.exceptions import CodeRefused, FactorStateRefused
from workspaces.keys import digest_of
from workspaces.models import RecoveryCode, SecondFactor, User
from workspaces.models.factors import FACTOR_KEYS
from workspaces.sealing import SealBroken, seal, unseal

logger = logging.getLogger(__name__)

NAME = "privacy-service"  # Under which an authenticator lists it.
RECOVERY_CODES = 10
_KEY_BYTES = 20
_RECOVERY_BYTES = 10  # 80 bits: nobody tries them all, even who has read the digests.
_DIGITS = 6
_TOLERANCE = 1
_BEGUN = timedelta(minutes=30)  # Whoever takes longer to scan it begins anew.


def factor_of(user: User) -> SecondFactor | None:
    """Return what somebody signs in with beside their password, or None."""
    return SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).first()


def begun(user: User) -> SecondFactor | None:
    """Return the authenticator whose first code is waited for, or None."""
    return _begun(user).first()


@transaction.atomic
def begin(user: User) -> SecondFactor:
    """Make a key for a new authenticator; nothing changes before confirm(); raise FactorStateRefused for a second."""
    User.objects.select_for_update().get(pk=user.pk)  # One of two that begin at once waits.
    if _locked(user):
        message = "An authenticator is on already. Turn it off first."
        raise FactorStateRefused(message)
    SecondFactor.objects.filter(user=user).delete()
    pk = uuid.uuid4()
    sealed = seal(secrets.token_hex(_KEY_BYTES), row=pk, purpose=FACTOR_KEYS)
    return SecondFactor.objects.create(pk=pk, user=user, sealed_key=sealed)


@transaction.atomic
def confirm(user: User, code: str) -> list[str]:
    """Turn the authenticator on with a first code of it; return the recovery codes, shown this once."""
    factor = _begun(user).select_for_update().first()
    if factor is None:
        message = "Nothing waits for a first code. Begin again."
        raise FactorStateRefused(message)
    _take(factor, _plain(code))
    SecondFactor.objects.filter(pk=factor.pk).update(confirmed_at=timezone.now())
    note(Act.SECOND_FACTOR_ON, None, user, user)
    return _new_codes(factor)


@transaction.atomic
def prove(user: User, code: str) -> str:
    """Take a code or a recovery code, and return which it was; raise CodeRefused."""
    factor = _locked(user)
    if factor is None:
        message = "No authenticator is on."
        raise FactorStateRefused(message)
    plain = _plain(code)
    if len(plain) == _DIGITS:
        _take(factor, plain)
        return "code"
    unused = RecoveryCode.objects.filter(factor=factor, digest=digest_of(plain), used_at__isnull=True)
    if not unused.update(used_at=timezone.now()):
        raise CodeRefused
    note(Act.RECOVERY_CODE_USED, None, user, user, left=codes_left(factor))
    return "recovery-code"


@transaction.atomic
def renew_codes(user: User, code: str) -> list[str]:
    """Return new recovery codes in place of the old ones; raise CodeRefused."""
    prove(user, code)
    return _new_codes(SecondFactor.objects.get(user=user))


@transaction.atomic
def turn_off(user: User, code: str) -> None:
    """Turn the second factor off with one of its codes; raise CodeRefused."""
    prove(user, code)
    _end(user, by=user)


@transaction.atomic
def reset(user: User, *, by: User | None) -> bool:
    """Turn off the second factor of somebody who has lost it, end their sign-ins, and say whether there was one."""
    user.signed_out_at = timezone.now()
    user.save(update_fields=["signed_out_at"])
    sign_ins.end_all(user)
    return _end(user, by=by)


def codes_left(factor: SecondFactor) -> int:
    """Return how many recovery codes are unused."""
    return RecoveryCode.objects.filter(factor=factor, used_at__isnull=True).count()


def key_of(factor: SecondFactor) -> bytes:
    """Return the secret that the authenticator shares; raise SealBroken."""
    return bytes.fromhex(unseal(factor.sealed_key, row=factor.pk, purpose=FACTOR_KEYS))


def spelled_key(factor: SecondFactor) -> str:
    """Return the key as people type it into an authenticator."""
    return base64.b32encode(key_of(factor)).decode()


def address_of(factor: SecondFactor) -> str:
    """Return what the QR code holds for authenticators."""
    label = quote(f"{NAME}:{factor.user}", safe="")
    return f"otpauth://totp/{label}?{urlencode({'secret': spelled_key(factor), 'issuer': NAME})}"


def _begun(user: User) -> QuerySet[SecondFactor]:
    since = timezone.now() - _BEGUN
    return SecondFactor.objects.filter(user=user, confirmed_at__isnull=True, made_at__gt=since)


def _locked(user: User) -> SecondFactor | None:
    """Return what is on, held until the transaction ends: no two requests take one code."""
    return SecondFactor.objects.select_for_update().filter(user=user, confirmed_at__isnull=False).first()


def _take(factor: SecondFactor, code: str) -> None:
    try:
        totp = TOTP(key_of(factor))
    except SealBroken:
        logger.exception("The key of an authenticator does not open: only recovery codes stand in for it")
        raise CodeRefused from None
    totp.time = timezone.now().timestamp()
    is_code = len(code) == _DIGITS and code.isascii() and code.isdigit()
    if not is_code or not totp.verify(int(code), tolerance=_TOLERANCE, min_t=factor.last_step + 1):
        raise CodeRefused
    SecondFactor.objects.filter(pk=factor.pk).update(last_step=totp.t())


def _new_codes(factor: SecondFactor) -> list[str]:
    codes = [base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower() for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.filter(factor=factor).delete()
    RecoveryCode.objects.bulk_create([RecoveryCode(factor=factor, digest=digest_of(code)) for code in codes])
    note(Act.RECOVERY_CODES_MADE, None, factor.user, factor.user, count=len(codes))
    return ["-".join(code[at : at + 4] for at in range(0, len(code), 4)) for code in codes]


def _end(user: User, *, by: User | None) -> bool:
    factor = _locked(user)
    if factor is None:
        return False
    factor.delete()
    note(Act.SECOND_FACTOR_OFF, None, by, user)
    return True


def _plain(code: str) -> str:
    """Return a code without what people put between its characters."""
    return "".join(letter for letter in code[:64] if letter.isalnum()).lower()
