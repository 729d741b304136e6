"""The activity witness: what the database and the server say of themselves, once a second; and at
random moments between, what statements hold and wait for (``harness.witnesses.waits``).

PostgreSQL is asked over a connection of its own, in views that any user may read; the server's
metrics are read as Prometheus does. Counters are recorded as they are, since the system's
start: a check takes differences. What cannot be seen, and why, is a row too (``blind``), so
that a figure that is missing can be distinguished from one that is zero.

Its rows are the types of ``harness.ledger.kinds.activity``.
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from functools import partial
from typing import cast
from urllib.parse import urlsplit

import psycopg

from harness.core.clock import NS_PER_S, Instant, now
from harness.core.errors import HarnessError
from harness.ledger.files import WitnessFile
from harness.ledger.kinds.activity import (
    ActivityRow,
    Blind,
    DatabaseFigure,
    DatabaseFigureName,
    ServerFigure,
    ServerFigureName,
    StatementWait,
)
from harness.ledger.kinds.base import name_of
from harness.target.capabilities import Capability, reason_without
from harness.target.dialect import MetricNames
from harness.target.target import Table
from harness.witnesses.server_metrics import ServerFigures
from harness.witnesses.waits import WaitSampler

INTERVAL_S = 1.0
_TIMEOUT_S = 2.0
_FIRST_WITH_CHECKPOINTER = 170000

Connection = psycopg.Connection[tuple[object, ...]]
Say = Callable[[ActivityRow], None]

_CONNECTIONS = """
SELECT count(*), count(*) FILTER (WHERE state = 'active'),
       count(*) FILTER (WHERE wait_event_type = 'Lock')
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
_WAITS = """
SELECT coalesce(wait_event_type || ':' || wait_event, 'running'), count(*)
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
GROUP BY 1
"""
_CLOCK = "SELECT extract(epoch FROM clock_timestamp())"
_LOCKS = "SELECT count(*), count(*) FILTER (WHERE NOT granted) FROM pg_locks"
_TRANSACTIONS = """
SELECT xact_commit, xact_rollback, tup_inserted, deadlocks, blks_read, blks_hit
FROM pg_stat_database WHERE datname = current_database()
"""
_WAL = "SELECT wal_records, wal_fpi, wal_bytes FROM pg_stat_wal"
_WAL_POSITION = "SELECT pg_current_wal_lsn() - '0/0'::pg_lsn"
_CHECKPOINTS = "SELECT num_timed, num_requested, write_time, sync_time FROM pg_stat_checkpointer"
_CHECKPOINTS_BEFORE_17 = """
SELECT checkpoints_timed, checkpoints_req, checkpoint_write_time, checkpoint_sync_time
FROM pg_stat_bgwriter
"""
_INSERT = """
SELECT sum(calls), sum(total_exec_time), sum(rows), sum(wal_bytes)
FROM pg_stat_statements
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND query ILIKE %s
"""

_FIGURES: Mapping[str, tuple[DatabaseFigureName, ...]] = {
    _CLOCK: ("clock_s",),
    _CONNECTIONS: ("connections", "connections_active", "connections_waiting_for_lock"),
    _LOCKS: ("locks", "locks_not_granted"),
    _TRANSACTIONS: (
        "commits",
        "rollbacks",
        "rows_inserted",
        "deadlocks",
        "blocks_read",
        "blocks_hit",
    ),
    _WAL: ("wal_records", "wal_full_pages", "wal_bytes"),
    _WAL_POSITION: ("wal_position_bytes",),
    _CHECKPOINTS: (
        "checkpoints_timed",
        "checkpoints_requested",
        "checkpoint_write_ms",
        "checkpoint_sync_ms",
    ),
    _INSERT: ("insert_calls", "insert_exec_ms", "insert_rows", "insert_wal_bytes"),
}


class ActivityWitness:
    """Samples in a thread, so that a busy event loop does not blind it."""

    def __init__(
        self,
        dsn: str,
        table: Table,
        server_url: str,
        metrics: MetricNames | None,
        witness: WitnessFile[ActivityRow],
    ) -> None:
        self._database = _Database(dsn, table)
        self._waits = WaitSampler(table)
        self._server = _Server(server_url, metrics) if metrics else _Mute()
        self._witness = witness
        self._blind: dict[str, str] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample_forever, name="activity", daemon=True)

    def start(self) -> None:
        """Start sampling; nothing that cannot be reached is an error, it is a ``blind`` row."""
        self._thread.start()

    def stop(self) -> None:
        """Take a last sample and stop."""
        self._stop.set()
        self._thread.join()

    def failure(self) -> str:
        """Return that it samples no longer although it was not stopped; empty while it does."""
        ended = self._thread.ident is not None and not self._thread.is_alive()
        return "its thread ended" if ended and not self._stop.is_set() else ""

    def _sample_forever(self) -> None:
        try:
            due_ns = now().mono_ns + round(INTERVAL_S * NS_PER_S)
            while True:
                left_s, pause_s = (due_ns - now().mono_ns) / NS_PER_S, self._waits.pause_s()
                last = self._stop.wait(max(0.0, min(left_s, pause_s)))
                if pause_s < left_s and not last:
                    self._database.sample_waits(self._waits, self._witness.saw)
                    continue
                self._sample()
                if last:
                    return
                due_ns = now().mono_ns + round(INTERVAL_S * NS_PER_S)
        except HarnessError:  # a full disk: the ledger's flusher says so
            return
        finally:
            self._database.close()

    def _sample(self) -> None:
        for kind, source in (
            (name_of(DatabaseFigure), self._database),
            (name_of(ServerFigure), self._server),
        ):
            at = now()
            blind = source.sample(partial(self._witness.saw, at=at))
            for name, why in blind.items():
                self._cannot_see(at, f"{kind}:{name}", why)
            for seen in [k for k in self._blind if k.startswith(f"{kind}:")]:
                if seen.partition(":")[2] not in blind:
                    del self._blind[seen]

    def _cannot_see(self, at: Instant, name: str, why: str) -> None:
        if self._blind.get(name) != why:  # once, not every second
            self._blind[name] = why
            self._witness.saw(Blind(name=name, why=why), at=at)


