"""What went wrong, in one sentence and an exit code, for failures that are nobody's bug."""

import asyncpg
import redis

from events.database_faults import is_outage
from events.refusals import Rejected
from events.sealing import KeyFileRefused, KeyIsAnother, KeyMissing, SealBroken
from events.store import StoreUnavailable, VersionConflict
from migrations.rights import ROLE, Missing, RightsMissing
from migrations.runner import MigrationRefused
from projections.epochs import EpochLeft, LogRestored
from projections.set_aside import MOST_SET_ASIDE, TooManySetAside
from service.auth import SubjectRefused
from service.backing_up import BackupFailed
from service.backup_files import FileNotOurs
from service.csv_file import FileRefused
from service.database import SessionRefused
from service.installed import ServerUnavailable
from service.postgres_tools import ToolFailed, ToolMissing
from service.redis_words import SENTENCES
from service.restoring import RestoreRefused
from service.running import NothingRuns
from service.settings import SettingRefused
from service.supervisor import CannotStart
from workers.redis_faults import fault_of

REFUSED = 1
USAGE = 2
UNREACHABLE = 3

# Their message, or their docstring, is the sentence.
SAY_IT_THEMSELVES = (
    BackupFailed,
    CannotStart,
    FileNotOurs,
    FileRefused,
    MigrationRefused,
    RestoreRefused,
    RightsMissing,
    ServerUnavailable,
    SettingRefused,
    ToolFailed,
    ToolMissing,
)
SAY_IT_IN_THEIR_DOCSTRING = (
    VersionConflict,
    EpochLeft,
    LogRestored,
    KeyFileRefused,
    KeyIsAnother,
    KeyMissing,
    SealBroken,
    SubjectRefused,
)


def explained(failure: BaseException) -> tuple[int, str | None]:
    """The exit code and the sentence; no sentence where the failure was not expected."""
    match failure:
        case ExceptionGroup(exceptions=[only]):
            return explained(only)
        case Rejected():
            return REFUSED, failure.told()
        case StoreUnavailable():
            return UNREACHABLE, documented(failure)
        case NothingRuns():
            return UNREACHABLE, str(failure)
        case TooManySetAside():
            return REFUSED, (
                f"More than {MOST_SET_ASIDE:,} events of practice {failure.practice_id} can not be "
                f"shown in the view {failure.view}: the first is at position {failure.first} of "
                f"its log, and the last that was looked at is at {failure.last}. The view is left "
                "as it was. Upgrade, or bring the events back from a backup, and rebuild again."
            )
        case redis.RedisError():
            return UNREACHABLE, f"{SENTENCES[fault_of(failure)]}."
        case SessionRefused(__cause__=asyncpg.PostgresError() as why):
            code, sentence = of_the_database(why)
            return code, sentence or f"The database refuses what a session of Cairn needs: {why}."
        case asyncpg.PostgresError() | asyncpg.InterfaceError() | asyncpg.InternalClientError():
            return of_the_database(failure)
        case OSError():
            return of_the_system(failure)
    if isinstance(failure, SAY_IT_IN_THEIR_DOCSTRING):
        return REFUSED, documented(failure)
    return REFUSED, str(failure) if isinstance(failure, SAY_IT_THEMSELVES) else None


def of_the_database(failure: Exception) -> tuple[int, str | None]:
    match failure:
        case asyncpg.UndefinedTableError() | asyncpg.InvalidSchemaNameError():
            return REFUSED, "The database has not been migrated: run `cairn migrate` first."
        case asyncpg.InsufficientPrivilegeError():
            return REFUSED, (
                f"The database's login may not do this: {failure}. If rights were lost, as by a "
                "restore without privileges, `cairn migrate` gives them back."
            )
        case asyncpg.InvalidParameterValueError() if ROLE in str(failure):
            return REFUSED, Missing(role=True, rights=[]).sentence
        case asyncpg.InvalidCatalogNameError() | asyncpg.InvalidAuthorizationSpecificationError():
            return UNREACHABLE, f"The database does not let us in: {failure}."
        case asyncpg.ClientConfigurationError():
            return REFUSED, (
                f"The connection to the database is set up wrongly: {failure.args[0]}. See "
                "DATABASE_URL and the variables that begin with PG."
            )
        case asyncpg.PostgresError() if is_outage(failure):
            return UNREACHABLE, f"The database cannot be reached: {failure}."
        case asyncpg.PostgresError():
            return REFUSED, None
        case _:
            return UNREACHABLE, "The database has gone away: nothing was lost, ask again."


def documented(failure: BaseException) -> str:
    return " ".join((type(failure).__doc__ or "").split())


def of_the_system(failure: OSError) -> tuple[int, str | None]:
    """A connection that is refused is a server away; what a file refuses names the file."""
    if isinstance(failure, (ConnectionError, TimeoutError)) or failure.filename is None:
        reason = failure.strerror or str(failure) or "no answer in time"
        return UNREACHABLE, f"A server cannot be reached: {reason}. See DATABASE_URL."
    return REFUSED, f"{failure.filename}: {failure.strerror}."
