"""What the first requests would otherwise make, made before a process says that it is ready."""

from typing import Final
from uuid import UUID

import msgspec
import structlog
from litestar import Litestar
from litestar.routes import HTTPRoute

from events import crisis, instruments, moment, templates
from events.client import CLIENT
from events.store import read_state
from service.trend_answers import days_up_to, mood_trend_answer, score_trend_answer
from service.wiring import Cairn

# No practice and no client has this id.
NOBODY: Final = UUID(int=0)
log = structlog.get_logger("cairn.server")


def read_tables() -> None:
    """Read the files that come with Cairn and are the same for everybody."""
    moment.read_zones()
    instruments.known()
    templates.built_in()
    crisis.country_lines()
    crisis.notices()


def settle(app: Litestar) -> None:
    """Make of each route what litestar and msgspec make when it is first asked, and then keep."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        for handler in route.route_handlers:
            handler.resolve_request_class()
            handler.resolve_before_request()
            handler.get_response_handler()
            # Arguments are read by what msgspec knows of this type, from its first decoder on.
            msgspec.json.Decoder(handler.signature_model)


async def rehearse_trends(cairn: Cairn) -> None:
    """Read the trends of nobody: the database has then planned what a trend asks for.

    Where the database can not be read, that is logged, and the first trend takes longer.
    """
    first, last = days_up_to(cairn.clock().date())
    try:
        await cairn.keyring.load(NOBODY, [NOBODY])
        await read_state(cairn.store, CLIENT, CLIENT.stream(NOBODY, NOBODY))
        await cairn.views.reached(NOBODY, "mood_trend")
        await mood_trend_answer(cairn, NOBODY, NOBODY, zone="UTC", from_on=first, to_on=last)
        for instrument in list(instruments.known().values())[:1]:
            await score_trend_answer(cairn, NOBODY, NOBODY, instrument, zone="UTC", told_all=True)
    except Exception as error:
        log.warning("trends_not_rehearsed", exc_info=error)
