"""goal_attainment: scales, levels and the T-score, with its known answers and its laws."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.goal import (
    GoalClosed,
    GoalLevelRated,
    GoalReplaced,
    GoalScaleSet,
    GoalStatementRevised,
)
from projections.goal_attainment import ClientAttainment, projection, t_score
from tests.projections.past import ANNA, BEN, SLEEP, WALK, Log, agreed, day, goal_set, rows

LEVELS = ("much less", "less", "as expected", "more", "much more")

some_levels = st.integers(-2, 2)
some_weights = st.floats(1, 10)
rated_goals = st.lists(st.tuples(some_weights, some_levels), min_size=1, max_size=12)


def scale(goal_id=WALK, **changes) -> GoalScaleSet:
    return GoalScaleSet(**{"goal_id": goal_id, "levels": LEVELS, "weight": 1.0, **changes})


def rated(level: int, nth: int = 10, goal_id=WALK) -> GoalLevelRated:
    return GoalLevelRated(goal_id=goal_id, level=level, on=day(nth).date())


def attainment(*facts) -> ClientAttainment:
    log = Log().add(goal_set(), goal_set(SLEEP, statement="Sleep before midnight"))
    row = rows(projection, log.add(*facts, at=day(20)).kept)[ANNA]
    assert isinstance(row, ClientAttainment)
    return row


class TestTheTScore:
    @pytest.mark.parametrize(
        ("rated", "score"),
        [
            # Computed from the formula by hand: rho = .30 throughout.
            ([(1, 0), (1, 0), (1, 0)], 50.0),
            ([(1, 1), (1, 1), (1, 1)], 63.69),
            ([(1, 2)], 70.0),
            ([(1, -2), (1, -2), (1, -2)], 22.61),
            ([(2, 1), (1, 0), (1, -1)], 53.33),
            ([(1, -1), (1, -1), (1, -1)], 36.31),
        ],
    )
    def test_of_known_cases(self, rated, score):
        found = t_score(rated)
        assert found is not None
        assert round(found, 2) == score

    def test_is_absent_without_a_rated_goal(self):
        assert t_score([]) is None

    @given(rated_goals, st.randoms(use_true_random=False))
    def test_does_not_depend_on_the_order_of_goals(self, goals, random):
        shuffled = list(goals)
        random.shuffle(shuffled)
        assert t_score(shuffled) == t_score(goals)

    @given(rated_goals, st.data())
    def test_rises_with_every_level(self, goals, data):
        nth = data.draw(st.integers(0, len(goals) - 1))
        weight, level = goals[nth]
        higher = data.draw(st.integers(level, 2))
        raised = [*goals[:nth], (weight, higher), *goals[nth + 1 :]]
        before, after = t_score(goals), t_score(raised)
        assert before is not None
        assert after is not None
        assert after > before if higher > level else after == before

    @given(rated_goals, st.floats(0.1, 10))
    def test_does_not_depend_on_a_factor_common_to_all_weights(self, goals, factor):
        scaled = [(factor * weight, level) for weight, level in goals]
        assert t_score(scaled) == pytest.approx(t_score(goals), rel=1e-12)

    @given(rated_goals)
    def test_lies_around_50_as_the_levels_around_0(self, goals):
        opposite = t_score([(weight, -level) for weight, level in goals])
        found = t_score(goals)
        assert found is not None
        assert opposite is not None
        assert found + opposite == pytest.approx(100)


class TestTheView:
    def test_has_no_score_before_a_level_is_rated(self):
        row = attainment(scale())
        assert (row.t_score, row.t_score_at_baseline) == (None, None)
        assert row.goals[WALK].levels == LEVELS
        assert row.goals[SLEEP].levels == ()

    def test_scores_the_goals_that_have_a_rated_level(self):
        row = attainment(
            scale(weight=2.0),
            scale(SLEEP, baseline_level=-2),
            rated(1),
            rated(-1, goal_id=SLEEP),
        )
        assert row.t_score == t_score([(2.0, 1), (1.0, -1)])
        assert row.t_score_at_baseline == t_score([(2.0, -1), (1.0, -2)])

    def test_takes_the_rating_of_the_latest_day(self):
        row = attainment(scale(), rated(0, 5), rated(2, 12), rated(-1, 8))
        kept = row.goals[WALK].rated
        assert kept is not None
        assert (kept.level, kept.on) == (2, day(12).date())
        assert row.t_score == 70.0

    def test_takes_the_later_of_two_ratings_of_one_day(self):
        assert attainment(scale(), rated(2), rated(1)).t_score == 60.0

    def test_forgets_a_level_that_was_rated_on_another_scale(self):
        row = attainment(scale(), rated(2), scale(levels=LEVELS[::-1]))
        assert row.goals[WALK].rated is None
        assert row.t_score is None

    def test_still_counts_a_goal_that_has_ended(self):
        ended = GoalClosed(goal_id=WALK, reason="clients_choice")
        assert attainment(scale(), ended, rated(1)).t_score == 60.0

    def test_counts_a_goal_that_was_replaced_as_the_one_in_its_place(self):
        replaced = GoalReplaced(goal_id=WALK, by_goal_id=SLEEP, reason="nearer")
        row = attainment(scale(), rated(-2), scale(SLEEP), replaced, rated(1, goal_id=SLEEP))
        assert not row.goals[WALK].counts
        assert row.t_score == 60.0

    def test_speaks_of_the_goal_in_its_present_words(self):
        revised = GoalStatementRevised(
            goal_id=WALK, from_statement="a", statement="b", reason="", client_agreed=True
        )
        assert attainment(revised).goals[WALK].statement == "b"

    def test_is_one_row_a_client(self):
        log = Log().add(goal_set(), *agreed(), goal_set(SLEEP, client_id=BEN))
        log.add(scale(), rated(1), scale(SLEEP), rated(2, goal_id=SLEEP))
        found = rows(projection, log.kept)
        assert {key: row.t_score for key, row in found.items()} == {ANNA: 60.0, BEN: 70.0}
