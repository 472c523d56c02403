"""Which addresses the gateway may connect to: public ones, and the networks that the installation names.

The address that was checked is the one connected to: a name asked twice may answer twice differently.
"""

import asyncio
import ipaddress
import socket
from functools import cache

from django.conf import settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# IPv6 addresses that a gateway or a tunnel turns into an IPv4 address, which may be a private one.
_TRANSLATED = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")))


class AddressRefused(Exception):
    """A host has an address that the installation does not allow; the message says which setting would."""


async def addresses_of(host: str, port: int, *, timeout_seconds: float) -> list[str]:
    """Return the addresses of a host, each of which may be connected to; raise OSError or AddressRefused."""
    if _is_number(host):
        return checked([host])
    loop = asyncio.get_running_loop()
    asking = loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    found = await asyncio.wait_for(asking, timeout_seconds)
    return checked([str(address[0]) for *_, address in found])


def checked(addresses: list[str]) -> list[str]:
    """Return these addresses, once each; raise AddressRefused where one of them is not allowed."""
    for address in addresses:
        if not is_allowed(ipaddress.ip_address(address.partition("%")[0])):
            message = f"{address} is not a public address, and PRIVACY_GATEWAY_NETWORKS names no network that holds it."
            raise AddressRefused(message)
    return list(dict.fromkeys(addresses))


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_allowed(address: Address) -> bool:
    """Say whether the gateway may connect to an address."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return is_allowed(address.ipv4_mapped)
    if any(address.version == network.version and address in network for network in _named_networks()):
        return True
    is_public = address.is_global and not address.is_multicast
    return is_public and not any(address in network for network in _TRANSLATED if address.version == network.version)


@cache
def _networks(names: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(map(ipaddress.ip_network, names))


def _named_networks() -> tuple[Network, ...]:
    return _networks(tuple(settings.PRIVACY_GATEWAY_NETWORKS))
