"""`cairn instruments`: the questionnaires there are, and all that is known of one."""

import click

from events import instruments
from events.instruments import Instrument, UnknownInstrument
from service.console.connection import Choice
from service.console.output import as_json_option, number, print_json, print_table, print_text


@click.command("instruments")
@click.argument("instrument", required=False, metavar="[ID]")
@as_json_option
def instruments_(instrument: str | None, as_json: bool) -> None:
    """List the questionnaires, or show all that is known of the one called ID.

    Of its form the questions are shown where its licence allows it, or the answers are kept as
    numbers, or the total alone; `safety` has the items about death or self-harm. A practice may
    lay its own numbers over those that are marked with * (`cairn practice norms`).

    \b
    Examples:
      cairn instruments
      cairn instruments phq9
    """
    if instrument is None:
        show_all(as_json=as_json)
        return
    try:
        one = instruments.named(instrument)
    except UnknownInstrument:
        raise Choice("There is no instrument of this id: see `cairn instruments`.") from None
    if as_json:
        print_json(one)
    else:
        show_one(one)


def show_all(*, as_json: bool) -> None:
    everything = list(instruments.known().values())
    if as_json:
        print_json(everything)
        return
    print_table(
        ("id", "name", "range", "better", "form", "safety"),
        [
            (
                one.id,
                one.name,
                span(one.minimum, one.maximum),
                one.better,
                form_of(one),
                items_on_safety(one),
            )
            for one in everything
        ],
        whole=("id",),
    )


def show_one(one: Instrument) -> None:
    print_text(f"{one.name}: {one.full_name}, version {one.version}")
    print_table(("", "", "source"), facts_of(one))
    print_table(
        (f"band{'*' if 'bands' in one.defaults else ''}", "points"),
        [(band.name, span(band.minimum, band.maximum)) for band in one.bands],
    )
    if one.items:
        print_text(one.instruction)
        print_table(
            ("#", "question", "answers"),
            [
                (str(item.number), item.text, choices_of(item.options or one.options))
                for item in (*one.items, *((one.difficulty,) if one.difficulty else ()))
            ],
        )
    for notice in (one.notice, one.codes_notice):
        if notice:
            print_text(notice)


def facts_of(one: Instrument) -> list[tuple[str, str, str]]:
    """What is known, a row each: name, value (* for a convention), source."""
    noticed = one.noticed_change
    values: dict[str, str] = {
        "range": f"{span(one.minimum, one.maximum)}, {one.better} is better",
        "respondent": one.respondent,
        "recall_days": str(one.recall_days),
        "licence": one.licence,
        "scoring": rule_of(one),
        "safety_item": items_on_safety(one),
        "standard_deviation": number(one.standard_deviation),
        "reliability": number(one.reliability),
        "reliability_kind": (one.reliability_kind or "").replace("_", " "),
        "reliable_change": number(one.reliable_change),
        "noticed_change": number(noticed.points) if noticed else "",
        "missing_allowed": number(one.missing_allowed),
        "cut_off": number(one.cut_off),
        "response_percent": number(one.response_percent),
        "remission": number(one.remission),
        "codes": " ".join(code for code in codes_of(one) if code),
    }
    return [
        (
            name.replace("_", " "),
            f"{value}{'*' if name in one.defaults else ''}",
            one.sources.get(name, one.source if name == "range" else ""),
        )
        for name, value in values.items()
        if value
    ]


def form_of(one: Instrument) -> str:
    if one.may_ship_items:
        return "shown"
    return "numbers" if one.scoring else "total"


def rule_of(one: Instrument) -> str:
    rule = one.scoring
    if rule is None:
        return "the total alone is kept"
    groups = [f"the highest of {', '.join(map(str, group))}" for group in rule.groups]
    parts = [f"the sum of {rule.count} answers"]
    parts += [f"counting only {' and '.join(groups)}"] if groups else []
    parts += [f"each at most {rule.counts_at_most}"] if rule.counts_at_most is not None else []
    parts += [f"times {rule.multiplier}"] if rule.multiplier != 1 else []
    if rule.missing_allowed:
        parts.append(f"prorated with at most {rule.missing_allowed} missing")
    return ", ".join(parts)


def items_on_safety(one: Instrument) -> str:
    return ", ".join(map(str, one.safety_item.numbers)) if one.safety_item else ""


def codes_of(one: Instrument) -> tuple[str, str, str]:
    codes = one.codes
    return (
        f"LOINC panel {codes.loinc_panel}" if codes.loinc_panel else "",
        f"LOINC total {codes.loinc_total}" if codes.loinc_total else "",
        f"SNOMED CT {codes.snomed}" if codes.snomed else "",
    )


def choices_of(options: tuple[instruments.AnswerOption, ...]) -> str:
    return " · ".join(f"{option.value} {option.text}" for option in options)


def span(lowest: float, highest: float) -> str:
    return f"{lowest:g} to {highest:g}"
