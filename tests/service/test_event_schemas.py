"""The schemas that are published say what is sent: of each sample ever stored, and to a field."""

import re
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import jsonschema_rs
import msgspec
import pytest
from jsonschema_rs import Draft202012Validator

from events.catalogue import decode, types
from projections.feed_page import FeedEvent
from projections.told_event import LINKS, NumberedEvent, ToldEvent, schema_path, told
from service.event_schemas import DIALECT, LEFT_OUT, body_schemas, category_of, encoded, listed
from service.settings import Settings
from tests.events.test_samples import SAMPLES
from tests.service.conftest import Asker, House

PUBLIC_URL = "https://cairn.example"
SCHEMAS: dict[str, dict[str, Any]] = {
    type_: msgspec.json.decode(text) for type_, text in encoded(PUBLIC_URL).items()
}
CHECKS = {
    type_: Draft202012Validator(schema, validate_formats=True) for type_, schema in SCHEMAS.items()
}
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
# One that is about a goal, and has an optional field in its body.
REACHED = "goal.reached.v1"


def told_plainly(type_: str) -> ToldEvent:
    """An event of a type, as the feed tells it."""
    return told(
        FeedEvent(
            position=7,
            type=type_,
            category=category_of(type_),
            stream_id=UUID(int=1),
            version=2,
            client_id=UUID(int=3),
            occurred_at=NOON,
            recorded_at=NOON,
        )
    )


def numbered(type_: str, body: Any = msgspec.UNSET, **changes: Any) -> NumberedEvent:
    """The same as a subscription tells it."""
    fields = msgspec.structs.asdict(told_plainly(type_))
    more = {"number": 4, "goal_id": UUID(int=1), "body": body, **changes}
    return NumberedEvent(**fields, **more)


def sent(event: ToldEvent | NumberedEvent) -> dict[str, Any]:
    """What goes over the wire, read again."""
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(event))
    return plain


def sent_in_full(type_: str, sample: Any) -> dict[str, Any]:
    return sent(numbered(type_, decode(msgspec.json.encode(sample))))


def test_every_position_in_a_body_is_said_to_be_left_out() -> None:
    """See told_event.without_positions: a field that a new event has must be left out, too."""
    _, schemas = body_schemas(types().values(), template="#/{name}")
    required = {(name, field) for name in schemas for field in schemas[name].get("required", ())}
    found = {
        (name, field): told.get("description")
        for name in schemas
        for field, told in schemas[name].get("properties", {}).items()
        if "position" in field
    }
    assert set(found.values()) == {LEFT_OUT}
    assert len(found) == 6
    assert found.keys() & required == set()
    assert ("Evidence", "formula") in required


@pytest.mark.parametrize("type_", types())
class TestTheSchemaOfAType:
    def test_is_a_schema(self, type_: str):
        schema = SCHEMAS[type_]
        jsonschema_rs.meta.validate(schema)
        assert schema["$schema"] == DIALECT
        assert schema["$id"] == PUBLIC_URL + schema_path(type_)
        assert schema["title"]
        assert schema["description"]

    def test_has_no_reference_that_leads_nowhere_and_no_part_that_nobody_needs(self, type_: str):
        text = encoded(PUBLIC_URL)[type_].decode()
        named = set(re.findall(r'"\$ref":"#/\$defs/([^"]+)"', text))
        assert named == set(SCHEMAS[type_]["$defs"])
        assert text.count('"$ref"') == text.count('"$ref":"#/$defs/')

    def test_fits_every_sample_that_was_ever_stored(self, type_: str):
        for sample in SAMPLES[type_]:
            CHECKS[type_].validate(sent_in_full(type_, sample))
            # As it was stored, before a later release gave it more fields.
            CHECKS[type_].validate(sent(numbered(type_, msgspec.Raw(msgspec.json.encode(sample)))))

    def test_fits_what_is_told_without_a_body_or_of_one_that_can_not_be_read(self, type_: str):
        for event in (told_plainly(type_), numbered(type_), numbered(type_, None)):
            CHECKS[type_].validate(sent(event))
        CHECKS[type_].validate(sent(numbered(type_, goal_id=None)))

    def test_does_not_fit_the_body_of_another_type(self, type_: str):
        other = next(one for one in types() if one != type_)
        event = sent_in_full(other, SAMPLES[other][0])
        assert not CHECKS[type_].is_valid(event)
        own = {"type": type_, "category": category_of(type_)}
        assert not CHECKS[type_].is_valid({**event, **own})
        assert not CHECKS[type_].is_valid({**sent(told_plainly(type_)), "category": "weather"})

    def test_does_not_fit_where_a_field_is_missing(self, type_: str):
        whole = sent_in_full(type_, SAMPLES[type_][0])
        for name in whole.keys() - {"body"}:
            assert not CHECKS[type_].is_valid({k: v for k, v in whole.items() if k != name}), name
        for name in SCHEMAS[type_]["$defs"][types()[type_].__name__]["required"]:
            without = deepcopy(whole)
            del without["body"][name]
            assert not CHECKS[type_].is_valid(without), name

    def test_does_not_fit_a_field_of_another_kind(self, type_: str):
        for whole in (sent_in_full(type_, one) for one in SAMPLES[type_]):
            for name in whole:
                assert not CHECKS[type_].is_valid({**whole, name: {"no": "such"}}), name
            for name, value in whole["body"].items():
                other = 1.5 if isinstance(value, str) else "a word"
                changed = {**whole, "body": {**whole["body"], name: other}}
                assert value is None or not CHECKS[type_].is_valid(changed), name

    def test_lets_a_field_through_that_a_later_release_may_add(self, type_: str):
        whole = sent_in_full(type_, SAMPLES[type_][0])
        whole["body"]["added_later"] = 1
        CHECKS[type_].validate({**whole, "added_later": 1})


