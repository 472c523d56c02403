"""`hash`: a keyed hash, on which records join and which only the key holder can test a guess on."""

import hmac

from classifier.exceptions import PolicyError
from classifier.operators.base import Hider, Params, as_key, check_key

# 32 hexadecimal digits are 128 bits: two values never meet by chance.
HASH_LENGTH = 32
HASH_LENGTHS = range(16, 65)


class KeyedHash(Hider):
    """Replace a value by its HMAC-SHA-256: equal values stay equal, and only the key holder can test a guess."""

    name = "hash"

    def operate(self, text: str = "", params: Params | None = None) -> str:
        """Return the first `length` hexadecimal digits of the keyed hash."""
        given = params or {}
        digest = hmac.digest(as_key(given["key"]), text.encode("utf-8", "surrogatepass"), "sha256")
        return digest.hex()[: int(str(given.get("length", HASH_LENGTH)))]

    def validate(self, params: Params | None = None) -> None:
        """Refuse a missing or short key and a length that invites collisions."""
        given = params or {}
        check_key(given.get("key"), self.name)
        length = given.get("length", HASH_LENGTH)
        if type(length) is not int or length not in HASH_LENGTHS:
            message = (
                f"The parameter 'length' of 'hash' must be a whole number from {HASH_LENGTHS[0]} to {HASH_LENGTHS[-1]}."
            )
            raise PolicyError(message)
