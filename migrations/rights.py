"""The run-time role and its rights: which of them are missing, and giving them back.

Roles belong to the whole server, so no dump of a database has them; and a dump that was restored
without its privileges has no rights. The rules are those of the migrations, which a test compares:
the role reads every table, adds rows where a table takes them, changes the rows of views, and calls
the functions that work with their owner's rights. Nobody else calls a function.
"""

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy

Connection = asyncpg.Connection | PoolConnectionProxy

ROLE = "cairn_runtime"
SCHEMAS = ("public", "views", "outbox")
MAKE_ROLE = f"CREATE ROLE {ROLE} NOLOGIN"
ROLE_MISSING = (
    f"The role {ROLE} is missing in this server. Roles are in no dump of a database. Say "
    "`cairn migrate`, which makes the role and gives it its rights."
)
HAS_ROLE = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)"
# Whether a login may take on the role: what a session of the product begins with.
MAY_TAKE_ROLE = "SELECT pg_has_role($1::name, $2::name, 'MEMBER')"
QUOTED = "SELECT quote_ident($1)"

# The statement that gives each right that is missing. An extension's tables are none of ours.
FIND_MISSING = """
WITH ours AS (
  SELECT n.oid, n.nspname FROM pg_namespace n WHERE n.nspname = ANY ($1)
),
relations AS (
  SELECT
    format('%I.%I', o.nspname, c.relname) AS name,
    c.oid,
    CASE
      WHEN o.nspname = 'views' OR c.relname = 'heartbeat'
        THEN ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']
      WHEN c.relname IN ('data_key', 'id_key', 'attempt') THEN ARRAY['SELECT', 'INSERT']
      WHEN o.nspname = 'outbox' THEN ARRAY['SELECT', 'INSERT', 'UPDATE']
      ELSE ARRAY['SELECT']
    END AS rights
  FROM pg_class c
  JOIN ours o ON o.oid = c.relnamespace
  WHERE c.relkind = 'r'
    AND NOT EXISTS (
      SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
        AND d.deptype = 'e'
    )
),
functions AS (
  SELECT
    format('%I.%I(%s)', o.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) AS name,
    p.oid,
    p.prosecdef,
    coalesce(p.proacl, acldefault('f', p.proowner)) AS rights
  FROM pg_proc p
  JOIN ours o ON o.oid = p.pronamespace
  WHERE NOT EXISTS (
    SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
      AND d.deptype = 'e'
  )
)
SELECT format('GRANT USAGE ON SCHEMA %I TO %I', o.nspname, $2::text) AS statement
FROM ours o
WHERE NOT has_schema_privilege($2::name, o.oid, 'USAGE')
UNION ALL
SELECT format('GRANT %s ON TABLE %s TO %I', string_agg(one, ', '), r.name, $2::text)
FROM relations r
CROSS JOIN unnest(r.rights) one
WHERE NOT has_table_privilege($2::name, r.oid, one)
GROUP BY r.name
UNION ALL
SELECT format('GRANT EXECUTE ON FUNCTION %s TO %I', f.name, $2::text)
FROM functions f
WHERE f.prosecdef
  AND NOT EXISTS (
    SELECT FROM aclexplode(f.rights) a WHERE a.grantee = to_regrole($2::text)::oid
  )
UNION ALL
SELECT format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f.name)
FROM functions f
WHERE EXISTS (SELECT FROM aclexplode(f.rights) a WHERE a.grantee = 0)
ORDER BY 1
"""


class RightsMissing(Exception):
    """The run-time role, or one of its rights, is missing; the message says what to do."""


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """What is missing: the role itself, or rights, as the statements that give them."""

    role: bool
    rights: list[str]

    @property
    def sentence(self) -> str | None:
        """What is missing and what to do, in a sentence; None where nothing is."""
        if self.role:
            return ROLE_MISSING
        if self.rights:
            return (
                f"The role {ROLE} lacks {len(self.rights)} of its rights, as after a restore "
                "without privileges. Say `cairn migrate`, which gives them back."
            )
        return None


async def find_missing(connection: Connection | asyncpg.Pool) -> Missing:
    """What the run-time role lacks. Any login may ask."""
    if not await connection.fetchval(HAS_ROLE, ROLE):
        return Missing(role=True, rights=[])
    rows = await connection.fetch(FIND_MISSING, list(SCHEMAS), ROLE)
    return Missing(role=False, rights=[row["statement"] for row in rows])


async def require_rights(connection: Connection | asyncpg.Pool) -> None:
    """Raises RightsMissing unless the run-time role is there and has its rights."""
    sentence = (await find_missing(connection)).sentence
    if sentence is not None:
        raise RightsMissing(sentence)


async def make_role(connection: Connection) -> bool:
    """Make the run-time role where it is missing; whether it was.

    Raises RightsMissing where this login may make no roles: the message has the statement.
    """
    if await connection.fetchval(HAS_ROLE, ROLE):
        return False
    try:
        await connection.execute(MAKE_ROLE)
    except (asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
        return False  # Somebody else has just made it.
    except asyncpg.InsufficientPrivilegeError:
        raise RightsMissing(
            f"The role {ROLE} is missing in this server, and this login may not make it. Say to "
            f"the server, as a superuser: {MAKE_ROLE}; and then `cairn migrate` again."
        ) from None
    return True


async def admit(connection: Connection, login: str) -> bool:
    """Let a login take on the run-time role, where it may not yet; whether that was done.

    Raises RightsMissing where this login may not give the role: the message has the statement. A
    login that does not exist is left alone.
    """
    if not await connection.fetchval(HAS_ROLE, login):
        return False
    if await connection.fetchval(MAY_TAKE_ROLE, login, ROLE):
        return False
    quoted = await connection.fetchval(QUOTED, login)
    give = f"GRANT {ROLE} TO {quoted}"
    try:
        await connection.execute(give)
    except asyncpg.InsufficientPrivilegeError:
        raise RightsMissing(
            f"The login {quoted} may not take on the role {ROLE}, and this login may not give it. "
            f"Say to the server, as a superuser: {give};"
        ) from None
    return True


async def give_rights(connection: Connection) -> int:
    """Give the run-time role what it lacks, as the owner of the tables; how many rights that were.

    Raises RightsMissing for those that this login may not give: the message has the statements.
    """
    missing = (await find_missing(connection)).rights
    for statement in missing:
        await connection.execute(statement)
    # Where a login may not give a right, Postgres warns and does nothing.
    left = (await find_missing(connection)).rights if missing else []
    if left:
        raise RightsMissing(
            f"The role {ROLE} lacks rights that this login may not give. Say to this database, as "
            f"a superuser: {'; '.join(left)};"
        )
    return len(missing)
