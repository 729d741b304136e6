"""One round of one tool: the same requests at the same even rate, and how long they took.

Every tool is a process of its own. What it measured is taken raw where it leaves raw data (ours,
vegeta) and as its exact quantiles where it keeps all values and leaves those (k6).
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.children import finished
from benchmarks.figures import percentile
from benchmarks.load.bodies import Request, write_requests, write_targets
from benchmarks.load.peers import InstalledPeer
from benchmarks.wire import PATH
from harness.core.errors import HarnessError
from harness.ledger.json_files import read_json, write_json
from harness.load.child import run_locust
from harness.load.generator.task import Plan
from harness.load.schedule.workload import Workload
from harness.process.processes import Processes
from harness.target.described.file import REFERENCE

OURS = "ours"
"""Our generator among the tools."""

BARE_FILE = Path(__file__).resolve().parents[2] / "scenarios" / "workloads" / "bare.py"
BARE_VARIABLE = "BENCHMARK_BARE_PLAN"
"""The file that tells the bare Locust loop (scenarios/workloads/bare.py) what to do."""

WARM_UP_S = 1.5
IN_FLIGHT = 400
"""How many requests k6 may have in flight: what comes when all wait, it drops.
Each is an interpreter of its own, so where nothing stalls it is given no more than it needs."""

SENT_LEAST = 0.9

_NS_PER_MS = 1e6

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Milliseconds of the requests of one round."""

    n: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float


def timings(values_ns: Sequence[float]) -> Timings:
    """Return the figures of some durations. Raises HarnessError when there are none."""
    if not len(values_ns):
        raise HarnessError("a round without any request")
    p50, p95, p99, worst = (percentile(values_ns, q) / _NS_PER_MS for q in (0.5, 0.95, 0.99, 1.0))
    return Timings(n=len(values_ns), p50_ms=p50, p95_ms=p95, p99_ms=p99, max_ms=worst)


def enough(count: int, sent: int) -> bool:
    """Return whether a round counts: the peers end with the time, not with the requests, so on a
    machine that is short of CPU they send fewer. The page says how many."""
    return SENT_LEAST * sent <= count <= sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Where tools run: scratch goes below ``directory``."""

    processes: Processes
    directory: Path

    def room(self, name: str) -> Path:
        """Return an empty directory."""
        number = sum(1 for _ in self.directory.glob(f"{name}-*"))
        path = self.directory / f"{name}-{number}"
        path.mkdir(parents=True)
        return path


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """One round of our generator: from the schedule, from the sending, and how late it sent.

    ``cpu_us`` is what a request cost the generator's process, between its first second and its
    last; ``body_bytes`` what its bodies add up to.
    """

    response: Timings
    service: Timings
    lag_p99_ms: float
    cpu_us: float
    cpu_share: float
    per_s: float
    body_bytes: int


async def send_ours(
    bench: Bench, url: str, workload: Workload, seed: int, cookies: Mapping[str, str]
) -> Ours:
    """Send a workload as ``harness run`` does. Raises HarnessError when a request failed."""
    room = bench.room("ours")
    plan = Plan(
        directory=str(room),
        host=url,
        seed=seed,
        workload=workload,
        system=REFERENCE,
        sessions={user: f"Cookie: {cookie}\r\n" for user, cookie in cookies.items()},
    )
    await run_locust(bench.processes, plan)
    load = _table(room / "load.arrows")
    failed = [
        error for error, status in zip(load["error"], load["status"], strict=True) if status != 200
    ]
    if failed:
        raise HarnessError(
            f"{len(failed)} of {len(load['status'])} of our requests failed: {failed[0]}"
        )
    cpu_us, cpu_share, per_s = cpu_of_generator(_rows(room / "machine-generator-0.arrows"))
    return Ours(
        response=timings(load["done_ns"] - load["scheduled_ns"]),
        service=timings(load["done_ns"] - load["sent_ns"]),
        lag_p99_ms=percentile(load["sent_ns"] - load["scheduled_ns"], 0.99) / _NS_PER_MS,
        cpu_us=cpu_us,
        cpu_share=cpu_share,
        per_s=per_s,
        body_bytes=int(load["bytes"].sum()),
    )


def cpu_of_generator(rows: Sequence[Mapping[str, Any]]) -> tuple[float, float, float]:
    """Return CPU µs a request, the share of a core, and requests a second, from the rows that
    a generator writes once a second, without its start. Raises HarnessError for less than 3 s."""
    samples = [(row["mono_ns"], row["cpu_s"], json.loads(row["detail"])["sent"]) for row in rows]
    # The last row is of less than a second, and of the drain.
    moving = [row for row in samples[:-1] if row[2] > 0]
    if len(moving) < 2 or moving[-1][2] == moving[0][2]:
        raise HarnessError("the generator ran for less than three seconds")
    seconds = (moving[-1][0] - moving[0][0]) / 1e9
    cpu_s = moving[-1][1] - moving[0][1]
    sent = moving[-1][2] - moving[0][2]
    return cpu_s / sent * 1e6, cpu_s / seconds, sent / seconds


def _rows(path: Path) -> list[dict[str, Any]]:
    with pa.ipc.open_stream(str(path)) as stream:
        rows: list[dict[str, Any]] = stream.read_all().to_pylist()
    return rows


def _table(path: Path) -> dict[str, Any]:
    with pa.ipc.open_stream(str(path)) as stream:
        table = stream.read_all()
    names = ("scheduled_ns", "sent_ns", "done_ns", "status", "bytes", "error")
    return {name: table[name].to_numpy() for name in names}


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerRound:
    """A peer's round, and the CPU seconds that its process used from its start to its end."""

    timings: Timings
    cpu_s: float


