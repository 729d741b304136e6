"""The command line of the self-test: what it lists, shows again, records and documents."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from harness.cli.commands import selftest
from harness.compose.defects import known_defects
from harness.compose.simulated_trials import SimulatedTrial
from harness.core.clock import Instant
from harness.ledger.defect import PlannedDefect
from harness.setup import find_chromium, find_toxiproxy
from tests.harness.cli.shell import harness_here
from tests.harness.compose.scheduling.cells import cell


def test_it_lists_every_defect_with_its_right_names() -> None:
    done = harness_here("selftest", "--list")
    assert done.returncode == 0, done.stderr
    for defect in known_defects():
        assert f"{defect.layer}/{defect.id}" in done.stdout


def test_an_unknown_defect_names_the_nearest(tmp_path: Path) -> None:
    done = harness_here("selftest", "--defect", "no_inserts", "--out", str(tmp_path / "out"))
    assert done.returncode == 2
    assert "Did you mean 'no_insert'?" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_directory_that_is_no_suite_is_refused(tmp_path: Path) -> None:
    for option in ("--from", "--record"):
        done = harness_here("selftest", option, str(tmp_path))
        assert done.returncode == 2, done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("option", ["--document", "--clean-cells"])
def test_what_is_no_file_is_not_replaced_by_one(option: str, tmp_path: Path) -> None:
    fifo, link = tmp_path / "fifo", tmp_path / "link"
    os.mkfifo(fifo)
    link.symlink_to(fifo)
    for place in (fifo, link, tmp_path):
        done = harness_here("selftest", "--from", str(tmp_path), option, str(place))
        assert done.returncode == 2, done.stderr
        assert f"{place} is not a regular file" in done.stderr
    assert fifo.is_fifo()
    assert link.is_symlink()


@pytest.mark.slow
@pytest.mark.slowest
@pytest.mark.browser
@pytest.mark.stack
@pytest.mark.skipif(
    find_chromium() is None or find_toxiproxy() is None,
    reason="Chromium or Toxiproxy is missing; `harness setup` brings them",
)
def test_a_defect_is_caught_its_twin_is_green_and_the_matrix_is_written(tmp_path: Path) -> None:
    out, document = tmp_path / "out", tmp_path / "matrix.md"
    clean = ("--clean-cells", str(tmp_path / "clean.json"), "--power", str(tmp_path / "power.json"))
    done = harness_here(*("selftest", "--defect", "no_insert", "--json", "--out", str(out), *clean))
    assert done.returncode == 0, done.stdout + done.stderr
    matrix = json.loads(done.stdout)
    kills = {cell["twin"]: cell["kill"] for cell in matrix["cells"]}
    assert kills == {False: "caught", True: "green"}
    assert all(cell["hits"] for cell in matrix["cells"])
    latest = out / "latest"
    assert json.loads((latest / "kill-matrix.json").read_text()) == matrix
    assert "no_insert" in (latest / "kill-matrix.html").read_text()
    assert "defects no_insert, no_insert.twin" in (latest / "report.html").read_text()

    again = harness_here(*("selftest", "--from", str(latest), "--document", str(document), *clean))
    assert again.returncode == 0, again.stderr
    assert "| `no_insert` | server |" in document.read_text()
    recorded = harness_here("selftest", "--record", str(latest), *clean)
    assert "0 of 1 clean cells raised an alarm" in recorded.stderr


def test_simulated_defects_say_how_much_time_is_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    moments = iter([0.0, 30.0, 40.0])
    monkeypatch.setattr(selftest, "now", lambda: Instant(round(next(moments) * 1e9), 0))
    trials = [
        [SimulatedTrial(defect=PlannedDefect(id=name, twin=False), walks=walks, seed=seed)]
        for seed, (name, walks) in enumerate([("first", 300), ("second", 100), ("third", 400)])
    ]
    watch = selftest._Simulating([one for some in trials for one in some])
    for some in trials:
        watch(some)
    lines = capsys.readouterr().err.splitlines()
    assert "left" not in lines[0]
    assert lines[1].endswith("second: 100 walks at most; at most about 50.0 s left")
    assert lines[2].endswith("third: 400 walks at most; at most about 40.0 s left")


def test_a_self_test_says_first_how_long_its_cells_take() -> None:
    trial = SimulatedTrial(defect=PlannedDefect(id="one", twin=False), walks=1500)
    assert selftest._length([], [], 2) == "nothing to run"
    assert selftest._length([], [trial], 2) == "1 simulated trial of 1,500 walks at most"
    cells = [cell("visit", about_s=60, seed=seed) for seed in range(1, 5)]
    words = selftest._length(cells, [], 2)
    assert words.startswith("4 cells, about 2 min")
