"""Which addresses the service may connect to for somebody: public ones, and the networks that a setting names.

Whoever connects does so to the address that was checked: a name asked twice may answer twice differently.
"""

import ipaddress
import socket
import ssl
from dataclasses import dataclass
from functools import cache

from django.conf import settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# IPv6 addresses that a gateway or a tunnel turns into an IPv4 address, which may be a private one.
_TRANSLATED = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")))


class AddressRefused(Exception):
    """A host has an address that the installation does not allow; the message says which setting would."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far some part of the service may reach: public addresses, and the networks of its setting."""

    setting: str

    def addresses_of(self, host: str, port: int) -> list[str]:
        """Return the addresses of a host, each of which may be connected to; raise OSError or AddressRefused."""
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return self.checked([str(address[0]) for *_, address in found])

    def checked(self, addresses: list[str]) -> list[str]:
        """Return these addresses, once each; raise AddressRefused where one of them is not allowed."""
        for address in addresses:
            if not self.is_allowed(ipaddress.ip_address(address.partition("%")[0])):
                message = f"{address} is not a public address, and {self.setting} names no network that holds it."
                raise AddressRefused(message)
        return list(dict.fromkeys(addresses))

    def is_allowed(self, address: Address) -> bool:
        """Say whether an address may be connected to."""
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            return self.is_allowed(address.ipv4_mapped)
        named = _networks(tuple(getattr(settings, self.setting)))
        if any(address.version == network.version and address in network for network in named):
            return True
        is_public = address.is_global and not address.is_multicast
        return is_public and not any(
            address in network for network in _TRANSLATED if address.version == network.version
        )


@cache
def tls_trusting(ca_file: str) -> ssl.SSLContext:
    """Return how to verify whoever answers: by the system's certificates, and those of a file where one is named."""
    context = ssl.create_default_context()
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


@cache
def _networks(names: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(map(ipaddress.ip_network, names))
