"""`cairn instruments`: the questionnaires as a person looks at them."""

from events import instruments


def test_lists_every_instrument(say) -> None:
    told = say("instruments")
    assert told.code == 0
    for one in instruments.known():
        assert one in told.out
    assert [one["id"] for one in say("instruments", "--json").answer] == list(instruments.known())


def test_shows_the_questions_where_the_licence_allows_it(say) -> None:
    told = say("instruments", "phq9")
    assert "Thoughts that you would be better off dead" in told.out
    assert "No permission required to reproduce" in " ".join(told.out.split())
    assert "10*" in told.out  # The cut-off is a convention.
    assert say("instruments", "phq9", "--json").answer["items"][8]["loinc"] == "44260-8"


def test_tells_the_rule_where_the_questions_are_not_shown(say) -> None:
    told = say("instruments", "qids_sr16")
    assert "the highest of 1, 2, 3, 4" in told.out
    assert "question" not in told.out
    assert "total alone" in say("instruments", "bdi2").out


def test_knows_no_other(say) -> None:
    told = say("instruments", "phq")
    assert (told.code, told.out) == (1, "")
    assert "cairn instruments" in told.err
