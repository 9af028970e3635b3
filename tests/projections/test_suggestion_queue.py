"""suggestion_queue: what was offered, and what became of it."""

import pytest

from events.suggestion import (
    NewDeadline,
    Option,
    SuggestionAccepted,
    SuggestionDismissed,
    SuggestionEdited,
    SuggestionReleased,
    SuggestionWithdrawn,
)
from projections.suggestion_queue import SuggestionRow, projection
from tests.projections.past import ANNA, DUE, NINE, WALK, Log, day, rows
from tests.projections.test_caseload import OFFER, offered

MORE_TIME = Option(proposal=NewDeadline(due_on=day(90).date()), words="Take more time.")


def suggestion(*facts) -> SuggestionRow:
    log = Log().add(offered(), actor="worker:suggestions").add(*facts, at=day(1))
    row = rows(projection, log.kept)[OFFER]
    assert isinstance(row, SuggestionRow)
    return row


def edited():
    return SuggestionEdited(
        suggestion_id=OFFER,
        goal_id=WALK,
        from_sentences=offered().sentences,
        sentences=("1 March has passed.",),
        from_options=(),
        options=(MORE_TIME,),
    )


def test_starts_as_offered():
    row = suggestion()
    assert (row.status, row.client_id, row.goal_id, row.due_on) == ("offered", ANNA, WALK, DUE)
    assert (row.offered_at, row.offered_position, row.decided_at) == (NINE, 1, None)


def test_shows_the_words_as_last_edited():
    row = suggestion(edited())
    assert (row.status, row.sentences, row.options) == (
        "edited", ("1 March has passed.",), (MORE_TIME,),
    )  # fmt: skip


def test_says_who_decided_and_which_option():
    row = suggestion(edited(), SuggestionAccepted(suggestion_id=OFFER, goal_id=WALK, option=0))
    assert (row.status, row.option, row.decided_by, row.decided_at) == (
        "accepted", 0, "clinician:7f3a", day(1),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("event", "status"),
    [
        (SuggestionDismissed(suggestion_id=OFFER, goal_id=WALK, reason="too early"), "dismissed"),
        (SuggestionWithdrawn(suggestion_id=OFFER, goal_id=WALK), "withdrawn"),
    ],
)
def test_can_end_undone(event, status):
    row = suggestion(event)
    assert (row.status, row.decided_at, row.released_sentences) == (status, day(1), None)


def test_release_keeps_what_the_client_may_read():
    accepted = SuggestionAccepted(suggestion_id=OFFER, goal_id=WALK)
    released = SuggestionReleased(suggestion_id=OFFER, goal_id=WALK, sentences=("Go on.",))
    row = suggestion(accepted, released)
    assert (row.status, row.released_at, row.released_sentences) == (
        "released",
        day(1),
        ("Go on.",),
    )
    assert suggestion(released).decided_by == "clinician:7f3a"


def test_release_does_not_change_who_decided():
    log = Log().add(offered())
    log.add(SuggestionAccepted(suggestion_id=OFFER, goal_id=WALK), at=day(1), actor="clinician:a")
    released = SuggestionReleased(suggestion_id=OFFER, goal_id=WALK, sentences=("Go on.",))
    row = rows(projection, log.add(released, at=day(2), actor="clinician:b").kept)[OFFER]
    assert (row.decided_by, row.decided_at, row.released_at) == ("clinician:a", day(1), day(2))
