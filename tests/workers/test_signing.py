"""Signing: the public package takes what we sign, and nothing that is another."""

import base64
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from events.sealing import MasterKey
from tests.controls import NOON
from workers.signing import SigningKeys, signed_headers, signing_keys

MASTER = MasterKey(b"a master key of 32 bytes, for us")
PRACTICE = UUID("0198a000-0000-7000-8000-000000000001")
SUBSCRIPTION = UUID("0198a000-0000-7000-8000-000000000040")
ANOTHER = UUID("0198a000-0000-7000-8000-000000000041")
OLD, NEW = (
    signing_keys(MASTER, PRACTICE, SUBSCRIPTION, 1),
    signing_keys(MASTER, PRACTICE, SUBSCRIPTION, 2),
)
MESSAGE = "0198a000000070008000000000000001-42"
BODY = '{"type":"goal.reached.v1","told":"voilà"}'.encode()

message_ids = st.from_regex(r"[A-Za-z0-9_-]{1,256}", fullmatch=True)


def now() -> datetime:
    """The public package refuses what is more than five minutes from the real time."""
    return datetime.now(UTC)


def signed(*keys: SigningKeys, at: datetime | None = None, body: bytes = BODY) -> dict[str, str]:
    return signed_headers(keys, message_id=MESSAGE, at=at or now(), body=body)


def accepts(secret: str, headers: dict[str, str], body: bytes = BODY) -> bool:
    try:
        Webhook(secret).verify(body, headers, json_parse=False)
    except WebhookVerificationError:
        return False
    return True


def accepts_ed25519(public_key: str, headers: dict[str, str], body: bytes = BODY) -> bool:
    """As a receiver would who keeps no secret."""
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key.removeprefix("whpk_")))
    for signature in headers["webhook-signature"].split(" "):
        version, _, in_base64 = signature.partition(",")
        if version != "v1a":
            continue
        try:
            key.verify(base64.b64decode(in_base64), content)
        except InvalidSignature:
            continue
        return True
    return False


class TestSigningKeys:
    def test_are_the_same_whenever_they_are_derived(self):
        again = signing_keys(MASTER, PRACTICE, SUBSCRIPTION, 2)
        assert (again.secret, again.public_key) == (NEW.secret, NEW.public_key)

    def test_are_for_ever_those_that_the_first_release_gave_out(self):
        assert OLD.secret == "whsec_99BWem+F5ICzSxZdvba5XkOzQkxpZ+XcY1HbJpEKpbU="
        assert OLD.public_key == "whpk_b12PqHOgqR2oWIML9zDRvDUfPzvy86mbvzAT+AHxb3I="

    def test_are_others_for_another_subscription_generation_or_master_key(self):
        others = [
            OLD,
            NEW,
            signing_keys(MASTER, PRACTICE, ANOTHER, 1),
            signing_keys(MASTER, ANOTHER, SUBSCRIPTION, 1),
            signing_keys(MasterKey(b"another master key, also 32 long"), PRACTICE, SUBSCRIPTION, 1),
        ]
        assert len({keys.secret for keys in others}) == 5
        assert len({keys.public_key for keys in others}) == 5

    def test_have_the_form_and_the_length_of_the_specification(self):
        secret, public_key = NEW.secret, NEW.public_key
        assert secret.startswith("whsec_")
        assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32
        assert public_key.startswith("whpk_")
        assert len(base64.b64decode(public_key.removeprefix("whpk_"), validate=True)) == 32

    def test_show_nothing_of_themselves(self):
        for shown in (repr(NEW), str(NEW), f"{NEW}", repr([NEW])):
            assert "SigningKeys(…)" in shown
        assert not hasattr(NEW, "__dict__")
        assert not hasattr(NEW, "__rich_repr__")


class TestSignedHeaders:
    def test_are_accepted_by_the_public_package(self):
        headers = signed(NEW)
        assert Webhook(NEW.secret).verify(BODY, headers)["type"] == "goal.reached.v1"
        assert accepts_ed25519(NEW.public_key, headers)

    def test_are_accepted_with_the_new_and_with_the_old_keys_during_a_rotation(self):
        headers = signed(NEW, OLD)
        assert accepts(NEW.secret, headers)
        assert accepts(OLD.secret, headers)
        assert accepts_ed25519(NEW.public_key, headers)
        assert accepts_ed25519(OLD.public_key, headers)

    def test_are_refused_with_the_old_keys_after_it(self):
        headers = signed(NEW)
        assert not accepts(OLD.secret, headers)
        assert not accepts_ed25519(OLD.public_key, headers)

    def test_say_the_new_ones_first(self):
        signatures = signed(NEW, OLD)["webhook-signature"].split(" ")
        assert [one.partition(",")[0] for one in signatures] == ["v1", "v1a", "v1", "v1a"]
        assert " ".join(signatures[:2]) == signed(NEW)["webhook-signature"]

    def test_are_refused_with_another_subscriptions_keys(self):
        another = signing_keys(MASTER, PRACTICE, ANOTHER, 2)
        assert not accepts(another.secret, signed(NEW, OLD))
        assert not accepts_ed25519(another.public_key, signed(NEW, OLD))

    def test_are_refused_with_another_body(self):
        assert not accepts(NEW.secret, signed(NEW), BODY.replace(b"reached", b"dropped"))
        assert not accepts_ed25519(NEW.public_key, signed(NEW), BODY + b" ")

    def test_are_refused_with_another_id(self):
        headers = signed(NEW) | {"webhook-id": f"{MESSAGE}0"}
        assert not accepts(NEW.secret, headers)
        assert not accepts_ed25519(NEW.public_key, headers)

    def test_are_refused_with_another_time(self):
        at = now()
        headers = signed(NEW, at=at) | {"webhook-timestamp": str(int(at.timestamp()) + 1)}
        assert not accepts(NEW.secret, headers)
        assert not accepts_ed25519(NEW.public_key, headers)

    def test_are_refused_when_they_are_old(self):
        assert not accepts(NEW.secret, signed(NEW, at=now() - timedelta(minutes=6)))

    def test_say_the_time_in_whole_seconds_whatever_the_offset(self):
        headers = signed(NEW, at=NOON.replace(microsecond=999_999))
        assert headers["webhook-timestamp"] == str(int(NOON.timestamp()))

    @pytest.mark.parametrize("wrong", ["", "a.b", "a b", "a\n", "a\r\nb: c", "é", "a" * 257])
    def test_refuse_an_id_that_could_pass_for_another(self, wrong: str):
        with pytest.raises(ValueError, match="message id"):
            signed_headers([NEW], message_id=wrong, at=NOON, body=BODY)

    def test_refuse_a_time_without_its_offset_and_to_sign_with_nothing(self):
        with pytest.raises(ValueError, match="offset"):
            signed(NEW, at=NOON.replace(tzinfo=None))
        with pytest.raises(ValueError, match="at least one"):
            signed(at=NOON)

    @given(message_id=message_ids, text=st.text())
    def test_of_any_text_under_any_id_are_accepted(self, message_id: str, text: str):
        body = text.encode("utf-8", "ignore")
        headers = signed_headers([NEW, OLD], message_id=message_id, at=now(), body=body)
        for keys in (NEW, OLD):
            assert accepts(keys.secret, headers, body)
            assert accepts_ed25519(keys.public_key, headers, body)
        assert not accepts(NEW.secret, headers, body + b" ")

    @given(body=st.binary())
    def test_of_any_bytes_are_accepted_without_a_secret(self, body: bytes):
        assert accepts_ed25519(NEW.public_key, signed(NEW, body=body), body)
