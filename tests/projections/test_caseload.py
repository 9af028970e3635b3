"""caseload: a row per client, with what a clinician would look at first."""

from uuid import UUID

import pytest

from events.client import ClientDetailsChanged, ClientDischarged
from events.goal import (
    GoalClosed,
    GoalDeadlineMissed,
    GoalDeadlineRevised,
    GoalPaused,
    GoalTargetMet,
    Stage,
)
from events.measure import Progress
from events.mood import MoodCorrected, MoodWithdrawn
from events.suggestion import (
    Evidence,
    SuggestionAccepted,
    SuggestionDismissed,
    SuggestionOffered,
    SuggestionReleased,
)
from projections.caseload import RECENT_LIMIT, ClientSummary, projection
from tests.projections.past import (
    ANNA,
    DUE,
    SLEEP,
    WALK,
    Log,
    agreed,
    anna_enrolled,
    checked_in,
    day,
    goal_set,
    mood,
    rows,
    scored,
)

OFFER = UUID(int=0x5E0)


def anna(*facts) -> ClientSummary:
    row = rows(projection, Log().add(anna_enrolled(), *facts).kept)[ANNA]
    assert isinstance(row, ClientSummary)
    return row


def noticed(event, due_on=DUE):
    return event(goal_id=WALK, due_on=due_on, progress=Progress(), evidence_position=1)


def offered():
    return SuggestionOffered(
        suggestion_id=OFFER,
        goal_id=WALK,
        client_id=ANNA,
        kind="reframing",
        due_on=DUE,
        language="en",
        sentences=("The date we set has passed.",),
        options=(),
        evidence=Evidence(position=1, positions=(), progress=Progress(), numbers={}, formula=""),
    )


def kinds(*facts):
    return [one.kind for one in anna(goal_set(), *facts).attention]


class TestClient:
    def test_is_shown_as_enrolled(self):
        row = anna()
        assert (row.display_name, row.zone, row.language, row.stage) == (
            "Anna", "Europe/Zurich", "de", "enrolled",
        )  # fmt: skip

    def test_changes_and_leaves(self):
        changed = ClientDetailsChanged(
            client_id=ANNA, display_name="Ann", zone="UTC", language="en"
        )
        row = anna(changed, ClientDischarged(client_id=ANNA))
        assert (row.display_name, row.stage, row.version) == ("Ann", "discharged", 3)

    def test_events_of_an_unknown_client_make_no_row(self):
        assert rows(projection, Log().add(mood(1, 5, day(0))).kept) == {}


class TestGoals:
    def test_are_counted_by_stage(self):
        row = anna(
            goal_set(), goal_set(SLEEP), *agreed(SLEEP), GoalClosed(goal_id=WALK, reason="other")
        )
        assert (row.open_goals, row.goals_by_stage) == (1, {Stage.CLOSED: 1, Stage.ACTIVE: 1})


class TestAttention:
    def test_a_proposal_waits_for_agreement(self):
        assert kinds() == ["agreement_needed"]
        assert kinds(*agreed()) == []

    def test_a_deadline_has_passed(self):
        assert kinds(*agreed(), noticed(GoalDeadlineMissed)) == ["deadline_passed"]

    def test_a_met_target_waits_for_a_persons_word(self):
        assert kinds(*agreed(), noticed(GoalTargetMet)) == ["target_met"]

    @pytest.mark.parametrize(
        "event",
        [
            GoalPaused(goal_id=WALK),
            GoalDeadlineRevised(
                goal_id=WALK, from_on=DUE, due_on=day(200).date(), reason="x", client_agreed=True
            ),
        ],
    )
    def test_what_was_decided_waits_no_more(self, event):
        assert kinds(*agreed(), noticed(GoalDeadlineMissed), event) == []

    def test_an_open_suggestion_waits(self):
        (one,) = anna(goal_set(), *agreed(), offered()).attention
        assert (one.kind, one.goal_id, one.suggestion_id) == ("suggestion_open", WALK, OFFER)

    @pytest.mark.parametrize(
        "event",
        [
            SuggestionAccepted(suggestion_id=OFFER, goal_id=WALK),
            SuggestionDismissed(suggestion_id=OFFER, goal_id=WALK),
            SuggestionReleased(suggestion_id=OFFER, goal_id=WALK, sentences=("Go on.",)),
        ],
    )
    def test_a_decided_suggestion_does_not(self, event):
        assert kinds(*agreed(), offered(), event) == []


class TestLastEntry:
    def test_is_the_newest_in_the_clients_own_time(self):
        row = anna(mood(1, 5, day(3)), scored(1, 20, day(9)), checked_in(1, 20, day(5)))
        assert row.last_entry is not None
        assert (row.last_entry.kind, row.last_entry.occurred_at) == ("assessment", day(9))

    def test_follows_corrections(self):
        logged = mood(1, 5, day(3))
        corrected = MoodCorrected(
            mood_id=logged.mood_id,
            from_rating=5,
            rating=5,
            from_occurred_at=day(3),
            occurred_at=day(2),
        )
        row = anna(logged, corrected)
        assert row.last_entry is not None
        assert row.last_entry.occurred_at == day(2)

    def test_goes_back_when_the_newest_is_withdrawn(self):
        second = mood(2, 5, day(4))
        withdrawn = MoodWithdrawn(mood_id=second.mood_id, reason="not mine")
        row = anna(mood(1, 5, day(3)), second, withdrawn)
        assert row.last_entry is not None
        assert row.last_entry.occurred_at == day(3)
        assert anna(second, withdrawn).last_entry is None

    def test_goes_back_past_many_that_were_withdrawn(self):
        late = [mood(nth, 5, day(nth)) for nth in reversed(range(100))]
        gone = [MoodWithdrawn(mood_id=one.mood_id, reason="not mine") for one in late[:10]]
        row = anna(*late, *gone)
        assert row.last_entry is not None
        assert row.last_entry.occurred_at == day(89)

    def test_does_not_remember_without_end(self):
        row = anna(*(mood(nth, 5, day(nth)) for nth in range(500)))
        assert len(row.recent) <= RECENT_LIMIT
        assert row.last_entry is not None
        assert row.last_entry.occurred_at == day(499)
