"""What the environment may set: the only place that reads it.

Every setting stands in `SETTINGS` with the sentence that explains it, which the command line and
the README show.
"""

import base64
import binascii
import os
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal
from urllib.parse import parse_qs, urlsplit

import msgspec

from service.database_url import UrlRefused, read_database_url

SETTINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "DATABASE_URL": "The Postgres to use, as postgresql://login@host/database, or with several "
        "hosts (see docs/postgres.md); without it `cairn up` starts one of its own.",
        "CAIRN_OWNER_DATABASE_URL": "The same database for the login that owns the tables and "
        "runs the migrations; without it, DATABASE_URL. `cairn up` gives it to no process that it "
        "starts.",
        "REDIS_URL": "The Redis to use, as redis://host/0; without it `cairn up` starts one.",
        "CAIRN_VAR": "The folder for the key and the embedded servers' files (./var).",
        "PORT": "The port the API listens on (8000).",
        "CAIRN_HOST": "The address the API listens on (127.0.0.1).",
        "CAIRN_KEY_FILE": "The file of the master key (CAIRN_VAR/cairn.key), made on first run.",
        "CAIRN_KEY": "The master key itself, 32 bytes in base64, instead of a file.",
        "CAIRN_PUBLIC_URL": "Where others reach the API: what is sent to them names its schemas "
        "there (http://CAIRN_HOST:PORT).",
        "CAIRN_CORS_ORIGINS": "The origins whose pages may read answers in a browser, separated by "
        "commas, such as https://app.example.org (none).",
        "CAIRN_WEBHOOKS": "Where webhooks may go: public (https, to public addresses) or, for "
        "development alone, any (http and private addresses, too) (public).",
        "CAIRN_METRICS": "Where the projector and the worker tell their metrics, as host:port "
        "(nowhere); the worker of `cairn up` takes the next port.",
        "CAIRN_SCRAPE_KEY": "What opens /metrics for Prometheus and does not expire: a key from "
        "`cairn token --scrape`, or two of them while one takes the other's place.",
        "CAIRN_LEASE_SECONDS": "For how many seconds a worker from which nothing is heard keeps "
        "the subscriptions that it serves, 1 to 60 (15).",
        "CAIRN_LOG": "A level (debug, info, warning, error), a format (json, console), or both, "
        "separated by a comma (info, and json unless a person is watching).",
    }
)
# A value that is a secret may lie in a file: NAME_FILE then names the file, as Docker's secrets do.
MAY_LIE_IN_A_FILE: Final = (
    "DATABASE_URL", "CAIRN_OWNER_DATABASE_URL", "REDIS_URL", "CAIRN_SCRAPE_KEY",
)  # fmt: skip

LEVELS: Final = ("debug", "info", "warning", "error")
FORMATS: Final = ("json", "console")
REDIS: Final = ("redis", "rediss", "unix")
HTTP: Final = ("https", "http")
USUAL_PORTS: Final = {"https": 443, "http": 80}
THIS_MACHINE: Final = ("localhost", "127.0.0.1", "::1")
HOST: Final = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")
KEY_BYTES: Final = 32
# What a bearer token may be made of (RFC 6750), and long enough that nobody guesses it.
SCRAPE_KEY: Final = re.compile(r"[A-Za-z0-9._~+/-]{32,256}=*")
SCRAPE_KEYS: Final = 2
LONGEST_LEASE_SECONDS: Final = 60


