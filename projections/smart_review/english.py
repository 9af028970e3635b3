"""What a review asks, in English."""

from typing import Final

ENGLISH: Final = {
    "statement_missing": (
        "What does the client want to do or to reach, in one sentence?",
        "",
    ),
    "statement_without_object": (
        "The statement is a single word. What is to be done, where or with whom, and how often?",
        "{words:One word|# words}, {amounts} of them an amount.",
    ),
    "statement_without_action": (
        (
            "The statement names a state. What would somebody see the client do, how often or by "
            "how much?"
        ),
        "{words:One word|# words}, {amounts} of them an amount, and no action.",
    ),
    "statement_without_amount": (
        "The statement says which way, and not how far. How much, how often, or until when?",
        "{words:One word|# words}, {amounts} of them an amount.",
    ),
    "parameter_missing": (
        "The template leaves one number open: {meaning}. What is it for this client?",
        "",
    ),
    "measure_missing": (
        (
            "How would both see that the goal is reached: by a score, by how often, by how many, "
            "or by one thing done?"
        ),
        "",
    ),
    "baseline_missing": (
        "What is the {instrument} score now, before the goal starts?",
        "",
    ),
    "target_missing": (
        "Which {instrument} score, band or percentage would both call the goal?",
        "",
    ),
    "baseline_unknown_day": (
        "The baseline on record is 0. How much of this does the client do now, on a usual day?",
        "Baseline {baseline_units} a day; asked for: {amount_units} a day.",
    ),
    "baseline_unknown_week": (
        "The baseline on record is 0. How much of this does the client do now, in a usual week?",
        "Baseline {baseline_units} a week; asked for: {amount_units} a week.",
    ),
    "baseline_to_measure": (
        (
            "The baseline is to be measured before the goal starts. Is that a usual time for the "
            "client, and long enough?"
        ),
        "{baseline_days:One day|# days} of check-ins before the first day.",
    ),
    "band_met_by_baseline": (
        (
            "The baseline lies in this band already. Would a healthier band fit, or a goal of "
            "staying there?"
        ),
        "Baseline {baseline}; the band begins at {target} on the {instrument}.",
    ),
    "band_met_by_latest": (
        "The newest score lies in this band already. Is the baseline still the right one?",
        "Newest score {latest}; the band begins at {target} on the {instrument}.",
    ),
    "target_within_error_by_index": (
        (
            "The {instrument} can not tell a change of {change} points from measurement error by "
            "one score. Would a farther target fit, or the mean of several scores?"
        ),
        (
            "From {baseline} to {target} = {change} points. Reliable change: 1.96 × √2 × "
            "{standard_deviation} × √(1 - {reliability}) = {reliable_change} points."
        ),
    ),
    "target_within_error_by_points": (
        (
            "The {instrument} can not tell a change of {change} points from measurement error by "
            "one score. Would a farther target fit, or the mean of several scores?"
        ),
        "From {baseline} to {target} = {change} points. Reliable change: {reliable_change} points.",
    ),
    "percent_of_low_baseline": (
        (
            "From a baseline of {baseline}, {percent} percent is less than the {instrument} can "
            "tell from measurement error. Would a target in points fit, or another measure?"
        ),
        (
            "{percent} percent of {baseline} = {change} points. {reliable_change} ÷ {percent} "
            "percent = {least_baseline}: the lowest baseline that carries it."
        ),
    ),
    "percent_below_cut_off": (
        (
            "The baseline lies below the clinical cut-off of the {instrument}, where percentages "
            "say little. Would a target in points fit, or another measure?"
        ),
        "Baseline {baseline}, cut-off {cut_off}; {percent} percent = {change} points.",
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
            "This takes {required_per_week} points a week on the {instrument}, and the client's "
            "own pace so far is {own_per_week}. What would speed it up, or would more time fit?"
        ),
        (
            "{change} points ÷ {weeks:one week|# weeks} = {required_per_week} a week. Own pace "
            "{own_per_week} a week: the median slope of {points} scores over {span_days} days, 95 "
            "percent interval {low_per_week} to {high_per_week}, positive towards the target."
        ),
    ),
    "pace_from_standing": (
        (
            "This takes {required_per_week} points a week on the {instrument}, and the scores so "
            "far have not moved towards the target. What would get them moving, or would another "
            "goal come first?"
        ),
        (
            "{change} points ÷ {weeks:one week|# weeks} = {required_per_week} a week. Own pace "
            "{own_per_week} a week: the median slope of {points} scores over {span_days} days, 95 "
            "percent interval {low_per_week} to {high_per_week}, positive towards the target."
        ),
    ),
    "more_than_kept_day": (
        (
            "This asks for {asked_units} a day; in an earlier goal of this kind the middle day "
            "had {kept_units}. Would it help to begin nearer to that?"
        ),
        "Median of {periods:one day|# days}, empty ones included: {kept}; asked for: {asked}.",
    ),
    "more_than_kept_week": (
        (
            "This asks for {asked_units} a week; in an earlier goal of this kind the middle week "
            "had {kept_units}. Would it help to begin nearer to that?"
        ),
        "Median of {periods:one week|# weeks}, empty ones included: {kept}; asked for: {asked}.",
    ),
    "similar_by_template": (
        (
            "Of {ended} goals made from this template in this practice, {reached} were reached. "
            "What helped there, and what is different here?"
        ),
        "{reached} ÷ {ended} = {percent} percent of the latest that ended or came to their date.",
    ),
    "similar_by_measure": (
        (
            "Of {ended} goals measured like this one in this practice, {reached} were reached. "
            "What helped there, and what is different here?"
        ),
        "{reached} ÷ {ended} = {percent} percent of the latest that ended or came to their date.",
    ),
    "why_missing": (
        "Why does this matter to the client, in their own words?",
        "",
    ),
    "why_repeats_statement": (
        "The reason repeats the statement. What would the client say it is good for?",
        "{repeated} of {words:one word|# words} are those of the statement.",
    ),
    "why_repeats_question": (
        "The reason repeats the question of the template. What does the client answer?",
        "{repeated} of {words:one word|# words} are those of the question.",
    ),
    "deadline_missing": (
        "By which day, or by which session, do both want to see it?",
        "",
    ),
    "session_missing": (
        "No session is scheduled yet. When do both meet next, or by which day is it due?",
        "",
    ),
    "review_after_deadline": (
        "The first review comes after the date. When do both look at it before then?",
        (
            "A review every {review_every_days:day|# days}; from the first day to the date "
            "{days:one day|# days}."
        ),
    ),
}
