"""The collector in Go is under test through its target file alone: truth appears late."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.examples.tried import check, copied, prepared, program, verdict

pytestmark = [
    pytest.mark.stack,
    pytest.mark.slow,
    pytest.mark.slowest,
    pytest.mark.xdist_group("collector"),  # built once
]


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Path:
    go = program("go", "examples/collector", "/usr/local/go/bin/go")
    folder = copied("collector", tmp_path_factory.mktemp("collector"))
    prepared([go, "build"], folder)
    return folder


def test_every_part_of_its_file_works_although_truth_is_late(collector: Path) -> None:
    code, words = check(collector / "target.toml")
    assert code == 0, words
    assert "2 views are there after" in words


def test_what_waits_in_a_queue_on_disk_outlives_a_kill(collector: Path, tmp_path: Path) -> None:
    found = verdict("killed_server", collector / "target.toml", tmp_path)
    assert (found.code, found.cell["verdict"]) == (0, "pass"), found.cell["reason"]
    assert found.finding("nothing_lost")["verdict"] == "pass"


def test_a_queue_in_memory_loses_what_was_acknowledged(collector: Path, tmp_path: Path) -> None:
    found = verdict("killed_server", collector / "queue-in-memory.toml", tmp_path)
    assert (found.code, found.cell["verdict"]) == (1, "fail"), found.cell["reason"]
    assert found.cell["fates"].get("lost_acked", 0) > 0
    assert set(found.cell["fates"]) <= {"lost_acked", "recovered", "recorded_once"}
