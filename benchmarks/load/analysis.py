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
    """One ``harness report`` of a synthetic run: what it says, how long it took and what it held
    at most."""

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
    """Write a big ledger and judge it. Raises HarnessError when there is nothing to write it with,
    or no verdict came of it."""
    if find_spec(WRITER) is None:
        raise HarnessError(f"there is no {WRITER} to write the ledger")
    room = bench.room("analysis")
    argv = [sys.executable, "-m", WRITER, str(room / "run"), "--observations", str(observations)]
    said = await finished(
        bench.processes, "big ledger", argv, log=room / "writing.log", timeout_s=_LONGEST_S
    )
    argv = [sys.executable, "-m", "benchmarks.load.timed", str(room / "told.json")]
    argv += [sys.executable, "-m", "harness", "report", str(room / "run")]
    log = room / "report.log"
    await finished(bench.processes, "harness report", argv, log=log, timeout_s=_LONGEST_S)
    told = read_json(room / "told.json")
    verdict = room / "run" / "verdict.json"
    if told["code"] not in _VERDICTS or not verdict.exists():
        raise HarnessError(f"the report ended with {told['code']}: {log.read_text()[-300:]}")
    found = Analysis(
        observations=observations_of(said),
        verdict=str(read_json(verdict)["verdict"]),
        seconds=float(told["seconds"]),
        rss_bytes=int(told["rss_bytes"]),
    )
    say(f"{found.observations:,} observations judged in {found.seconds:.1f} s")
    return found


def observations_of(said: str) -> int:
    """Return the number that the writer prints. Raises HarnessError when it printed none."""
    words = said.split()
    number = words[0].replace(",", "") if words else ""
    if not number.isdigit():
        raise HarnessError(f"{WRITER} does not say how much it wrote: {said.strip()[:80]!r}")
    return int(number)
