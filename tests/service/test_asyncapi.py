"""The document of what is sent: complete, and true of what the channels send."""

import re
from typing import Any
from uuid import UUID

import msgspec
import pytest
from jsonschema_rs import Draft7Validator
from pydantic_asyncapi.v3 import AsyncAPI

from events.catalogue import decode, types
from events.sealing import MasterKey
from projections.told_event import NumberedEvent, schema_path
from service.asyncapi import MEDIA_TYPE, document, encoded
from tests.events.test_samples import SAMPLES
from tests.service.answering import APP
from tests.service.conftest import House
from tests.service.test_event_schemas import (
    NOON,
    PUBLIC_URL,
    numbered,
    sent,
    sent_in_full,
    told_plainly,
)
from workers.envelope import CONTENT_TYPE, CloudEvent, enveloped, message_id
from workers.signing import signed_headers, signing_keys

TEXT = encoded(PUBLIC_URL)
DOCUMENT: dict[str, Any] = msgspec.json.decode(TEXT)
CHANNELS = ("feed", "subscription", "webhook")


def found(place: str) -> Any:
    """What a reference leads to."""
    part: Any = DOCUMENT
    for step in place.removeprefix("#/").split("/"):
        part = part[step]
    return part


def messages_of(channel: str) -> dict[str, dict[str, Any]]:
    """The messages of a channel by their key in it."""
    told = DOCUMENT["channels"][channel]["messages"]
    return {key: found(message["$ref"]) for key, message in told.items()}


def check(schema: dict[str, Any]) -> Draft7Validator:
    """A check of a part of the document: AsyncAPI goes by draft 7 of JSON Schema."""
    whole = {"allOf": [schema], "components": DOCUMENT["components"]}
    return Draft7Validator(whole, validate_formats=True)


def enclosed(event: NumberedEvent) -> bytes:
    """An event as a webhook carries it."""
    return enveloped(
        event,
        id_=message_id(UUID(int=10), event.number, b"sealed"),
        practice_id=UUID(int=10),
        public_url=PUBLIC_URL,
        key=UUID(int=1),
        epoch=UUID(int=2),
    )


class TestTheDocument:
    def test_is_asyncapi_3(self):
        read = AsyncAPI.model_validate_json(TEXT)
        assert read.asyncapi == "3.0.0"
        assert set(read.channels or {}) == set(CHANNELS)
        assert len(read.operations or {}) == len(CHANNELS)

    def test_has_no_reference_that_leads_nowhere(self):
        places = set(re.findall(r'"\$ref":"([^"]+)"', TEXT.decode()))
        assert len(places) > 4 * len(types())
        for place in places:
            assert found(place), place

    def test_has_no_part_that_nobody_needs(self):
        places = set(re.findall(r'"\$ref":"([^"]+)"', TEXT.decode()))
        kept = {
            f"#/components/{kind}/{name}"
            for kind, parts in DOCUMENT["components"].items()
            for name in parts
        }
        assert kept <= places

    @pytest.mark.parametrize("channel", CHANNELS)
    def test_has_each_type_of_event_once_on_each_channel(self, channel: str):
        messages = messages_of(channel)
        told = [*types(), *([] if channel == "webhook" else ["end"])]
        assert list(messages) == told
        assert [one["name"] for one in messages.values()] == told
        operations = [
            one
            for one in DOCUMENT["operations"].values()
            if one["channel"] == {"$ref": f"#/channels/{channel}"}
        ]
        assert [one["action"] for one in operations] == ["send"]
        assert operations[0]["messages"] == [
            {"$ref": f"#/channels/{channel}/messages/{one}"} for one in told
        ]
        for message in messages.values():
            assert message["title"]
            assert message["summary"]

    def test_says_where_each_channel_is_and_how_it_is_asked(self):
        channels = DOCUMENT["channels"]
        assert [channels[name]["address"] for name in CHANNELS] == [
            "/v1/feed/stream",
            "/v1/subscriptions/{subscription_id}/stream",
            None,
        ]
        assert set(channels["subscription"]["parameters"]) == {"subscription_id"}
        asked = [one["bindings"]["http"]["method"] for one in DOCUMENT["operations"].values()]
        assert asked == ["GET", "GET", "POST"]

    @pytest.mark.parametrize(
        ("operation", "path"),
        [
            ("stream_the_feed", "/v1/feed/stream"),
            ("stream_a_subscription", "/v1/subscriptions/{subscription_id}/stream"),
        ],
    )
    def test_names_the_parameters_that_a_stream_takes(self, operation: str, path: str):
        told = DOCUMENT["operations"][operation]["bindings"]["http"]["query"]["properties"]
        taken = msgspec.json.decode(APP.state.document)["paths"][path]["get"]["parameters"]
        assert set(told) == {one["name"] for one in taken if one["in"] == "query"}

    def test_says_how_each_channel_is_written(self):
        types_sent = {name: messages_of(name)["goal.set.v1"]["contentType"] for name in CHANNELS}
        assert types_sent == {
            "feed": "application/json",
            "subscription": "application/json",
            "webhook": "application/cloudevents+json",
        }

    @pytest.mark.parametrize(
        ("public_url", "server"),
        [
            ("http://127.0.0.1:8000", ("127.0.0.1:8000", "http", None)),
            ("https://example.org/cairn", ("example.org", "https", "/cairn")),
        ],
    )
    def test_names_the_server_as_others_reach_it(self, public_url: str, server: tuple[str, ...]):
        told = document(public_url)["servers"]["cairn"]
        assert (told["host"], told["protocol"], told.get("pathname")) == server

    async def test_is_there_for_anybody(self, house: House):
        answer = await house.http.get("/schema/asyncapi.json")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == MEDIA_TYPE
        assert answer.content == encoded(house.cairn.public_url)


