"""Going on with a suite that was cut short: what has a result keeps it."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.compose.scheduling.resuming import ASIDE, left_of, resumable, set_aside
from harness.core.errors import UsageError
from harness.ledger.rundir import RUN_FILE
from tests.harness.compose.scheduling.cells import FACTS, cell, names, write_run, write_suite
from tests.reports.ledgers import HandWritten

CELLS = [cell(name) for name in ("done", "broke", "cut", "stopped", "waits")]


def cut_short(directory: Path) -> Path:
    directory.mkdir()
    write_suite(directory, [*CELLS, cell("never", lacks="no such thing")])
    write_run(directory, CELLS[0])
    write_run(directory, CELLS[1], HandWritten(status="broken"))
    write_run(directory, CELLS[2], HandWritten(status=None))
    write_run(directory, CELLS[3], HandWritten(status="interrupted"))
    return directory


def test_what_was_cut_short_or_has_not_begun_is_left(tmp_path: Path) -> None:
    plan = resumable(cut_short(tmp_path / "s"), FACTS)
    assert names(left_of(tmp_path / "s", plan.cells)) == ["cut", "stopped", "waits"]


def test_what_a_run_left_is_kept_aside_each_time(tmp_path: Path) -> None:
    suite = cut_short(tmp_path / "s")
    for number in ("1", "2"):
        set_aside(suite, left_of(suite, CELLS))
        assert not (suite / CELLS[2].run).exists()
        assert (suite / ASIDE / number / CELLS[2].run / RUN_FILE).exists()
        write_run(suite, CELLS[2], HandWritten(status=None))
    assert (suite / CELLS[0].run / RUN_FILE).exists()


@pytest.mark.parametrize("fact", ["harness", "revision"])
def test_another_revision_does_not_go_on_with_it(tmp_path: Path, fact: str) -> None:
    suite = cut_short(tmp_path / "s")
    with pytest.raises(UsageError, match=f"begun by {fact} {FACTS[fact]}, this is other"):
        resumable(suite, {**FACTS, fact: "other"})


def test_what_is_no_suite_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no suite"):
        resumable(tmp_path, FACTS)
