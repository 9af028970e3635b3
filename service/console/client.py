"""`cairn client`: one client with all that a clinician would look up before a session."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import click
import msgspec

from events import instruments
from events.moment import day_of
from events.suggestion import OPEN
from projections import session_queries
from projections.queries import PAGE_LIMIT
from service.attainment_answers import AttainmentAnswer, attainment_answer
from service.client_answers import ClientAnswer, client_answer
from service.console import client_tables
from service.console.connection import Choice, chosen_practice, opened, practice_option
from service.console.naming import Names, ShownIds, called, flags_shown, ids_shown
from service.console.output import as_json_option, print_json, say
from service.goal_answers import GoalAnswer, goal_answer
from service.session_answers import SessionAnswer, session_answer
from service.suggestion_answers import SuggestionAnswer, draft
from service.trend_answers import (
    MoodTrendAnswer,
    ScoreTrendAnswer,
    days_up_to,
    mood_trend_answer,
    score_trend_answer,
)
from service.wiring import Cairn

SESSIONS_SHOWN = 5


class ClientShown(msgspec.Struct, frozen=True, kw_only=True):
    """One client, in the answers that the API gives a clinician about them.

    `sessions_ahead` are those scheduled, `sessions_held` the last, each the nearest to now first.
    `scores` has an instrument each, of which anything is recorded.
    """

    client: ClientAnswer
    goals: list[GoalAnswer]
    goal_attainment: AttainmentAnswer
    sessions_ahead: list[SessionAnswer]
    sessions_held: list[SessionAnswer]
    mood: MoodTrendAnswer
    scores: list[ScoreTrendAnswer]
    suggestions: list[SuggestionAnswer]


@click.command("client")
@called("CLIENT")
@practice_option
@as_json_option
def client(said: str, practice_id: UUID | None, as_json: bool) -> None:
    """Show one client: what waits, goals, attainment, sessions, trends, drafts.

    CLIENT is a name or a part of one, an id, or the first letters of an id.

    Goals come with their course and progress, attainment with levels and the T-score, what waits
    with the numbers it was found by. Mood is that of the last twelve weeks, the scores are all
    that there are; a class of change, response and remission are those of the latest score.
    `cairn history GOAL` shows how a goal got there, `cairn suggestions ID` a draft in full.

    \b
    Examples:
      cairn client Maya
      cairn client 904fdfa9
    """
    shown, ids = asyncio.run(read(practice_id, said))
    if as_json:
        print_json(shown)
    else:
        show(shown, ids)
    if PAGE_LIMIT in (len(shown.goals), len(shown.suggestions)):
        say(f"At most {PAGE_LIMIT} goals and drafts are shown: see the API for all of them.")


async def read(practice_id: UUID | None, said: str) -> tuple[ClientShown, ShownIds]:
    """Everything about a client, as of now. Raises Choice and Unclear."""
    async with opened() as cairn:
        chosen, now, views = await chosen_practice(cairn, practice_id), cairn.clock(), cairn.views
        client_id = await Names(cairn=cairn, practice_id=chosen).client(said)
        row = await views.client(chosen, client_id, now=now)
        if row is None:
            raise Choice("There is no client of this id: see `cairn caseload`.")
        goals = await views.goals(chosen, client_id, now=now)
        attained = await session_queries.attainment(views, chosen, client_id)
        ahead = await session_queries.sessions(
            views, chosen, client_id, now=now, stage="scheduled", limit=SESSIONS_SHOWN
        )
        held = await session_queries.sessions(
            views, chosen, client_id, now=now, side="past", stage="held", limit=SESSIONS_SHOWN
        )
        first, last = days_up_to(day_of(now, row.zone))
        shown = ClientShown(
            client=client_answer(row, told_all=True),
            goals=[goal_answer(goal, now=now, told_all=True) for goal in goals],
            goal_attainment=attainment_answer(
                attained, told_all=True, after=None, limit=PAGE_LIMIT
            ),
            sessions_ahead=[session_answer(one) for one in ahead],
            sessions_held=[session_answer(one) for one in held],
            mood=await mood_trend_answer(
                cairn, chosen, client_id, zone=row.zone, from_on=first, to_on=last
            ),
            scores=await all_scores(cairn, chosen, client_id, zone=row.zone),
            suggestions=[
                draft(one)
                for one in await views.suggestions(chosen, status=OPEN, client_id=client_id)
            ],
        )
        sessions = [*shown.sessions_ahead, *shown.sessions_held]
        listed = [*(one.id for one in shown.goals), *(one.id for one in sessions)]
        ids = await ids_shown(cairn, chosen, [*listed, *(one.id for one in shown.suggestions)])
        ids |= flags_shown(one.flag_id for one in row.attention if one.flag_id)
        return shown, ids


async def all_scores(
    cairn: Cairn, practice_id: UUID, client_id: UUID, *, zone: str
) -> list[ScoreTrendAnswer]:
    """The trend of each instrument that the client has answered, in the order of the first time."""
    known = instruments.known()
    recorded = await cairn.views.assessments(practice_id, client_id)
    return [
        await score_trend_answer(
            cairn, practice_id, client_id, known[name], zone=zone, told_all=True
        )
        for name in dict.fromkeys(row.instrument for row in recorded)
        if name in known
    ]


def show(shown: ClientShown, ids: ShownIds) -> None:
    """Table by table, with a line between two; one in which there is nothing is left out."""
    sessions: Sequence[SessionAnswer] = [*reversed(shown.sessions_ahead), *shown.sessions_held]
    client_tables.show_client(shown.client)
    click.echo()
    client_tables.show_attention(shown.client.attention, shown.goals, ids, zone=shown.client.zone)
    click.echo()
    client_tables.show_goals(shown.goals, ids)
    if shown.goal_attainment.goals:
        click.echo()
        client_tables.show_attainment(shown.goal_attainment)
    click.echo()
    client_tables.show_sessions(sessions, ids, zone=shown.client.zone)
    click.echo()
    client_tables.show_trends(shown.mood, shown.scores)
    if shown.suggestions:
        click.echo()
        client_tables.show_suggestions(shown.suggestions, ids)