@pytest.mark.parametrize("type_", types())
class TestAMessage:
    def test_of_the_feed_is_what_the_feed_tells(self, type_: str):
        payload = check(messages_of("feed")[type_]["payload"])
        event = sent(told_plainly(type_))
        payload.validate(event)
        self.does_not_fit_altered(payload, event)

    def test_of_a_subscription_is_what_that_tells(self, type_: str):
        payload = check(messages_of("subscription")[type_]["payload"])
        for sample in SAMPLES[type_]:
            payload.validate(sent_in_full(type_, sample))
        payload.validate(sent(numbered(type_, None)))
        event = sent(numbered(type_))
        payload.validate(event)
        self.does_not_fit_altered(payload, event)
        other = next(one for one in types() if one != type_)
        body = sent_in_full(other, SAMPLES[other][0])["body"]
        assert not payload.is_valid({**event, "body": body})

    def test_of_a_webhook_is_a_cloud_event(self, type_: str):
        payload = check(messages_of("webhook")[type_]["payload"])
        for sample in SAMPLES[type_]:
            body = enclosed(numbered(type_, decode(msgspec.json.encode(sample))))
            payload.validate(msgspec.json.decode(body))
        event = msgspec.json.decode(enclosed(numbered(type_)))
        payload.validate(event)
        self.does_not_fit_altered(payload, event)
        without_number = {name: one for name, one in event["data"].items() if name != "number"}
        for wrong in (
            {"specversion": "0.3"},
            {"source": str(UUID(int=10))},
            {"subject": event["data"]["stream_id"]},
            {"dataschema": PUBLIC_URL + schema_path("goal.unknown.v1")},
            {"sequence": 4},
            {"data": without_number},
        ):
            assert not payload.is_valid({**event, **wrong}), wrong

    def does_not_fit_altered(self, payload: Draft7Validator, event: dict[str, Any]) -> None:
        for name in event:
            less = {key: value for key, value in event.items() if key != name}
            assert not payload.is_valid(less), name
            assert not payload.is_valid({**event, name: {"no": "such"}}), name
        assert not payload.is_valid({**event, "type": "goal.unknown.v1"})


def test_a_webhook_has_the_headers_that_it_is_signed_with():
    (trait,) = messages_of("webhook")["goal.reached.v1"]["traits"]
    headers = check(found(trait["$ref"])["headers"])
    master = MasterKey(b"k" * 32)
    keys = [signing_keys(master, UUID(int=10), UUID(int=1), generation) for generation in (2, 1)]
    signed = signed_headers(keys, message_id=message_id(UUID(int=10), 7, b""), at=NOON, body=b"{}")
    whole = {**signed, "content-type": CONTENT_TYPE}
    headers.validate(whole)
    for name in whole:
        assert not headers.is_valid({key: one for key, one in whole.items() if key != name})
        assert not headers.is_valid({**whole, name: ""})


def test_the_envelope_has_the_attributes_that_are_sent():
    properties = DOCUMENT["components"]["schemas"]["CloudEvent"]["properties"]
    assert list(properties) == list(CloudEvent.__struct_encode_fields__)
