"""A client as the API and the console show one."""

from datetime import datetime
from uuid import UUID

import msgspec

from events.goal import Stage
from projections.caseload import Attention, ClientSummary, Entry


class ClientAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A client at a glance. `attention` is what waits for the clinician.

    Clinicians and auditors alone are told it: to a client or an app it is empty. Open safety flags
    come first in it. `country` is null where it is the practice's. `last_entry` is the newest mood
    entry, check-in or assessment in the client's own time.
    """

    id: UUID
    display_name: str
    zone: str
    language: str
    country: str | None
    stage: str
    enrolled_at: datetime
    open_goals: int
    goals_by_stage: dict[Stage, int]
    last_entry: Entry | None
    attention: tuple[Attention, ...]
    version: int


def client_answer(row: ClientSummary, *, told_all: bool) -> ClientAnswer:
    return ClientAnswer(
        id=row.client_id,
        display_name=row.display_name,
        zone=row.zone,
        language=row.language,
        country=row.country,
        stage=row.stage,
        enrolled_at=row.enrolled_at,
        open_goals=row.open_goals,
        goals_by_stage=row.goals_by_stage,
        last_entry=row.last_entry,
        attention=row.attention if told_all else (),
        version=row.version,
    )
