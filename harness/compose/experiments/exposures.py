"""Reads recorded exposures and metrics by user out of any PostgreSQL, and changes nothing there.

One read-only transaction sees one state of the database. What a user writes in SQL is one statement
that is read from as a table: it can neither write nor end the transaction.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Literal

import psycopg
from psycopg import sql

from harness.core.environment import caller_environment
from harness.core.errors import HarnessError, UsageError
from harness.target.database import complete
from harness.target.session import opened
from reports.experiments.exposed.analysis import UserMetric

LOCK_TIMEOUT_S = 5
EXPOSURES = "SELECT experiment, variant, user_id, first_at FROM experiment_exposures"
IMPRESSIONS_A_USER = """
SELECT exposed.user_id, count(*) AS value
FROM experiment_exposures AS exposed
JOIN user_art_impressions AS seen
  ON seen.user_id = exposed.user_id AND seen.viewed_at >= exposed.first_at
WHERE exposed.experiment = :experiment
GROUP BY exposed.user_id
"""
_EXPERIMENT = re.compile(r"(?<![:\w]):experiment\b")
_MOST_NAMED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricQuery:
    """A metric's name, the SQL that yields it by user, and which way is better."""

    name: str
    sql: str
    better: Literal["higher", "lower"] = "higher"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedExposures:
    """What the database holds: the experiment's name, (user, variant) pairs, metrics by user."""

    experiment: str
    exposed: Sequence[tuple[str, str]]
    metrics: Sequence[UserMetric]


DEFAULT_METRICS = (MetricQuery(name="impressions a user", sql=IMPRESSIONS_A_USER),)
"""Of the reference server's tables. They hold when a batch came, not when an artwork was seen, so
the age of an impression is not among them."""


def read_exposures(
    database: str,
    *,
    experiment: str | None,
    exposures: str,
    metrics: Sequence[MetricQuery],
    timeout_s: float,
) -> RecordedExposures:
    """Return what is recorded. ``timeout_s`` bounds each statement.

    ``exposures`` yields ``user_id`` and ``variant``, and ``experiment`` where it holds several; a
    metric yields ``user_id`` and ``value``, or ``user_id``, ``total`` and ``events``. Raises
    UsageError for SQL that does not, or an experiment that is not there; HarnessError when the
    database cannot be read.
    """
    conninfo = complete(database, caller_environment())
    with _reading(conninfo, timeout_s) as connection:
        source = _Source(connection, timeout_s)
        columns = source.columns("--exposures", exposures, {"user_id", "variant"})
        name = None
        if "experiment" in columns:
            name = _experiment(source, exposures, experiment)
        elif experiment is not None:
            raise UsageError(
                "the exposures have no column experiment",
                hint="Leave --experiment out, or select it in --exposures",
            )
        query = _from(exposures, "SELECT DISTINCT user_id::text, variant::text")
        if name is not None:
            query += sql.SQL(" WHERE experiment::text = ") + sql.Literal(name)
        pairs = source.rows("--exposures", query)
        if any(None in pair for pair in pairs):
            raise UsageError("--exposures yields a user or a variant that is NULL")
        exposed = {user for user, _ in pairs}
        return RecordedExposures(
            experiment=name or "experiment",
            exposed=pairs,
            metrics=[_metric(source, metric, name, exposed) for metric in metrics],
        )


