"""A pool worker with a defect: its arguments, and the file of hits."""

from __future__ import annotations

from pathlib import Path

import pytest

from defects import worker_variant
from defects.base import Switch, WorkerDefect
from servers.pool.command import main as pool
from servers.queue.command import main as queue


def test_hits_are_appended_while_it_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def work(argv: list[str]) -> int:
        assert argv == ["--name", "one"]
        return worker_variant.PoolWorker.retry_s()

    def later(switch: Switch, original: object) -> int:
        return 7 if switch.reached() else 3

    class Fake:
        @staticmethod
        def retry_s() -> int:
            return 0

    monkeypatch.setattr(worker_variant, "PoolWorker", Fake, raising=False)
    defect = WorkerDefect(
        about="It waits.",
        expected=(),
        trials=(),
        overrides={"defects.worker_variant:PoolWorker.retry_s": later},
    )
    monkeypatch.setattr(worker_variant, "find", lambda name: defect)
    monkeypatch.setattr(worker_variant, "program", lambda module: work)
    hits = tmp_path / "hits.txt"
    assert worker_variant.main(["slow", str(hits), "--name", "one"]) == 7
    assert worker_variant.main(["slow.twin", str(hits), "--name", "one"]) == 3
    assert hits.read_text().split() == ["1", "1"]


def test_a_defect_of_another_part_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no defect of a worker"):
        worker_variant.main(["no_insert", str(tmp_path / "hits.txt")])


def test_each_kind_of_worker_has_its_program() -> None:
    assert worker_variant.program("servers.pool") is pool
    assert worker_variant.program("servers.queue") is queue
