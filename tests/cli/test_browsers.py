"""A browser that fails takes its own cell along, with the reason, and no other."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import psutil
import pytest

from harness.browsers.catalogue import ENGINES, entry_of
from harness.errors import ExitCode
from harness.setup import available, find_chromium
from tests.cli.shell import harness
from tests.cli.test_kill import started, wait_for_views

pytestmark = [
    pytest.mark.browser,
    pytest.mark.stack,
    pytest.mark.skipif(
        find_chromium() is None or not available("firefox"), reason="two browsers are needed"
    ),
]


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("echo no display, no fun >&2; exit 1", "no display, no fun"),
        ("exec sleep 600", "opens its debugging port"),
    ],
    ids=["dies", "hangs"],
)
def test_a_browser_that_does_not_come_up_is_unknown_and_the_others_go_on(
    tmp_path: Path, script: str, says: str
) -> None:
    fake = tmp_path / "chromium"
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    arguments = ["run", "pagehide_on_close", "--browser", "chromium", "--browser", "firefox"]
    done = harness(*arguments, "--out", str(tmp_path / "out"), "--json", HARNESS_CHROMIUM=str(fake))
    assert done.returncode == ExitCode.UNDECIDED, done.stdout
    by_arm = {cell["arm"].split(",")[0]: cell for cell in json.loads(done.stdout)["cells"]}
    assert by_arm["browser=chromium"]["verdict"] == "unknown"
    assert says in by_arm["browser=chromium"]["reason"]
    assert by_arm["browser=firefox"]["verdict"] == "pass"


def test_a_browser_that_dies_in_the_middle_is_unknown_with_the_reason(tmp_path: Path) -> None:
    arguments = ("run", "first_visit", "--browser", "chromium", "--out", str(tmp_path))
    with started(*arguments) as run:
        wait_for_views(run, tmp_path, "viewer.arrows", 8)
        run.remember_tags()
        for child in run.offspring():
            if child.name().startswith("chrom"):
                psutil.Process(child.pid).send_signal(signal.SIGKILL)
        said, _ = run.process.communicate(timeout=90)
        assert run.process.returncode == ExitCode.UNDECIDED, said
        assert run.offspring() == []
    [cell] = json.loads((tmp_path / "latest" / "verdict.json").read_text())["cells"]
    assert cell["verdict"] == "unknown"
    assert "gone" in cell["reason"]
    # Profiles live in the harness's scratch.
    assert not [tag for tag in run.tags if list(Path("/tmp").glob(f"impression-harness-{tag}*"))]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_page_that_never_comes_is_given_up_within_its_time(tmp_path: Path, engine: str) -> None:
    """The browser hangs in goto; the cell's budget is two minutes, the page's fifteen seconds."""
    if any(not available(part) for part in entry_of(engine).parts):
        pytest.skip(f"no {engine}; `harness setup` brings it")
    target = ["--target", "tests/defects/mute_page.toml", "--out", str(tmp_path), "--json"]
    done = harness("run", "console_script", "--browser", engine, *target)
    assert done.returncode == ExitCode.UNDECIDED, done.stdout
    [cell] = json.loads(done.stdout)["cells"]
    assert cell["verdict"] == "unknown"
    assert "the display page did not come up" in cell["reason"]
    assert cell["duration_s"] < 60
