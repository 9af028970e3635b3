"""What an error of the database means is decided in one place, and by whose fault it is."""

import asyncpg
import pytest

from events.database_faults import (
    DatabaseFault,
    drops_connection,
    is_gone,
    is_outage,
    whose_fault,
)


def of_state(state: str) -> asyncpg.PostgresError:
    """The error that asyncpg raises for an SQLSTATE."""
    return asyncpg.PostgresError.new({"C": state, "M": "as the server says it"})


@pytest.mark.parametrize(
    ("state", "fault"),
    [
        ("08006", DatabaseFault.CONNECTION),
        ("08P01", DatabaseFault.CONNECTION),
        ("25006", DatabaseFault.CONNECTION),  # Read-only: a standby, or one that is being left.
        ("25P03", DatabaseFault.CONNECTION),
        ("25P04", DatabaseFault.CONNECTION),
        ("28000", DatabaseFault.CONNECTION),
        ("28P01", DatabaseFault.CONNECTION),
        ("3D000", DatabaseFault.CONNECTION),
        ("53100", DatabaseFault.CONNECTION),
        ("53300", DatabaseFault.CONNECTION),
        ("57P01", DatabaseFault.CONNECTION),
        ("57P02", DatabaseFault.CONNECTION),
        ("57P03", DatabaseFault.CONNECTION),
        ("57P05", DatabaseFault.CONNECTION),
        ("40001", DatabaseFault.CONTENTION),
        ("40P01", DatabaseFault.CONTENTION),
        ("55006", DatabaseFault.CONTENTION),
        ("55P03", DatabaseFault.CONTENTION),
        ("57014", DatabaseFault.CONTENTION),
        ("26000", DatabaseFault.SERVER),
        ("34000", DatabaseFault.SERVER),
        ("42501", DatabaseFault.SERVER),
        ("42P05", DatabaseFault.SERVER),
        ("54001", DatabaseFault.SERVER),
        ("58030", DatabaseFault.SERVER),
        ("F0001", DatabaseFault.SERVER),
        ("XX000", DatabaseFault.SERVER),
        ("XX002", DatabaseFault.SERVER),
        ("0A000", DatabaseFault.STATEMENT),
        ("22001", DatabaseFault.STATEMENT),
        ("22P02", DatabaseFault.STATEMENT),
        ("23505", DatabaseFault.STATEMENT),
        ("23514", DatabaseFault.STATEMENT),
        ("42601", DatabaseFault.STATEMENT),
        ("42P01", DatabaseFault.STATEMENT),
        ("P0001", DatabaseFault.STATEMENT),
        ("CA404", DatabaseFault.STATEMENT),
        ("CA425", DatabaseFault.STATEMENT),
    ],
)
def test_a_state_says_whose_fault_it_is(state: str, fault: DatabaseFault) -> None:
    error = of_state(state)
    assert whose_fault(error) is fault
    assert is_outage(error) is (fault is not DatabaseFault.STATEMENT)
    assert drops_connection(error) is (fault in (DatabaseFault.SERVER, DatabaseFault.CONNECTION))
    assert is_gone(error) is (fault is DatabaseFault.CONNECTION)


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (asyncpg.InvalidCachedStatementError("a plan is out of date"), DatabaseFault.SERVER),
        (asyncpg.InterfaceError("connection is closed"), DatabaseFault.CONNECTION),
        (
            asyncpg.InternalClientError("got result for unknown protocol state"),
            DatabaseFault.CONNECTION,
        ),
        (asyncpg.TargetServerAttributeNotMatched("none of the hosts"), DatabaseFault.CONNECTION),
        (ConnectionResetError(), DatabaseFault.CONNECTION),
        (TimeoutError(), DatabaseFault.CONNECTION),
        (
            asyncpg.exceptions._base.DataError("invalid input for query argument"),
            DatabaseFault.STATEMENT,
        ),
        (asyncpg.ClientConfigurationError("`sslmode` must be one of"), DatabaseFault.STATEMENT),
        (ValueError("a bug of ours"), None),
        (RuntimeError("a bug of ours"), None),
    ],
)
def test_an_error_of_the_driver_or_the_network_does_too(
    error: Exception, fault: DatabaseFault | None
) -> None:
    assert whose_fault(error) is fault
    assert is_outage(error) is (fault not in (None, DatabaseFault.STATEMENT))
