"""A browser that fails takes its own cell along, with the reason, and no other."""

from __future__ import annotations

import json
import signal
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from harness.browsers.catalogue import ENGINES, entry_of
from harness.core.errors import ExitCode
from harness.setup import available, find_chromium
from tests.harness.cli.shell import harness_here
from tests.harness.cli.started import LONG_VISIT, started, wait_for_views

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
        pytest.param(
            "echo no display, no fun >&2; exit 1",
            "no display, no fun",
            id="dies",
            marks=pytest.mark.slowest,
        ),
        pytest.param(
            "exec sleep 600", "opens its debugging port", id="hangs", marks=pytest.mark.nightly
        ),
    ],
)
def test_a_browser_that_does_not_come_up_is_unknown_and_the_others_go_on(
    tmp_path: Path, script: str, says: str
) -> None:
    fake = tmp_path / "chromium"
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    arguments = ["run", "pagehide_on_close", "--browser", "chromium", "--browser", "firefox"]
    done = harness_here(
        *arguments, "--out", str(tmp_path / "out"), "--json", HARNESS_CHROMIUM=str(fake)
    )
    assert done.returncode == ExitCode.UNDECIDED, done.stdout
    by_arm = {cell["arm"].split(",")[0]: cell for cell in json.loads(done.stdout)["cells"]}
    assert by_arm["browser=chromium"]["verdict"] == "unknown"
    assert says in by_arm["browser=chromium"]["reason"]
    assert by_arm["browser=firefox"]["verdict"] == "pass"


def test_a_browser_that_dies_in_the_middle_is_unknown_with_the_reason(tmp_path: Path) -> None:
    arguments = ("run", *LONG_VISIT, "chromium", "--out", str(tmp_path))
    with started(*arguments) as run:
        wait_for_views(run, tmp_path, "viewer.arrows", 8)
        run.remember_tags()
        victims = run.named("chrom")
        assert victims
        for child in victims:
            with suppress(psutil.NoSuchProcess):  # some die with another of them
                child.send_signal(signal.SIGKILL)
        output, _ = run.process.communicate(timeout=300)
        assert run.process.returncode == ExitCode.UNDECIDED, output
        assert run.offspring() == []
    [cell] = json.loads((tmp_path / "latest" / "verdict.json").read_text())["cells"]
    assert cell["verdict"] == "unknown"
    assert "chromium ended by itself (killed by SIGKILL)" in cell["reason"]
    assert run.scratch() == []  # profiles live there


@pytest.mark.parametrize(
    "engine",
    # That each engine gives such a page up, tests/harness/browsers/test_base.py says.
    [pytest.param(e, marks=[] if e == "chromium" else pytest.mark.nightly) for e in ENGINES],
)
def test_a_page_that_never_comes_is_given_up_within_its_time(tmp_path: Path, engine: str) -> None:
    """The browser hangs in goto: it is the page's own bound that ends it, not the cell's budget,
    which is long enough for a browser that is slow to start."""
    if any(not available(part) for part in entry_of(engine).parts):
        pytest.skip(f"no {engine}; `harness setup` brings it")
    target = ["--target", "tests/targets/mute_page.toml", "--out", str(tmp_path), "--json"]
    done = harness_here("run", *LONG_VISIT, engine, *target)
    assert done.returncode == ExitCode.UNDECIDED, done.stdout
    [cell] = json.loads(done.stdout)["cells"]
    assert cell["verdict"] == "unknown"
    assert "the display page did not come up: could not load a page: " in cell["reason"]
