"""The address of a Postgres, checked part by part before anything connects.

An address may name several hosts, as libpq and asyncpg read it:

    postgresql://login:password@one:5432,two:5432/database?target_session_attrs=read-write

What an address leaves out comes from the variables that psql reads too (PGHOST, PGPORT, PGUSER,
PGPASSWORD, PGPASSFILE, PGSSLMODE and the others that begin with PGSSL), except the database's name,
which the address has to give. No message repeats a part of the address in which a password may lie.
"""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote, urlencode

import msgspec

SCHEMES: Final = ("postgresql", "postgres")
SSL_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
SESSIONS: Final = ("any", "primary", "standby", "prefer-standby", "read-write", "read-only")
TLS_VERSIONS: Final = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
# The values that a parameter may have; those that may have any have none here.
CHOICES: Final[Mapping[str, Sequence[str]]] = {
    "sslmode": SSL_MODES,
    "sslnegotiation": ("postgres", "direct"),
    "ssl_min_protocol_version": TLS_VERSIONS,
    "ssl_max_protocol_version": TLS_VERSIONS,
    "target_session_attrs": SESSIONS,
    "gsslib": ("gssapi", "sspi"),
}
FILES: Final = ("sslrootcert", "sslcert", "sslkey", "sslcrl", "passfile")
FREE: Final = (
    "host", "port", "user", "password", "dbname", "sslpassword", "application_name", "options",
    "krbsrvname",
)  # fmt: skip
KNOWN: Final = (*FREE, *FILES, *CHOICES)
HIGHEST_PORT: Final = 65535
ESCAPED: Final = "write / as %2F, and ? as %3F"
# A host may be an IPv6 address, in brackets; a folder of a socket is percent-encoded.
HOST = re.compile(r"(?P<host>\[[0-9A-Fa-f:.%a-z]+\]|[^\[\]:]*)(?::(?P<port>.*))?")


class UrlRefused(Exception):
    """An address can not be used; the message says what is wrong with it, and how to mend that."""


class DatabaseUrl(msgspec.Struct, frozen=True, kw_only=True):
    """An address, taken apart. `login` has the password, too; both are as they were written.

    `hosts` has a name and a port each, None where it is left out.
    """

    login: str
    hosts: tuple[tuple[str, str | None], ...]
    database: str
    parameters: Mapping[str, str]

    def __repr__(self) -> str:
        """Without the password: this ends up in tracebacks."""
        return f"DatabaseUrl(hosts={len(self.hosts)})"

    @property
    def user(self) -> str | None:
        """The name of the login, decoded; None where the address names none."""
        return unquote(self.login.partition(":")[0]) or self.parameters.get("user")

    def whole(self, hosts: Sequence[tuple[str, str | None]]) -> str:
        """The address again, with these hosts."""
        authority = f"{self.login}@" if self.login else ""
        named = ",".join(host if port is None else f"{host}:{port}" for host, port in hosts)
        query = f"?{urlencode(self.parameters, quote_via=quote)}" if self.parameters else ""
        return f"postgresql://{authority}{named}/{self.database}{query}"

    def one_per_host(self) -> list[str]:
        """An address for each host, in their order."""
        return [self.whole([one]) for one in self.hosts]


def read_database_url(text: str) -> DatabaseUrl:
    """Take an address apart. Raises UrlRefused.

    >>> read_database_url("postgresql://cairn@one,two:5433/cairn").hosts
    (('one', None), ('two', '5433'))
    """
    scheme, found, rest = text.partition("://")
    if not found or scheme not in SCHEMES:
        raise UrlRefused("must be a URL that begins with postgresql://")
    require_escaped(rest)
    authority, path, query = divided(rest)
    login, at, hosts = authority.rpartition("@")
    if "@" in login:
        raise UrlRefused("has an @ in its login or password: write that @ as %40")
    if not at and ("@" in path or any("@" in one.partition("=")[0] for one in query.split("&"))):
        raise UrlRefused(f"has a / or ? in its login or password: {ESCAPED}")
    if any(one in login for one in "[]"):
        raise UrlRefused("has a bracket in its login or password: write [ as %5B, and ] as %5D")
    parameters = read_parameters(query)
    database = path.removeprefix("/") or quote(parameters.pop("dbname", ""), safe="")
    if not database:
        raise UrlRefused("names no database: end it with /NAME")
    if "/" in database:
        raise UrlRefused("has more than one / after its hosts: write the / of a name as %2F")
    read = read_hosts(hosts, parameters)
    if len(read) > 1:
        # Of several servers one that takes no writes is of no use, unless somebody asks for it.
        parameters.setdefault("target_session_attrs", "read-write")
    return DatabaseUrl(login=login, hosts=read, database=database, parameters=parameters)


