"""`cairn backup` and `cairn restore`: the database in one file, and back."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import click

from service.backing_up import Backup, KeyStanding, back_up, database_of
from service.console.doctor import show
from service.console.output import as_json_option, print_json, print_text, progress, say
from service.restoring import Restored, Watched, restore
from service.settings import Settings

FILE = click.Path(path_type=Path)


@click.command()
@click.argument("file", type=FILE)
@click.option("--force", is_flag=True, help="Replace FILE where it is there already.")
@as_json_option
def backup(file: Path, force: bool, as_json: bool) -> int:
    """Write a backup of the database to FILE, and look through it.

    The database is that of `cairn up`, running or not, or the one that CAIRN_OWNER_DATABASE_URL
    or DATABASE_URL names. Everything goes on meanwhile: FILE has the database as of one moment. It
    is there whole or not at all, only you can read it, and `cairn restore FILE` brings it back.

    The master key is not in FILE. Keep a copy of the key apart: without it FILE is worth nothing,
    and whoever has both can read everything.

    \b
    Examples:
      cairn backup cairn.backup
      cairn backup --force --json /backups/tonight
    """
    with watching("dump", "check", quiet=as_json) as (dumping, checking):
        done = asyncio.run(back_up_now(file, force, dumping, checking))
    if as_json:
        print_json(done)
        return int(not done.is_dense)
    log = done.manifest
    print_text(
        f"{done.file}: {counted(log.events, len(log.practices))}, {done.bytes:,} bytes. Every "
        "event that the database had is in it."
    )
    if not done.is_dense:
        print_text(
            "The log in the database does not have every event up to its heads, and so neither has "
            "the backup: ask `cairn doctor`."
        )
    print_text(about_key(done.key))
    return int(not done.is_dense)


async def back_up_now(file: Path, force: bool, dumping: Any, checking: Any) -> Backup:
    settings = Settings.from_env()
    async with database_of(settings, may_make=False) as databases:
        return await back_up(
            settings, databases, file, replace=force, on_dumped=dumping, on_checked=checking
        )


@click.command(name="restore")
@click.argument("file", type=FILE)
@click.option("--replace", is_flag=True, help="Take away the log that is there.")
@as_json_option
def restore_(file: Path, replace: bool, as_json: bool) -> int:
    """Bring a backup back: FILE of `cairn backup`, or of pg_dump --format=custom.

    The database is that of `cairn up`, which has to be stopped, or the one that
    CAIRN_OWNER_DATABASE_URL or DATABASE_URL names, with nobody connected. It has to be without a
    log, unless --replace is said. The restore is one transaction: stopped or killed at any moment,
    it changes nothing. Migrations that the backup lacks are applied in it, and a new epoch is
    drawn, by which whoever follows the log is told. Afterwards every event is opened with the
    master key, and the views are compared with the log. The exit code is 1 where anything is wrong.

    \b
    Examples:
      cairn restore cairn.backup
      CAIRN_VAR=./other cairn restore cairn.backup
      cairn restore --replace --json /backups/tonight
    """
    names = ("check", "restore", "verify")
    with watching(*names, quiet=as_json) as (checking, restoring, verifying):
        watched = Watched(checking=checking, restoring=restoring, verifying=verifying)
        done = asyncio.run(restore_now(file, replace, watched))
    is_well = done.diagnosis is not None and done.diagnosis.is_well
    if as_json:
        print_json(done)
        return int(not is_well)
    print_text(
        f"{done.file} is restored: {counted(done.events, len(done.practices))}. The log has a new "
        f"epoch ({done.epoch}), and whoever follows it is told."
    )
    if done.migrated:
        print_text(f"Migrations that the backup lacked were applied: {', '.join(done.migrated)}.")
    if done.diagnosis is None:
        print_text("Nothing could be verified, because the key is missing.")
    elif done.diagnosis.findings:
        show(done.diagnosis)
    else:
        print_text("Every event opens, and the views are what the log says.")
    print_text(about_key(done.key))
    return int(not is_well)


async def restore_now(file: Path, replace: bool, watched: Watched) -> Restored:
    settings = Settings.from_env()
    async with database_of(settings, may_make=True) as databases:
        return await restore(settings, databases, file, replace=replace, watched=watched, say=say)


@contextmanager
def watching(*names: str, quiet: bool) -> Iterator[Sequence[Any]]:
    """What to call with how far each part is. A part's bar goes when the next part begins."""
    with ExitStack() as bars:
        begun: dict[str, Any] = {}

        def teller(name: str) -> Any:
            def tell(done: float, of: float) -> None:
                if quiet:
                    return
                if name not in begun:
                    bars.close()  # A terminal shows one bar at a time.
                    begun[name] = bars.enter_context(progress(name, total=None))
                begun[name](done, of)

            return tell

        yield [teller(name) for name in names]


def counted(events: int, practices: int) -> str:
    return f"{events:,} events of {'1 practice' if practices == 1 else f'{practices:,} practices'}"


def about_key(key: KeyStanding) -> str:
    """Where the master key is, and that a backup is worth nothing without it."""
    match key.state:
        case "missing":
            return (
                f"The master key is not at {key.place}, and it is in no backup. Without it nobody "
                "can read anything of this: bring the key there from where you keep its copy, or "
                "set CAIRN_KEY_FILE."
            )
        case "another":
            return (
                f"The master key at {key.place} is not the one that this record was made with, and "
                "opens nothing of it: look for the right one. No backup has it."
            )
        case _:
            return (
                f"The master key is not in the file. It is at {key.place}: keep a copy of it apart "
                "from this file, which is worth nothing without it."
            )
