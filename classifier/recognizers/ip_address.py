"""IPv4 and IPv6 addresses, proven by the standard library's parser."""

import ipaddress

from classifier.entities import Entity
from classifier.recognizers.base import PatternRecognizer

# `Chrome/124.0.0.0` and `rv:1.9.0.20` are versions: a letter and a slash, or a `v`, rule an address out.
_LEFT_V4 = r"(?:^|[^0-9A-Za-z./:]|[^v]:|//|[^A-Za-z/]/)"
_V4 = r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}"
_RIGHT_V4 = r"(?:$|[^0-9A-Za-z.]|\.(?:$|[^0-9A-Za-z]))"
_H = r"[0-9A-Fa-f]{1,4}"
_V6 = (
    # With an IPv4 address as its end first, such as ::ffff:203.0.113.77.
    rf"(?:::(?:{_H}:){{0,5}}|(?:{_H}:){{1,5}}:(?:{_H}:){{0,4}}|(?:{_H}:){{6}}){_V4}"
    rf"|(?:{_H}:){{7}}{_H}|(?:{_H}:){{1,6}}:(?:{_H}(?::{_H}){{0,5}})|(?:{_H}:){{2,7}}:"
    rf"|::{_H}(?::{_H}){{1,6}}"
)


def is_address(value: str) -> bool:
    """Say whether this parses as an address; `a::b` in source code is not one."""
    plain = value if ":" in value else ".".join(str(int(part)) for part in value.split("."))
    try:
        ipaddress.ip_address(plain)
    except ValueError:
        return False
    return "." in value or any(letter.isdigit() for letter in value)


IP_ADDRESS = PatternRecognizer(
    entity=Entity.IP_ADDRESS,
    name="ip_address",
    pattern=rf"{_LEFT_V4}({_V4}){_RIGHT_V4}|(?:^|[^0-9A-Za-z:.])({_V6})(?:$|[^0-9A-Za-z:])",
    locate=lambda value: [(0, len(value), True)] if is_address(value) else [],
)
