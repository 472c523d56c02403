"""Why a token is refused: the name of the check that it failed, never a part of the token."""

from enum import StrEnum


class Check(StrEnum):
    """What a token must pass, in this order; a closed list that API and docs share."""

    MISSING = "missing"
    TWICE = "twice"
    SIZE = "size"
    FORM = "form"
    KEYS = "keys"
    KID = "kid"
    ALG = "alg"
    SIGNATURE = "signature"
    EXP = "exp"
    NBF = "nbf"
    IAT = "iat"
    AUD = "aud"
    ISS = "iss"
    SUB = "sub"
    ACTOR = "actor"


ADVICE = {
    Check.MISSING: "This service account must send the reader's signed token in X-Actor-Token or Actor-Token.",
    Check.TWICE: "Send one token, in one header, once.",
    Check.SIZE: "The token is longer than 8,192 characters.",
    Check.FORM: "It is no JSON Web Token in compact form, with a header and claims that are JSON objects.",
    Check.KEYS: "No key is kept for this caller to verify a token with; an administrator can add one to its account.",
    Check.KID: "No key of this service account has its kid. Without a kid the account must have one fitting key alone.",
    Check.ALG: "Its alg is not one that the key is for.",
    Check.SIGNATURE: "Its signature is not of the key that it names.",
    Check.EXP: "It has expired, says no time of expiry (exp), or one too far ahead.",
    Check.NBF: "It is not valid yet (nbf).",
    Check.IAT: "It was issued in the future (iat): compare the clocks.",
    Check.AUD: "It is made for another service or workspace (aud).",
    Check.ISS: "It was not issued by the issuer of this service account (iss).",
    Check.SUB: "It names no reader (sub).",
    Check.ACTOR: "Its reader (sub) is not the one that the request names beside it.",
}


class TokenRefused(Exception):
    """A token that proves nothing, and the check that it failed."""

    def __init__(self, check: Check) -> None:
        super().__init__(ADVICE[check])
        self.check = check
