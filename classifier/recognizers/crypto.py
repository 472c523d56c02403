"""Wallets of cryptocurrencies, proven by base58check or bech32; an Ethereum address tells by its form."""

from hashlib import sha256

from stdnum import bitcoin

from classifier.entities import Entity
from classifier.recognizers.base import LEFT, RIGHT, PatternRecognizer

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES = {letter: value for value, letter in enumerate(_BASE58)}
_CLASS = "[1-9A-HJ-NP-Za-km-z]"
# A version, 20 bytes of hash and a checksum of four.
_PAYLOAD, _CHECKSUM = 21, 4


def is_wallet(value: str) -> bool:
    """Say whether the check digits of a wallet are right; those of `0x...` are in its upper and lower case."""
    if value.startswith("0x"):
        return True
    return _has_base58_checksum(value) or bool(bitcoin.is_valid(value))


def _has_base58_checksum(value: str) -> bool:
    number = 0
    for letter in value:
        if letter not in _VALUES:
            return False
        number = number * 58 + _VALUES[letter]
    if number.bit_length() > 8 * (_PAYLOAD + _CHECKSUM):
        return False
    plain = number.to_bytes(_PAYLOAD + _CHECKSUM, "big")
    return sha256(sha256(plain[:_PAYLOAD]).digest()).digest()[:_CHECKSUM] == plain[_PAYLOAD:]


CRYPTO = PatternRecognizer(
    entity=Entity.CRYPTO,
    name="crypto",
    pattern=(
        rf"{LEFT}([13LMDTA9]{_CLASS}{{25,34}}|(?:bc1|tb1|ltc1)[02-9ac-hj-np-z]{{11,}}"
        rf"|(?:BC1|TB1)[02-9AC-HJ-NP-Z]{{11,}}|0x[0-9a-fA-F]{{40}}){RIGHT}"
        rf"|{LEFT}((?:4[0-9AB]){_CLASS}{{93}}|addr1[02-9ac-hj-np-z]{{50,}}|(?:cosmos|osmo|ltc)1[02-9ac-hj-np-z]{{38,}}){RIGHT}"
    ),
    proof=is_wallet,
    needs_proof=True,
    # These forms are their own proof.
    announced=2,
    keys=(
        "wallet", "walletaddress", "bitcoinaddress", "btcaddress", "ethaddress", "ethereumaddress", "cryptoaddress",
        "btcwallet", "ethwallet", "cryptowallet", "walletid", "xpub",
    ),
)  # fmt: skip
