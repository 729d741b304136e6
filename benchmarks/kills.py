"""Kill -9 of the server in the middle of a burst, seed after seed: what was acknowledged stays.

The trial is the test of the same name; here it runs with many seeds and its cases are counted.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from harness.core.environment import child_environment
from harness.core.errors import HarnessError

PROJECT = Path(__file__).resolve().parents[1]
TEST = "tests/servers/ingest/test_process.py"
CASE = "test_kill_9_in_a_burst_loses_nothing_that_was_acknowledged"
SEEDS_VARIABLE = "KILL_SEEDS"


@dataclass(frozen=True, slots=True)
class Kills:
    """How many bursts were killed, and in how many of them everything acknowledged was stored."""

    tried: int
    kept: int


def kills(seeds: int, directory: Path, say: Callable[[str], None]) -> Kills:
    """Run the trial with ``seeds`` seeds. Raises HarnessError when not every seed was tried."""
    report = directory / "kills.xml"
    argv = [sys.executable, "-m", "pytest", f"{TEST}::{CASE}", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*argv, f"--junitxml={report}"],
        cwd=PROJECT,
        env={**child_environment(), SEEDS_VARIABLE: str(seeds)},
        capture_output=True,
        text=True,
        check=False,
    )
    if not report.exists():
        raise HarnessError(f"the kills were not tried: {done.stdout.strip().splitlines()[-1:]}")
    result = counted(report.read_text(encoding="utf-8"))
    if result.tried != seeds:
        raise HarnessError(f"{result.tried} of {seeds} kills were tried")
    say(f"kill -9: {result.kept} of {result.tried} bursts kept all that was acknowledged")
    return result


def counted(junit: str) -> Kills:
    """Return how many cases of a JUnit report ran, and how many of them passed."""
    cases = list(ElementTree.fromstring(junit).iter("testcase"))  # noqa: S314 - ours
    ran = [case for case in cases if case.find("skipped") is None]
    kept = [case for case in ran if case.find("failure") is None and case.find("error") is None]
    return Kills(tried=len(ran), kept=len(kept))