class SettingRefused(Exception):
    """A setting has a value that cannot be used; the message names both, and says what can."""


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where to listen."""

    host: str
    port: int

    def __str__(self) -> str:
        """As it is set, and as it stands in a URL: host:port."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What was set, checked. A URL that is None stands for an embedded server."""

    database_url: str | None = None
    owner_database_url: str | None = None
    redis_url: str | None = None
    var: Path = Path("var")
    port: int = 8000
    host: str = "127.0.0.1"
    key_file: Path = Path("var/cairn.key")
    key: bytes | None = None
    public_url: str = "http://127.0.0.1:8000"
    cors_origins: frozenset[str] = frozenset()
    webhooks: Literal["public", "any"] = "public"
    metrics: Address | None = None
    scrape_keys: tuple[str, ...] = ()
    lease_seconds: int = 15
    log_level: str = "info"
    log_format: Literal["json", "console"] | None = None

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read and check every setting; an empty one counts as not set. Raises SettingRefused."""
        given = {name: value for name, value in (environ or os.environ).items() if value}
        for name in MAY_LIE_IN_A_FILE:
            if name not in given and f"{name}_FILE" in given:
                given[name] = read(f"{name}_FILE", given[f"{name}_FILE"])
        var = Path(given.get("CAIRN_VAR", "var"))
        log_level, log_format = log(given.get("CAIRN_LOG", ""))
        database_url = database("DATABASE_URL", given)
        listens_on = port(given.get("PORT", "8000"))
        host = given.get("CAIRN_HOST", "127.0.0.1")
        own_url = f"http://{f'[{host}]' if ':' in host else host}:{listens_on}"
        return cls(
            database_url=database_url,
            owner_database_url=database("CAIRN_OWNER_DATABASE_URL", given) or database_url,
            redis_url=redis_url(given),
            var=var,
            port=listens_on,
            host=host,
            key_file=Path(given.get("CAIRN_KEY_FILE", var / "cairn.key")),
            key=key(given["CAIRN_KEY"]) if "CAIRN_KEY" in given else None,
            public_url=(url("CAIRN_PUBLIC_URL", given, HTTP) or own_url).rstrip("/"),
            cors_origins=origins(given.get("CAIRN_CORS_ORIGINS", "")),
            webhooks=webhooks(given.get("CAIRN_WEBHOOKS", "public")),
            metrics=address(given["CAIRN_METRICS"]) if "CAIRN_METRICS" in given else None,
            scrape_keys=scrape_keys(given.get("CAIRN_SCRAPE_KEY", "")),
            lease_seconds=lease_seconds(given.get("CAIRN_LEASE_SECONDS", "15")),
            log_level=log_level,
            log_format=log_format,
        )

    def of_process(self, name: str) -> "Settings":
        """As one of several processes on this machine has them: each tells its metrics apart.

        The API tells them on its own port. Raises SettingRefused where there is no next port.
        """
        if self.metrics is None or name == "projector":
            return self
        metrics = None
        if name == "worker":
            metrics = address(str(Address(host=self.metrics.host, port=self.metrics.port + 1)))
        return msgspec.structs.replace(self, metrics=metrics)

    def environment(self) -> dict[str, str]:
        """The environment for a child process: ours, with these settings in it.

        Not the owner's URL: no child changes tables.
        """
        told = {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "CAIRN_VAR": str(self.var.absolute()),
            "PORT": str(self.port),
            "CAIRN_HOST": self.host,
            "CAIRN_KEY_FILE": str(self.key_file.absolute()),
            "CAIRN_KEY": base64.b64encode(self.key).decode() if self.key is not None else None,
            "CAIRN_PUBLIC_URL": self.public_url,
            "CAIRN_CORS_ORIGINS": ",".join(sorted(self.cors_origins)) or None,
            "CAIRN_WEBHOOKS": self.webhooks,
            "CAIRN_METRICS": str(self.metrics) if self.metrics is not None else None,
            "CAIRN_SCRAPE_KEY": " ".join(self.scrape_keys) or None,
            "CAIRN_LEASE_SECONDS": str(self.lease_seconds),
            "CAIRN_LOG": ",".join(filter(None, (self.log_level, self.log_format))),
        }
        given = {name: value for name, value in told.items() if value is not None}
        return environment_without_settings() | given

    def __repr__(self) -> str:
        """Without the key and the URLs, which may hold passwords: this ends up in tracebacks."""
        return f"Settings(var={str(self.var)!r}, host={self.host!r}, port={self.port})"


def environment_without_settings() -> dict[str, str]:
    """Our environment for a program that is none of ours, and needs no secret of ours."""
    ours = {*SETTINGS, *(f"{name}_FILE" for name in MAY_LIE_IN_A_FILE)}
    return {name: value for name, value in os.environ.items() if name not in ours}


def is_without_colours(environ: Mapping[str, str] | None = None) -> bool:
    """Whether a terminal is to show no colours: NO_COLOR (no-color.org) is set, or TERM is dumb.

    >>> is_without_colours({"NO_COLOR": "1", "TERM": "xterm"})
    True
    """
    given = os.environ if environ is None else environ
    return bool(given.get("NO_COLOR")) or given.get("TERM") == "dumb"


def read(name: str, path: str) -> str:
    """The first line of a secret's file."""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingRefused(f"{name} names {path!r}, which cannot be read: {error}") from None


