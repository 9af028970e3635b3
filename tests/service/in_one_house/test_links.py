"""The link of every event leads to what the event happened to, for whoever is told of it.

docs/apps.md says where each leads and who may read it: every row is tried with every role.
"""

import re
from typing import Any, Final
from uuid import UUID, uuid4

import msgspec
import pytest

from events.aggregate import Stream
from events.catalogue import decode, types
from events.record import Cause, Step, digest, first_of
from events.safety_interlock import flags_stream
from events.selection import names_type
from projections.event_names import history_kind, timeline_kind
from projections.told_event import LINKS
from service.openapi import dated
from service.template_answers import library_stream
from tests.days import today
from tests.events.test_samples import SAMPLES
from tests.house.tree import ROOT
from tests.service.conftest import Asker, House
from tests.service.in_one_house.conftest import in_its_loop
from tests.service.in_one_house.test_who_may import OPERATIONS, belongings
from tests.service.test_subscriptions import subscribe

PAGE = (ROOT / "docs" / "apps.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([a-z_]+\.\*)` \| `([^`]+)` \| ([^|]+) \|$", flags=re.MULTILINE)
CATEGORIES = sorted(LINKS)
# It sets the clock of the log: it is no event that a test may put there.
CLOCK = "practice.clock_corrected.v1"
# What is told to some apps.
APPS: Final[dict[str, dict[str, Any]]] = {
    "everything": {"categories": CATEGORIES, "after": 0},
    "moods": {"categories": ["mood"], "after": 0},
    "patterns": {"types": ["assessment.*", "goal.reached.v1"], "after": 0},
    "later": {"categories": CATEGORIES},
    "resting": {"categories": CATEGORIES, "after": 0},
}


class Row(msgspec.Struct, frozen=True):
    """A row of the table: a pattern of events, their link, and who may read it."""

    pattern: str
    link: str
    readers: tuple[str, ...]

    def is_for(self, who: str) -> bool:
        return who in {one.removesuffix(" once it is released") for one in self.readers}


ROWS: Final = [
    Row(pattern, link, tuple(readers.split(", "))) for pattern, link, readers in ROW.findall(PAGE)
]


def row_of(type_: str) -> Row:
    [row] = [one for one in ROWS if names_type(one.pattern, type_)]
    return row


@pytest.mark.parametrize("type_", types())
def test_the_page_says_of_every_type_where_its_link_leads(type_: str) -> None:
    assert row_of(type_).link == LINKS[type_.partition(".")[0]]


def test_the_page_has_no_other_rows() -> None:
    assert sorted(one.pattern.removesuffix(".*") for one in ROWS) == CATEGORIES


def test_the_page_says_what_events_were_called() -> None:
    revised, logged, missed = (
        "goal.deadline_revised.v1",
        "mood.logged.v1",
        "goal.deadline_missed.v1",
    )
    to_client = {"for_the_client": True}
    in_history = f"`{history_kind(revised)}` | | `{history_kind(missed, **to_client)}`"
    on_timeline = " | ".join(
        f"`{one}`"
        for one in (
            timeline_kind(revised), timeline_kind(logged), timeline_kind(missed, **to_client),
        )
    )  # fmt: skip
    assert f"| history of a goal | {in_history} |" in PAGE
    assert f"| timeline | {on_timeline} |" in PAGE


def test_the_page_says_what_every_app_reads() -> None:
    """An address that is new for apps goes into the table, or among those that hang on telling."""
    section = PAGE.partition("## What every app reads")[2].partition("\n## ")[0]
    said = re.findall(r"`(/v1/[^`]+)`", section)
    open_to_apps = [
        path for method, path, one in OPERATIONS if method == "GET" and "app" in one.roles
    ]
    hang_on_telling = re.compile(
        r"/v1/(moods|check-ins|assessments|suggestions|subscriptions)/|/check-ins$|/safety-flags\b"
    )
    assert sorted(said) == sorted(one for one in open_to_apps if not hang_on_telling.search(one))


