"""`cairn bench`: measures the product beside the limits of the machine it runs on."""

import asyncio
import signal
import time
from typing import Any

import click
import msgspec
import uvloop

from service import benchmarks, logs
from service.benchmarks.bench import Bench
from service.benchmarks.machine import machine
from service.console.output import as_json_option, print_json, print_table
from service.settings import Settings


@click.command(epilog="\b\nExample:\n  cairn bench append http_mood --quick")
@click.argument("names", nargs=-1, type=click.Choice(benchmarks.NAMES), metavar="[NAME]...")
@click.option("--quick", is_flag=True, help="Everything smaller: about a minute in all.")
@as_json_option
def bench(names: tuple[str, ...], quick: bool, as_json: bool) -> None:
    """Measure this machine against itself.

    Runs the benchmarks named, or all of them: append, http_mood, views, latency, stream, readers,
    deliveries, memory, size.
    Each starts servers of its own, with full durability, in a temporary folder, and stops them;
    with DATABASE_URL it uses that database, which must have no record in it, and leaves there what
    it appended. Answers go to standard output, progress to standard error.
    """
    settings = Settings.from_env()
    logs.configure(msgspec.structs.replace(settings, log_level="warning"))
    running = Bench(settings, scale="quick" if quick else "full")
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            answer = runner.run(measure(running, names or benchmarks.NAMES))
    except asyncio.CancelledError:  # By SIGTERM.
        raise click.Abort from None
    if as_json:
        print_json(answer)
    else:
        print_answer(answer)


async def measure(running: Bench, names: tuple[str, ...]) -> dict[str, Any]:
    """One benchmark after the other; whatever was started is stopped, also when interrupted."""
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    answer: dict[str, Any] = {"machine": machine(), "scale": running.scale, "benchmarks": {}}
    for name in names:
        benchmark = benchmarks.named(name)
        running.say(f"{name}: {benchmark.DESCRIPTION}")
        began = time.monotonic()
        measured = await benchmark.run(running)
        seconds = time.monotonic() - began
        answer["benchmarks"][name] = {
            "description": benchmark.DESCRIPTION,
            "seconds": round(seconds, 1),
            **measured,
        }
        running.say(f"{name}: done in {seconds:.0f} s")
    return answer


def print_answer(answer: dict[str, Any]) -> None:
    """A table for each benchmark, and the machine below."""
    for name, measured in answer["benchmarks"].items():
        rows = [row(one) for one in measured["figures"]]
        print_table(
            ("figure", "measured", "beside it", "ratio", "required", "met"), rows, title=name
        )
        for note in measured["notes"]:
            click.echo(f"  {note}")
        click.echo()
    click.echo("  ".join(f"{name}: {value}" for name, value in answer["machine"].items()))


def row(figure: dict[str, Any]) -> tuple[str, ...]:
    unit = figure["unit"]
    limit = figure.get("note", "")
    if "limit" in figure:
        limit = f"{figure['limit']:g} {unit} ({figure['limit_name']})"
    ratio = f"{figure['ratio']:.2f}" if "ratio" in figure else ""
    wanted = {"at_least": "≥", "at_most": "≤"}
    required = " ".join(f"{sign} {figure[key]:g}" for key, sign in wanted.items() if key in figure)
    met = {True: "yes", False: "NO", None: ""}[figure.get("met")]
    return figure["name"], f"{figure['value']:g} {unit}", limit, ratio, required, met
