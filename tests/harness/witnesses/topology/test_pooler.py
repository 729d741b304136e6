"""PgBouncer's rows become one state; its console is no pool."""

from __future__ import annotations

import pytest

from harness.ledger.kinds.monitoring.topology import PoolerState
from harness.witnesses.topology.pooler import Pooler, state

NONE = {"sv_active": 0, "sv_idle": 0, "sv_used": 0, "sv_tested": 0, "sv_login": 0}


def test_connections_of_every_kind_are_counted_and_the_console_s_are_not() -> None:
    pools = [
        {"database": "x", "cl_active": 5, "cl_waiting": 2, **NONE, "sv_active": 1, "sv_login": 1},
        {"database": "y", "cl_active": 1, "cl_waiting": 0, **NONE, "sv_idle": 3, "sv_used": 4},
        {"database": "pgbouncer", "cl_active": 9, "cl_waiting": 9, **NONE},
    ]
    stats = [
        {"database": "x", "total_xact_count": 40},
        {"database": "y", "total_xact_count": 2},
        {"database": "pgbouncer", "total_xact_count": 1000},
    ]
    assert state(pools, stats, 7) == PoolerState(
        part="pooler", pid=7, clients=8, waiting=2, connections=9, transactions=42
    )


def test_before_the_first_client_there_are_no_connections() -> None:
    assert state([], [], 7) == PoolerState(
        part="pooler", pid=7, clients=0, waiting=0, connections=0, transactions=0
    )


def test_transactions_that_are_not_counted_are_not_0() -> None:
    pools = [{"database": "x", "cl_active": 5, "cl_waiting": 2, **NONE}]
    with pytest.raises(OSError, match="does not count the transactions of x"):
        state(pools, [{"database": "pgbouncer", "total_xact_count": 1}], 7)


def test_one_that_is_gone_is_an_error_in_one_line() -> None:
    with pytest.raises(OSError, match="refused") as gone:
        Pooler("postgresql://console@127.0.0.1:1/pgbouncer").look(7)
    assert "\n" not in str(gone.value)
