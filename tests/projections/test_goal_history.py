"""goal_history: who changed what, from what to what, when, why, and whether the client agreed."""

from datetime import timedelta

from msgspec.structs import replace

from events.goal import (
    GoalClosed,
    GoalDeadlineRevised,
    GoalReached,
    GoalReplaced,
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
    assert (one.kind, one.changes, one.why) == ("set", (), "")


def test_another_kind_of_stream_has_no_goal_history():
    assert revisions(Log().add(mood(1, 5, day(0))).kept) == []
