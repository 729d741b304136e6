"""What the checks of pages share: the client witness's rows, and the receipts of batches."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from reports.frame import LedgerFrames


def records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows one by one, each as column → value."""
    return rows.to_dict("records")  # type: ignore[return-value]


def ms_of(row: dict[str, Any]) -> float:
    """Return when one row happened by the page's own clock, in milliseconds."""
    return int(row["page_wall_ns"]) / 1e6


def attempts(client: pd.DataFrame) -> pd.DataFrame:
    """Return the rows in which a page said that it handed a batch to the browser."""
    return client[client["kind"] == "attempt"]


def batch_receipts(ledger: LedgerFrames) -> pd.DataFrame:
    """Return the receipts of batches that were stored, one row a request."""
    done = (ledger.server["kind"] == "batch") & ledger.server["committed_mono_ns"].notna()
    return ledger.server[done]


def page_ms(rows: pd.DataFrame) -> pd.Series:
    """Return when it happened by the page's own clock, in milliseconds."""
    return rows["page_wall_ns"].astype("float64") / 1e6


def detail_of(text: object) -> dict[str, Any]:
    """Return what a row says beside its columns; nothing where it says nothing readable."""
    try:
        said = json.loads(str(text))
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
