"""`cairn up`: everything on this machine."""

import asyncio

import click
from rich.console import Console

from service import supervisor
from service.console.demo import load_where_wanted
from service.console.welcome import welcome
from service.settings import Settings


@click.command()
@click.option("--no-demo", is_flag=True, help="Leave an empty log empty.")
@click.option("--no-worker", is_flag=True, help="Run no worker: look with `cairn work --once`.")
def up(no_demo: bool, no_worker: bool) -> int:
    """Run everything on this machine, until Ctrl-C.

    Starts a Postgres and a Redis of its own below CAIRN_VAR (./var), unless DATABASE_URL and
    REDIS_URL name others; migrates; runs the API on PORT (8000), the projector and the worker, and
    starts again what ends. An empty log gets the demonstration practice. Nothing is lost when any
    of it is killed: the next run finds everything.

    \b
    Examples:
      cairn up
      PORT=8001 CAIRN_VAR=./other cairn up --no-demo
    """
    return asyncio.run(
        supervisor.up(
            Settings.from_env(),
            demo=leave_empty if no_demo else load_where_wanted,
            welcome=welcome,
            console=Console(),
            children={
                name: command
                for name, command in supervisor.CHILDREN.items()
                if not (no_worker and name == "worker")
            },
        )
    )


async def leave_empty(_settings: Settings, _console: Console) -> str:
    return "not wanted"
