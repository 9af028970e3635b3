"""The envelope: the public SDK of CloudEvents opens it and finds each attribute."""

import json
import re
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_http_event, from_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.v1.http import from_http as from_http_in_v1
from hypothesis import given
from hypothesis import strategies as st

from events.sealing import MasterKey
from projections.told_event import NumberedEvent
from projections.told_position import SealedPositions
from tests.controls import ANNA, NOON, PRACTICE, THIS_MORNING, WALK
from workers.envelope import (
    CONTENT_TYPE,
    CloudEvent,
    enveloped,
    message_id,
    message_id_with_position,
    sequence,
)

SEALED = b"as the log has it"
POSITION = 42
TOKEN = SealedPositions(MasterKey(bytes(32))).token(PRACTICE, POSITION, of="event")
PUBLIC_URL = "https://cairn.example"
EPOCH = UUID(int=3)
HEADERS = {"content-type": CONTENT_TYPE}
LARGEST = 2**63 - 1


def goal_reached(**changes: Any) -> NumberedEvent:
    return msgspec.structs.replace(
        NumberedEvent(
            position=TOKEN,
            type="goal.reached.v1",
            category="goal",
            stream_id=WALK,
            version=9,
            client_id=ANNA,
            occurred_at=THIS_MORNING,
            recorded_at=NOON,
            link=f"/v1/goals/{WALK}",
            number=7,
            goal_id=WALK,
        ),
        **changes,
    )


def sent(event: NumberedEvent | None = None) -> bytes:
    told = event or goal_reached()
    id_ = message_id(PRACTICE, POSITION, SEALED)
    return enveloped(
        told, id_=id_, practice_id=PRACTICE, public_url=PUBLIC_URL, key=WALK, epoch=EPOCH
    )


def found() -> dict[str, Any]:
    """Each attribute that a reader should find, beside the time."""
    return {
        "specversion": "1.0",
        "id": message_id(PRACTICE, POSITION, SEALED),
        "source": f"urn:uuid:{PRACTICE}",
        "type": "goal.reached.v1",
        "subject": f"goal/{WALK}",
        "datacontenttype": "application/json",
        "dataschema": "https://cairn.example/schema/events/goal.reached.v1",
        "sequence": "0000000000000000007",
        "partitionkey": str(WALK),
        "epoch": str(EPOCH),
    }


class TestEnveloped:
    def test_is_read_by_the_public_sdk(self):
        read = from_http_event(HTTPMessage(headers=HEADERS, body=sent()))
        attributes = dict(read.get_attributes())
        assert attributes.pop("time") == THIS_MORNING
        assert attributes == found()
        assert read.get_data() == json.loads(msgspec.json.encode(goal_reached()))

    def test_is_read_as_structured_by_it(self):
        read = from_structured(HTTPMessage(headers=HEADERS, body=sent()), JSONFormat())
        assert read.get_id() == message_id(PRACTICE, POSITION, SEALED)
        assert read.get_extension("partitionkey") == str(WALK)

    def test_is_read_by_its_older_form(self):
        read = from_http_in_v1(HEADERS, sent())
        attributes = dict(read.get_attributes())
        assert attributes.pop("time") == THIS_MORNING.isoformat()
        assert attributes == found()
        assert read.get_data() == json.loads(msgspec.json.encode(goal_reached()))

    def test_is_read_by_our_own_type(self):
        read = msgspec.json.decode(sent(), type=CloudEvent)
        assert read.data == goal_reached()
        assert read.time.utcoffset() == timedelta(hours=1)

    def test_has_no_field_beside_those_of_the_specification(self):
        assert json.loads(sent()).keys() == {*found(), "time", "data"}

    def test_keeps_the_persons_own_offset(self):
        assert json.loads(sent())["time"] == "2026-03-02T07:30:00+01:00"

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({}, {}),
            ({"body": None}, {"body": None}),
            ({"body": {"reached_on": "2026-03-02"}}, {"body": {"reached_on": "2026-03-02"}}),
        ],
        ids=["left out", "no longer readable", "whole"],
    )
    def test_carries_as_much_of_the_body_as_the_event_tells(
        self, changes: dict[str, Any], told: dict[str, Any]
    ):
        data = json.loads(sent(goal_reached(**changes)))["data"]
        assert {name: data[name] for name in data if name == "body"} == told


class TestMessageId:
    def test_is_another_for_another_event(self):
        assert message_id(PRACTICE, POSITION, SEALED) != message_id(PRACTICE, POSITION + 1, SEALED)

    def test_is_another_where_a_restored_log_has_another_event_at_a_position(self):
        assert message_id(PRACTICE, POSITION, SEALED) != message_id(
            PRACTICE, POSITION, b"sealed otherwise"
        )

    def test_has_no_full_stop_because_it_is_signed_before_one(self):
        assert "." not in message_id(PRACTICE, LARGEST, SEALED)

    @given(one=st.integers(1, LARGEST), other=st.integers(1, LARGEST))
    def test_tells_no_position_by_what_it_says_or_how_long_it_is(self, one: int, other: int):
        told = [message_id(PRACTICE, position, SEALED) for position in (one, other)]
        assert {len(id_) for id_ in told} == {32 + 1 + 32}
        digests = {id_.removeprefix(f"{PRACTICE.hex}-") for id_ in told}
        assert all(re.fullmatch("[0-9a-f]{32}", digest) for digest in digests)
        assert len(digests) == len({one, other})

    def test_of_a_message_from_before_stays_as_it_was(self):
        told = message_id_with_position(PRACTICE, POSITION, SEALED)
        assert told == f"{PRACTICE.hex}-42-{sha256(SEALED).hexdigest()[:8]}"


class TestSequence:
    @given(one=st.integers(1, LARGEST), other=st.integers(1, LARGEST))
    def test_sorts_as_text_as_the_numbers_do(self, one: int, other: int):
        assert (sequence(one) < sequence(other)) == (one < other)
        assert int(sequence(one)) == one
