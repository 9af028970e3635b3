"""`cairn templates`: the goals to begin from, as a person looks at them."""

from events.templates import built_in


def test_lists_what_is_offered(record, practice_id) -> None:
    told = record("templates")
    assert told.code == 0
    for one in built_in():
        assert one in told.out
    chosen = record("templates", "--category", "pleasure", "--language", "es", "--json").answer
    assert [one["id"] for one in chosen] == [
        "gratitude_journal_daily",
        "pleasurable_activity_daily",
        "social_activities_up",
    ]
    assert chosen[0]["wording"]["title"] == "Diario de gratitud cada día"
    assert record("templates", "--retired", "--json").answer == []


def test_shows_one_with_its_parameters(record, practice_id) -> None:
    told = record("templates", "half_the_score")
    assert "Bring my BDI-II score down by 50 percent within 8 weeks" in told.out
    assert "has to be given" in told.out
    assert "5 to 90 percent" in told.out
    assert "by the next session" in record("templates", "triggers_by_next_session").out


def test_knows_no_other(record, practice_id) -> None:
    told = record("templates", "none_such")
    assert (told.code, told.out) == (1, "")
    assert "cairn templates" in told.err
    assert record("templates", "--category", "sports").code == 2
