"""API keys, tokens and private keys, by the forms their issuers gave them, and by a word before them."""

from classifier.entities import Entity
from classifier.recognizers.base import LEFT, NUL, PatternRecognizer

_ISSUED = (
    r"(?:AKIA|ASIA)[0-9A-Z]{16}",
    r"gh[pousr]_[0-9A-Za-z]{20,255}",
    r"github_pat_[0-9A-Za-z_]{20,255}",
    r"glpat-[0-9A-Za-z_-]{20,64}",
    r"[sr]k_(?:live|test)_[0-9A-Za-z]{10,99}",
    r"sk-[0-9A-Za-z_-]{20,200}",
    r"xox[abeoprs]-[0-9A-Za-z-]{10,200}",
    r"AIza[0-9A-Za-z_-]{35}",
    r"SG\.[0-9A-Za-z_-]{16,32}\.[0-9A-Za-z_-]{16,64}",
    r"eyJ[0-9A-Za-z_-]{5,}\.[0-9A-Za-z_-]{5,}\.[0-9A-Za-z_-]*",
)
_PEM = r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----[0-9A-Za-z+/=\s]*(?:-----END [A-Z ]{0,20}PRIVATE KEY-----)?"
_BEARER = r"(?i:bearer|basic)[ ]{1,2}([0-9A-Za-z._~+/-]{16,}=*)"
_QUERY = (
    r"(?i:[!&;#](?:access_?token|id_?token|refresh_?token|token|api_?key|key|secret|client_?secret|sig|signature|"
    rf"password|pwd|auth|code)=)([^&#\s\"{NUL}]+)"
)

SECRET = PatternRecognizer(
    entity=Entity.SECRET,
    name="secret",
    pattern=rf"{LEFT}({'|'.join(_ISSUED)})|({_PEM})|{_BEARER}|{_QUERY}",
    score=0.9,
)
