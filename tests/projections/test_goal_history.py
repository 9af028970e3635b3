"""goal_history: who changed what, from what to what, when, why, and whether the client agreed."""

from datetime import timedelta

from msgspec.structs import replace

from events.goal import (
    GoalClosed,
    GoalDeadlineFollowed,
    GoalDeadlineRevised,
    GoalLevelRated,
    GoalReached,
    GoalReplaced,
    GoalScaleSet,
    GoalStatementRevised,
    GoalTargetRevised,
)
from events.measure import Progress, Score, TargetPercent, TargetValue
from events.record import Unreadable
from projections.goal_history import FieldChange, revisions
from tests.projections.past import (
    DUE,
    HALF_IN_EIGHT_WEEKS,
    SLEEP,
    WALK,
    Log,
    agreed,
    day,
    goal_set,
    mood,
)

NEW_DUE = day(90).date()


def history(*facts):
    return revisions(Log().add(goal_set(), *agreed()).add(*facts, at=day(5)).kept)


def changes(*facts):
    return [(one.field, one.from_value, one.to_value) for one in history(*facts)[-1].changes]


def test_begins_with_everything_that_was_set():
    first = history()[0]
    fields = {one.field: one.to_value for one in first.changes}
    assert first.kind == "set"
    assert fields["due_on"] == "2026-04-27"
    assert fields["measure.instrument"] == "bdi2"
    assert fields["measure.target"] == {"type": "value", "value": 12}
    assert all(one.from_value is None for one in first.changes)
    assert "goal_id" not in fields


def test_names_who_agreed():
    assert [one.changes[0].field for one in history()[1:]] == ["agreed.clinician", "agreed.client"]


def test_a_new_deadline_goes_from_one_day_to_another():
    moved = GoalDeadlineRevised(
        goal_id=WALK, from_on=DUE, due_on=NEW_DUE, reason="holidays", client_agreed=True
    )
    last = history(moved)[-1]
    assert last.changes == (
        FieldChange(field="due_on", from_value="2026-04-27", to_value=NEW_DUE.isoformat()),
    )
    assert (last.kind, last.why, last.client_agreed) == ("deadline_revised", "holidays", True)
    assert (last.actor, last.version, last.position) == ("clinician:7f3a", 4, 4)
    assert (last.occurred_at, last.recorded_at) == (day(5), day(5) + timedelta(seconds=1))


def test_a_new_target_names_only_the_parts_that_differ():
    revised = GoalTargetRevised(
        goal_id=WALK,
        from_measure=HALF_IN_EIGHT_WEEKS,
        measure=Score(instrument="bdi2", baseline=24, target=TargetValue(value=16)),
        reason="nearer",
        client_agreed=False,
    )
    assert changes(revised) == [
        ("measure.target", {"type": "value", "value": 12}, {"type": "value", "value": 16})
    ]
    assert history(revised)[-1].client_agreed is False


def test_another_measure_names_every_part_that_came_or_went():
    revised = GoalTargetRevised(
        goal_id=WALK,
        from_measure=HALF_IN_EIGHT_WEEKS,
        measure=Score(instrument="phq9", baseline=18, target=TargetPercent(percent=-50)),
        reason="shorter",
        client_agreed=True,
    )
    assert [field for field, _, _ in changes(revised)] == [
        "measure.instrument", "measure.baseline", "measure.target",
    ]  # fmt: skip


def test_a_new_statement_shows_both():
    revised = GoalStatementRevised(
        goal_id=WALK, from_statement="a", statement="b", reason="clearer", client_agreed=True
    )
    assert changes(revised) == [("statement", "a", "b")]


def test_a_deadline_that_follows_another_session_names_both():
    there, back = (
        GoalDeadlineFollowed(goal_id=WALK, from_on=DUE, due_on=NEW_DUE, session_id=session_id)
        for session_id in (SLEEP, WALK)
    )
    to_a_session = ("due_session_id", None, str(SLEEP))
    assert changes(there) == [("due_on", "2026-04-27", NEW_DUE.isoformat()), to_a_session]
    assert [field for field, _, _ in changes(there, there)] == ["due_on"]
    assert changes(there, back)[1] == ("due_session_id", str(SLEEP), str(WALK))
    by_people = GoalDeadlineRevised(
        goal_id=WALK, from_on=NEW_DUE, due_on=DUE, reason="", client_agreed=True
    )
    assert changes(there, by_people)[1] == ("due_session_id", str(SLEEP), None)


def test_a_scale_and_a_level_go_from_what_was_said_before():
    scale = GoalScaleSet(goal_id=WALK, levels=("a", "b", "c", "d", "e"), weight=1.0)
    heavier = replace(scale, weight=2.0)
    assert changes(scale) == [
        ("levels", None, ("a", "b", "c", "d", "e")), ("weight", None, 1.0),
        ("baseline_level", None, -1),
    ]  # fmt: skip
    assert changes(scale, heavier) == [("weight", 1.0, 2.0)]
    rated = GoalLevelRated(goal_id=WALK, level=0, on=DUE, note="together")
    higher = replace(rated, level=1)
    assert changes(scale, rated) == [("level", None, 0), ("on", None, DUE.isoformat())]
    assert changes(scale, rated, higher) == [("level", 0, 1)]
    assert changes(scale, rated, heavier, higher)[0] == ("level", None, 1)
    assert history(scale, rated)[-1].why == "together"


def test_ends_say_how():
    assert changes(GoalReplaced(goal_id=WALK, by_goal_id=SLEEP, reason="x")) == [
        ("replaced_by", None, str(SLEEP))
    ]
    closed = GoalClosed(goal_id=WALK, reason="clients_choice", note="moved away")
    assert changes(closed) == [("close_reason", None, "clients_choice")]
    assert history(closed)[-1].why == "moved away"
    reached = GoalReached(goal_id=WALK, progress=Progress(fraction=1.0))
    assert [field for field, _, _ in changes(reached)] == ["progress"]


def test_what_can_not_be_read_any_more_still_happened():
    log = Log().add(goal_set())
    gone = replace(log.kept[0], event=Unreadable(type="goal.set.v1"))
    (one,) = revisions([gone])
    assert (one.type, one.kind, one.changes, one.why) == ("goal.set.v1", "set", (), "")


def test_another_kind_of_stream_has_no_goal_history():
    assert revisions(Log().add(mood(1, 5, day(0))).kept) == []
