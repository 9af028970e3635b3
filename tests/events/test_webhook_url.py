"""Webhook URLs: which are taken, which are refused, and in which words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.refusals import Rejected, ValueRefused
from events.webhook_url import (
    LONGEST_URL,
    UrlNotEncrypted,
    UrlNotPublic,
    UrlNotUsable,
    require_believable_url,
)


@pytest.mark.parametrize("refusal", [UrlNotEncrypted, UrlNotPublic])
def test_a_refusal_says_how_webhooks_are_tried_in_development(refusal: type[Rejected]) -> None:
    assert "CAIRN_WEBHOOKS=any" in refusal.sentence()


def refused(url: str, *, any_network: bool = False) -> type[Rejected] | None:
    try:
        require_believable_url(url, any_network=any_network)
    except ValueRefused as refusal:
        return type(refusal)
    return None


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.org",
        "https://hooks.example.org/",
        "https://hooks.example.org:8443/cairn?practice=1&x=%20",
        "HTTPS://Hooks.Example.ORG/A",
        "https://xn--mnchen-3ya.de/hook",
        "https://under_score.example.org/",
        "https://8.8.8.8/hook",
        "https://[2606:4700::1111]:443/hook",
        "https://1.1.1.1.example.org/",
        "https://local.example.org/",
        "https://localhost.example.org/",
        "https://hooks.example.org:1/",
        "https://hooks.example.org:65535/",
        "https://a.b/" + "c" * (LONGEST_URL - 12),
    ],
)
def test_is_taken_whatever_network_may_be(url: str):
    assert refused(url) is None
    assert refused(url, any_network=True) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://",
        "https:///path",
        "https:hooks.example.org",
        "hooks.example.org/hook",
        "//hooks.example.org/hook",
        "ftp://hooks.example.org/",
        "file://hooks.example.org/",
        "javascript:alert(1)",
        "https://user@hooks.example.org/",
        "https://user:password@hooks.example.org/",
        "https://@hooks.example.org/",
        "https://hooks.example.org@127.0.0.1/",
        "https://hooks.example.org/#fragment",
        "https://hooks.example.org/#",
        "https://hooks.example.org:0/",
        "https://hooks.example.org:65536/",
        "https://hooks.example.org:-1/",
        "https://hooks.example.org:https/",
        "https://hooks.example.org:/",
        "https://hooks.example.org/ a",
        " https://hooks.example.org/",
        "https://hooks.example.org/\n",
        "https://hooks.exa\tmple.org/",
        "https://hooks.example.org/\r\nX: y",
        "https://hooks.example.org/\x00",
        "https://hooks.example.org/\x7f",
        "https://hooks.example.org\\@127.0.0.1/",
        "https:\\\\hooks.example.org/",
        "https://münchen.example/",
        "https://hooks。example.org/",
        "https://①27.0.0.1/",
        "https://%31%32%37.0.0.1/",
        "https://hooks..example.org/",
        "https://.example.org/",
        "https://hooks.example.org./",
        "https://-hooks.example.org/",
        "https://hooks-.example.org/",
        "https://" + "a" * 64 + ".example.org/",
        "https://" + "a." * 130 + "org/",
        "https://[::1/",
        "https://::1/",
        "https://[fe80::1%eth0]/",
        "https://[fe80::1%25eth0]/",
        "https://[v1.x]/",
        "https://a[::1]/",
        "https://[::1]a/",
        "https://[::1].example.org/",
        "https://[]/",
        "https://[1::2::3]/",
        "https://[hooks.example.org]/",
        "https://[127.0.0.1]/",
        "https://a.b/" + "c" * (LONGEST_URL - 11),
        "https://hooks.example.org/{id}",
        'https://hooks.example.org/"',
    ],
)
def test_is_refused_whatever_network_may_be(url: str):
    assert refused(url) is UrlNotUsable
    assert refused(url, any_network=True) is UrlNotUsable


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST",
        "hooks.localhost",
        "printer.local",
        "metadata.google.internal",
        "hooks",
        "redis",
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0X7F.1",
        "0x",
        "017700000001",
        "0177.0.0.1",
        "0",
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.168.1.1",
        "203.0.113.7",
        "255.255.255.255",
        "1.2.3.256",
        "8.8.2056",
        "hooks.example.1",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[64:ff9b::7f00:1]",
    ],
)
def test_is_refused_where_it_is_visibly_not_public(host: str):
    assert refused(f"https://{host}/hook") is UrlNotPublic
    assert refused(f"https://{host}:8443/hook") is UrlNotPublic
    assert refused(f"https://{host}/hook", any_network=True) is None
    assert refused(f"http://{host}/hook", any_network=True) is None


def test_is_refused_without_encryption_where_it_goes_through_the_internet():
    assert refused("http://hooks.example.org/") is UrlNotEncrypted
    assert refused("http://hooks.example.org/", any_network=True) is None


def test_names_the_field_at_fault_and_never_what_was_sent():
    for url in ("https://secret@x.example/", "http://secret.example/", "https://secret.local/"):
        with pytest.raises(ValueRefused) as refusal:
            require_believable_url(url, any_network=False)
        assert refusal.value.pointer == "/url"
        assert "secret" not in str(refusal.value)


@given(url=st.text(max_size=80) | st.text(max_size=60).map("https://{}".format))
def test_anything_is_taken_or_refused(url: str):
    assert refused(url) in {None, UrlNotUsable, UrlNotEncrypted, UrlNotPublic}
