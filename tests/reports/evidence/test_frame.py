"""The frames of a run's ledger."""

from __future__ import annotations

from dataclasses import fields

import pytest

from harness.ledger.kinds import SERVER, WITNESSES
from reports.evidence.frame import LedgerFrames


@pytest.mark.parametrize("witness", [*WITNESSES, SERVER.name])
def test_every_witness_has_a_frame(witness: str) -> None:
    names = {field.name for field in fields(LedgerFrames)}
    assert witness in names, f"add `{witness}: pd.DataFrame` to LedgerFrames"
