"""The installed wheel works from any folder, whatever lies in it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from harness.core.errors import ExitCode
from harness.ledger.files import read_witness
from harness.setup import find_chromium, find_toxiproxy
from tests.hostile import ENVIRONMENT, make_hostile
from tests.wheel import MODULE, PACKAGES, Wheel, build_wheel, install

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]  # built and installed once
CHROMIUM = ("--browser", "chromium")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Wheel:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Wheel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(wheel, tmp_path_factory.mktemp("installed") / "venv")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_hostile(tmp_path / "folder")


def run(
    harness: Path, folder: Path, *arguments: str, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run it in a folder, and an environment, whose every part would break what reads it."""
    return subprocess.run(
        [str(harness), *arguments],
        cwd=folder,
        env={**os.environ, **ENVIRONMENT, "PYTHONPATH": str(namesakes(folder.parent)), **more},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )


def namesakes(folder: Path) -> Path:
    """Return a folder with packages of our names, and none of the standard library's."""
    hostile = make_hostile(folder / "namesakes")
    for path in hostile.glob("*.py"):
        path.unlink()
    return hostile


def test_every_file_of_the_packages_is_in_the_wheel(wheel: Wheel) -> None:
    files = {
        path.relative_to(wheel.sources).as_posix()
        for package in PACKAGES
        for path in (wheel.sources / package).rglob("*")
        if path.is_file()
    }
    assert wheel.names() == {*files, MODULE}
    suffixes = {Path(name).suffix for name in files}
    assert suffixes >= {".py", ".js", ".html", ".css", ".sql", ".toml", ".j2", ".lock", ".ini"}


def test_it_lists_what_it_has_and_imports_nothing_from_the_folder(
    installed: Path, folder: Path
) -> None:
    done = run(installed, folder, "list", "--json")
    assert done.returncode == ExitCode.PASS, done.stderr
    assert any(cell["can_run"] for cell in json.loads(done.stdout)["cells"])


def test_its_runs_lie_in_the_folder_where_it_was_called(installed: Path, folder: Path) -> None:
    done = run(
        installed, folder, "run", "first_visit", *CHROMIUM, HARNESS_CHROMIUM="/no/such/browser"
    )
    assert done.returncode == ExitCode.NOTHING_RAN, done.stderr
    assert (folder / "runs" / "latest" / "report.html").exists()


@pytest.mark.slowest
@pytest.mark.browser
@pytest.mark.stack
@pytest.mark.skipif(
    find_chromium() is None or find_toxiproxy() is None,
    reason="Chromium or Toxiproxy is missing; `harness setup` brings them",
)
def test_it_runs_cells_judges_them_again_and_explains_them(
    installed: Path, folder: Path, tmp_path: Path
) -> None:
    """A visit and a load: a browser, the server, PostgreSQL, Toxiproxy, Locust, two at a time.

    The folder may be read-only: nothing is written into it.
    """
    before = sorted(folder.rglob("*"))
    folder.chmod(0o555)
    names = ("first_visit", "steady_load", *CHROMIUM)
    load = ("--duration", "8", "--rate", "50", "--sessions", "20")
    out = tmp_path / "out"
    done = run(installed, folder, "run", *names, *load, "-n", "2", "--json", "--out", str(out))
    assert sorted(folder.rglob("*")) == before
    cells = {cell["scenario"]: cell for cell in json.loads(done.stdout)["cells"]}
    assert cells["first_visit"]["verdict"] == "pass", done.stdout
    for cell in cells.values():
        findings = {finding["check"]: finding["verdict"] for finding in cell["findings"]}
        assert findings["nothing_lost"] == "pass", cell

    again = run(installed, folder, "report", str(out / "latest"), "--json")
    assert again.returncode == done.returncode, again.stderr
    assert {cell["scenario"] for cell in json.loads(again.stdout)["cells"]} == set(cells)

    [viewer] = out.glob("latest/cells/first_visit/*/*/viewer.arrows")
    artwork = read_witness(viewer).table["artwork"].to_pylist()[-1]
    story = run(installed, folder, "explain", str(viewer.parent), artwork)
    assert story.returncode == ExitCode.PASS, story.stderr
    assert story.stdout.splitlines()[0].partition(": ")[0].endswith(f"/{artwork}")


@pytest.mark.nightly
@pytest.mark.browser
@pytest.mark.stack
@pytest.mark.skipif(
    find_chromium() is None or find_toxiproxy() is None,
    reason="Chromium or Toxiproxy is missing; `harness setup` brings them",
)
@pytest.mark.parametrize("what", [("--suite", "smoke"), ("first_visit",)], ids=" ".join)
def test_whole_suites_pass_in_an_environment_that_is_for_other_programs(
    installed: Path, folder: Path, tmp_path: Path, what: tuple[str, ...]
) -> None:
    """The smoke suite, and a visit in every browser; `make test` runs the two cells above."""
    done = run(installed, folder, "run", *what, "-n", "2", "--json", "--out", str(tmp_path / "out"))
    cells = json.loads(done.stdout)["cells"]
    wrong = [cell for cell in cells if cell["verdict"] not in ("pass", "not run")]
    assert not wrong, [(cell["scenario"], cell["arm"], cell["reason"]) for cell in wrong]
