"""Scoring: what answers come to by each instrument's own rule, and what they say about safety."""

from typing import Any

import pytest

from events import instruments
from events.instruments import (
    AnswerOutsideTheItem,
    AnswersDoNotFit,
    AnswersNotKept,
    Endorsed,
    IncompleteFormHasNoTotal,
    ScoreMissing,
    ScoreOutsideTheInstrument,
    Tally,
    TotalBelowTheSuicideItem,
    TotalNotOfTheAnswers,
    tally,
)

Answers = tuple[int | None, ...]
# The depression items of a QIDS-SR16: 16 answers, of which nine count.
QIDS_SLEEP, QIDS_REST = (3, 1, 0, 2), (0,) * 12


class TestTally:
    @pytest.mark.parametrize(
        ("instrument", "answers", "total"),
        [
            ("phq9", (0,) * 9, 0),
            ("phq9", (3,) * 9, 27),
            ("phq8", (3,) * 8, 24),
            ("phq2", (0, 3), 3),
            ("gad7", (0, 0, 0, 0, 0, 0, 1), 1),
            # The sum of seven, doubled (Lovibond & Lovibond 1995).
            ("dass21_depression", (3,) * 7, 42),
            ("dass21_depression", (1, 0, 0, 0, 0, 0, 0), 2),
            # Raw 0 to 25, times 4 (Topp et al. 2015), and not (raw - 5) times 4.
            ("who5", (5,) * 5, 100),
            ("who5", (1, 0, 2, 0, 0), 12),
            ("core10", (0, 4, 4, 0, 0, 0, 0, 0, 0, 0), 8),
            ("core10", (4,) * 10, 40),
            # 3 and 4 count the same, so that the range is that of the CES-D.
            ("cesd_r", (4,) * 20, 60),
            ("cesd_r", (3,) * 20, 60),
            ("cesd_r", (2, *(0,) * 18, 4), 5),
            ("ham_d17", (4, 4, 4, 2, 2, 2, 4, 4, 4, 4, 4, 2, 2, 2, 4, 2, 2), 52),
        ],
    )
    def test_computes_the_total(self, instrument: str, answers: Answers, total: float) -> None:
        assert tally(instrument, total=None, answers=answers) == Tally(total=total)
        assert tally(instrument, total=total, answers=answers) == Tally(total=total)

    @pytest.mark.parametrize(
        ("answers", "total"),
        [
            ((*QIDS_SLEEP, *QIDS_REST), 3),
            # Of appetite and weight (6 to 9) and of restlessness (15, 16) the highest alone, too.
            ((0, 0, 0, 0, 0, 1, 2, 3, 1, *(0,) * 7), 3),
            ((*(0,) * 14, 1, 2), 2),
            ((0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0), 6),
            ((2, 2, 2, 2, 2, 1, 1, 1, 1, 3, 3, 0, 1, 2, 1, 1), 2 + 2 + 1 + 3 + 3 + 0 + 1 + 2 + 1),
            ((3,) * 16, 27),
        ],
    )
    def test_counts_the_highest_of_each_group_of_the_qids(
        self, answers: Answers, total: float
    ) -> None:
        assert tally("qids_sr16", total=None, answers=answers) == Tally(total=total)

    @pytest.mark.parametrize(
        ("instrument", "answers", "prorated"),
        [
            ("phq9", (1, 1, 1, 1, 1, 1, 1, 1, None), 9.0),
            ("phq9", (None, None, 2, 2, 2, 2, 2, 2, 1), 16.714286),
            ("phq9", (None, None, None, 2, 2, 2, 2, 2, 2), None),
            ("gad7", (None, 3, 3, 3, 3, 3, 3), 21.0),
            ("phq8", (None, None, 1, 1, 1, 1, 1, 1), 8.0),
            # Half a form says too little.
            ("phq2", (3, None), None),
            ("core10", (None, *(2,) * 9), 20.0),
            ("core10", (None, None, *(2,) * 8), None),
            # No rule is known for these.
            ("qids_sr16", (None, *(1,) * 15), None),
            ("who5", (None, 5, 5, 5, 5), None),
            ("dass21_depression", (None, 3, 3, 3, 3, 3, 3), None),
            ("ham_d17", (None, *(0,) * 16), None),
        ],
    )
    def test_gives_an_incomplete_form_no_total(
        self, instrument: str, answers: Answers, prorated: float | None
    ) -> None:
        assert tally(instrument, total=None, answers=answers) == Tally(
            total=None, prorated=prorated
        )

    @pytest.mark.parametrize(
        ("instrument", "missing_allowed", "answers", "prorated"),
        [
            ("phq9", 1, (None, None, 2, 2, 2, 2, 2, 2, 1), None),
            ("phq9", 0, (1, 1, 1, 1, 1, 1, 1, 1, None), None),
            ("phq9", 3, (None, None, None, 2, 2, 2, 2, 2, 2), 18.0),
            ("dass21_depression", 1, (None, 3, 3, 3, 3, 3, 3), 42.0),
            ("phq9", None, (1, 1, 1, 1, 1, 1, 1, 1, None), 9.0),
            # No rule is known, whatever a practice may once have said.
            ("qids_sr16", 4, (None, *(1,) * 15), None),
        ],
    )
    def test_prorates_by_a_practices_own_number(
        self,
        instrument: str,
        missing_allowed: int | None,
        answers: Answers,
        prorated: float | None,
    ) -> None:
        found = tally(instrument, total=None, answers=answers, missing_allowed=missing_allowed)
        assert found == Tally(total=None, prorated=prorated)

    @pytest.mark.parametrize(
        ("instrument", "total", "answers"),
        [
            ("phq9", 8, (1,) * 8),
            ("phq9", 10, (1,) * 10),
            ("phq9", None, (1,) * 10),
            ("phq9", 9, (4, 0, 0, 0, 0, 0, 0, 0, 5)),
            ("phq9", 4, (4, 0, 0, 0, 0, 0, 0, 0, 0)),
            ("phq9", 2, (-1, 3, 0, 0, 0, 0, 0, 0, 0)),
            ("phq9", 2, (1, 0, 0, 0, 0, 0, 0, 0, 0)),
            ("phq9", 0, ()),
            ("phq9", None, (None, 4, *(0,) * 7)),
            # Half the points: the sum of the answers is doubled.
            ("dass21_depression", 20, (3, 3, 3, 3, 3, 3, 2)),
            # All items summed, where the groups' highest count.
            ("qids_sr16", 6, (*QIDS_SLEEP, *QIDS_REST)),
            ("ham_d17", 3, (0, 0, 0, 3, *(0,) * 13)),
        ],
    )
    def test_refuses_answers_that_do_not_fit(
        self, instrument: str, total: float | None, answers: Answers
    ) -> None:
        with pytest.raises((AnswersDoNotFit, AnswerOutsideTheItem, TotalNotOfTheAnswers)):
            tally(instrument, total=total, answers=answers)

    def test_says_how_many_answers_there_are_to_give(self) -> None:
        with pytest.raises(AnswersDoNotFit) as refused:
            tally("phq9", total=None, answers=(1,) * 8)
        assert refused.value.pointer == "/answers"
        assert "9 items, and 8 answers were sent" in refused.value.told()

    def test_names_the_answer_that_is_outside_its_item(self) -> None:
        with pytest.raises(AnswerOutsideTheItem) as refused:
            tally("phq9", total=None, answers=(0, 0, 0, 4, 0, 0, 0, 0, 0))
        assert refused.value.pointer == "/answers/3"
        assert refused.value.facts == {"item": 4, "highest": 3}
        assert refused.value.told().startswith("Item 4 is answered from 0 to 3:")

    def test_computes_the_total_itself(self) -> None:
        with pytest.raises(TotalNotOfTheAnswers):
            tally("dass21_depression", total=20, answers=(3, 3, 3, 3, 3, 3, 2))

    @pytest.mark.parametrize(
        ("instrument", "suicide_item", "least"),
        [
            ("phq9", 3, 3),
            ("phq9", 1, 1),
            ("bdi2", 2, 2),
            ("qids_sr16", 3, 3),
            ("core10", 4, 4),
            ("ham_d17", 4, 4),
            # 3 and 4 count the same.
            ("cesd_r", 4, 3),
        ],
    )
    def test_refuses_a_total_below_the_item_about_suicide(
        self, instrument: str, suicide_item: int, least: int
    ) -> None:
        taken = tally(instrument, total=least, answers=None, suicide_item=suicide_item)
        assert taken == Tally(total=least)
        with pytest.raises(TotalBelowTheSuicideItem) as refused:
            tally(instrument, total=least - 1, answers=None, suicide_item=suicide_item)
        assert refused.value.pointer == "/total"

    def test_takes_minus_nought_for_nought(self) -> None:
        alone = tally("phq9", total=-0.0, answers=None, suicide_item=0)
        beside = tally("phq9", total=-0.0, answers=(0,) * 9)
        assert (str(alone.total), str(beside.total)) == ("0.0", "0.0")

    @pytest.mark.parametrize("instrument", ["bdi2", "promis_depression_t"])
    def test_refuses_answers_that_are_not_kept(self, instrument: str) -> None:
        with pytest.raises(AnswersNotKept):
            tally(instrument, total=20, answers=(1,))

    def test_refuses_a_total_of_an_incomplete_form(self) -> None:
        with pytest.raises(IncompleteFormHasNoTotal):
            tally("phq9", total=8, answers=(*(1,) * 8, None))

    def test_refuses_the_total_before_the_answers(self) -> None:
        with pytest.raises(ScoreOutsideTheInstrument):
            tally("phq9", total=28, answers=())

    @pytest.mark.parametrize("answers", [None, (None, None)])
    def test_refuses_a_form_that_says_nothing(self, answers: Any) -> None:
        with pytest.raises(ScoreMissing):
            tally("phq2", total=None, answers=answers)


