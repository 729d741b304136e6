"""`harness merge` judges shards as one suite."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from harness.cli.commands.stored.merge import merge_command
from harness.compose.scheduling.rotation import read_evidence
from harness.core.errors import ExitCode
from tests.harness.compose.scheduling.cells import cell, stored_shard

CELLS = [cell("a"), cell("b")]


def test_it_prints_one_verdict_and_writes_one_page(tmp_path: Path) -> None:
    shards = [str(stored_shard(tmp_path / f"{n}", CELLS, n, 2)) for n in (1, 2)]
    out = tmp_path / "runs"
    done = CliRunner().invoke(merge_command, [*shards, "--out", str(out), "--json"])
    assert done.exit_code == ExitCode.PASS, done.output
    assert [one["scenario"] for one in json.loads(done.stdout)["cells"]] == ["a", "b"]
    assert (out / "latest" / "report.html").exists()
    assert len(read_evidence(out, "reference")) == 2
    assert len(list((tmp_path / "history" / "suites").iterdir())) == 1


def test_a_missing_shard_leaves_it_undecided(tmp_path: Path) -> None:
    shard = str(stored_shard(tmp_path / "1", CELLS, 1, 2))
    done = CliRunner().invoke(merge_command, [shard, "--out", str(tmp_path / "runs")])
    assert done.exit_code == ExitCode.UNDECIDED
    assert "shard 2/2 is missing" in done.stdout
