"""Exposures read from a database: what is read, what is refused, and that nothing changes."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from scipy import stats

from harness.compose.experiments.exposures import (
    DEFAULT_METRICS,
    EXPOSURES,
    MetricQuery,
    RecordedExposures,
    read_exposures,
)
from harness.core.errors import HarnessError, UsageError
from harness.core.wait import wait_until
from servers.ingest.experiments.exposures import Exposure
from servers.ingest.storage.store import Share, Store
from servers.topology.postgres import Postgres
from tests.harness.cli.shell import harness_here
from tests.servers.ingest.experiments.flush import FLUSH, SERVED
from tests.servers.ingest.site import make_config, running, visitor
from tests.servers.spawner import TestSpawner

pytestmark = pytest.mark.stack

FILL = """
INSERT INTO experiment_exposures (experiment, user_id, variant, first_at)
SELECT 'flush', 'u' || n, CASE WHEN n % 2 = 0 THEN 'fast' ELSE 'normal' END, '2026-01-01'
FROM generate_series(1, 40) AS n;
INSERT INTO user_art_impressions (user_id, artwork_id, viewed_at)
SELECT 'u' || n, 'a' || a, '2026-01-02' FROM generate_series(1, 39) AS n,
       generate_series(1, CASE WHEN n % 2 = 0 THEN 6 ELSE 3 END) AS a;
INSERT INTO user_art_impressions (user_id, artwork_id, viewed_at)
VALUES ('u1', 'before', '2025-12-31'), ('stranger', 'a', '2026-01-02');
"""


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with TestSpawner() as spawner:
        postgres = Postgres(spawner, wait_until, Path(tmp_path_factory.mktemp("postgres")))
        asyncio.run(postgres.start())
        yield postgres


@pytest.fixture(scope="module")
def database(postgres: Postgres) -> str:
    """The reference server's tables with forty exposed users, one of them without a row."""
    asyncio.run(_fill(postgres.dsn()))
    return postgres.dsn()


async def _fill(dsn: str) -> None:
    store = Store(make_config(dsn))
    await store.open()
    await store.close()
    async with await psycopg.AsyncConnection.connect(dsn) as connection:
        await connection.execute(FILL.encode())


def read(database: str, **changes: Any) -> RecordedExposures:
    settings: dict[str, Any] = {"experiment": None, "exposures": EXPOSURES, "timeout_s": 30.0}
    settings["metrics"] = DEFAULT_METRICS
    return read_exposures(database, **{**settings, **changes})


def metric(text: str, name: str = "m") -> list[MetricQuery]:
    return [MetricQuery(name=name, sql=text)]


def test_the_defaults_fit_the_reference_servers_tables(database: str) -> None:
    found = read(database)
    assert found.experiment == "flush"
    assert sorted(found.exposed)[:2] == [("u1", "normal"), ("u10", "fast")]
    (one,) = found.metrics
    assert one.every_user_counts
    assert len(one.events) == 39
    assert (one.events["u1"], one.events["u2"]) == ((3.0, 1.0), (6.0, 1.0))


def test_sql_of_any_table_may_be_read(database: str) -> None:
    found = read(
        database,
        exposures="SELECT user_id, variant FROM experiment_exposures -- no experiment here",
        metrics=metric(
            "SELECT user_id, sum(length(artwork_id)) AS total, count(*) AS events "
            "FROM user_art_impressions WHERE artwork_id LIKE 'a%' GROUP BY 1;"
        ),
    )
    assert found.experiment == "experiment"
    (one,) = found.metrics
    assert (one.every_user_counts, one.events["u1"]) == (False, (6.0, 3.0))
    assert "stranger" not in one.events


