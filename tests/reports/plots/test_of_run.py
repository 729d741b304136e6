"""A run shows the pictures that it has evidence for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from harness.ledger.kinds.client import Recorded
from harness.ledger.kinds.network import LineEnd, LineStart
from reports.plots import of_run
from reports.plots.of_run import pictures_of
from reports.plots.tabs import TITLE
from tests.reports.histories import calibrated_path, with_outage
from tests.reports.ledgers import HandWritten, evidence_of, healthy
from tests.reports.memory import most_bytes


def test_a_run_shows_its_line_and_its_queue_where_it_has_them(tmp_path: Path) -> None:
    plain = [one.title for one in pictures_of(evidence_of(healthy(), tmp_path / "plain"))]
    assert "The line: nominal and measured" not in plain
    ledger = with_outage(calibrated_path()).reported(Recorded, 3.0, queue_depth=4)
    ledger.saw(0.4, LineStart(profile="slow-3g"))
    ledger.saw(8.4, LineEnd(profile="slow-3g"))
    titles = {
        one.title: one.description for one in pictures_of(evidence_of(ledger, tmp_path / "bad"))
    }
    assert "2 measures before and after" in titles["The line: nominal and measured"]
    assert "slow-3g from 0.4 s to 8.4 s" in titles["The pages' queues and their attempts"]


def test_a_run_with_tabs_shows_them_and_one_without_does_not(tmp_path: Path) -> None:
    with_tabs = pictures_of(evidence_of(healthy(), tmp_path / "tabs"))
    assert TITLE in [one.title for one in with_tabs]
    loaded = HandWritten().lifetime().sent(1.0).receipt(["a"], 1.1).final(2.0, a=1)
    without = pictures_of(evidence_of(loaded, tmp_path / "load"))
    assert TITLE not in [one.title for one in without]


@pytest.mark.parametrize("dtype", ["int64", "Int64"])
def test_times_of_a_large_ledger_are_copied_once(
    dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_run, "_AT_A_TIME", 1 << 12)
    start_ns = 5_000_000_000_000
    times = np.random.default_rng(1).integers(start_ns, start_ns + 10**12, 200_000)
    column = pd.Series(times, dtype=dtype)
    found, most = most_bytes(lambda: of_run._in_order_s(column, start_ns))
    assert found.tolist() == (np.sort(times - start_ns) / 1e9).tolist()
    assert most < 1.3 * times.nbytes


def test_times_that_are_not_known_are_left_out() -> None:
    found = of_run._in_order_s(
        pd.Series([7_000_000_000, None, 6_000_000_000], dtype="Int64"), 10**9
    )
    assert found.tolist() == [5.0, 6.0]
