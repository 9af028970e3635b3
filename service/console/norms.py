"""`cairn practice norms`: by which numbers an instrument's scores are judged in a practice."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, get_args
from uuid import UUID

import click

from events import instruments
from events.instruments import Instrument
from events.practice import Practice, SetNorms
from events.practice_choices import Band, Norms, NoticedChange, ReliabilityKind
from service.console.cells import Cell, line
from service.console.connection import practice_option
from service.console.output import as_json_option
from service.console.practice_choices import tell

NOT_CHOSEN = "the instrument's own"


@click.command()
@click.argument(
    "instrument",
    required=False,
    type=click.Choice(sorted(instruments.known())),
    metavar="[INSTRUMENT]",
)
@practice_option
@click.option(
    "--sd",
    "standard_deviation",
    type=float,
    help="The standard deviation of those one compares with.",
)
@click.option("--reliability", type=float, help="A coefficient from 0 to 1.")
@click.option(
    "--reliability-kind",
    type=click.Choice(get_args(ReliabilityKind)),
    help="How it was found: the same people twice, or the items with each other (alpha).",
)
@click.option("--reliable-change", type=float, help="Points, in place of those two.")
@click.option("--cut-off", type=float, help="The score from which somebody counts as a case.")
@click.option("--response-percent", type=float, help="The fall that is called a response.")
@click.option("--remission", type=float, help="The score from which one speaks of remission.")
@click.option(
    "--band",
    "bands",
    multiple=True,
    metavar="ID=NAME=FROM..TO",
    help="A range that has a name, such as mild=Mild=5..9; again for each, the lowest first.",
)
@click.option("--noticed-change", type=float, help="Points that people notice themselves.")
@click.option("--noticed-percent", type=float, help="Or percent of the score before, with those.")
@click.option("--missing-allowed", type=int, help="Answers, at most, for a prorated value.")
@click.option("--source", help="Where the numbers come from; needed to say any.")
@as_json_option
def norms(
    instrument: str | None,
    practice_id: UUID | None,
    source: str | None,
    bands: tuple[str, ...],
    noticed_change: float | None,
    noticed_percent: float | None,
    as_json: bool,
    **numbers: Any,
) -> None:
    """Show or say by which numbers the scores of INSTRUMENT are judged.

    They replace those that were said before; what is left out is as the instrument's own data
    have it, so --source alone goes back to those. Shown are the numbers in force, and which of
    them are the instrument's own.

    \b
    Example:
      cairn practice norms bdi2 --sd 9.93 --reliability 0.93 \\
        --source "Our clients of 2025, n = 212"
    """
    if noticed_percent is not None and noticed_change is None:
        raise click.UsageError("Say --noticed-change with --noticed-percent.")
    numbers["bands"] = tuple(map(band_said, bands)) or None
    if noticed_change is not None:
        numbers["noticed_change"] = NoticedChange(points=noticed_change, percent=noticed_percent)
    says_any = any(number is not None for number in numbers.values())
    if (says_any and source is None) or ((says_any or source) and instrument is None):
        raise click.UsageError("Say INSTRUMENT and --source with the numbers.")

    def wanted(practice_id: UUID, _state: Practice, _now: datetime) -> SetNorms | None:
        if source is None or instrument is None:
            return None
        new = Norms(source=source, **numbers)
        return SetNorms(practice_id=practice_id, instrument=instrument, norms=new)

    def shown(state: Practice) -> dict[str, dict[str, Any]]:
        asked = sorted(state.norms) if instrument is None else [instrument]
        return {name: in_force(name, state.norms.get(name)) for name in asked}

    def rows(state: Practice) -> tuple[Sequence[str], Sequence[Sequence[Cell]]]:
        return ("instrument", "", "in force", "source"), [
            row
            for name in shown(state)
            for row in rows_of(instruments.named(name), state.norms.get(name))
        ]

    tell(practice_id, wanted, shown, rows, as_json=as_json)


def in_force(name: str, own: Norms | None) -> dict[str, Any]:
    """What the practice has said, null where it has not, and what the instrument's data have."""
    said = {field: getattr(own, field, None) for field in Norms.__struct_fields__}
    instrument = instruments.named(name)
    theirs = {
        field: getattr(instruments.with_norms(instrument, own), field)
        for field in NORM_FIELDS
        if said[field] is None
    }
    return {**said, "instruments_own": theirs}


def rows_of(instrument: Instrument, own: Norms | None) -> Iterator[tuple[Cell, ...]]:
    """Each number by which scores are judged, whose it is, and where it comes from."""
    judged_by = instruments.with_norms(instrument, own)
    for field in NORM_FIELDS:
        number = getattr(judged_by, field)
        said = getattr(own, field, None) is not None
        told = "none" if number is None else number_told(number)
        source = own.source if said and own is not None else judged_by.sources.get(field, "")
        yield (
            instrument.id,
            field.replace("_", " "),
            told if said else f"{told} ({NOT_CHOSEN})",
            line("" if number is None else source),
        )


NORM_FIELDS = tuple(name for name in Norms.__struct_fields__ if name != "source")


def band_said(word: str) -> Band:
    """Raises click.UsageError."""
    try:
        id_, name, ends = (part.strip() for part in word.split("="))
        minimum, maximum = map(float, ends.split(".."))
    except ValueError:
        raise click.UsageError("--band: expected such as mild=Mild=5..9.") from None
    return Band(id=id_, name=name, minimum=minimum, maximum=maximum)


def number_told(number: float | str | NoticedChange | tuple[Band, ...]) -> str:
    match number:
        case str():
            return number.replace("_", " ")
        case NoticedChange():
            percent = "" if number.percent is None else f" or {number.percent:g} %"
            return f"{number.points:g}{percent}"
        case tuple():
            return ", ".join(f"{one.name} {one.minimum:g} to {one.maximum:g}" for one in number)
        case _:
            return f"{number:g}"
