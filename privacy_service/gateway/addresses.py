"""Which addresses the gateway may connect to."""

import asyncio
import ipaddress
import socket

from privacy_service.addresses import Reach

REACH = Reach("PRIVACY_GATEWAY_NETWORKS")


async def addresses_of(host: str, port: int, *, timeout_seconds: float) -> list[str]:
    """Return the addresses of a host, each of which may be connected to; raise OSError or AddressRefused."""
    if _is_number(host):
        return REACH.checked([host])
    loop = asyncio.get_running_loop()
    asking = loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    found = await asyncio.wait_for(asking, timeout_seconds)
    return REACH.checked([str(address[0]) for *_, address in found])


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