class Happenings:
    """A practice in which every type of event has happened to one and the same client."""

    def __init__(self, house: House, clinician: Asker) -> None:
        self.house = house
        self.dr = clinician
        self.ids: dict[str, str] = {}

    async def begin(self) -> "Happenings":
        self.ids = await belongings(self.house, self.dr, await self.dr.enrol())
        other = await subscribe(self.dr, app="another")
        self.ids["subscription_id"] = str(other["id"])
        recorded = await self.house.cairn.store.read_practice(self.house.practice_id)
        missing = set(types()) - {one.type for one in recorded} - {CLOCK}
        for type_ in types():
            if type_ in missing:
                await self.put(decode(msgspec.json.encode(self.about_these(SAMPLES[type_][0]))))
        # The flag of the form that could not be filed is closed, too: a client reads suggestions.
        closing = SAMPLES["safety_flag.closed.v1"][0]
        flag_id = SAMPLES["safety_flag.raised_unfiled.v1"][0]["flag_id"]
        await self.put(decode(msgspec.json.encode({**closing, "flag_id": flag_id})))
        return self

    def about_these(self, sample: dict[str, Any]) -> dict[str, Any]:
        """The sample of an event, as it happened to what there is here."""
        own = {**self.ids, "practice_id": str(self.house.practice_id)}
        if sample["type"] in ("safety_flag.raised_unfiled.v1", "safety_flag.sent_again.v1"):
            own["flag_id"] = SAMPLES["safety_flag.raised_unfiled.v1"][0]["flag_id"]
        known = {name: own[name] for name in sample.keys() & own.keys()}
        return {**sample, **known, **({"option": None} if "option" in sample else {})}

    async def put(self, event: Any) -> None:
        """Record an event, whatever it makes of the stream."""
        category = event.__struct_config__.tag.partition(".")[0]
        stream = await self.stream_of(category)
        store, practice_id = self.house.cairn.store, self.house.practice_id
        streams = [await store.read_stream(practice_id, category, one) for one in stream.ids]
        past = first_of(streams, client_id=stream.client_id)
        step = Step(
            stream_id=past[0].stream_id,
            category=category,
            client_id=past[0].client_id,
            expected=len(past),
            events=[event],
            occurred_at=self.house.cairn.clock(),
        )
        cause = Cause(
            command_id=uuid4(), actor="worker:test", content=digest("x"), correlation=uuid4()
        )
        await store.append(practice_id, [step], cause=cause)

    async def stream_of(self, category: str) -> Stream:
        cairn, practice_id = self.house.cairn, self.house.practice_id
        client_id = UUID(self.ids["client_id"])
        match category:
            case "safety_flag":
                return await flags_stream(cairn.store, practice_id, client_id)
            case "template":
                return await library_stream(cairn.store, practice_id)
            case "practice":
                stream_id = practice_id
            case _:
                stream_id = UUID(self.ids[f"{category}_id"])
        own = category in ("practice", "subscription")
        return Stream(
            practice_id=practice_id,
            stream_id=stream_id,
            category=category,
            client_id=None if own else client_id,
        )


@in_its_loop
async def happened(house: House, clinician: Asker) -> Happenings:
    return await Happenings(house, clinician).begin()


def is_about(event: dict[str, Any], shown: dict[str, Any]) -> bool:
    """Whether an answer shows what an event happened to, and nothing else."""
    if event["category"] in ("safety_flag", "template"):
        return len(shown["items"]) == 1
    return bool(shown["id"] == event["stream_id"])


async def test_leads_whoever_is_told_to_what_has_happened(house: House, happened: Happenings):
    """Every event of the feed, with every role, and with apps that are told a part."""
    dr, client_id = happened.dr, happened.ids["client_id"]
    own = {name: await subscribe(dr, app=name, **told) for name, told in APPS.items()}
    hers = await subscribe(dr, app="hers", categories=CATEGORIES, clients=[client_id], after=0)
    own["hers"] = hers
    await dr.do("POST", f"/v1/subscriptions/{own['resting']['id']}/pause", {})
    askers = {
        "clinician": dr,
        "auditor": house.asker("auditor", "ann"),
        "client": house.asker("client", client_id),
        **{name: house.asker("app", name) for name in (*own, "nobody")},
    }
    for asker in askers.values():
        asker.reads_after(dr)
    feed = (await dr.get("/v1/feed?limit=1000"))["items"]
    assert {one["type"] for one in feed} >= set(types()) - {CLOCK}
    tried: dict[str, dict[str, Any]] = {one["link"]: one for one in feed}
    for link, event in tried.items():
        for who, asker in askers.items():
            answer = await asker.ask("GET", link)
            is_own = event["stream_id"] == own.get(who, {}).get("id")
            if is_own or may_read(who, event, happened):
                assert answer.status_code == 200, (who, link, answer.text)
                assert is_about(event, answer.json()), (who, link)
            else:
                assert answer.status_code == (403 if who == "client" else 404), (who, link)


