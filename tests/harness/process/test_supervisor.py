"""What is left behind, and what is taken away that is not ours."""

from __future__ import annotations

from pathlib import Path

from harness.core.wait import block_until
from harness.ledger.files import Ledger, read_witness
from harness.ledger.kinds import CLIENT, VIEWER
from harness.ledger.kinds.client import Recorded
from harness.ledger.kinds.viewer import ViewShown


def test_one_bad_row_does_not_silence_the_other_witnesses(tmp_path: Path) -> None:
    """An unpaired surrogate in a page's event: the flushing thread must survive it."""
    try:
        with Ledger(tmp_path) as ledger:
            ledger.witness(CLIENT).saw(Recorded(artworks=("\ud800",)))
            viewer = ledger.witness(VIEWER)
            block_until(
                "one flush passed",
                lambda: not ledger._thread.is_alive() or ledger.failure,
                timeout_s=60,
            )
            viewer.saw(ViewShown(user="u", tab="t", artwork="a"))
    except Exception as error:
        print(type(error), error)
    assert read_witness(tmp_path / "viewer.arrows").table.num_rows == 1
