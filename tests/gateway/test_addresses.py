"""Which addresses the gateway connects to."""

import asyncio
from ipaddress import ip_address

import pytest
from pytest_django import Settings

from privacy_service.addresses import AddressRefused
from privacy_service.gateway.addresses import REACH, addresses_of


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:93.184.215.14"])
def test_public_addresses_are_allowed(settings: Settings, address: str) -> None:
    settings.PRIVACY_GATEWAY_NETWORKS = []

    assert REACH.is_allowed(ip_address(address))


INSIDE = [
    "127.0.0.1", "0.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1",
    "255.255.255.255", "::", "::1", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
    "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::", "::7f00:1",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_addresses_inside_are_not_unless_a_network_is_named_that_holds_them(settings: Settings, address: str) -> None:
    settings.PRIVACY_GATEWAY_NETWORKS = ["203.0.113.0/24"]
    assert not REACH.is_allowed(ip_address(address))

    settings.PRIVACY_GATEWAY_NETWORKS = ["0.0.0.0/0", "::/0"]
    assert REACH.is_allowed(ip_address(address))


def test_one_address_that_is_not_allowed_refuses_the_whole_name(settings: Settings) -> None:
    settings.PRIVACY_GATEWAY_NETWORKS = []

    with pytest.raises(AddressRefused, match=r"10\.0\.0\.1 .* PRIVACY_GATEWAY_NETWORKS"):
        REACH.checked(["93.184.215.14", "10.0.0.1"])


@pytest.mark.parametrize("spelling", ["2130706433", "0x7f.1", "127.1", "localhost"])
def test_a_number_in_another_spelling_is_what_it_means(settings: Settings, spelling: str) -> None:
    settings.PRIVACY_GATEWAY_NETWORKS = []

    with pytest.raises(AddressRefused):
        asyncio.run(addresses_of(spelling, 80, timeout_seconds=5))
