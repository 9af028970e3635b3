"""What a review asks, in English."""

from typing import Final

PACE_SHOWN: Final = (
    "{change:1 point|# points} ÷ {weeks:1 week|# weeks} = {required_per_week} a week. Own pace "
    "{own_per_week} a week: the median slope of {points} scores over {span_days} days, 95 percent "
    "interval {low_per_week} to {high_per_week}, positive towards the target."
)
ERROR_ASKED: Final = (
    "One {instrument} score can not tell a change of {change:1 point|# points} from measurement "
    "error. Would a target further away fit, or the mean of several scores?"
)
VAGUE_SHOWN: Final = "{words:One word|# words} about what is to be done, and no amount."
CHANCE_SHOWN: Final = (
    "{baseline} × {over_periods} = {usual} are usual; {target} × {over_periods} = {asked_for} are "
    "asked for, so {least} or more. Counted by the Poisson distribution, at an unchanged rate."
)
CHANCE_LONGER_SHOWN: Final = (
    CHANCE_SHOWN
    + " Over {longer_periods}: {baseline} × {longer_periods} = {usual_longer} are usual, and "
    "{least_longer} or more are asked for."
)
DAYS_SHOWN: Final = (
    "The middle of {periods:one day|# days}, empty ones included and {left_out} of rest left out: "
    "{kept}; asked for: {asked}."
)
WEEKS_SHOWN: Final = (
    "The middle of {periods:one week|# weeks}, empty ones included and {left_out} with days of "
    "rest left out: {kept}; asked for: {asked}."
)
# By what other goals are alike.
ALIKE: Final = {
    "template": "that were made from this template,",
    "score": "that were measured by the {instrument} with a target of the same kind,",
    "rate_day": "that ask for so many {units} a day, whatever is done,",
    "rate_week": "that ask for so many {units} a week, whatever is done,",
    "rise_day": "that ask for more {units} a day than before, whatever is done,",
    "rise_week": "that ask for more {units} a week than before, whatever is done,",
    "moods": "that ask for mood ratings,",
}
SIMILAR_SHOWN: Final = (
    "{reached} ÷ {ended} = {percent} percent of the latest that ended or came to their date."
)
ENGLISH: Final = {
    "statement_missing": (
        "What does the client want to do or to reach, in one sentence?",
        "",
    ),
    "statement_without_object": (
        "What is to be done, where or with whom, and how often?",
        VAGUE_SHOWN,
    ),
    "statement_without_action": (
        (
            "The statement names a state. What would somebody see the client do, how often or by "
            "how much?"
        ),
        VAGUE_SHOWN,
    ),
    "statement_without_amount": (
        "The statement says which way, and not how far. How much, how often, or up to what?",
        VAGUE_SHOWN,
    ),
    "parameter_missing": (
        "The template leaves a number open. {meaning}: what is it for this client?",
        "{name}: from {minimum} to {maximum}.",
    ),
    "measure_missing": (
        (
            "How would both see that the goal is reached: by a score, by how often, by how many, "
            "or by one thing done?"
        ),
        "",
    ),
    "baseline_missing": (
        "Where does the client stand on the {instrument} now, before the goal starts?",
        "",
    ),
    "target_missing": (
        (
            "Where on the {instrument} would both say that the goal is reached: at which score, "
            "in which band, or after which percentage?"
        ),
        "",
    ),
    "baseline_open_day": (
        (
            "How much does the client do now on a usual day, or from which day on is that to be "
            "measured?"
        ),
        "",
    ),
    "baseline_open_week": (
        (
            "How much does the client do now in a usual week, or from which day on is that to be "
            "measured?"
        ),
        "",
    ),
    "baseline_unknown_day": (
        "No baseline above 0 was given. How much does the client do now on a usual day?",
        "Asked for: {amount_units} a day.",
    ),
    "baseline_unknown_week": (
        "No baseline above 0 was given. How much does the client do now in a usual week?",
        "Asked for: {amount_units} a week.",
    ),
    "baseline_meets_amount_day": (
        (
            "The client does as much as this on a usual day already. Would more fit, or is the "
            "goal to keep it up?"
        ),
        "Baseline {baseline_units} a day; asked for: {amount_units} a day.",
    ),
    "baseline_meets_amount_week": (
        (
            "The client does as much as this in a usual week already. Would more fit, or is the "
            "goal to keep it up?"
        ),
        "Baseline {baseline_units} a week; asked for: {amount_units} a week.",
    ),
    "baseline_to_measure": (
        (
            "The baseline is to be measured before the goal starts. Is that a usual time for the "
            "client, and long enough?"
        ),
        "{baseline_days:One day|# days} of check-ins before the first day.",
    ),
    "baseline_zero": (
        (
            "The baseline that was measured is 0, and so is every percentage of it. Would a "
            "number of times fit, with no percentage?"
        ),
        "{percent} percent of {baseline} = 0.",
    ),
    "change_within_chance_day": (
        (
            "With nothing changed, {least} or more in {over_periods:one day|# days} come by "
            "chance alone in {by_chance} of 100 cases. Would a longer time, or a larger "
            "percentage, tell more?"
        ),
        CHANCE_SHOWN,
    ),
    "change_within_chance_day_longer": (
        (
            "With nothing changed, {least} or more in {over_periods:one day|# days} come by "
            "chance alone in {by_chance} of 100 cases; over {longer_periods} days that would be "
            "{by_chance_longer} of 100. Would it fit to look at more days in a row, or at a "
            "larger percentage?"
        ),
        CHANCE_LONGER_SHOWN,
    ),
    "change_within_chance_week": (
        (
            "With nothing changed, {least} or more in {over_periods:one week|# weeks} come by "
            "chance alone in {by_chance} of 100 cases. Would a longer time, or a larger "
            "percentage, tell more?"
        ),
        CHANCE_SHOWN,
    ),
    "change_within_chance_week_longer": (
        (
            "With nothing changed, {least} or more in {over_periods:one week|# weeks} come by "
            "chance alone in {by_chance} of 100 cases; over {longer_periods} weeks that would be "
            "{by_chance_longer} of 100. Would it fit to look at more weeks in a row, or at a "
            "larger percentage?"
        ),
        CHANCE_LONGER_SHOWN,
    ),
    "band_met_by_baseline_lower": (
        (
            "The baseline lies in this band already, or below it. Would a healthier band fit, or "
            "a goal of staying there?"
        ),
        "Baseline {baseline}; the band goes up to {target} on the {instrument}.",
    ),
    "band_met_by_baseline_higher": (
        (
            "The baseline lies in this band already, or above it. Would a healthier band fit, or "
            "a goal of staying there?"
        ),
        "Baseline {baseline}; the band begins at {target} on the {instrument}.",
    ),
    "band_met_by_latest_lower": (
        "The newest score lies in this band already, or below it. Is the baseline the right one?",
        "Newest score {latest}; the band goes up to {target} on the {instrument}.",
    ),
    "band_met_by_latest_higher": (
        "The newest score lies in this band already, or above it. Is the baseline the right one?",
        "Newest score {latest}; the band begins at {target} on the {instrument}.",
    ),
    "target_within_error_by_index": (
        ERROR_ASKED,
        (
            "From {baseline} to {target} = {change:1 point|# points}. Reliable change: {z} × √2 × "
            "{standard_deviation} × √(1 - {reliability}) = {reliable_change} points."
        ),
    ),
    "target_within_error_by_points": (
        ERROR_ASKED,
        (
            "From {baseline} to {target} = {change:1 point|# points}. Reliable change: "
            "{reliable_change:1 point|# points}."
        ),
    ),
    "percent_of_low_baseline": (
        (
            "From a baseline of {baseline}, {percent} percent is less than the {instrument} can "
            "tell from measurement error. Would a target in points fit, or another measure?"
        ),
        (
            "{percent} percent of {baseline} = {change:1 point|# points}. {reliable_change} ÷ "
            "{percent} percent = {least_baseline}: the lowest baseline that carries it."
        ),
    ),
    "percent_below_cut_off": (
        (
            "The baseline lies below the clinical cut-off of the {instrument}, where percentages "
            "say little. Would a target in points fit, or another measure?"
        ),
        ("Baseline {baseline}, cut-off {cut_off}; {percent} percent = {change:1 point|# points}."),
    ),
    "achievability_missing": (
        "How achievable is this for the client, from 0 to 10, by their own rating?",
        "",
    ),
    "achievability_low": (
        (
            "The client rates this {achievability} of 10. What would make it more achievable: a "
            "smaller step, more time, somebody's help?"
        ),
        "{achievability} of 10; asked about below {asked_below}.",
    ),
    "pace_beyond_own": (
        (
            "This takes {required_per_week:1 point|# points} a week on the {instrument}, and the "
            "client's own pace so far is {own_per_week}. What would speed it up, or would more "
            "time fit?"
        ),
        PACE_SHOWN,
    ),
    "pace_from_standing": (
        (
            "This takes {required_per_week:1 point|# points} a week on the {instrument}, and the "
            "scores so far have not moved towards the target. What would get them moving, or "
            "would another goal come first?"
        ),
        PACE_SHOWN,
    ),
    "more_than_kept_day": (
        (
            "This asks for {asked_units} a day. In the earlier goal “{earlier}”, half of the days "
            "had {kept_units} or more. Would it help to begin nearer to that?"
        ),
        DAYS_SHOWN,
    ),
    "more_than_kept_day_nothing": (
        (
            "This asks for {asked_units} a day. In the earlier goal “{earlier}”, more than half "
            "of the days stayed empty. Would it help to begin smaller?"
        ),
        DAYS_SHOWN,
    ),
    "more_than_kept_week": (
        (
            "This asks for {asked_units} a week. In the earlier goal “{earlier}”, half of the "
            "weeks had {kept_units} or more. Would it help to begin nearer to that?"
        ),
        WEEKS_SHOWN,
    ),
    "more_than_kept_week_nothing": (
        (
            "This asks for {asked_units} a week. In the earlier goal “{earlier}”, more than half "
            "of the weeks stayed empty. Would it help to begin smaller?"
        ),
        WEEKS_SHOWN,
    ),
    "why_missing": (
        "Why does this matter to the client, in their own words?",
        "",
    ),
    "why_repeats_statement": (
        "The reason repeats the statement. What would the client say it is good for?",
        "{words:The one word is one|All # words are} of the statement.",
    ),
    "why_repeats_question": (
        "The reason repeats the question of the template. What does the client answer?",
        "{words:The one word is one|All # words are} of the question.",
    ),
    "deadline_missing": (
        "By which day, or by which session, do both want to see it?",
        "",
    ),
    "session_missing": (
        "No session is scheduled yet. When do both meet next, or by which day is it due?",
        "",
    ),
    "session_of_nobody": (
        "Whose next session is meant, or by which day is it due?",
        "",
    ),
    "review_after_deadline": (
        "The first review comes after the date. When do both look at it before then?",
        (
            "A review every {review_every_days:day|# days}; from the first day to the date "
            "{days:1 day|# days}."
        ),
    ),
    **{
        f"similar_by_{by}": (
            (
                f"Of {{ended}} goals in this practice {alike} {{reached:one was|# were}} "
                "reached. What helped there, and what is different here?"
            ),
            SIMILAR_SHOWN,
        )
        for by, alike in ALIKE.items()
    },
    **{
        f"similar_by_{by}_none": (
            (
                f"Of {{ended}} goals in this practice {alike} none was reached. What would "
                "be different with this one?"
            ),
            SIMILAR_SHOWN,
        )
        for by, alike in ALIKE.items()
    },
}
