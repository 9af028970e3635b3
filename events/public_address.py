"""Which addresses lie in the public internet, and not in a network of somebody's own.

By the IANA special-purpose address registries (RFC 6890), written down here, because what Python
says of an address differs between its releases. Where an address has another one in it, that one
has to be public, too: it is where the packets end.
"""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

NOT_PUBLIC_V4: Final = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # This network (RFC 791); 0.0.0.0 reaches the machine itself.
            "10.0.0.0/8",  # Private (RFC 1918).
            "100.64.0.0/10",  # Shared by a carrier (RFC 6598), and Alibaba's metadata.
            "127.0.0.0/8",  # Loopback (RFC 1122).
            "168.63.129.16/32",  # Azure's own services: public by its number alone.
            "169.254.0.0/16",  # Link-local (RFC 3927), where clouds keep their metadata.
            "172.16.0.0/12",  # Private (RFC 1918).
            "192.0.0.0/24",  # Protocol assignments (RFC 6890), and Oracle's metadata.
            "192.0.2.0/24",  # Documentation (RFC 5737).
            "192.88.99.0/24",  # 6to4 relays, given up (RFC 7526).
            "192.168.0.0/16",  # Private (RFC 1918).
            "198.18.0.0/15",  # Benchmarks (RFC 2544).
            "198.51.100.0/24",  # Documentation (RFC 5737).
            "203.0.113.0/24",  # Documentation (RFC 5737).
            "224.0.0.0/4",  # Multicast (RFC 5771).
            "240.0.0.0/4",  # Reserved (RFC 1112), and broadcast.
        ),
    )
)
# All that is global unicast lies in here (RFC 4291, section 2.4): loopback, unique-local,
# site-local, link-local, multicast and every reserved prefix lie outside.
GLOBAL_V6: Final = IPv6Network("2000::/3")
NOT_PUBLIC_V6: Final = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # Protocol assignments (RFC 2928), Teredo (RFC 4380) among them.
            "2001:db8::/32",  # Documentation (RFC 3849).
            "2002::/16",  # 6to4 (RFC 3056): its relays are given up (RFC 7526).
            "3fff::/20",  # Documentation (RFC 9637).
        ),
    )
)
MAPPED: Final = IPv6Network("::ffff:0:0/96")  # RFC 4291, section 2.5.5.2.
# An IPv6-only network reaches IPv4 through it (RFC 6052); 64:ff9b:1::/48 is for a network's own
# translators (RFC 8215), and not public.
NAT64: Final = IPv6Network("64:ff9b::/96")
# Interface identifiers that hold an IPv4 address (ISATAP: RFC 5214, section 6.1).
ISATAP: Final = frozenset({0x0000_5EFE, 0x0200_5EFE})
LOW_32_BITS: Final = 0xFFFF_FFFF


def is_public(text: str) -> bool:
    """Whether an address, as getaddrinfo writes it, is globally routable and one host's alone.

    An address with a zone (fe80::1%eth0) is not, and neither is what is no address.

    >>> is_public("8.8.8.8"), is_public("::ffff:127.0.0.1"), is_public("64:ff9b::10.0.0.1")
    (True, False, False)
    """
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return all(is_routable(one) for one in meant_by(address))


def meant_by(address: IPv4Address | IPv6Address) -> Iterator[IPv4Address | IPv6Address]:
    """Every address that packets for this one may end at: itself, those in it, or both."""
    if isinstance(address, IPv4Address):
        yield address
        return
    number = int(address)
    low = IPv4Address(number & LOW_32_BITS)
    if address.scope_id is None and (address in MAPPED or address in NAT64):
        yield low
        return
    yield address
    if number >> 32 & LOW_32_BITS in ISATAP:
        yield low


def is_routable(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in NOT_PUBLIC_V4)
    return (
        address.scope_id is None
        and address in GLOBAL_V6
        and not any(address in network for network in NOT_PUBLIC_V6)
    )
