"""Logs that cannot tell anything about a person.

Only keys on a list are written, and only values that look like an id, a number or a name in our own
code: no sentence, no name, no note fits. What else was given is left out, and its key is named, so
that a developer sees it. Exceptions are written as types and places in the code, never with their
messages, which may quote what a client wrote. Of what libraries log we keep who said it and where.
Everything goes to standard error; standard output belongs to the commands.
"""

import logging
import re
import sys
import traceback
from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TextIO
from uuid import UUID

import structlog

from service.settings import Settings

ALLOWED: Final = frozenset(
    {
        # What happened, and where in the code.
        *("event", "level", "timestamp", "logger", "place", "process", "pid", "exception", "stack"),
        # Whose and which: ids only.
        *("practice_id", "client_id", "goal_id", "suggestion_id", "entry_id", "stream_id"),
        *("command_id", "correlation", "job_id", "subject_id", "worker_id", "request_id"),
        # Words of ours.
        *(
            "view",
            "views",
            "worker",
            "job",
            "category",
            "type",
            "why",
            "instrument",
            "role",
            "refusal",
            "ending",
            "what",
        ),
        *("method", "route", "migration", "signal", "setting", "server"),
        # How many, how far, how long.
        *("position", "version", "expected", "lag", "count", "attempt", "batch_size", "rows"),
        *("events", "practices", "seconds", "milliseconds", "status", "exit_code", "port"),
        *("noticed", "since"),
        # What comes of a sweep, over all practices: SweepOutcome in workers/sweeping.py.
        *("reached", "missed", "at_risk", "offered", "withdrawn", "skipped", "followed", "held"),
        *("target_met", "already_so", "waiting", "unreadable", "refused", "unavailable", "failed"),
        *("escalated", "nobody_on_duty", "discharged"),
    }
)
NAME: Final = re.compile(r"[A-Za-z0-9_.:/{}<>-]{1,120}")
ROUTE: Final = re.compile(r"(/([a-z][a-z.-]*|v[0-9]+|\{[a-z_:]+\}))+|/")  # A template, no raw path.
LONGEST_LIST: Final = 40
DEEPEST_STACK: Final = 30
WITHHELD: Final = "<withheld>"

EventDict = MutableMapping[str, Any]


def configure(settings: Settings, *, file: TextIO | None = None) -> None:
    """Set up logging for this process: ours from `log_level`, libraries' warnings and worse.

    `file` is where the lines go: standard error unless told otherwise.
    """
    write_to(file or sys.stderr, settings)
    root = logging.getLogger()
    root.handlers = [FromLibraries()]
    root.setLevel(max(level_of(settings), logging.WARNING))
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "arq", "arq.worker", "litestar"):
        other = logging.getLogger(name)
        other.handlers, other.propagate = [], True


def level_of(settings: Settings) -> int:
    return logging.getLevelNamesMapping()[settings.log_level.upper()]


@contextmanager
def on_standard_error(settings: Settings) -> Iterator[None]:
    """What is logged meanwhile goes there: standard output is for what a command answers."""
    before = structlog.get_config()
    write_to(sys.stderr, settings)
    try:
        yield
    finally:
        structlog.configure(**before)


def write_to(file: TextIO, settings: Settings) -> None:
    """Our own lines go to this file, without anything that a log may not hold."""
    watched = file.isatty()
    shape = settings.log_format or ("console" if watched else "json")
    last: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=watched)
        if shape == "console"
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            tell_exception_without_its_message,
            keep_what_is_allowed,
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level_of(settings)),
        logger_factory=structlog.WriteLoggerFactory(file=file),
        cache_logger_on_first_use=False,
    )


class FromLibraries(logging.Handler):
    """Passes on that a library said something, and where, but not what: it may be anything."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record of the standard library's logging."""
        log = structlog.get_logger()
        log.log(
            record.levelno,
            "library_message",
            logger=record.name,
            place=f"{record.filename}:{record.lineno}",
            exc_info=record.exc_info,
        )


def tell_exception_without_its_message(
    _logger: object, _method: str, event_dict: EventDict
) -> EventDict:
    """Replace `exc_info` by the types of the exception and its causes, and the lines it crossed."""
    given = event_dict.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event_dict["exception"] = [kind(one) for one in chain(error)]
        frames = traceback.extract_tb(error.__traceback__)[-DEEPEST_STACK:]
        event_dict["stack"] = [
            f"{place(frame.filename)}:{frame.lineno}:{frame.name}" for frame in frames
        ]
    return event_dict


def keep_what_is_allowed(_logger: object, _method: str, event_dict: EventDict) -> EventDict:
    """Leave out keys that are not on the list, and withhold values that could be anything."""
    kept = {key: harmless(value) for key, value in event_dict.items() if key in ALLOWED}
    if not ROUTE.fullmatch(str(kept.get("route", "/"))):
        kept["route"] = WITHHELD
    dropped = [key for key in event_dict if key not in ALLOWED]
    if dropped:
        kept["dropped"] = harmless(sorted(dropped))
    return kept


def harmless(value: object) -> object:
    """The value itself when it is a number, an id or a name in the code; else `<withheld>`.

    >>> harmless("goal.deadline_revised.v1"), harmless(41)
    ('goal.deadline_revised.v1', 41)
    >>> harmless("Anna slept badly")
    '<withheld>'
    """
    match value:
        case None | bool() | int() | float():
            return value
        case UUID():
            return str(value)
        case datetime():
            return value.isoformat()
        case str():
            return value if NAME.fullmatch(value) else WITHHELD
        case list() | tuple() | set() | frozenset():
            return [harmless(one) for one in list(value)[:LONGEST_LIST]]
        case _:
            return WITHHELD


def chain(error: BaseException) -> Iterable[BaseException]:
    """The exception, what it was raised from, and so on, at most ten."""
    seen: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in seen and len(seen) < 10:
        seen.append(following)
        hidden = following.__suppress_context__
        following = following.__cause__ or (None if hidden else following.__context__)
    return seen


def kind(error: BaseException) -> str:
    """The exception's type with its module.

    >>> kind(KeyError("Anna"))
    'KeyError'
    """
    one = type(error)
    return (
        one.__qualname__ if one.__module__ == "builtins" else f"{one.__module__}.{one.__qualname__}"
    )


def place(filename: str) -> str:
    """The last two parts of a path: enough to find it, nothing about the machine.

    >>> place("/opt/cairn/service/app.py")
    'service/app.py'
    """
    return "/".join(Path(filename).parts[-2:])
