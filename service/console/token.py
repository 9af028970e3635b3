"""`cairn token`: a signed bearer token, alone on standard output."""

import asyncio
import secrets
from datetime import timedelta
from uuid import UUID

import click
import msgspec

from events.sealing import MasterKey, load_master_key
from service.auth import NO_PRACTICE, ROLES, Role, Tokens, issue_token
from service.console.connection import chosen_practice, opened, practice_option
from service.console.matching import id_of
from service.console.naming import Names
from service.console.output import as_json_option, print_json
from service.settings import Settings

LONGEST_HOURS = 24 * 366
SCRAPE_KEY_BYTES = 32


class KeyMissing(click.ClickException):
    """There is no master key yet; the message says where it was looked for."""

    exit_code = 1


@click.command()
@click.option("--role", type=click.Choice(ROLES), help="What the token may do.")
@practice_option
@click.option(
    "--subject",
    help="Whose token it is: for the role client the client's name or id; else a pseudonym of "
    "letters, digits, dots, dashes and underscores (the role's name where it is left out).",
)
@click.option(
    "--hours",
    type=click.IntRange(1, LONGEST_HOURS),
    default=24 * 30,
    show_default=True,
    help="How long it is good for.",
)
@click.option(
    "--scrape",
    is_flag=True,
    help="Draw a new key for CAIRN_SCRAPE_KEY instead: it opens /metrics, and does not expire.",
)
@as_json_option
def token(
    role: Role | None,
    practice_id: UUID | None,
    subject: str | None,
    hours: int,
    scrape: bool,
    as_json: bool,
) -> None:
    """Print a bearer token for the API, alone, on standard output.

    Anybody who holds it may do what its role may do, until it expires: a clinician everything in
    the practice, a client their own record, an auditor and an app what they need to read, an
    operator the metrics of the whole installation and nobody's record. Prometheus is given a scrape
    key rather than a token: it is good until CAIRN_SCRAPE_KEY is another one.

    \b
    Examples:
      TOKEN=$(cairn token --role clinician)
      cairn token --role client --subject "Maya T." --hours 8
      curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8000/v1/clients
      cairn token --scrape > scrape.key
    """
    if scrape:
        if role is not None:
            raise click.UsageError("--scrape goes without --role: it opens the metrics alone.")
        print_scrape_key(as_json=as_json)
        return
    if role is None:
        raise click.UsageError("Missing option '--role': say what the token may do.")
    if role == "client" and subject is None:
        raise click.UsageError("A client's token needs --subject, the client's name or id.")
    settings = Settings.from_env()
    secret = existing_key(settings).derive("tokens")
    if role == "client" and subject is not None and id_of(subject) is None:
        practice_id, subject = asyncio.run(client_called(practice_id, subject))
    elif practice_id is None:
        practice_id = NO_PRACTICE if role == "operator" else asyncio.run(only_practice())
    signed = issue_token(
        secret,
        practice_id=practice_id,
        role=role,
        subject=subject or role,
        lifetime=timedelta(hours=hours),
    )
    if as_json:
        principal = Tokens(secret).principal(f"Bearer {signed}".encode())
        print_json({"token": signed, **msgspec.structs.asdict(principal)})
    else:
        click.echo(signed)


def print_scrape_key(*, as_json: bool) -> None:
    """A new one, known to nobody before it is set."""
    drawn = secrets.token_urlsafe(SCRAPE_KEY_BYTES)
    if as_json:
        print_json({"scrape_key": drawn})
    else:
        click.echo(drawn)


def existing_key(settings: Settings) -> MasterKey:
    """The key that the service uses; never a new one, which nothing would accept."""
    if settings.key is not None:
        return MasterKey(settings.key)
    try:
        return MasterKey(load_master_key(settings.key_file))
    except FileNotFoundError:
        raise KeyMissing(
            f"There is no key at {settings.key_file}: start `cairn up` once, "
            "or name the key with CAIRN_KEY_FILE or CAIRN_KEY."
        ) from None


async def client_called(practice_id: UUID | None, said: str) -> tuple[UUID, str]:
    """The practice, and the id of the client who is meant. Raises Choice and Unclear.

    What the token lets its holder read is one person's: no other may have these letters in a name.
    """
    async with opened() as cairn:
        chosen = await chosen_practice(cairn, practice_id)
        names = Names(cairn=cairn, practice_id=chosen)
        return chosen, str(await names.client(said, changing=True))


async def only_practice() -> UUID:
    async with opened() as cairn:
        return await chosen_practice(cairn, None)
