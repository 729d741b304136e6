"""A random walk against a page that never adopts: red, the right fate, and a few steps left."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from harness.run import quiescence
from harness.setup import find_chromium, find_toxiproxy
from scenarios.concurrency.walk import Step, Walk
from scenarios.concurrency.walker import read_walks, write_walks
from tests.harness.cli.shell import harness_here

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.stack,
    pytest.mark.skipif(
        find_chromium() is None or find_toxiproxy() is None,
        reason="Chromium or Toxiproxy is missing; `harness setup` brings them",
    ),
]


def walk(out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    target = ("--target", "tests/targets/never_adopts.toml")
    return harness_here("walk", "--json", "--out", str(out), *more, *target)


GRACE_S = 4.0
"""What a beacon of these pages, which hold two views, may take on a stalled machine."""
UNSENT = {"flushDelayMs": "600000", "retryBaseMs": "200", "adoptEveryMs": "500"}
"""The walk's pages send nothing by themselves, so that what they leave must be adopted."""
SHORT = Walk(
    seed=1,
    number=0,
    options=UNSENT,
    steps=(
        Step(name="open", tab=0),
        Step(name="view", tab=0, artworks=(1,)),
        Step(name="sign_in", tab=0, user="b"),
        Step(name="view", tab=0, artworks=(2,)),
    ),
)


def fails_and_shrinks(out: Path, *walked: str) -> list[str]:
    """Walk; return the names of the steps that are left, which fail when they are walked again."""
    done = walk(out, *walked)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    whole, smallest = json.loads(done.stdout)["cells"]
    for cell in (whole, smallest):
        assert cell["verdict"] == "fail"
        assert "lost_unacked" in cell["fates"]
        failed = {f["check"] for f in cell["findings"] if f["verdict"] == "fail"}
        assert failed <= {"nothing_lost", "every_view_carried"}
    assert "steps still fail" in done.stderr
    file = next(out.glob("*-walk/smallest.json"))
    [left] = read_walks(file)

    again = walk(out, "--steps", str(file), "--no-shrink")
    assert again.returncode == 1, again.stderr
    return [step.name for step in left.steps]


@pytest.mark.slowest
def test_a_queue_that_no_page_adopts_shrinks_to_what_it_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Five of six tries lose a row for good, and each waits for it.
    monkeypatch.setattr(quiescence, "LOSS_GRACE_S", GRACE_S)
    file = tmp_path / "walk.json"
    write_walks(file, [SHORT])
    names = fails_and_shrinks(tmp_path / "out", "--steps", str(file))
    assert names == ["open", "view", "sign_in"]


@pytest.mark.nightly
def test_a_walk_from_a_seed_finds_the_queue_and_shrinks(tmp_path: Path) -> None:
    names = fails_and_shrinks(tmp_path, "--seed", "1", "--walk", "0")
    assert names[0] == "open"
    assert "view" in names
    assert len(names) <= 5, names
