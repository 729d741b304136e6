"""How long the report takes to judge a ledger of ten million observations, and how much memory."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib.util import find_spec

from benchmarks.children import finished
from benchmarks.load.tools import Bench, Say
from harness.core.errors import HarnessError
from harness.ledger.json_files import read_json

GOAL_S = 20.0
GOAL_BYTES = 2 * 10**9
GOAL_OBSERVATIONS = 10_000_000
WRITER = "benchmarks.big_ledger"
_LONGEST_S = 1200.0
_VERDICTS = (0, 1, 3)


@dataclass(frozen=True, slots=True)
class Analysis:
    """One ``harness report`` of a synthetic run: its verdict, duration and peak memory."""

    observations: int
    verdict: str
    seconds: float
    rss_bytes: int

    @property
    def reached(self) -> bool:
        """Return whether a whole ledger was judged, in time and in memory."""
        return (
            self.observations >= GOAL_OBSERVATIONS * 0.99
            and self.verdict == "pass"
            and self.seconds < GOAL_S
            and self.rss_bytes < GOAL_BYTES
        )


async def analysis(bench: Bench, observations: int, say: Say) -> Analysis:
    """Write a big ledger and judge it. Raises HarnessError when the writer is missing or the
    report ends without a verdict."""
    if find_spec(WRITER) is None:
        raise HarnessError(f"{WRITER} is missing: it writes the ledger")
    room = bench.room("analysis")
    argv = [sys.executable, "-m", WRITER, str(room / "run"), "--observations", str(observations)]
    output = await finished(
        bench.processes, "big ledger", argv, log=room / "writing.log", timeout_s=_LONGEST_S
    )
    argv = [sys.executable, "-m", "benchmarks.load.timed", str(room / "timed.json")]
    argv += [sys.executable, "-m", "harness", "report", str(room / "run")]
    log = room / "report.log"
    await finished(bench.processes, "harness report", argv, log=log, timeout_s=_LONGEST_S)
    timed = read_json(room / "timed.json")
    verdict = room / "run" / "verdict.json"
    if timed["code"] not in _VERDICTS or not verdict.exists():
        raise HarnessError(f"the report ended with {timed['code']}: {log.read_text()[-300:]}")
    result = Analysis(
        observations=observations_of(output),
        verdict=str(read_json(verdict)["verdict"]),
        seconds=float(timed["seconds"]),
        rss_bytes=int(timed["rss_bytes"]),
    )
    say(f"{result.observations:,} observations judged in {result.seconds:.1f} s")
    return result


def observations_of(output: str) -> int:
    """Return the number of observations printed. Raises HarnessError when there is none."""
    words = output.split()
    number = words[0].replace(",", "") if words else ""
    if not number.isdigit():
        raise HarnessError(f"{WRITER} printed no number of observations: {output.strip()[:80]!r}")
    return int(number)