def test_the_experiments_name_is_a_value_and_a_cast_is_none(database: str) -> None:
    text = "SELECT user_id, count(*)::int AS value, ':experiments' FROM experiment_exposures "
    found = read(database, metrics=metric(text + "WHERE experiment = :experiment GROUP BY 1"))
    assert len(found.metrics[0].events) == 40


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"experiment": "other"}, "no exposure of other is recorded"),
        ({"exposures": "SELECT 1 AS user_id"}, "--exposures yields no column variant"),
        ({"exposures": "SELEC"}, "the SQL of --exposures: syntax error"),
        (
            {"exposures": "SELECT user_id, variant FROM experiment_exposures", "experiment": "x"},
            "the exposures have no column experiment",
        ),
        ({"exposures": "SELECT 'u' AS user_id, NULL AS variant"}, "that is NULL"),
        ({"metrics": metric("SELECT 1 AS user_id")}, "neither value nor total and events"),
        (
            {"metrics": metric("SELECT user_id, 1 AS value FROM user_art_impressions")},
            "the metric m yields a user twice",
        ),
        ({"metrics": metric("SELECT 'u1' AS user_id, 'NaN'::float8 AS value")}, "no number"),
        ({"metrics": metric("SELECT 'u1' AS user_id, NULL::int AS value")}, "no number"),
        ({"metrics": metric("SELECT 'u1' AS user_id, 'x' AS value")}, "the SQL of the metric m"),
    ],
)
def test_what_cannot_be_meant_is_one_clear_line(
    database: str, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError) as raised:
        read(database, **changes)
    assert message in raised.value.line
    assert "\n" not in raised.value.line


HARM = [
    "SELECT 1 AS user_id, 1 AS value; DELETE FROM experiment_exposures",
    "SELECT 1 AS user_id, 1 AS value) AS x; COMMIT; DELETE FROM experiment_exposures; SELECT (1",
    "DELETE FROM experiment_exposures RETURNING user_id, 1 AS value",
    "WITH gone AS (DELETE FROM experiment_exposures RETURNING user_id) "
    "SELECT user_id, 1 AS value FROM gone",
    "SELECT nextval('counted')::text AS user_id, 1 AS value",
    "SELECT set_config('transaction_read_only', 'off', false) AS user_id, 1 AS value",
]


@pytest.mark.parametrize("text", HARM)
def test_nothing_is_written_whatever_the_sql(database: str, text: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("CREATE SEQUENCE IF NOT EXISTS counted")
    with pytest.raises(UsageError):
        read(database, metrics=metric(text))
    with psycopg.connect(database) as connection:
        query = "SELECT (SELECT count(*) FROM experiment_exposures), is_called FROM counted"
        assert connection.execute(query).fetchone() == (40, False)


def analysed(database: str, *arguments: str) -> tuple[int, dict[str, Any]]:
    done = harness_here("experiment", "analyse", "--database", database, "--json", *arguments)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_a_known_effect_is_found_in_the_reference_servers_tables(database: str) -> None:
    """19 users with 6 and one with none; 20 users with 3: means 5.7 and 3."""
    code, found = analysed(database, "--control", "normal", "--experiment", "flush")
    assert code == 0
    (one,) = found["comparisons"]
    assert (one["variant"], one["verdict"]) == ("fast", "better")
    assert (one["mean"], one["control_mean"]) == (5.7, 3)
    # One sum deviates by -5.7 and 19 by 0.3: the error is the root of 34.2 / (20 · 19).
    half = float(stats.t.ppf(0.975, 19)) * math.sqrt(34.2 / (20 * 19))
    assert (one["low"], one["high"]) == (pytest.approx(2.7 - half), pytest.approx(2.7 + half))


def test_a_variant_that_lost_users_makes_all_unknown(database: str) -> None:
    lost = f"{EXPOSURES} WHERE variant = 'normal' OR user_id IN ('u2', 'u4', 'u6')"
    mine = ("--exposures", lost, "--metric", f"views={DEFAULT_METRICS[0].sql}")
    code, found = analysed(database, *mine, "--shares", "normal=1,fast=1")
    assert (code, found["sample_ratio_mismatch"]) == (3, True)
    assert found["sample_ratio_p"] == pytest.approx(stats.chisquare([20, 3]).pvalue)
    assert found["comparisons"][0]["verdict"] == "unknown"
    assert "a variant that loses beacons breaks its own ratio" in found["sentence"]


async def _visits(dsn: str, users: int, *, lost: Callable[[int, str], bool]) -> None:
    """Have users send a batch of ten views that names their variant, unless it is lost."""
    async with running(make_config(dsn, experiments=SERVED)) as site:
        for number in range(users):
            user = f"user-{number}"
            variant = FLUSH.variant_of(user)
            if lost(number, variant):
                continue
            async with visitor(site.url, user) as one:
                views = [f"a{n}" for n in range(8 + number % 5)]
                answer = await one.send(views, experiments={"flush": variant})
                assert answer.status == 200


def test_a_row_never_stands_before_the_exposure_that_its_batch_named(postgres: Postgres) -> None:
    """Of moments with nanoseconds: rounded in two ways, 3 of 100 exposures came after their row."""
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        connection.execute("CREATE SCHEMA moments")
    dsn = make_conninfo(postgres.dsn(), options="-csearch_path=moments")
    asyncio.run(_stored_at(dsn, [1_796_614_086 + n / 7_919 for n in range(2_000)]))
    with psycopg.connect(dsn) as connection:
        later = connection.execute(
            "SELECT count(*), count(*) FILTER (WHERE first_at <> viewed_at)"
            " FROM experiment_exposures JOIN user_art_impressions USING (user_id)"
        ).fetchone()
    assert later == (2_000, 0)


async def _stored_at(dsn: str, moments: list[float]) -> None:
    """Store one impression and one exposure of a user of its own at each moment."""
    store = Store(make_config(dsn))
    await store.open()
    try:
        users = [(f"u{number}", at_s) for number, at_s in enumerate(moments)]
        await store.write([Share(user, ["a"], at_s) for user, at_s in users])
        await store.expose([Exposure("flush", user, "fast", at_s) for user, at_s in users])
    finally:
        await store.close()


def test_from_the_server_to_the_verdict(postgres: Postgres) -> None:
    """300 users of a real server, alike in both variants; then one variant that lost half."""
    found = []
    for name, loses in (("sound", False), ("lossy", True)):
        with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}".encode())
        dsn = make_conninfo(postgres.dsn(), options=f"-csearch_path={name}")
        lost = partial(_is_lost, loses)
        asyncio.run(_visits(dsn, 300, lost=lost))
        found.append(analysed(dsn, "--control", "normal", "--margin", "10"))
    (code, sound), (lossy_code, lossy) = found
    assert sum(one["exposed"] for one in sound["variants"]) == 300
    assert sound["sample_ratio_p"] > 0.01
    assert (code, sound["comparisons"][0]["verdict"]) == (0, "equivalent")
    assert (lossy_code, lossy["sample_ratio_mismatch"]) == (3, True)