class TestEndorsed:
    @pytest.mark.parametrize(
        ("instrument", "most"),
        [("phq9", 24), ("qids_sr16", 24), ("core10", 36), ("bdi2", 60), ("ham_d17", 48)],
    )
    def test_by_a_total_that_the_other_items_can_not_come_to(
        self, instrument: str, most: float
    ) -> None:
        assert instruments.endorsed(instrument, None, total=most) is None
        found = instruments.endorsed(instrument, None, total=most + 1)
        assert found is not None
        assert found.answer == 1

    @pytest.mark.parametrize(
        ("instrument", "answers", "endorsed"),
        [
            ("phq9", (0,) * 9, None),
            ("phq9", (3,) * 8 + (0,), None),
            ("phq9", (0,) * 8 + (1,), Endorsed(item=9, answer=1)),
            # Whatever else is missing, and whatever the total.
            ("phq9", (None,) * 8 + (3,), Endorsed(item=9, answer=3)),
            ("phq9", (3,) * 8 + (None,), None),
            ("phq8", (3,) * 8, None),
            ("gad7", (3,) * 7, None),
            ("qids_sr16", (0,) * 11 + (2,) + (0,) * 4, Endorsed(item=12, answer=2)),
            ("core10", (0,) * 5 + (4,) + (0,) * 4, Endorsed(item=6, answer=4)),
            ("ham_d17", (0, 0, 1) + (0,) * 14, Endorsed(item=3, answer=1)),
            ("cesd_r", (0,) * 13 + (1, 0) + (0,) * 5, Endorsed(item=14, answer=1)),
            ("cesd_r", (0,) * 13 + (1, 4) + (0,) * 5, Endorsed(item=15, answer=4)),
            ("cesd_r", (4,) * 13 + (0, 0) + (4,) * 5, None),
        ],
    )
    def test_is_any_answer_above_zero(
        self, instrument: str, answers: Answers, endorsed: Endorsed | None
    ) -> None:
        assert instruments.endorsed(instrument, answers) == endorsed

    @pytest.mark.parametrize(
        ("suicide_item", "endorsed"),
        [
            (None, None),
            ("not_recorded", None),
            (0, None),
            (1, Endorsed(item=9, answer=1)),
            (3, Endorsed(item=9, answer=3)),
        ],
    )
    def test_is_what_was_said_beside_a_total(
        self, suicide_item: Any, endorsed: Endorsed | None
    ) -> None:
        assert instruments.endorsed("bdi2", None, suicide_item) == endorsed
