"""The run directory says with which revision it was made, and is one place on disk per cell."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from harness.core import environment
from harness.core.environment import ROOT
from harness.core.errors import HarnessError
from harness.ledger.rundir import RunPlan, arm_text, begin_run, checksum, revision_of, versions


def test_the_revision_is_the_checkout_s_and_never_that_of_a_repository_around_it(
    tmp_path: Path,
) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
    commit = ["git", "-C", str(tmp_path), *identity, "commit", "-q", "--allow-empty", "-m", "x"]
    subprocess.run(commit, check=True)
    installed = tmp_path / "venv" / "site-packages"
    installed.mkdir(parents=True)
    assert revision_of(installed) == "unknown"
    assert len(revision_of(tmp_path)) == 12
    assert versions()["revision"] == revision_of(ROOT)


def test_the_revision_is_looked_for_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "another"))
    assert revision_of(ROOT) not in ("unknown", "")
    damaged = ROOT / "build"  # where no repository lies, but within one
    monkeypatch.setattr(Path, "exists", lambda path: True)
    assert revision_of(damaged) == "unknown"


def test_a_slug_is_a_path_that_every_file_system_takes() -> None:
    arm = {"network": "slow-3g@packets", "browser": "cdp+http://x:9222"}
    assert arm_text(arm) == "browser=cdp+http://x:9222,network=slow-3g@packets"
    slug = RunPlan(scenario="s", arm=arm, seed=3).slug
    assert slug == "s/browser=cdp+http+x+9222+network=slow-3g+packets/seed-3"


def test_a_run_directory_is_made_once(tmp_path: Path) -> None:
    plan = RunPlan(scenario="s", arm={}, seed=1)
    begin_run(tmp_path / "run", plan)
    with pytest.raises(HarnessError, match="exists"):
        begin_run(tmp_path / "run", plan)


def test_an_accident_to_a_file_changes_its_checksum(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"a" * 3_000_000)
    before = checksum(file)
    file.write_bytes(b"a" * 2_999_999 + b"b")
    assert checksum(file) != before


@pytest.mark.parametrize(
    ("content", "model"),
    [
        ("processor\t: 0\nmodel name\t: Some CPU 2.0\nmodel name\t: other\n", "Some CPU 2.0"),
        ("processor\t: 0\nmodel\t\t: 85\nmodel name\t:\n", ""),
        (None, ""),
    ],
)
def test_the_machine_is_recorded_with_its_processor_and_memory(
    content: str | None, model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "cpuinfo"
    if content is not None:
        file.write_text(content)
    monkeypatch.setattr(environment, "CPUINFO", file)
    monkeypatch.setattr("platform.processor", lambda: "")
    assert environment.cpu_model() == model
    assert versions()["cpu"] == (model or "unknown")
    assert re.fullmatch(r"\d+\.\d GiB", versions()["memory"])
    monkeypatch.setattr("platform.processor", lambda: "arm64")
    assert environment.cpu_model() == (model or "arm64")
