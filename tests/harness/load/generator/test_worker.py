"""Several machines, as far as one can be several: each worker has a network of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from harness.load.child import Sending
from tests import ROOT
from tests.harness.load.generator.namespaced import WORKERS
from tests.harness.load.generator.target import LONGER, first_attempts, rows_of

INSIDE = ["unshare", "--user", "--map-root-user", "--net", "--mount"]


def why_not() -> str:
    """Return what is missing for networks of our own, or an empty text."""
    if sys.platform != "linux" or not shutil.which("unshare") or not shutil.which("ip"):
        return "no network namespaces here: Linux with unshare and ip is needed"
    probe = "ip link add v0 type veth peer name v1 && ip link add b0 type bridge"
    done = subprocess.run([*INSIDE, "sh", "-c", probe], capture_output=True, check=False)
    return "" if done.returncode == 0 else "this machine lets no user make networks"


pytestmark = [
    pytest.mark.slow,
    pytest.mark.stack,
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "here"),
]


def run_in_namespaces(directory: Path, *, kill: bool) -> tuple[dict[str, Any], Sending]:
    argv = [
        *INSIDE,
        sys.executable,
        "-m",
        "tests.harness.load.generator.namespaced",
        str(directory),
    ]
    done = subprocess.run(
        [*argv, "kill" if kill else "keep"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return report, Sending(**report["sending"])


def test_three_workers_make_one_ledger(tmp_path: Path) -> None:
    report, sending = run_in_namespaces(tmp_path, kill=False)
    rows = rows_of(tmp_path, sending, "load")
    assert len(report["arrived"]) == len(first_attempts(rows)) == LONGER.total
    assert {count for *_, count in report["arrived"]} == {1}
    share = Counter(row["worker"] for row in rows if row["attempt"] == 1)
    assert set(share) == set(range(WORKERS))
    assert max(share.values()) - min(share.values()) <= 1
    clocks = [r for r in rows_of(tmp_path, sending, "network") if r["kind"] == "worker_clock"]
    assert len(clocks) == WORKERS
    for clock in clocks:
        measured = json.loads(clock["detail"])
        # One machine has one monotonic clock: what the exchange says must hold the truth, 0.
        assert measured["same_clock"]
        assert abs(measured["offset_ns"]) <= measured["error_ns"]


def test_a_worker_that_dies_is_in_the_ledger(tmp_path: Path) -> None:
    report, sending = run_in_namespaces(tmp_path, kill=True)
    assert report["killed"]
    network = rows_of(tmp_path, sending, "network")
    lost = [row for row in network if row["kind"] == "worker_lost"]
    assert len(lost) == 1
    assert "was not heard for" in lost[0]["detail"]
    rows = rows_of(tmp_path, sending, "load")
    assert set(first_attempts(rows).values()) == {1}
    assert len(first_attempts(rows)) < LONGER.total