class _Database:
    """What SQL can see of one database and of the PostgreSQL around it."""

    def __init__(self, dsn: str, table: Table) -> None:
        self._dsn = dsn
        self._table = table.name.split(".")[-1]
        self._connection: Connection | None = None
        self._never: dict[str, str] = {}

    def sample(self, say: Say) -> dict[str, str]:
        """Say every figure that can be seen; return those that cannot, with the reason."""
        try:
            connection = self._connected()
            blind: dict[str, str] = {}
            for query, names in self._queries(connection).items():
                blind |= self._ask(connection, query, names, say)
            for wait, count in connection.execute(_WAITS).fetchall():
                say(StatementWait(name=str(wait), statements=int(str(count))))
        except psycopg.Error as error:
            self.close()
            return {"everything": _line(error)}
        return {**self._never, **blind}

    def sample_waits(self, waits: WaitSampler, say: Say) -> None:
        """Say what statements hold and wait for now; without a connection, which the next sample
        makes or says why not, nothing."""
        if self._connection is None or self._connection.closed:
            return
        try:
            waits.sample(self._connection, say)
        except psycopg.Error:
            self.close()

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> Connection:
        if self._connection is None or self._connection.closed:
            self._never = {}
            self._connection = psycopg.connect(
                self._dsn,
                autocommit=True,
                connect_timeout=round(_TIMEOUT_S),
                prepare_threshold=None,
                application_name="harness activity",
            )
            timeout_ms = round(_TIMEOUT_S * 1000)
            self._connection.execute(f"SET statement_timeout = {timeout_ms}".encode())
        return self._connection

    def _queries(self, connection: Connection) -> dict[str, tuple[DatabaseFigureName, ...]]:
        queries = dict(_FIGURES)
        if connection.info.server_version < _FIRST_WITH_CHECKPOINTER:
            queries[_CHECKPOINTS_BEFORE_17] = queries.pop(_CHECKPOINTS)
        return {q: names for q, names in queries.items() if names[0] not in self._never}

    def _ask(
        self, connection: Connection, query: str, names: tuple[DatabaseFigureName, ...], say: Say
    ) -> dict[str, str]:
        parameters = (f"%insert into %{self._table}%",) if query is _INSERT else None
        try:
            row = connection.execute(query.encode(), parameters).fetchone()
        except psycopg.OperationalError as error:
            if connection.closed:
                raise
            return dict.fromkeys(names, _line(error))  # it took too long, this time
        except psycopg.Error as error:  # no such view, or not for us: it will not come
            self._never |= dict.fromkeys(names, _line(error))
            return {}
        for name, value in zip(names, row or (), strict=False):
            if value is not None:
                say(DatabaseFigure(name=name, value=float(str(value))))
        return {}


class _Mute:
    """A server that has no metrics."""

    def sample(self, say: Say) -> dict[str, str]:
        """Return that there is nothing to see, and why."""
        return {"everything": reason_without({Capability.SERVER_METRICS})}


class _Server:
    """What the server's metrics say."""

    def __init__(self, url: str, names: MetricNames) -> None:
        self._address = urlsplit(url)
        self._path = names.path
        self._figures = ServerFigures(names)

    def sample(self, say: Say) -> dict[str, str]:
        """Say every figure that can be seen; return those that cannot, with the reason."""
        host, port = self._address.hostname or "127.0.0.1", self._address.port
        connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT_S)
        try:
            connection.request("GET", self._path)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            what = f"{self._path} does not answer: {error or type(error).__name__}"
            return {"everything": what}
        finally:
            connection.close()
        if answer.status != 200:
            return {"everything": f"{self._path} answers {answer.status}"}
        if (clock_s := _clock_s(answer.getheader("Date", ""))) is not None:
            say(ServerFigure(name="clock_s", value=clock_s))
        figures, blind = self._figures.read(text)
        for name, value in figures.items():
            say(ServerFigure(name=cast(ServerFigureName, name), value=value))
        return blind


def _clock_s(date: str) -> float | None:
    """Return when an answer says that it was made, in seconds since the epoch."""
    try:
        return parsedate_to_datetime(date).timestamp()
    except ValueError:  # it does not say
        return None


def _line(error: psycopg.Error) -> str:
    return " ".join(str(error).split()) or type(error).__name__