class _Source:
    """Asks one thing after the other; what is wrong with a user's SQL is that user's error."""

    def __init__(self, connection: psycopg.Connection, timeout_s: float) -> None:
        self._connection = connection
        self._timeout_s = timeout_s

    def columns(self, what: str, text: str, needed: set[str]) -> set[str]:
        """Return the names of a query's columns. Raises UsageError when a needed one is missing."""
        cursor = self._execute(what, _from(text, "SELECT *") + sql.SQL(" LIMIT 0"))
        found = {column.name for column in cursor.description or ()}
        if missing := needed - found:
            raise UsageError(
                f"{what} yields no column {', '.join(sorted(missing))}",
                hint=f"It has {', '.join(sorted(found)) or 'none'}: name them with AS",
            )
        return found

    def rows(self, what: str, query: sql.Composed) -> list[Any]:
        """Return all rows of a query."""
        return self._execute(what, query).fetchall()

    def _execute(self, what: str, query: sql.Composed) -> psycopg.Cursor[Any]:
        try:
            # Binary: the extended protocol, which takes one statement only.
            return self._connection.execute(query, binary=True)
        except psycopg.errors.QueryCanceled:
            raise HarnessError(
                f"{what} took longer than {self._timeout_s:g} s", hint="Allow more with --timeout"
            ) from None
        except psycopg.OperationalError as error:
            raise HarnessError(f"the database ended the connection: {error}") from error
        except psycopg.Error as error:
            reason = error.diag.message_primary or str(error)
            raise UsageError(f"the SQL of {what}: {reason}") from None


@contextmanager
def _reading(conninfo: str, timeout_s: float) -> Iterator[psycopg.Connection]:
    """Hold a transaction that reads one state; its settings end with it, behind a pooler too."""
    purpose = "read the database"
    with opened(conninfo, purpose, name="harness experiment analyse") as connection:
        connection.execute(
            "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; "
            "SET LOCAL default_transaction_read_only TO on; SET LOCAL client_encoding TO UTF8; "
            f"SET LOCAL lock_timeout TO {1000 * LOCK_TIMEOUT_S}; SET LOCAL timezone TO UTC; "
            f"SET LOCAL statement_timeout TO {round(1000 * timeout_s)}".encode()
        )
        try:
            yield connection
        finally:
            with suppress(psycopg.Error):  # it may be gone, and its transaction with it
                connection.execute("ROLLBACK")


def _experiment(source: _Source, exposures: str, wanted: str | None) -> str:
    """Return the experiment to analyse: the one that is named, or the only one."""
    query = _from(exposures, "SELECT DISTINCT experiment::text") + sql.SQL(" ORDER BY 1")
    found = [str(name) for (name,) in source.rows("--exposures", query) if name is not None]
    if not found:
        raise HarnessError("no exposure is recorded")
    named = ", ".join(found[:_MOST_NAMED]) + (" …" if len(found) > _MOST_NAMED else "")
    if wanted is None and len(found) > 1:
        raise UsageError("several experiments are recorded", hint=f"Name one of: {named}")
    if wanted is not None and wanted not in found:
        raise UsageError(f"no exposure of {wanted} is recorded", hint=f"There are: {named}")
    return wanted or found[0]


def _metric(
    source: _Source, metric: MetricQuery, experiment: str | None, exposed: set[str]
) -> UserMetric:
    text = _EXPERIMENT.sub(lambda _: sql.Literal(experiment).as_string(None), metric.sql)
    what = f"the metric {metric.name}"
    columns = source.columns(what, text, {"user_id"})
    is_of_events = {"total", "events"} <= columns
    if not is_of_events and "value" not in columns:
        raise UsageError(f"{what} yields neither value nor total and events", hint="Name one so")
    wanted = "total::float8, events::float8" if is_of_events else "value::float8, 1::float8"
    events: dict[str, tuple[float, float]] = {}
    for user, total, number in source.rows(what, _from(text, f"SELECT user_id::text, {wanted}")):
        if user not in exposed:
            continue
        if user in events:
            raise UsageError(f"{what} yields a user twice", hint="GROUP BY user_id")
        if None in (total, number) or not math.isfinite(total + number) or number < 0:
            raise UsageError(f"{what} yields what is no number for a user", hint="Use coalesce")
        events[user] = (total, number)
    return UserMetric(
        name=metric.name,
        better=metric.better,
        events=events,
        every_user_counts=not is_of_events,
    )


def _from(text: str, select: str) -> sql.Composed:
    """Return a query that reads from what a user wrote, up to a comment at its end."""
    inner = text.strip().rstrip(";")
    return sql.Composed([sql.SQL(f"{select} FROM (\n"), sql.SQL(inner), sql.SQL("\n) AS given")])
