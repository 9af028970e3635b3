"""The tables of `cairn client`: what is told of one client, as people read it."""

from collections.abc import Mapping, Sequence
from math import ceil
from uuid import UUID

from rich.text import Text

from projections.caseload import Attention
from projections.score_trend import ScorePoint
from projections.theil_sen import Trend
from service.attainment_answers import AttainmentAnswer
from service.client_answers import ClientAnswer
from service.console.caseload import kind_of, style_of
from service.console.cells import LOOK, NAME, QUIET, Cell, line, shortened, stacked
from service.console.naming import STATEMENT_SHOWN, ShownIds
from service.console.output import moment, number, print_table, print_text
from service.goal_answers import GoalAnswer
from service.session_answers import SessionAnswer
from service.suggestion_answers import SuggestionAnswer
from service.trend_answers import MoodTrendAnswer, ScoreTrendAnswer

YES_OR_NO = {True: "yes", False: "no", None: "not told"}


def show_client(one: ClientAnswer) -> None:
    print_text(line(one.display_name), NAME)
    last = one.last_entry
    entry = "none"
    if last is not None:
        entry = f"{last.kind.replace('_', '-')}, {moment(last.occurred_at, one.zone)}"
    facts = [
        ("client", str(one.id)),
        ("stage", one.stage),
        ("zone, language", f"{one.zone}, {one.language}"),
        ("country", one.country or "the practice's"),
        ("last entry", entry),
    ]
    print_table(("", ""), facts, whole=("",))


def show_attention(
    attention: Sequence[Attention], goals: Sequence[GoalAnswer], ids: ShownIds, *, zone: str
) -> None:
    """What waits, and since when on the client's clocks: of a day only those say which it is."""
    statements = {goal.id: goal.statement for goal in goals}
    if not attention:
        print_text("Nothing waits for the clinician.")
        return
    print_table(
        ("what waits", "since", "numbers"),
        [
            (waiting(one, statements, ids), moment(one.since_at, zone), numbers_of(one.numbers))
            for one in attention
        ],
        whole=("what waits",),
    )


def waiting(one: Attention, statements: Mapping[UUID, str], ids: ShownIds) -> Text:
    """What waits, what the goal says, and the id to look the flag, the draft or the goal up by."""
    about = shortened(statements.get(one.goal_id, "") if one.goal_id else "", STATEMENT_SHOWN)
    found = one.flag_id or one.suggestion_id or one.goal_id
    return stacked(
        Text(kind_of(one), style_of(one)),
        line(about),
        Text("" if found is None else ids[found], QUIET),
    )


def numbers_of(numbers: dict[str, float]) -> str:
    """To two places, as the reliable change stands in the table of trends."""
    return ", ".join(
        f"{name.replace('_', ' ')} {number(round(n, 2))}" for name, n in numbers.items()
    )


def show_goals(goals: Sequence[GoalAnswer], ids: ShownIds) -> None:
    if not goals:
        print_text("There is no goal.")
        return
    print_table(
        ("goal", "stage, course", "progress", "due"),
        [
            (
                stacked(line(one.statement), Text(ids[one.id], QUIET)),
                stage_of(one),
                progress_of(one),
                due(one),
            )
            for one in goals
        ],
        whole=("goal",),
    )


def stage_of(one: GoalAnswer) -> Text:
    course = "" if one.course is None else one.course.replace("_", " ")
    is_on_course = one.course in (None, "on_course")
    return stacked(one.stage.value, Text(course, "" if is_on_course else LOOK))


def progress_of(one: GoalAnswer) -> str:
    """How far along, and the last score, amount or rate."""
    latest = one.progress.latest
    return f"{one.progress.fraction:.0%}" + ("" if latest is None else f"\nlatest {latest:.3g}")


def due(one: GoalAnswer) -> str:
    if one.days_left is None:
        return str(one.due_on)
    left = "the last day" if one.days_left == 0 else f"{abs(one.days_left)} days"
    ago = " ago" if one.days_left < 0 else " left" if one.days_left > 0 else ""
    return f"{one.due_on}\n{left}{ago}"