async def send_vegeta(
    bench: Bench, vegeta: InstalledPeer, url: str, requests: Sequence[Request], rate_per_s: float
) -> PeerRound:
    """Send the requests with vegeta; raise HarnessError when one failed."""
    room = bench.room("vegeta")
    write_targets(room / "targets.json", requests, url)
    duration_s = len(requests) / rate_per_s
    argv = [str(vegeta.program), "attack", "-format=json", f"-targets={room / 'targets.json'}"]
    argv += [f"-rate={rate_per_s:g}/1s", f"-duration={duration_s:.6f}s", "-timeout=10s"]
    argv += [f"-output={room / 'results.bin'}"]
    cpu_s = await _timed(bench, "vegeta", argv, room)
    argv = [str(vegeta.program), "encode", "-to=csv", f"-output={room / 'results.csv'}"]
    argv += [str(room / "results.bin")]
    await finished(bench.processes, "vegeta", argv, log=room / "encode.log")
    results = (room / "results.csv").read_text(encoding="utf-8")
    return PeerRound(timings=vegeta_timings(results, len(requests)), cpu_s=cpu_s)


async def _timed(bench: Bench, name: str, argv: Sequence[str], room: Path) -> float:
    """Run a peer to its end in its room and return the CPU seconds that it used. Raises
    HarnessError with its last words when it failed."""
    result, log = room / "timed.json", room / f"{name}.log"
    timed = [sys.executable, "-m", "benchmarks.load.timed", str(result), *argv]
    output = await finished(bench.processes, name, timed, log=log, cwd=room)
    measured = read_json(result)
    if measured["code"]:
        raise HarnessError(f"{name} ended with {measured['code']}: {output.strip()[-300:]}")
    return float(measured["cpu_s"])


def vegeta_timings(text: str, sent: int) -> Timings:
    """Return the figures of vegeta's CSV (moment ns, status, latency ns, bytes out and in, error,
    …). Raises HarnessError when one was not answered with 200, or too few of ``sent`` were sent."""
    rows = list(csv.reader(io.StringIO(text)))
    failed = [f"{row[1]} {row[5]}".strip() for row in rows if row[1] != "200"]
    if failed or not enough(len(rows), sent):
        first = f", first {failed[0]!r}" if failed else ""
        raise HarnessError(
            f"vegeta: {len(rows)} results of {sent} requests, {len(failed)} failed{first}"
        )
    return timings([float(row[2]) for row in rows])


K6_SCRIPT = """\
import http from 'k6/http';
import exec from 'k6/execution';
import { SharedArray } from 'k6/data';

const requests = new SharedArray('requests', () => JSON.parse(open('./requests.json')));
const plan = JSON.parse(open('./plan.json'));

export const options = {
  scenarios: {
    even: {
      executor: 'constant-arrival-rate',
      rate: plan.rate_per_s,
      timeUnit: '1s',
      duration: plan.duration,
      preAllocatedVUs: plan.in_flight,
      maxVUs: plan.in_flight,
    },
  },
  discardResponseBodies: true,
  summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max', 'count'],
};

export default function () {
  const request = requests[exec.scenario.iterationInTest];
  if (!request) return; // it catches up beyond the end when it was late
  http.post(plan.url, request.body, {
    headers: { 'Content-Type': 'application/json', Cookie: request.cookie },
    timeout: '10s',
  });
}

export function handleSummary(data) {
  return { 'summary.json': JSON.stringify(data) };
}
"""


