"""`encrypt`: Presidio's AES-CBC, for those who read it with Presidio; `token` is the better choice."""

from presidio_anonymizer.operators import Decrypt, Encrypt

from classifier.exceptions import PolicyError, TokensRefused
from classifier.operators.base import Params, as_key

AES_KEY_BYTES = (16, 24, 32)


class SafeEncrypt(Encrypt):
    """Encrypt any text, also one that is not valid Unicode, under a key that is never part of a policy's data."""

    def operate(self, text: str = "", params: Params | None = None) -> str:
        """Return the encrypted text; a lone surrogate, which Presidio cannot write, becomes a question mark."""
        return str(super().operate(text.encode("utf-8", "replace").decode(), params or {}))

    def validate(self, params: Params | None = None) -> None:
        """Refuse a key that AES does not take."""
        check_aes_key((params or {}).get("key"))


def check_aes_key(value: object) -> None:
    """Refuse a key that AES does not take; Presidio's callers may give theirs as text."""
    key = value.encode() if isinstance(value, str) else as_key(value)
    if len(key) not in AES_KEY_BYTES:
        message = "The operator 'encrypt' needs a keyring, or an encrypt_key of 16, 24 or 32 bytes."
        raise PolicyError(message)


def decrypt(text: str, key: bytes) -> str:
    """Return what `encrypt` hid; AES-CBC cannot always tell a wrong key."""
    check_aes_key(key)
    try:
        return str(Decrypt().operate(text, {"key": key}))
    except ValueError:
        pass
    # Raised out here, so that the error just caught shows nothing.
    raise TokensRefused(1)
