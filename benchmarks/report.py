"""The table: every figure with its goal, its spread and its n, and the machine it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.figures import spread
from benchmarks.kills import Kills
from benchmarks.markdown import facts_table, mark, page, table
from benchmarks.trials import RATE_ROWS_S, Latency, Memory, Throughput

P95_GOAL_MS = 100.0
MEMORY_GOAL_BYTES = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Everything of one run. ``server_options`` is how the server was started."""

    when: str
    facts: Mapping[str, str]
    server_options: str
    throughput: list[Throughput]
    latency: list[Latency]
    memory: Memory
    kills: Kills


def as_json(results: Results) -> dict[str, Any]:
    """Return everything that was measured, round by round."""
    return {"format": 1, **asdict(results)}


def as_markdown(results: Results) -> str:
    """Return the page."""
    return page(
        f"# The ingest server beside pgbench, {results.when}",
        "Made by `make bench`; every round is in the JSON file beside this page.",
        _throughput(results.throughput),
        _HOW_THROUGHPUT,
        _cpu(results.throughput),
        _rest(results),
        _HOW_REST,
        _facts(results),
    )


_HOW_THROUGHPUT = """\
Both sides store random keys in an empty table with the primary key and five indexes, in the same
PostgreSQL, in neighbouring rounds (ABBA); each ratio is of one pair. pgbench runs the server's own
INSERT (GROUP BY, ORDER BY, ON CONFLICT DO NOTHING), prepared, with 8 clients, but makes the ids
inside PostgreSQL and asks for no rows back. The server gets JSON over HTTP on 64 connections, one
batch in flight on each, answers after COMMIT and writes its receipts and logs. The load generator
runs on the same cores. Rows are counted in the table. CPU that other processes took (last column)
blurs the ratios: pgbench competes for a contended core with eight backends, the server with few."""

_HOW_REST = """\
Latency counts from the moment a batch was due (an open loop with random arrivals), so a late
sender or a queue cannot hide. Memory is the resident size of all processes of the server; the
slope is Theil and Sen's over the samples after the warm-up, with its 95 % interval."""


def _throughput(trials: list[Throughput]) -> str:
    columns = (
        "ids a batch:",
        "server, rows/s:",
        "pgbench, rows/s:",
        "ratio, median (range):",
        "pairs:",
        "goal:",
        "",
    )
    lines: list[str] = []
    for trial in trials:
        ours = spread([one.rows_per_s for one in trial.server])
        theirs = spread([one.rows_per_s for one in trial.pgbench])
        ratio = trial.ratio
        lines.append(
            f"| {trial.ids} | {ours.median:,.0f} | {theirs.median:,.0f} | **{ratio.median:.2f}** "
            f"({ratio.least:.2f} – {ratio.greatest:.2f}) | {ratio.n} | ≥ {trial.goal} "
            f"| {mark(ratio.median >= trial.goal)} |"
        )
    return table(columns, lines)


def _cpu(trials: list[Throughput]) -> str:
    columns = (
        "ids a batch:",
        "server, µs of CPU a batch:",
        "PostgreSQL:",
        "load generator:",
        "others, of the machine:",
    )
    lines: list[str] = []
    for trial in trials:
        batches = sum(one.rows for one in trial.server) / trial.ids
        server, postgres, client = (
            sum(one.cpu_s[part] for one in trial.server) / batches * 1e6
            for part in ("server", "postgres", "client")
        )
        others = spread([one.others for one in trial.server + trial.pgbench])
        lines.append(
            f"| {trial.ids} | {server:.0f} | {postgres:.0f} | {client:.0f} "
            f"| {others.median:.0%} ({others.least:.0%} – {others.greatest:.0%}) |"
        )
    return table(columns, lines)


def _rest(results: Results) -> str:
    columns = ("figure", "measured:", "n:", "goal:", "")
    lines: list[str] = []
    for one in results.latency:
        lines.append(
            f"| p95 at {RATE_ROWS_S:,} rows/s, batches of {one.ids} | **{one.p95_ms:.1f} ms** "
            f"(p50 {one.p50_ms:.1f}, p99 {one.p99_ms:.1f}, worst {one.worst_ms:.1f}) "
            f"| {one.batches:,} | < {P95_GOAL_MS:.0f} ms | {mark(one.p95_ms < P95_GOAL_MS)} |"
        )
    memory = results.memory
    lines.append(
        f"| memory over {memory.impressions:,} impressions | **{memory.slope.estimate:.2f} B an "
        f"impression** ({memory.slope.low:.2f} – {memory.slope.high:.2f}); "
        f"{memory.first_bytes / 2**20:.1f} → {memory.last_bytes / 2**20:.1f} MiB "
        f"| {memory.slope.samples} | ≤ {MEMORY_GOAL_BYTES:.0f} B "
        f"| {mark(memory.slope.high <= MEMORY_GOAL_BYTES)} |"
    )
    kills = results.kills
    lines.append(
        f"| kill -9 in a burst of 200 batches, everything acknowledged is stored "
        f"| **{kills.kept} of {kills.tried}** | {kills.tried} | all "
        f"| {mark(kills.kept == kills.tried)} |"
    )
    return table(columns, lines)


def _facts(results: Results) -> str:
    command = f"python -m servers.ingest {results.server_options}".strip()
    return facts_table(results.facts, ("server", f"`{command}`"))
