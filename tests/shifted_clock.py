"""A database whose clock can be set: its clock_timestamp() is ours, for the test's own database."""

from datetime import timedelta

import asyncpg

from tests.conftest import Database

SHIFTED = """
CREATE SCHEMA shifted;
CREATE TABLE shifted.clock (ahead interval NOT NULL);
INSERT INTO shifted.clock VALUES ('0');
CREATE FUNCTION shifted.clock_timestamp() RETURNS timestamptz
LANGUAGE sql
VOLATILE
AS 'SELECT pg_catalog.clock_timestamp() + c.ahead FROM shifted.clock c';
GRANT USAGE ON SCHEMA shifted TO PUBLIC;
GRANT SELECT ON shifted.clock TO PUBLIC;
"""
# What looks at the clock inside the database.
FUNCTIONS = """
SELECT p.oid::regprocedure::text AS name
FROM pg_proc p
WHERE p.pronamespace = 'public'::regnamespace AND p.proname LIKE 'append_event%'
"""
PATH = "shifted, pg_catalog, public"


async def make_shiftable(database: Database) -> None:
    """From the next connection on, this database goes by a clock that can be set."""
    admin = await asyncpg.connect(database.admin)
    try:
        await admin.execute(SHIFTED)
        await admin.execute(f"ALTER DATABASE {database.name} SET search_path = {PATH}")
        for row in await admin.fetch(FUNCTIONS):
            await admin.execute(f"ALTER FUNCTION {row['name']} SET search_path = {PATH}")
    finally:
        await admin.close()


async def set_ahead(database: Database, ahead: timedelta) -> None:
    """The database's clock is so far ahead of the right time."""
    admin = await asyncpg.connect(database.admin)
    try:
        await admin.execute("UPDATE shifted.clock SET ahead = $1", ahead)
    finally:
        await admin.close()