def database(name: str, given: Mapping[str, str]) -> str | None:
    """The address of a Postgres, or None. See service/database_url.py.

    >>> database("DATABASE_URL", {"DATABASE_URL": "postgresql://cairn@one,two/cairn"})
    'postgresql://cairn@one,two/cairn?target_session_attrs=read-write'
    """
    if name not in given:
        return None
    try:
        read = read_database_url(given[name])
    except UrlRefused as refused:
        raise SettingRefused(f"{name} {refused}") from None
    return read.whole(read.hosts) if len(read.hosts) > 1 else given[name]


def url(name: str, given: Mapping[str, str], schemes: tuple[str, ...]) -> str | None:
    """A URL of one of the schemes, or None. The message does not repeat it: it may hold a password.

    >>> url("REDIS_URL", {"REDIS_URL": "redis://localhost/0"}, REDIS)
    'redis://localhost/0'
    """
    if name not in given:
        return None
    try:
        parts = urlsplit(given[name])
        scheme, _ = parts.scheme, parts.port  # A port that is no number is a ValueError.
    except ValueError:
        scheme = ""
    if scheme not in schemes:
        wanted = " or ".join(f"{one}://" for one in schemes)
        raise SettingRefused(f"{name} must be a URL that begins with {wanted}")
    return given[name]


def redis_url(given: Mapping[str, str]) -> str | None:
    """REDIS_URL, or None. The message does not repeat it: it may hold a password.

    >>> redis_url({"REDIS_URL": "unix:///run/redis.sock?db=1"})
    'unix:///run/redis.sock?db=1'
    """
    named = url("REDIS_URL", given, REDIS)
    if named is None:
        return None
    parts = urlsplit(named)
    if parts.fragment:
        raise SettingRefused("REDIS_URL has a #: within a password, write it as %23")
    database = parse_qs(parts.query).get("db", [""])[-1]
    if parts.scheme == "unix":
        if parts.hostname or not parts.path:
            raise SettingRefused("REDIS_URL must name a socket as unix:///path/to/redis.sock")
    else:
        database = database or parts.path.strip("/")
    if not re.fullmatch(r"[0-9]{0,5}", database):
        raise SettingRefused(
            "REDIS_URL must end in the number of a database, as redis://host/0 does; "
            "within a password, write / as %2F and ? as %3F"
        )
    return named


def port(text: str) -> int:
    """A port a server can listen on, 1 to 65535.

    >>> port("8000")
    8000
    """
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
        raise SettingRefused(f"PORT is {text!r}; it must be a number from 1 to 65535")
    return int(text)


