"""A database that the tests of a module share: each of them finds in it what was there at first.

To copy a database, to connect to it and to ask the first questions takes Postgres fifty thousandths
of a second; to put back the rows of one that is connected to takes a tenth of that. It is for tests
that change rows alone: one that changes tables or triggers puts them back, or has its own database.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from tests.conftest import Administrator, Database, Servers, copied_database, run

TABLES = """
SELECT schemaname AS schema, tablename AS name FROM pg_tables
WHERE schemaname IN ('public', 'views', 'outbox') AND tablename != 'migration'
"""
# Such as what a rebuild that has failed leaves for the next one.
DROP_OTHERS = """
DO $$
DECLARE other text;
BEGIN
  FOR other IN SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
  WHERE schemaname IN ('public', 'views', 'outbox') AND tablename != ALL ('{NAMES}')
  LOOP
    EXECUTE 'DROP TABLE ' || other;
  END LOOP;
END $$
"""
ALWAYS = """
SELECT tgrelid::regclass::text AS table, tgname AS name FROM pg_trigger WHERE tgenabled = 'A'
"""


class SharedDatabase:
    """A database, and what its rows were at some moments, to which they are put back."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._administrator = Administrator(database.admin)
        self._states: dict[str, str] = {}

    def save(self, state: str) -> None:
        """What is there now is what `restore` puts back."""
        self._states[state] = run(lambda: self._saved(state))

    def restore(self, state: str) -> None:
        self._administrator.execute(self._states[state])

    def close(self) -> None:
        self._administrator.close()

    async def _saved(self, state: str) -> str:
        connection = await asyncpg.connect(self.database.admin)
        try:
            await connection.execute(f"CREATE SCHEMA {state}")
            tables = [(one["schema"], one["name"]) for one in await connection.fetch(TABLES)]
            names = ", ".join(["migration", *(name for _, name in tables)])
            others = DROP_OTHERS.replace("NAMES", names)
            statements = ["SET lock_timeout = '20s'", others]
            triggers = await connection.fetch(ALWAYS)
            statements += [f"ALTER TABLE {one['table']} DISABLE TRIGGER ALL" for one in triggers]
            for schema, name in tables:
                statements.append(f"DELETE FROM {schema}.{name}")
                if await connection.fetchval(f"SELECT EXISTS (SELECT FROM {schema}.{name})"):
                    kept = f"{state}.{schema}_{name}"
                    await connection.execute(f"CREATE TABLE {kept} AS TABLE {schema}.{name}")
                    statements.append(f"INSERT INTO {schema}.{name} TABLE {kept}")
            statements += [
                f"ALTER TABLE {one['table']} ENABLE ALWAYS TRIGGER {one['name']}"
                for one in triggers
            ]
            return "; ".join(statements)
        finally:
            await connection.close()


@contextmanager
def shared_database(servers: Servers, template: str) -> Iterator[SharedDatabase]:
    """A copy of the template, for tests to share."""
    with copied_database(servers, template) as made:
        shared = SharedDatabase(made)
        try:
            yield shared
        finally:
            shared.close()