async def send_k6(
    bench: Bench,
    k6: InstalledPeer,
    url: str,
    requests: Sequence[Request],
    rate_per_s: float,
    in_flight: int = IN_FLIGHT,
) -> PeerRound:
    """Send the requests with k6; raise HarnessError when one failed."""
    room = bench.room("k6")
    write_requests(room / "requests.json", requests)
    (room / "script.js").write_text(K6_SCRIPT, encoding="utf-8")
    plan = {
        "url": f"{url}{PATH}",
        "rate_per_s": round(rate_per_s),
        "duration": f"{round(len(requests) / rate_per_s * 1000)}ms",
        "in_flight": in_flight,
    }
    write_json(room / "plan.json", plan)
    argv = [str(k6.program), "run", "--quiet", "--no-usage-report", "--address", "127.0.0.1:0"]
    cpu_s = await _timed(bench, "k6", [*argv, "script.js"], room)
    return PeerRound(
        timings=k6_timings(read_json(room / "summary.json"), len(requests)), cpu_s=cpu_s
    )


def k6_timings(summary: Mapping[str, Any], sent: int) -> Timings:
    """Return the figures of k6's end-of-test summary: ``http_req_duration``, which counts from the
    sending to the last byte. Raises HarnessError when one failed, or too few of ``sent``
    were sent: k6 drops what comes while all its users wait."""
    metrics = summary["metrics"]
    values = metrics["http_req_duration"]["values"]
    count = int(values["count"])
    failed = float(metrics["http_req_failed"]["values"]["rate"])
    dropped = int(metrics.get("dropped_iterations", {"values": {"count": 0}})["values"]["count"])
    if failed or not enough(count, sent):
        raise HarnessError(
            f"k6: {count} of {sent} requests, {dropped} dropped, {failed:.2%} failed"
        )
    return Timings(
        n=count,
        p50_ms=float(values["med"]),
        p95_ms=float(values["p(95)"]),
        p99_ms=float(values["p(99)"]),
        max_ms=float(values["max"]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bare:
    """One round of a bare Locust loop. Its times are Locust's own, rounded by its buckets."""

    timings: Timings
    cpu_us: float
    cpu_share: float
    per_s: float


async def send_bare(
    bench: Bench,
    url: str,
    requests: Sequence[Request],
    *,
    users: int,
    seconds: float,
    per_user_s: float | None = None,
) -> Bare:
    """Post the requests with ``users`` for ``seconds``, each when its last is answered; at most
    ``per_user_s`` a second each, if given. Raises HarnessError when a request failed."""
    room = bench.room("bare")
    write_requests(room / "requests.json", requests)
    plan = {
        "path": PATH,
        "requests": str(room / "requests.json"),
        "rate_per_s": per_user_s,
        "warm_up_s": WARM_UP_S,
        "seconds": seconds,
        "result": str(room / "result.json"),
    }
    write_json(room / "plan.json", plan)
    argv = [sys.executable, "-m", "locust", "-f", str(BARE_FILE), "--headless", "--only-summary"]
    argv += ["--host", url, "--users", str(users), "--spawn-rate", str(users)]
    env = {BARE_VARIABLE: str(room / "plan.json")}
    await finished(bench.processes, "locust", argv, log=room / "locust.log", env=env)
    return bare_of(read_json(room / "result.json"))


def bare_of(result: Mapping[str, Any]) -> Bare:
    """Return the figures of a bare loop's result. Raises HarnessError when a request failed."""
    if result["failed"] or not result["requests"]:
        raise HarnessError(f"bare Locust: {result['requests']} requests, {result['failed']} failed")
    times = {float(ms): int(count) for ms, count in result["response_ms"].items()}
    values = np.repeat(list(times.keys()), list(times.values())).tolist()
    p50, p95, p99 = (percentile(values, q) for q in (0.5, 0.95, 0.99))
    longest = float(result["longest_ms"])
    return Bare(
        timings=Timings(n=len(values), p50_ms=p50, p95_ms=p95, p99_ms=p99, max_ms=longest),
        cpu_us=result["cpu_s"] / result["requests"] * 1e6,
        cpu_share=result["cpu_s"] / result["seconds"],
        per_s=result["requests"] / result["seconds"],
    )
