"""The roadmap's browser columns: which one a cell's browser fills, and the state of all of them."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from harness.ledger.kinds.network import BrowserUsed
from harness.ledger.plan import Roadmap
from reports.core.kinds import payloads
from reports.evidence.frame import LedgerFrames
from reports.verdict.roadmap_columns import (
    BrowserSeen,
    ColumnState,
    column_filled_by,
    column_near,
    roadmap_states,
    seen_of,
)
from reports.verdict.verdict import Cell


def in_roadmap(cell: Cell, roadmap: Roadmap | None) -> Cell:
    """Return the cell with the roadmap's column that its browser fills, or is nearest to."""
    if roadmap is None or cell.browser is None:
        return cell
    if column := column_filled_by(cell.browser, roadmap.columns):
        return replace(cell, fills=column.label)
    if nearest := column_near(cell.browser, roadmap.columns):
        return replace(cell, near=nearest[0].label, lacks=nearest[1])
    return cell


def columns_of(cells: Sequence[Cell], roadmap: Roadmap | None) -> tuple[ColumnState, ...]:
    """Return the roadmap's browser columns, if the suite has any cell of that matrix."""
    if roadmap is None:
        return ()
    shown = [cell for cell in cells if cell.matrix == roadmap.matrix]
    seen = [cell.browser for cell in shown if cell.browser]
    return roadmap_states(seen, roadmap.columns, roadmap.matrix) if shown else ()


def browser_of(ledger: LedgerFrames) -> BrowserSeen | None:
    """Return the browser of the run as it described itself; None without one description."""
    described = {seen_of(one) for one in payloads(ledger.network, BrowserUsed)}
    return described.pop() if len(described) == 1 else None