def show_attainment(found: AttainmentAnswer) -> None:
    print_table(
        ("goal with a scale", "level", "which means", "rated on", "weight"),
        [
            (
                one.statement,
                "not rated" if one.level is None else f"{one.level:+d}",
                "".join(step.meaning for step in one.levels if step.level == one.level),
                "" if one.rated_on is None else str(one.rated_on),
                f"{one.weight:g}" if one.counts else f"{one.weight:g}, does not count",
            )
            for one in found.goals
        ],
    )
    if isinstance(found.t_score, float) and isinstance(found.t_score_at_baseline, float):
        print_text(
            f"Goal attainment: T = {found.t_score:.1f}, at the baseline "
            f"{found.t_score_at_baseline:.1f}; 50 is what was expected."
        )


def show_sessions(sessions: Sequence[SessionAnswer], ids: ShownIds, *, zone: str) -> None:
    """Each with its beginning on the client's clocks."""
    if not sessions:
        print_text("No session is scheduled, and none was held.")
        return
    print_table(
        ("session", "begins", "stage"),
        [
            (
                Text(ids[one.id], QUIET),
                moment(one.starts_at, zone),
                f"{one.stage}, {one.minutes} min",
            )
            for one in sessions
        ],
        whole=("session",),
    )


def show_trends(mood: MoodTrendAnswer, scores: Sequence[ScoreTrendAnswer]) -> None:
    coverage = f"{mood.days_with_entries} of {mood.days_in_range} days"
    rows = [("mood", direction(mood.trend), coverage, "", "")]
    rows += [(one.name, direction(one.trend), *score_cells(one)) for one in scores]
    print_table(("trend", "direction, a week", "recorded", "change", "response, remission"), rows)


def direction(trend: Trend) -> str:
    """Which way, with the slope and its interval; or what is missing for one."""
    told = trend.direction.replace("_", " ")
    slope = trend.slope
    if slope is None:
        missing = (("entry", "entries", trend.points_missing), ("day", "days", trend.days_missing))
        more = [
            f"{ceil(n)} more {one if ceil(n) == 1 else many}" for one, many, n in missing if n > 0
        ]
        return f"{told}: {' and '.join(more)}"
    span = f"{slope.low_per_week:+.2g} to {slope.high_per_week:+.2g}"
    return f"{told}\n{slope.per_week:+.2g} ({span})"


def score_cells(one: ScoreTrendAnswer) -> tuple[str, str, str]:
    if not one.points:
        return f"{len(one.incomplete)} incomplete", "", ""
    last = one.points[-1]
    incomplete = f"\n{len(one.incomplete)} incomplete" if one.incomplete else ""
    totals = f"{len(one.points)} scores\n{number(one.baseline)} → {last.total:g}"
    best = f"\nbest {number(one.best)}{incomplete}"
    return totals + best, change(last), response(last)


def change(last: ScorePoint) -> str:
    """The Jacobson-Truax class of the latest score, with the change it was told by."""
    standing = last.standing
    band = "" if standing is None or standing.band is None else f"\n{standing.band}"
    if standing is None or standing.reliable is None:
        return f"no class{band}"
    least = standing.reliable.reliable_change
    return (
        f"{standing.reliable.jacobson_truax}\n{last.change_from_baseline:+g} of {least:.3g}{band}"
    )


def response(last: ScorePoint) -> str:
    standing = last.standing
    if standing is None:
        return ""
    noticed = f"noticed: {YES_OR_NO[standing.noticed]}"
    return (
        f"response: {YES_OR_NO[standing.response]}\n"
        f"remission: {YES_OR_NO[standing.remission]}\n{noticed}"
    )


def show_suggestions(suggestions: Sequence[SuggestionAnswer], ids: ShownIds) -> None:
    print_table(
        ("draft", "words"),
        [(draft_of(one, ids), line(" ".join(one.sentences))) for one in suggestions],
        whole=("draft",),
    )


def draft_of(one: SuggestionAnswer, ids: ShownIds) -> Cell:
    kind = f"{one.kind}, {one.status}"
    return stacked(Text(ids[one.id], QUIET), kind, f"date {one.due_on}")