class TestEverySchema:
    def test_requires_what_the_feed_tells_and_no_more(self):
        for schema in SCHEMAS.values():
            assert set(schema["required"]) == set(ToldEvent.__struct_encode_fields__)
            assert set(schema["properties"]) == set(NumberedEvent.__struct_encode_fields__)

    def test_demands_that_what_a_subscription_tells_comes_together(self):
        whole = sent_in_full(REACHED, SAMPLES[REACHED][0])
        for names in ({"number"}, {"goal_id"}, {"number", "goal_id"}):
            rest = {name: value for name, value in whole.items() if name not in names}
            assert not CHECKS[REACHED].is_valid(rest), names
        del whole["body"]
        CHECKS[REACHED].validate(whole)

    def test_takes_no_time_without_an_offset(self):
        event = sent_in_full("mood.corrected.v1", SAMPLES["mood.corrected.v1"][0])
        for inside in (event, event["body"]):
            kept = inside["occurred_at"]
            inside["occurred_at"] = "2026-03-02T12:00:00"
            assert not CHECKS["mood.corrected.v1"].is_valid(event)
            inside["occurred_at"] = kept
        CHECKS["mood.corrected.v1"].validate(event)

    def test_is_of_a_category_that_has_a_link(self):
        assert {category_of(type_) for type_ in types()} == set(LINKS)

    def test_has_no_word_that_only_openapi_knows(self):
        assert all(b'"discriminator"' not in text for text in encoded(PUBLIC_URL).values())


class TestTheAddresses:
    async def test_answer_each_type_to_anybody_who_may_keep_it(self, house: House):
        listed_there = (await house.http.get("/schema/events")).json()
        assert list(listed_there) == list(types())
        for type_, told_of in listed_there.items():
            assert told_of["schema"] == house.cairn.public_url + schema_path(type_)
            answer = await house.http.get(schema_path(type_))
            assert answer.status_code == 200
            assert answer.headers["content-type"] == "application/schema+json"
            assert "max-age" in answer.headers["cache-control"]
            assert answer.json()["$id"] == told_of["schema"]
            assert told_of["summary"]
            assert "\n" not in told_of["summary"]

    @pytest.mark.parametrize("type_", ["goal.reached", "goal.reached.v2", "goal", "*"])
    async def test_answer_a_problem_where_a_type_is_unknown(self, house: House, type_: str):
        answer = await house.http.get(f"/schema/events/{type_}")
        assert answer.status_code == 404
        assert answer.json()["type"] == "/problems/not-found"

    def test_begin_with_the_public_url(self):
        own = Settings.from_env(
            {"PORT": "81", "CAIRN_PUBLIC_URL": "https://cairn.example/practice/"}
        )
        found = listed(own.public_url)[REACHED]
        assert found.schema == "https://cairn.example/practice/schema/events/goal.reached.v1"

    async def test_describe_what_the_feed_really_answers(self, clinician: Asker):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        about = f"/v1/clients/{client_id}"
        mood = await clinician.do("POST", f"{about}/moods", {"rating": 3})
        await clinician.do("PUT", f"/v1/moods/{mood['id']}", {"rating": 4})
        await clinician.do("POST", f"{about}/assessments", {"instrument": "gad7", "total": 9})
        await clinician.do("POST", f"/v1/goals/{goal_id}/check-ins", {"amount": 30})
        await clinician.do("POST", f"/v1/goals/{goal_id}/pause", {"reason": "A holiday."})
        items = (await clinician.get("/v1/feed?limit=1000"))["items"]
        assert len({one["type"] for one in items}) > 9
        for one in items:
            CHECKS[one["type"]].validate(one)
            other = next(type_ for type_ in types() if type_ != one["type"])
            assert not CHECKS[other].is_valid(one)
