"""/v1/instruments: the questionnaires there are, and all that is known of each."""

from typing import Annotated, Literal

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import PathParameter

from events import instruments
from events.instruments import Instrument
from events.practice_reading import read_practice
from events.refusals import NotFound
from service.asked import Asked
from service.operations import READERS, read

TAG = "instruments"

InstrumentPath = Annotated[
    str, PathParameter(description="The id of an instrument: phq9, gad7, bdi2.")
]


class InstrumentLine(msgspec.Struct, frozen=True, kw_only=True):
    """An instrument as it is listed.

    `may_ship_items` says whether its questions may be shown, `answers_kept` whether answers are
    taken, or the total alone; `asks_about_safety` whether an item is about death or self-harm.
    """

    id: str
    version: int
    name: str
    full_name: str
    minimum: float
    maximum: float
    better: Literal["lower", "higher"]
    respondent: Literal["self", "clinician"]
    may_ship_items: bool
    answers_kept: bool
    asks_about_safety: bool


class InstrumentList(msgspec.Struct, frozen=True, kw_only=True):
    items: list[InstrumentLine]


def line_of(instrument: Instrument) -> InstrumentLine:
    return InstrumentLine(
        id=instrument.id,
        version=instrument.version,
        name=instrument.name,
        full_name=instrument.full_name,
        minimum=instrument.minimum,
        maximum=instrument.maximum,
        better=instrument.better,
        respondent=instrument.respondent,
        may_ship_items=instrument.may_ship_items,
        answers_kept=instrument.scoring is not None,
        asks_about_safety=instrument.safety_item is not None,
    )


@get("/v1/instruments", **read(roles=READERS, tag=TAG, answers=InstrumentList))
async def list_instruments(
    asked: NamedDependency[Asked],
) -> Response[InstrumentList]:
    """Every instrument, by its id."""
    head = await asked.cairn.store.head(asked.practice_id)
    return Response(
        InstrumentList(items=[line_of(one) for one in instruments.known().values()]),
        headers=asked.headers_at(head),
    )


@get(
    "/v1/instruments/{instrument:str}",
    **read(roles=READERS, tag=TAG, answers=Instrument),
)
async def show_instrument(
    instrument: InstrumentPath, asked: NamedDependency[Asked]
) -> Response[Instrument]:
    """One instrument: its items where its licence allows them, its rule, bands and numbers.

    Where the practice has set norms of its own, they are laid over, with their source.
    """
    if (known := instruments.known().get(instrument)) is None:
        raise NotFound
    head = await asked.cairn.store.head(asked.practice_id)
    own = await read_practice(asked.cairn.store, asked.practice_id)
    return Response(
        instruments.with_norms(known, own.norms.get(instrument)),
        headers=asked.headers_at(head),
    )


handlers = (list_instruments, show_instrument)
