"""The reference system's recorder under simulation, sound and with a defect."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from harness.compose.simulate import (
    DISKS,
    SIMULATION_FILE,
    SimulationOrder,
    page_sources,
    simulate_and_shrink,
)
from harness.core.errors import ExitCode, MissingPart, UsageError
from harness.setup import available, find_part
from harness.simulation.engine import Engine
from harness.simulation.files import walk_from
from reports.verdict.verdict import Verdict
from scenarios.concurrency.walker import read_walks, write_walks
from tests.harness.cli.shell import harness


def test_a_defect_is_found_and_its_walk_is_shrunk(tmp_path: Path) -> None:
    lines: list[str] = []
    order = SimulationOrder(seed=1, walks=200, defect="never_adopts", out=tmp_path)
    result = simulate_and_shrink(order, lambda tally: None, lines.append)
    assert result.simulated.tally.verdict is Verdict.FAIL
    assert result.simulated.tally.hits > 0
    [walk] = read_walks(result.files["nothing_lost"])
    assert len(walk.steps) <= 5
    assert any(f"harness walk --steps {result.files['nothing_lost']}" in line for line in lines)
    written = json.loads((result.directory / SIMULATION_FILE).read_text())
    assert written["checks"]["nothing_lost"]["smallest"] == str(result.files["nothing_lost"])


def test_its_twin_is_sound(tmp_path: Path) -> None:
    order = SimulationOrder(seed=1, walks=200, defect="never_adopts.twin", out=tmp_path)
    tally = simulate_and_shrink(order, lambda tally: None, print).simulated.tally
    assert (tally.checks, tally.hits > 0) == ({}, True)


def test_only_defects_of_the_recorder_can_be_simulated(tmp_path: Path) -> None:
    for name in ("no_such_defect", "no_insert"):
        with pytest.raises(UsageError):
            simulate_and_shrink(
                SimulationOrder(seed=1, walks=1, defect=name, out=tmp_path), print, print
            )


@pytest.mark.skipif(not available("fake-indexeddb"), reason="fake-indexeddb is not here")
def test_a_walk_that_differs_on_another_disk_is_shrunk_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = find_part("fake-indexeddb")
    assert package is not None
    shutil.copytree(package, tmp_path / "package")
    wrong = tmp_path / "package" / "build" / "cjs" / "FDBTransaction.js"
    text = wrong.read_text(encoding="utf-8")
    wrong.write_text(text.replace('this._state = "committing";', ""), encoding="utf-8")
    monkeypatch.setenv("HARNESS_FAKE_INDEXEDDB", str(tmp_path / "package"))
    lines: list[str] = []
    order = SimulationOrder(seed=1, walks=3, disk=DISKS[1], out=tmp_path / "out")
    result = simulate_and_shrink(order, lambda tally: None, lines.append)
    assert result.simulated.tally.verdict is Verdict.FAIL
    [walk] = read_walks(result.files["disks_agree"])
    assert len(walk.steps) <= 4
    assert any("--disk fake-indexeddb" in line and "--seed 1" in line for line in lines)


def test_a_missing_disk_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_FAKE_INDEXEDDB", "/no/such/folder")
    order = SimulationOrder(seed=1, walks=1, disk=DISKS[1], out=tmp_path)
    with pytest.raises(MissingPart, match="/no/such/folder"):
        simulate_and_shrink(order, print, print)


def walked(file: Path, number: int, browser: str, out: Path, *more: str) -> ExitCode:
    """Walk one of a file's walks in a real browser; return how the command ended."""
    steps = ("--steps", str(file), "--walk", str(number), "--no-shrink", "--browser", browser)
    return ExitCode(harness("walk", *steps, "--out", str(out), *more, timeout_s=400).returncode)


@pytest.mark.nightly
@pytest.mark.browser
@pytest.mark.stack
@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_a_sample_of_the_walks_is_sound_in_browsers_too(browser: str, tmp_path: Path) -> None:
    """Verdicts of simulation and browser agree; there a kill needs a tab of its own."""
    with Engine(page_sources()) as engine:
        drawn = engine.draw(seed=41, first=0, count=60, preset="durable")
        fitting = [
            walk
            for walk in drawn
            if len(walk["steps"]) <= 12
            and not walk["pool"]
            and "kill" not in [step["name"] for step in walk["steps"]]
            and any(step["name"] == "fault" for step in walk["steps"])
        ][:5]
        assert all(engine.walk(walk)["findings"] == [] for walk in fitting)
    write_walks(tmp_path / "walks.json", [walk_from(walk) for walk in fitting])
    codes = {
        walk["number"]: walked(tmp_path / "walks.json", walk["number"], browser, tmp_path)
        for walk in fitting
    }
    assert set(codes.values()) == {ExitCode.PASS}, codes


def loses_whatever_the_chance(engine: Engine, walk: dict[str, Any]) -> bool:
    """Whether a view is lost with each of twenty other chances of the world.

    A walk that loses by chance, where an answer comes late, may lose nothing in a browser.
    """
    if walk["pool"] or {"kill", "crash"} & {step["name"] for step in walk["steps"]}:
        return False
    found = (engine.walk(walk, lucks=[luck])["findings"] for luck in range(20))
    return all("nothing_lost" in {one["check"] for one in findings} for findings in found)


@pytest.mark.nightly
@pytest.mark.browser
@pytest.mark.stack
@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_walks_in_which_a_defect_loses_do_so_in_browsers_too(browser: str, tmp_path: Path) -> None:
    with Engine(page_sources("never_adopts")) as engine:
        drawn = engine.draw(seed=1, first=0, count=300, preset="durable")
        losing = (walk for walk in drawn if len(walk["steps"]) <= 10)
        fitting = [walk for walk in losing if loses_whatever_the_chance(engine, walk)][:2]
    assert len(fitting) == 2
    file = tmp_path / "walks.json"
    write_walks(file, [walk_from(walk) for walk in fitting])
    for number in [walk["number"] for walk in fitting]:
        with_defect = ("--defect", "never_adopts")
        assert walked(file, number, browser, tmp_path, *with_defect) is ExitCode.FAIL
        assert walked(file, number, browser, tmp_path) is ExitCode.PASS
