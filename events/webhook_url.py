"""Which URL a webhook may be given: one that can be meant, and that lies in public.

An early and friendly refusal. What a name stands for is known at the moment of connecting alone,
and looked at there (workers/guarded_network.py).
"""

import re
from ipaddress import IPv6Address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from events.public_address import is_public
from events.refusals import ValueRefused, require_all

LONGEST_URL: Final = 2_000
# Printable ASCII without the space, and without those that parsers disagree about.
BELIEVABLE: Final = re.compile(r"[!-~]+")
DISPUTED: Final = frozenset('\\#<>"^`{|}')
# A host and a port: no user information, no empty port, no zone, nothing percent-encoded.
AUTHORITY: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?")
# RFC 1123, section 2.1, and the underscore that is found in names all the same.
LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
LONGEST_HOST: Final = 253
# The WHATWG's «ends in a number»: inet_aton takes 127.1, 0x7f000001 and 2130706433 for addresses.
NUMERIC: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
OWN_NETWORK: Final = frozenset({"localhost", "local", "internal"})


class UrlNotUsable(ValueRefused):
    """This is no URL that a webhook can be sent to: give one with a host, and without user information or a fragment."""  # noqa: E501 - one sentence, read by people

    field = "url"


class UrlNotEncrypted(ValueRefused):
    """What a webhook sends must not be read on its way: give an https:// URL, or for development set CAIRN_WEBHOOKS=any where Cairn runs."""  # noqa: E501 - one sentence, read by people

    field = "url"


class UrlNotPublic(ValueRefused):
    """The URL's host is in a private network: give one that the internet reaches, or for development set CAIRN_WEBHOOKS=any where Cairn runs."""  # noqa: E501 - one sentence, read by people

    field = "url"


def require_believable_url(url: str, *, any_network: bool) -> None:
    """At most 2,000 characters of ASCII, with a host and a port that there can be.

    `any_network` also lets http and the hosts of private networks pass. Raises UrlNotUsable,
    UrlNotEncrypted, UrlNotPublic.
    """
    parts = parted(url)
    if parts.scheme not in {"https", "http"}:
        raise UrlNotUsable
    host = parts.hostname or ""
    if not is_host(host):
        raise UrlNotUsable
    if not any_network:
        require_all(lambda: require_encrypted(parts.scheme), lambda: require_public(host))


def require_encrypted(scheme: str) -> None:
    """Raises UrlNotEncrypted."""
    if scheme != "https":
        raise UrlNotEncrypted


def require_public(host: str) -> None:
    """Raises UrlNotPublic."""
    if not may_be_public(host):
        raise UrlNotPublic


def parted(url: str) -> SplitResult:
    """The URL's parts. Raises UrlNotUsable for what parsers may read in more ways than one."""
    if len(url) > LONGEST_URL or not BELIEVABLE.fullmatch(url) or DISPUTED.intersection(url):
        raise UrlNotUsable
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UrlNotUsable from None
    if not AUTHORITY.fullmatch(parts.netloc) or port == 0:
        raise UrlNotUsable
    return parts


def is_host(host: str) -> bool:
    """Whether this is a name of labels, without a final full stop, or an address."""
    if ":" not in host:
        labels = host.split(".")
        return len(host) <= LONGEST_HOST and all(LABEL.fullmatch(label) for label in labels)
    try:
        IPv6Address(host)
    except ValueError:
        return False
    return True


def may_be_public(host: str) -> bool:
    """Whether a host is not visibly one of a network of somebody's own."""
    *before, last = host.split(".")
    if ":" in host or NUMERIC.fullmatch(last):
        return is_public(host)
    return bool(before) and last not in OWN_NETWORK
