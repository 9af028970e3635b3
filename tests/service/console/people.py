"""People of any name, with a flag or a goal, for the commands that show and name them."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from events import client
from events.answering import begin_assessment
from events.assessment import ASSESSMENT, ScoreAssessment
from events.client import CLIENT, EnrolClient
from events.record import Cause, digest
from events.transact import handle
from service.console.connection import opened
from service.console.sweeping import catch_up_all


def cause() -> Cause:
    return Cause(
        command_id=uuid4(), actor="clinician:ida", content=digest("so"), correlation=uuid4()
    )


async def enrolled(practice_id: UUID, *names: str, flagged: bool = False) -> list[UUID]:
    """People of these names; the views have come as far. With `flagged` a flag is open of each."""
    now, ids = datetime.now(UTC), [uuid4() for _ in names]
    async with opened() as cairn:
        for client_id, name in zip(ids, names, strict=True):
            of_client = CLIENT.stream(practice_id, client_id, client_id=client_id)  # fmt: skip
            enrolling = EnrolClient(client_id=client_id, display_name=name, zone="Europe/Zurich")
            await handle(
                cairn.store, client.CLIENT, of_client, enrolling, cause=cause(), occurred_at=now
            )
            if flagged:
                form = ScoreAssessment(
                    assessment_id=uuid4(), client_id=client_id, instrument="phq9", total=9,
                    suicide_item=2, occurred_at=now, now=now,
                )  # fmt: skip
                of_form = ASSESSMENT.stream(practice_id, form.assessment_id, client_id=client_id)
                await begin_assessment(
                    cairn.store, of_form, form, cause=cause(), occurred_at=now,
                    self_reported=False,
                )  # fmt: skip
        await catch_up_all(cairn)
    return ids