def may_read(who: str, event: dict[str, Any], happened: Happenings) -> bool:
    """Whether the page says that somebody may read what an event happened to."""
    row, category = row_of(event["type"]), event["category"]
    if who in ("clinician", "auditor", "client"):
        return row.is_for(who)
    if row.is_for("app"):
        return True
    match who:
        case "everything":
            return row.is_for("told app")
        case "moods":
            return bool(category == "mood")
        case "patterns":
            return bool(category == "assessment")
        case "hers":
            return bool(event["client_id"] == happened.ids["client_id"])
        case "later":
            # It begins after all of this; flags are told all or none, subscriptions by category.
            return category in ("safety_flag", "subscription")
        case _:
            return False


async def test_on_the_timeline_leads_the_client_to_what_has_happened(
    house: House, happened: Happenings
):
    anna = house.asker("client", happened.ids["client_id"])
    anna.reads_after(happened.dr)
    page = await anna.get(f"/v1/clients/{happened.ids['client_id']}/timeline?limit=200")
    told = {one["type"] for one in page["items"]}
    assert {"mood.withdrawn.v1", "suggestion.released.v1", "session.held.v1"} <= told
    # What is for the clinician is not on it, also of types that were added since.
    assert not [one for one in told if one.startswith(("safety_flag", "suggestion.off"))]
    for link in {one["link"] for one in page["items"]}:
        await anna.get(link)


async def test_the_location_of_what_was_made_answers_who_has_made_it(
    house: House, clinician: Asker
):
    client_id = await clinician.enrol()
    starts_at = {"starts_at": "2026-03-02T14:00:00Z"}
    await clinician.do("POST", f"/v1/clients/{client_id}/sessions", starts_at)
    creating = [one for one in OPERATIONS if one[2].creates]
    assert len(creating) > 8
    for method, path, operation in creating:
        for role in sorted(operation.roles):
            goal_id = await clinician.set_goal(client_id)
            asker = house.asker(role, client_id if role == "client" else "someone")
            asker.reads_after(clinician)
            where = path.format(client_id=client_id, goal_id=goal_id)
            made = await asker.ask(method, where, dated(operation.example, today()))
            assert made.status_code == 201, made.text
            shown = await asker.get(made.headers["location"])
            assert shown["id"] == made.json()["id"], (path, role)


async def test_an_event_has_one_name_in_the_feed_the_history_and_the_timeline(
    house: House, happened: Happenings
):
    dr, ids = happened.dr, happened.ids
    feed = (await dr.get("/v1/feed?limit=1000"))["items"]
    named = {(one["stream_id"], one["version"]): one["type"] for one in feed}
    goal, timeline = f"/v1/goals/{ids['goal_id']}", f"/v1/clients/{ids['client_id']}/timeline"
    kinds: dict[str, str] = {}
    for asker in (dr, house.asker("client", ids["client_id"])):
        asker.reads_after(dr)
        for step in (await asker.get(f"{goal}/history"))["revisions"]:
            assert step["type"] == named[ids["goal_id"], step["version"]]
            kinds[step["kind"]] = step["type"]
        for one in (await asker.get(f"{timeline}?limit=200"))["items"]:
            assert one["type"] == named[one["subject_id"], one["version"]]
            kinds[one["kind"]] = one["type"]
    assert {"deadline_missed", "date_passed", "goal_date_passed", "mood_logged"} <= kinds.keys()
    for kind, type_ in kinds.items():
        page = await dr.get(f"/v1/feed?types={kind}&limit=1000")
        assert {one["type"] for one in page["items"]} == {type_}, kind
