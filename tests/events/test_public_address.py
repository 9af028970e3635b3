"""Public addresses: every spelling and every wrapping of one that is not."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.public_address import is_public

PRIVATE_V4 = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
]
PUBLIC_V4 = ["1.1.1.1", "8.8.8.8", "9.255.255.255", "100.63.255.255", "100.128.0.0", "172.32.0.0"]
PRIVATE_V6 = [
    "::",
    "::1",
    "::2",
    "0:0:0:0:0:0:0:1",
    "0000:0000:0000:0000:0000:0000:0000:0001",
    "100::1",  # Discarded (RFC 6666).
    "fc00::1",
    "fd00:ec2::254",
    "FD12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "2001:db8::1",
    "2001:DB8::8.8.8.8",
    "3fff::1",
    "2001:2::1",
    "2001:10::1",
    "5f00::1",
    "4000::1",
    "8000::1",
    "2606:4700::1111%eth0",
    "::ffff:8.8.8.8%eth0",
    "64:ff9b:1::8.8.8.8",
    "64:ff9b::1:808:808",
    "::ffff:0:8.8.8.8",  # IPv4-translated (RFC 2765).
]
PUBLIC_V6 = [
    "2606:4700::1111",
    "2606:4700:0000::1111",
    "2001:4860:4860::8888",
    "2A00:1450:4001::1",
    "::ffff:1.1.1.1",
    "::ffff:101:101",
    "::FFFF:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "64:FF9B::808:808",
    "2606:4700::5efe:808:808",
]


def wrapped(v4: IPv4Address) -> dict[str, IPv6Address]:
    """Each way of writing an IPv4 address as an IPv6 one."""
    number = int(v4)
    return {
        "mapped": IPv6Address(0xFFFF << 32 | number),
        "compatible": IPv6Address(number),
        "translated": IPv6Address(0xFFFF << 48 | number),
        "nat64": IPv6Address(0x64_FF9B << 96 | number),
        "local nat64": IPv6Address(0x64_FF9B_0001 << 80 | number),
        "6to4": IPv6Address(0x2002 << 112 | number << 80 | 1),
        "teredo server": IPv6Address(0x2001_0000 << 96 | number << 64 | ~0x0808_0808 & 0xFFFF_FFFF),
        "teredo client": IPv6Address(0x2001_0000 << 96 | 0x0808_0808 << 64 | ~number & 0xFFFF_FFFF),
        "isatap": IPv6Address(0x2606_4700 << 96 | 0x5EFE << 32 | number),
        "global isatap": IPv6Address(0x2606_4700 << 96 | 0x0200_5EFE << 32 | number),
    }


@pytest.mark.parametrize("address", PRIVATE_V4 + PRIVATE_V6)
def test_is_not_public(address: str):
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC_V4 + PUBLIC_V6)
def test_is_public(address: str):
    assert is_public(address)


@pytest.mark.parametrize("v4", PRIVATE_V4)
def test_is_not_public_however_it_is_wrapped(v4: str):
    assert [way for way, one in wrapped(IPv4Address(v4)).items() if is_public(str(one))] == []


@pytest.mark.parametrize(
    "text", ["", "localhost", "8.8.8.8 ", "8.8.8.8:443", "[::1]", "08.8.8.8", "8.8.2056", "1"]
)
def test_is_not_public_where_it_is_no_address(text: str):
    assert not is_public(text)


@given(st.ip_addresses(v=4))
def test_is_public_in_no_wrapping_where_it_is_not_itself(v4: IPv4Address):
    if not is_public(str(v4)):
        assert [way for way, one in wrapped(v4).items() if is_public(str(one))] == []


@given(st.ip_addresses())
def test_says_no_more_than_python_does(address: IPv4Address | IPv6Address):
    # Python knows less of what lies in an address, so it may let more pass, but never less.
    if is_public(str(address)) and not getattr(address, "ipv4_mapped", None):
        assert address.is_global
        assert not address.is_multicast
