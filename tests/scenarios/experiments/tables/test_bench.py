"""The bench on a PostgreSQL: a few rows under some designs, with figures that can be."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import median

import pytest

from harness.core.errors import HarnessError
from harness.ledger.experiment import read_experiment
from harness.ledger.files import WitnessFile, read_witness
from harness.ledger.kinds import ACTIVITY
from harness.ledger.kinds.activity import ActivityRow
from reports.experiments.plans import plan_differences
from reports.experiments.result import analyse
from scenarios.experiments.tables import test_index_build
from scenarios.experiments.tables.bench import PLANS, TABLE, bench_of
from scenarios.experiments.tables.designs import schema
from scenarios.experiments.tables.expiry import EXPIRIES
from scenarios.experiments.tables.filling import POOL, SEEN, batches
from scenarios.experiments.tables.test_expiry import expire
from scenarios.experiments.tables.test_index_bench import measure
from scenarios.experiments.tables.test_index_build import BUILDS, build
from tests.harness.cli.shell import harness

pytestmark = pytest.mark.stack
ROWS = 2_000
SMALL = """
format = 1

[experiments.small]
question = "Does anything come out of it?"
control = "roadmap"
arms = { roadmap = { indexes = "roadmap" }, primary_key = { indexes = "primary_key" } }
blocks = 1

[[experiments.small.parts]]
name = "bench"
title = "A few rows"
scenario = "index_bench"
metrics = [
    { measure = "bench_freshness_p50_ms", title = "freshness, median" },
    { measure = "bench_insert_p50_ms", title = "insert, median" },
    { measure = "bench_wal_per_row_bytes", title = "WAL a row" },
    { measure = "bench_indexes_per_row_bytes", title = "indexes a row" },
]