def address(text: str) -> Address:
    """Where the metrics are told.

    >>> address("127.0.0.1:9464").port
    9464
    >>> str(address("[::1]:9464"))
    '[::1]:9464'
    """
    host, _, number = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") if host.startswith("[") else host
    is_port = re.fullmatch(r"[0-9]{1,5}", number) and 1 <= int(number) <= 65535
    if not host or not is_port or (":" in host and not text.startswith("[")):
        raise SettingRefused(
            f"CAIRN_METRICS is {text!r}; it must be host:port, such as 127.0.0.1:9464 or [::1]:9464"
        )
    return Address(host=host, port=int(number))


def scrape_keys(text: str) -> tuple[str, ...]:
    """The keys that open the metrics: none, one, or two. The message does not repeat them.

    >>> scrape_keys("")
    ()
    """
    keys = tuple(text.split())
    if len(keys) > SCRAPE_KEYS or not all(SCRAPE_KEY.fullmatch(one) for one in keys):
        raise SettingRefused(
            "CAIRN_SCRAPE_KEY must be a key of 32 to 256 letters, digits and -._~+/ , or two such "
            "keys with a space between them: `cairn token --scrape` prints one"
        )
    return keys


def key(text: str) -> bytes:
    """The master key, decoded. The message does not repeat it."""
    try:
        decoded = base64.b64decode(text, validate=True)
    except binascii.Error:
        decoded = b""
    if len(decoded) != KEY_BYTES:
        raise SettingRefused(f"CAIRN_KEY must be {KEY_BYTES} bytes in base64")
    return decoded


def origins(text: str) -> frozenset[str]:
    """The origins of pages that may read answers, each exactly as a browser sends it.

    >>> sorted(origins("https://app.example.org, http://localhost:5173"))
    ['http://localhost:5173', 'https://app.example.org']
    """
    named = frozenset(filter(None, (part.strip() for part in text.split(","))))
    for one in named:
        if not is_origin(one):
            raise SettingRefused(
                f"CAIRN_CORS_ORIGINS has {one!r}; name each origin as a browser sends it, in small "
                "letters and without a path or a usual port, such as https://app.example.org; "
                "http:// is for localhost alone, and * is never taken"
            )
    return named


def is_origin(text: str) -> bool:
    """Whether this is a page's origin as a browser writes it.

    >>> is_origin("https://app.example.org:8443"), is_origin("https://app.example.org/")
    (True, False)
    """
    try:
        parts = urlsplit(text)
        host, number = parts.hostname or "", parts.port
    except ValueError:
        return False
    if HOST.fullmatch(host) is None or number == USUAL_PORTS.get(parts.scheme):
        return False
    if parts.scheme != "https" and (parts.scheme, host in THIS_MACHINE) != ("http", True):
        return False
    shown = f"[{host}]" if ":" in host else host
    return text == f"{parts.scheme}://{shown}{'' if number is None else f':{number}'}"


def webhooks(text: str) -> Literal["public", "any"]:
    """Where webhooks may go.

    >>> webhooks("any")
    'any'
    """
    match text:
        case "public" | "any":
            return text
        case _:
            raise SettingRefused(f"CAIRN_WEBHOOKS is {text!r}; it must be public or any")


def lease_seconds(text: str) -> int:
    """The length of a lease, 1 to 60 seconds.

    >>> lease_seconds("15")
    15
    """
    if not re.fullmatch(r"[0-9]{1,2}", text) or not 1 <= int(text) <= LONGEST_LEASE_SECONDS:
        raise SettingRefused(
            f"CAIRN_LEASE_SECONDS is {text!r}; it must be a whole number from 1 to "
            f"{LONGEST_LEASE_SECONDS}"
        )
    return int(text)


def log(text: str) -> tuple[str, Literal["json", "console"] | None]:
    """A level and a format, either of which may be left out.

    >>> log("debug,json")
    ('debug', 'json')
    >>> log("")
    ('info', None)
    """
    level = "info"
    shape: Literal["json", "console"] | None = None
    for word in filter(None, (part.strip().lower() for part in text.split(","))):
        if word in LEVELS:
            level = word
        elif word == "json":
            shape = "json"
        elif word == "console":
            shape = "console"
        else:
            wanted = ", ".join((*LEVELS, *FORMATS))
            raise SettingRefused(f"CAIRN_LOG has {word!r}; it can have {wanted}")
    return level, shape
