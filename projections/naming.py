"""What clients, goals and suggestions are called, for whoever looks one up by its name."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Literal, get_args
from uuid import UUID

import msgspec

from events.suggestion import Kind, Status
from projections import caseload, goal_status_fold, suggestion_queue
from projections.queries import Views
from projections.sql import statement

READ_CLIENT_NAMES = statement("read_client_names")
READ_GOAL_NAMES = statement("read_goal_names")
READ_SUGGESTION_NAMES = statement("read_suggestion_names")
FIND_IDS_BETWEEN = statement("find_ids_between")
FIND_NEIGHBOURS = statement("find_neighbours")

NamedCategory = Literal["client", "goal", "suggestion", "subscription"]


class ClientName(msgspec.Struct, frozen=True, kw_only=True):
    """Of a client's row of the caseload, only what tells the client from others."""

    client_id: UUID
    display_name: str
    stage: Literal["enrolled", "discharged"]
    enrolled_at: datetime


class GoalWords(msgspec.Struct, frozen=True, kw_only=True):
    """Of the state of a goal, only what the goal is called."""

    statement: str


class GoalName(msgspec.Struct, frozen=True, kw_only=True, tag="goal"):
    """Of a goal's row, only what the goal is called, and whose goal it is."""

    goal_id: UUID
    client_id: UUID
    goal: GoalWords

    @property
    def statement(self) -> str:
        return self.goal.statement


class SuggestionName(msgspec.Struct, frozen=True, kw_only=True):
    """Of a suggestion's row, only what tells the suggestion from others."""

    suggestion_id: UUID
    client_id: UUID
    goal_id: UUID
    kind: Kind
    status: Status
    due_on: date


# The same rows, of which only these fields are decoded: a practice may have 10,000 of them.
CLIENTS = msgspec.structs.replace(caseload.projection, row=ClientName)
GOALS = msgspec.structs.replace(goal_status_fold.projection, row=GoalName)
SUGGESTIONS = msgspec.structs.replace(suggestion_queue.projection, row=SuggestionName)


async def client_names(
    views: Views, practice_id: UUID, client_ids: Collection[UUID] | None = None
) -> list[ClientName]:
    """The names of these clients, or of all; without those whose row does not open."""
    asked = None if client_ids is None else list(client_ids)
    return await views.rows(CLIENTS, READ_CLIENT_NAMES, practice_id, asked)


async def goal_names(
    views: Views,
    practice_id: UUID,
    *,
    of_clients: Collection[UUID] = (),
    goal_ids: Collection[UUID] = (),
) -> list[GoalName]:
    """The goals of these clients, and the goals of these ids."""
    asked = list(of_clients), list(goal_ids)
    return await views.rows(GOALS, READ_GOAL_NAMES, practice_id, *asked)


async def suggestion_names(
    views: Views,
    practice_id: UUID,
    *,
    of_clients: Collection[UUID] = (),
    status: Collection[Status] = get_args(Status),
    suggestion_ids: Collection[UUID] = (),
) -> list[SuggestionName]:
    """The suggestions in these statuses to these clients, and the suggestions of these ids."""
    asked = list(of_clients), list(status), list(suggestion_ids)
    return await views.rows(SUGGESTIONS, READ_SUGGESTION_NAMES, practice_id, *asked)


async def ids_between(
    views: Views, practice_id: UUID, category: NamedCategory, first: UUID, last: UUID, *, limit: int
) -> list[UUID]:
    """The ids of a category from the first to the last, in order, from the log."""
    rows = await views.found(FIND_IDS_BETWEEN, practice_id, category, first, last, limit)
    return [row["stream_id"] for row in rows]


async def neighbours(
    views: Views, practice_id: UUID, ids: Collection[UUID]
) -> dict[UUID, list[UUID]]:
    """For each id the ids of the practice's log before and after it, if there are any."""
    rows = await views.found(FIND_NEIGHBOURS, practice_id, list(ids))
    return {
        row["id"]: [one for one in (row["before"], row["after"]) if one is not None] for row in rows
    }