[experiments.small.parts.levels]
rows = "2000"
workload = "steady"
sessions = "10"
rate = "100"
duration = "2"
batch = "10"
flush_delay = "1"
"""
Witness = WitnessFile[ActivityRow]
Figures = dict[str, list[float]]
HISTORY = f"SELECT artwork_id, viewed_at FROM {TABLE} WHERE user_id = $1 ORDER BY artwork_id"


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Witness]:
    with closing(WitnessFile(tmp_path / "activity.arrows", ACTIVITY)) as file:
        yield file


def figures(witness: Witness) -> Figures:
    witness.flush()
    found: Figures = {}
    for row in read_witness(witness.path).table.to_pylist():
        found.setdefault(row["name"], []).append(row["value"])
    return found


async def benched(dsn: str, witness: Witness, design: str) -> Figures:
    directory = witness.path.parent
    async with bench_of(dsn, witness, directory=directory, seed=1) as bench:
        await measure(bench, design, ROWS, 1)
    return figures(witness)


@pytest.mark.asyncio
async def test_the_table_holds_what_its_users_have_seen_and_no_more(
    dsn: str, witness: Witness
) -> None:
    async with bench_of(dsn, witness, directory=witness.path.parent, seed=7) as bench:
        await bench.fill(schema("roadmap", TABLE), ROWS)
        rows = await bench.ask(f"SELECT user_id, artwork_id FROM {TABLE}")
        assert len(set(rows)) == len(rows) == ROWS
        seen = Counter(user for user, _ in rows)
        assert seen == {walker.id: walker.seen for walker in bench.walkers}
        assert Counter(seen.values()) == dict.fromkeys(SEEN, 2)
        new = batches(bench.walkers, 7, 1_000)
        assert not {(user, one) for user, batch in new for one in batch} & set(rows)
        pool = await bench.ask("SELECT id FROM bench.art_sessions")
        assert {artwork for _, artwork in rows} <= {artwork for (artwork,) in pool}
        assert len(pool) == POOL
        [(days,)] = await bench.ask(
            f"SELECT extract(day FROM max(viewed_at) - min(viewed_at)) FROM {TABLE}"
        )
        assert days == 149


@pytest.mark.asyncio
async def test_every_figure_is_there_and_every_plan_is_kept(dsn: str, witness: Witness) -> None:
    found = await benched(dsn, witness, "roadmap")
    assert len(found["freshness_ms"]) == len(found["anti_join_ms"]) == 400
    assert min(found["freshness_ms"]) > 0
    assert median(found["freshness_ms"]) < 1_000  # a single one may wait for a busy machine
    pairs = zip(found["insert_ms"], found["insert_execute_ms"], strict=True)
    assert all(0 < inside < whole for whole, inside in pairs)
    assert found["insert_rows"] == [200 * len(found["insert_ms"])]
    a_row = found["insert_wal_bytes"][0] / found["insert_rows"][0]
    assert 200 < a_row < 3_000
    assert 50 < found["table_bytes"][0] / ROWS < 200
    assert 150 < found["indexes_bytes"][0] / ROWS < 700
    plans = {
        path.stem: json.loads(path.read_text()) for path in (witness.path.parent / PLANS).iterdir()
    }
    assert set(plans) == {"freshness", "anti-join", "insert"}
    assert plans["insert"]["plan"]["Plan"]["WAL Bytes"] > 0
    assert "Anti" in json.dumps(plans["anti-join"])
    assert "Anti" not in json.dumps(plans["freshness"])


@pytest.mark.asyncio
async def test_the_covering_index_answers_a_history_and_not_the_freshness_query(
    dsn: str, witness: Witness
) -> None:
    plans = witness.path.parent / PLANS
    async with bench_of(dsn, witness, directory=plans.parent, seed=1) as bench:
        await measure(bench, "covering", ROWS, 1)
        await bench.ask(f"VACUUM (ANALYZE) {TABLE}")
        await bench.ask("SET enable_bitmapscan TO off")
        await bench.ask("SET enable_seqscan TO off")
        await bench.explain("history", HISTORY, bench.walkers[0].id)
    covering = "user_impressions_covering"
    assert covering in (plans / "history.json").read_text()
    assert "Index Only Scan" in (plans / "history.json").read_text()
    assert covering not in (plans / "freshness.json").read_text()


@pytest.mark.asyncio
async def test_what_the_database_refuses_is_one_line(dsn: str, witness: Witness) -> None:
    with pytest.raises(HarnessError, match=r"the bench: .*nonsense") as refused:
        async with bench_of(dsn, witness, directory=witness.path.parent, seed=1) as bench:
            await bench.ask("SELECT nonsense")
    assert "\n" not in refused.value.line


@pytest.mark.asyncio
async def test_only_a_rewrite_or_a_dropped_partition_gives_the_disk_back(
    dsn: str, tmp_path: Path
) -> None:
    stored: dict[str, Figures] = {}
    for way in EXPIRIES:
        with closing(WitnessFile(tmp_path / f"activity-{way}.arrows", ACTIVITY)) as witness:
            async with bench_of(dsn, witness, directory=tmp_path, seed=1) as bench:
                await expire(bench, way, 10_000)
                [(rows,)] = await bench.ask(f"SELECT count(*) FROM {TABLE}")
            stored[way] = figures(witness)
        assert rows == (14_000 if way == "keep" else pytest.approx(10_000, abs=150))
    kept = {way: found["stored_bytes"][0] for way, found in stored.items()}
    later = {way: found["stored_after_refill_bytes"][0] for way, found in stored.items()}
    assert kept["delete"] == pytest.approx(kept["keep"], rel=0.02)
    assert kept["vacuum"] == pytest.approx(kept["keep"], rel=0.02)
    assert kept["full"] < 0.7 * kept["keep"]
    assert kept["partitions"] < 0.7 * stored["partitions"]["stored_before_bytes"][0]
    assert later["vacuum"] < 0.9 * later["delete"]
    assert "expiry_s" not in stored["keep"]


@pytest.mark.slow
@pytest.mark.asyncio
@pytest.mark.parametrize("how", sorted(BUILDS))
async def test_an_index_is_built_while_another_connection_writes(
    how: str, dsn: str, witness: Witness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(test_index_build, "CALM_S", 0.3)
    async with bench_of(dsn, witness, directory=witness.path.parent, seed=1) as bench:
        await bench.fill(schema("roadmap", TABLE), ROWS)
        await build(dsn, bench, how, iter(batches(bench.walkers, 1, 1_000)))
        [(valid,)] = await bench.ask(
            "SELECT indisvalid FROM pg_index "
            "WHERE indexrelid = 'bench.user_impressions_covering'::regclass"
        )
        [(rows,)] = await bench.ask(f"SELECT count(*) FROM {TABLE}")
    found = figures(witness)
    assert valid
    assert rows > ROWS
    assert len(found["writer_ms"]) > 3
    assert 0 < found["index_build_s"][0] < 30


@pytest.mark.slow
@pytest.mark.slowest
def test_two_designs_are_measured_judged_and_their_plans_compared(tmp_path: Path) -> None:
    file, out = tmp_path / "experiments.toml", tmp_path / "runs"
    file.write_text(SMALL)
    done = harness(
        *("experiment", "small", "--experiments", str(file), "--out", str(out)),
        XDG_CACHE_HOME=str(tmp_path / "cache"),  # others may test experiments beside us
    )
    assert done.returncode == 3, done.stderr  # one block decides nothing
    directory = (out / "latest").resolve()
    result = analyse(directory, read_experiment(directory))
    assert not result.undecided
    assert not result.failures
    assert [(loss.lost, loss.false) for loss in result.losses] == [(0, 0), (0, 0)]
    of = {one.metric.measure: one for one in result.comparisons}
    indexes = of["bench_indexes_per_row_bytes"]
    assert 100 < indexes.arm_value < indexes.control_value < 700
    wal = of["bench_wal_per_row_bytes"]
    assert 100 < wal.arm_value < wal.control_value < 3_000
    for name in ("bench_freshness_p50_ms", "bench_insert_p50_ms"):
        assert 0 < of[name].arm_value < 1_000
    by_statement = {one.statement: one for one in plan_differences(result)}
    assert set(by_statement) == {"anti-join", "freshness", "insert"}
    assert not by_statement["freshness"].is_same
    assert "using impressions_pkey" in "\n".join(by_statement["freshness"].own.shape)
    json.dumps([one.sentence for one in by_statement.values()])
