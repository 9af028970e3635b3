"""Trends over HTTP: what they say, how they say it to the client, and who is not on track."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import msgspec
import pytest

from events import instruments
from events.moment import start_of
from projections.assessment_trend import AssessmentEntry
from projections.caseload import AttentionKind
from projections.mood_trend import MoodEntry, by_day
from projections.score_trend import score_trend
from projections.tracking import NoticeKind
from service.auth import Role
from service.routes.trend_examples import MOOD, SCORES
from service.trend_answers import MoodTrendAnswer, ScoreTrendAnswer
from tests.days import day
from tests.service.conftest import Asker, House, halving

# Words of the standing of a score; what a client reads of their own record has none of them.
VERDICTS = {"recovered", "improved", "unchanged", "deteriorated", "response", "remission", "severe"}


async def record(clinician: Asker, client_id: str, *totals: int, instrument: str = "gad7") -> None:
    """Scores a week apart, the last one today."""
    for nth, total in enumerate(reversed(totals)):
        body = {
            "instrument": instrument,
            "total": total,
            "occurred_at": f"{day(-7 * nth - 1)}T09:00:00+01:00",
        }
        if instrument == "bdi2":
            body["suicide_item"] = 0
        await clinician.do("POST", f"/v1/clients/{client_id}/assessments", body)


async def attention(asker: Asker, client_id: str) -> dict[str, Any]:
    found = (await asker.get(f"/v1/clients/{client_id}"))["attention"]
    return {one["kind"]: one for one in found}


class TestScores:
    async def test_say_what_they_were_judged_by(self, clinician: Asker):
        client_id = await clinician.enrol()
        await record(clinician, client_id, 30, 28, 24, 19, 15, instrument="bdi2")
        trend = await clinician.get(f"/v1/clients/{client_id}/trends/bdi2")
        assert (trend["trend"]["direction"], trend["trend"]["points"]) == ("falling", 5)
        slope = trend["trend"]["slope"]
        assert slope["low_per_week"] < slope["per_week"] < slope["high_per_week"] < 0
        last = trend["points"][-1]["standing"]
        assert (last["band"], last["response"]) == ("Mild", True)
        assert last["reliable"]["jacobson_truax"] == "recovered"
        assert last["reliable"]["index"] == pytest.approx(-3.144, abs=0.001)
        assert last["reliable"]["source"]
        assert (trend["best"], trend["incomplete"]) == (15, [])

    async def test_show_how_difficult_daily_life_was_and_count_it_nowhere(
        self, house: House, clinician: Asker
    ):
        trends = []
        for difficulty in (None, 3):
            client_id = await clinician.enrol()
            path = f"/v1/clients/{client_id}/assessments"
            for at, answers in ((-9, [2] * 9), (-2, [1] * 9), (-1, [2, None, *[1] * 7])):
                body = {
                    "instrument": "phq9",
                    "answers": answers,
                    "difficulty": difficulty,
                    "occurred_at": f"{day(at)}T09:00:00+01:00",
                }
                await clinician.do("POST", path, body)
            client = house.asker("client", client_id)
            client.reads_after(clinician)
            trends.append(await client.get(f"/v1/clients/{client_id}/trends/phq9"))
        without, said = trends
        assert [one["difficulty"] for one in said["points"]] == [3, 3]
        assert [one["difficulty"] for one in said["incomplete"]] == [3]
        for trend in trends:
            for one in (*trend["points"], *trend["incomplete"]):
                del one["assessment_id"], one["difficulty"]
            del trend["client_id"]
        assert without == said

    async def test_refuse_a_difficulty_that_is_not_asked(self, clinician: Asker):
        path = f"/v1/clients/{await clinician.enrol()}/assessments"
        for body in (
            {"instrument": "phq8", "total": 3, "difficulty": 0},
            {"instrument": "phq9", "total": 3, "difficulty": 4},
        ):
            refused = await clinician.ask("POST", path, body)
            assert (refused.status_code, refused.json()["pointer"]) == (422, "/difficulty")

    async def test_go_by_the_practices_norms(self, clinician: Asker):
        client_id = await clinician.enrol()
        await record(clinician, client_id, 30, 21, instrument="bdi2")
        norms = {"source": "Ours", "standard_deviation": 8.16, "reliability": 0.7, "cut_off": 21.02}
        for body, expected in ((norms, "unchanged"), ({**norms, "reliability": 0.9}, "recovered")):
            await clinician.do("PUT", "/v1/practice/norms/bdi2", body)
            trend = await clinician.get(f"/v1/clients/{client_id}/trends/bdi2")
            reliable = trend["points"][-1]["standing"]["reliable"]
            assert (reliable["jacobson_truax"], reliable["source"]) == (expected, "Ours")

    async def test_are_not_enough_yet(self, clinician: Asker):
        client_id = await clinician.enrol()
        await record(clinician, client_id, 15, 9)
        found = (await clinician.get(f"/v1/clients/{client_id}/trends/gad7"))["trend"]
        assert found == {
            "direction": "not_enough_yet",
            "points": 2,
            "span_days": pytest.approx(7, abs=0.1),
            "slope": None,
            "points_missing": 3,
            "days_missing": pytest.approx(7, abs=0.1),
        }

    @pytest.mark.parametrize("role", ["client", "app"])
    async def test_are_facts_without_a_verdict_for_the_client(
        self, house: House, clinician: Asker, role: Role
    ):
        client_id = await clinician.enrol()
        await record(clinician, client_id, 20, 18, 14, 9, 4)
        reader = house.asker(role, client_id)
        reader.reads_after(clinician)
        theirs = await reader.get(f"/v1/clients/{client_id}/trends/gad7")
        whole = await clinician.get(f"/v1/clients/{client_id}/trends/gad7")
        assert VERDICTS & words_in(whole["points"])
        assert not VERDICTS & words_in(theirs)
        for one in whole["points"]:
            one["standing"] = None
        assert theirs == whole

    async def test_an_incomplete_form_is_told_apart(self, clinician: Asker):
        client_id = await clinician.enrol()
        await record(clinician, client_id, 15)
        answers = [1, None, 1, 1, 1, 1, 1]
        body = {"instrument": "gad7", "answers": answers}
        await clinician.do("POST", f"/v1/clients/{client_id}/assessments", body)
        trend = await clinician.get(f"/v1/clients/{client_id}/trends/gad7")
        assert ([one["total"] for one in trend["points"]], trend["best"]) == ([15], 15)
        assert [(one["answered"], one["asked"]) for one in trend["incomplete"]] == [(6, 7)]


def words_in(told: Any) -> set[str]:
    """Every word among the values and the names of what has a value."""
    match told:
        case dict():
            inside = (words_in(value) | {name} for name, value in told.items() if value is not None)
            return set().union(*inside)
        case list():
            return set().union(*map(words_in, told))
        case str():
            return {told.lower()}
    return set()


class TestMood:
    async def test_has_its_average_and_its_direction(self, clinician: Asker):
        client_id = await clinician.enrol()
        for nth, rating in enumerate((2, 3, 4, 6, 7)):
            at = f"{day(-20 + 4 * nth)}T20:00:00+01:00"
            body = {"rating": rating, "occurred_at": at}
            await clinician.do("POST", f"/v1/clients/{client_id}/moods", body)
        found = await clinician.get(f"/v1/clients/{client_id}/trends/mood?from={day(-21)}")
        assert found["trend"]["direction"] == "rising"
        assert found["trend"]["slope"]["low_per_week"] > 0
        averages = [one["ewma"] for one in found["days"]]
        assert averages[0] == 2
        assert averages == sorted(averages)
        assert found["coverage"] == 5 / 22


class TestNotOnTrack:
    async def test_is_told_to_clinicians_and_auditors_alone(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        await record(clinician, client_id, 10, 15)
        (one,) = (await clinician.get(f"/v1/clients/{client_id}"))["attention"]
        assert (one["kind"], one["instrument"], one["goal_id"]) == (
            "worse_than_baseline", "gad7", None,
        )  # fmt: skip
        assert one["numbers"] == {
            "baseline": 10, "latest": 15, "change": 5, "reliable_change": 4,
        }  # fmt: skip
        listed = (await clinician.get("/v1/clients?attention=true"))["items"]
        assert [each["id"] for each in listed] == [client_id]
        for role in ("client", "app"):
            reader = house.asker(role, client_id)
            reader.reads_after(clinician)
            assert (await reader.get(f"/v1/clients/{client_id}"))["attention"] == []

    async def test_goes_by_what_the_practice_has_chosen(self, clinician: Asker):
        client_id = await clinician.enrol()
        await record(clinician, client_id, 15, 15, 15)
        assert await attention(clinician, client_id) == {}
        limits = {
            "sessions_without_change": 6,
            "weeks_without_change": 2,
            "assessments_not_recorded": 2,
        }
        await clinician.do("PUT", "/v1/practice/tracking", limits)
        assert set(await attention(clinician, client_id)) == {"no_reliable_improvement"}
        norms = {"source": "Ours", "reliable_change": 4, "cut_off": 16}
        await clinician.do("PUT", "/v1/practice/norms/gad7", norms)
        assert await attention(clinician, client_id) == {}

    async def test_planned_assessments_that_were_not_recorded(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id, **halving(review_every_days=7))
        assert await attention(clinician, client_id) == {}
        later = datetime.now(UTC) + timedelta(days=15)
        house.cairn.clock = lambda: later
        dr_elm = house.asker(lifetime=timedelta(days=30))
        found = (await attention(dr_elm, client_id))["assessments_not_recorded"]
        assert (found["goal_id"], found["instrument"]) == (goal_id, "bdi2")
        assert found["numbers"] == {"not_recorded": 2, "every_days": 7}

    def test_every_kind_can_wait_in_the_caseload(self):
        assert set(get_args(NoticeKind)) < set(get_args(AttentionKind))


class TestExamples:
    """What the API's page shows is what the product answers, rounded."""

    def test_of_scores(self):
        example = msgspec.convert(SCORES, ScoreTrendAnswer)
        rows = [
            AssessmentEntry(
                assessment_id=one.assessment_id,
                client_id=example.client_id,
                instrument=example.instrument,
                total=one.total,
                occurred_at=one.occurred_at,
                answers=None,
                note="",
                recorded_at=one.occurred_at,
                founded=nth,
                position=nth,
                version=one.version,
            )
            for nth, one in enumerate(example.points)
        ]
        found = msgspec.to_builtins(
            score_trend(rows, instruments.named("bdi2"), zone="Europe/Zurich")
        )
        shown = {name: value for name, value in SCORES.items() if name in found}
        assert rounded(found) == rounded(shown)

    def test_of_mood(self):
        example = msgspec.convert(MOOD, MoodTrendAnswer)
        entries = [
            MoodEntry(
                mood_id=example.client_id,
                client_id=example.client_id,
                rating=one.low,
                occurred_at=start_of(one.on, example.zone),
                note="",
                tags=(),
                recorded_at=start_of(one.on, example.zone),
                version=1,
            )
            for one in example.days
        ]
        found = by_day(entries, zone=example.zone, from_on=example.from_on, to_on=example.to_on)
        shown = {name: value for name, value in MOOD.items() if name not in ("client_id", "zone")}
        assert rounded(msgspec.to_builtins(found)) == rounded(shown)


def rounded(told: Any) -> Any:
    match told:
        case float():
            return round(told, 3)
        case dict():
            return {name: rounded(value) for name, value in told.items()}
        case list() | tuple():
            return [rounded(value) for value in told]
    return told
