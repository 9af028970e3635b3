"""`cairn migrate`: bring the database's tables up to date."""

import asyncio

import asyncpg
import click

from migrations.runner import Status
from migrations.runner import migrate as run_migrations
from migrations.runner import status as read_status
from service.console.output import as_json_option, print_json, print_table, say
from service.running import owner_url_in_use, runtime_login
from service.settings import Settings


@click.command()
@click.option("--status", "only_status", is_flag=True, help="Only show what has been applied.")
@as_json_option
def migrate(only_status: bool, as_json: bool) -> None:
    """Apply the migrations that are still to be applied, as the database's owner.

    Each is one transaction under a lock: two that start at once wait for each other, and running
    it again does nothing. The role cairn_runtime is made where it is missing, and gets back what
    rights it lacks, as after a restore by hand. CAIRN_OWNER_DATABASE_URL names the owner's login;
    without it, and without DATABASE_URL, the owner's password is read where a running `cairn up`
    keeps it.

    \b
    Examples:
      cairn migrate
      cairn migrate --status
    """
    settings = Settings.from_env()
    url = owner_url_in_use(settings)

    async def work() -> list[Status]:
        if not only_status:
            await run_migrations(url, report=report, say=say, login=runtime_login(settings))
        connection = await asyncpg.connect(url)
        try:
            return await read_status(connection)
        finally:
            await connection.close()

    files = asyncio.run(work())
    if as_json:
        print_json(files)
    elif only_status:
        print_table(("migration", "applied"), [(one.name, when(one)) for one in files])
    else:
        click.echo(f"Up to date: {len(files)} migrations.")


def when(file: Status) -> str:
    at = file.applied_at
    return "not yet" if at is None else at.isoformat(sep=" ", timespec="seconds")


def report(name: str, seconds: float) -> None:
    say(f"applied {name} ({seconds:.2f} s)")