def _is_lost(loses: bool, number: int, variant: str) -> bool:
    return loses and variant == "fast" and number % 2 == 0


def test_an_a_a_experiment_is_equivalent(database: str) -> None:
    users = "generate_series(1, 2000) AS n"
    exposures = (
        f"SELECT n AS user_id, CASE n % 2 WHEN 0 THEN 'a' ELSE 'b' END AS variant FROM {users}"
    )
    value = f"views=SELECT n AS user_id, 100 + (n * 7919 % 101) AS value FROM {users}"
    code, found = analysed(database, "--exposures", exposures, "--metric", value)
    assert (code, found["comparisons"][0]["verdict"]) == (0, "equivalent")


def test_several_experiments_want_a_name(database: str) -> None:
    both = f"{EXPOSURES} UNION ALL SELECT 'size', 'a', 'v', now()"
    with pytest.raises(UsageError, match="several experiments are recorded") as raised:
        read(database, exposures=both)
    assert raised.value.hint == "Name one of: flush, size"
    assert read(database, exposures=both, experiment="size").exposed == [("v", "a")]


def test_no_exposures_is_one_line(database: str) -> None:
    with pytest.raises(HarnessError, match="no exposure is recorded"):
        read(database, exposures=f"{EXPOSURES} WHERE false")


def test_a_statement_that_takes_too_long_is_ended(database: str) -> None:
    slow = metric("SELECT pg_sleep(20)::text AS user_id, 1 AS value")
    with pytest.raises(HarnessError, match=r"the metric m took longer than 0.2 s"):
        read(database, metrics=slow, timeout_s=0.2)


def test_a_password_is_taken_from_the_environment_and_not_shown(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = conninfo_to_dict(database)
    password = Path(str(fields.pop("passfile"))).read_text().strip().rpartition(":")[2]
    monkeypatch.setattr(
        "harness.compose.experiments.exposures.caller_environment",
        lambda: {"PGPASSWORD": password},
    )
    assert len(read(make_conninfo("", **fields)).exposed) == 40
    wrong = make_conninfo("", **{**fields, "password": "not the secret"})
    with pytest.raises(HarnessError) as raised:
        read(wrong)
    assert "not the secret" not in raised.value.line
    assert "PGPASSWORD" in raised.value.line