def require_escaped(rest: str) -> None:
    """What no part of an address may have."""
    if "#" in rest:
        raise UrlRefused("has a #, perhaps in the password: write # as %23")
    if re.search(r"%(?![0-9A-Fa-f]{2})", rest):
        raise UrlRefused("has a % without two hexadecimal digits after it: write % as %25")
    if re.search(r"[\x00-\x20\x7f]", rest) or "\x00" in unquote(rest):
        raise UrlRefused("has a space or a control character: write a space as %20")
    try:
        unquote(rest, errors="strict")
    except UnicodeDecodeError:
        raise UrlRefused("has a percent-encoding that is not UTF-8") from None


def divided(rest: str) -> tuple[str, str, str]:
    """Login and hosts; the path with its slash; the query."""
    authority = re.split("[/?]", rest, maxsplit=1)[0]
    path, _, query = rest[len(authority) :].partition("?")
    return authority, path, query


def read_parameters(query: str) -> dict[str, str]:
    """What stands after the question mark, decoded."""
    found: dict[str, str] = {}
    for nth, pair in enumerate(filter(None, query.split("&")), start=1):
        name, is_given, value = pair.partition("=")
        # asyncpg calls the same by another name.
        name = {"database": "dbname"}.get(name, name)
        if name not in KNOWN:
            meant = get_close_matches(name, KNOWN, n=1)
            hint = f"; {meant[0]} may be meant" if meant else ""
            raise UrlRefused(
                f"has a parameter, number {nth} after the ?, that is not known{hint}. "
                f"Known are {', '.join(sorted(KNOWN))}"
            )
        if name in found:
            raise UrlRefused(f"has the parameter {name} twice")
        if not is_given or not value:
            raise UrlRefused(f"has the parameter {name} without a value")
        found[name] = unquote(value.replace("+", " "))
    for name, choices in CHOICES.items():
        if name in found and found[name] not in choices:
            raise UrlRefused(f"has another {name} than {', '.join(choices)}")
    for name in FILES:
        if name in found and not can_be_read(Path(found[name])):
            raise UrlRefused(f"names a file by {name} that is not there or cannot be read")
    return found


def can_be_read(file: Path) -> bool:
    try:
        with file.open("rb"):
            return True
    except OSError:
        return False


def read_hosts(authority: str, parameters: dict[str, str]) -> tuple[tuple[str, str | None], ...]:
    """The hosts and their ports. Takes `host` and `port` out of the parameters."""
    named, ports = parameters.pop("host", ""), parameters.pop("port", "")
    if named and authority:
        raise UrlRefused("names hosts in two places: before the name, and by the parameter host")
    pairs = [host_and_port(one) for one in authority.split(",")]
    if named:
        pairs = [host_of_parameter(one) for one in named.split(",")]
    for host, port in pairs:
        if port is not None:
            require_port(port)
        if not host and (len(pairs) > 1 or port is not None):
            raise UrlRefused("has an empty host: name a host before each port, and between commas")
    if not ports:
        return tuple(pairs)
    given = ports.split(",")
    if any(port is not None for _, port in pairs):
        raise UrlRefused("names ports in two places: after the hosts, and by the parameter port")
    if len(given) not in (1, len(pairs)):
        raise UrlRefused("has another number of ports than of hosts")
    for port in given:
        require_port(port)
    if not pairs[0][0]:
        raise UrlRefused("has a port without a host: name the host, too")
    return tuple((host, given[nth % len(given)]) for nth, (host, _) in enumerate(pairs))


def host_and_port(text: str) -> tuple[str, str | None]:
    match = HOST.fullmatch(text)
    if match is None or (text.count(":") > 1 and not text.startswith("[")):
        raise UrlRefused("has a host with colons: write an IPv6 address in brackets, [::1]:5432")
    return match["host"], match["port"]


def host_of_parameter(text: str) -> tuple[str, str | None]:
    """A host that the parameter names: a folder with a socket, a name or an address."""
    if ":" in text and not text.startswith("/"):
        name, port = host_and_port(text)
        return name, port
    return quote(text, safe=""), None


def require_port(text: str) -> None:
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= HIGHEST_PORT:
        raise UrlRefused(
            f"has a port that is not a number from 1 to 65535, or a password with / or ?: {ESCAPED}"
        )
