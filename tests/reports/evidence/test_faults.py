"""The network as the ledger has it: spans of faults, and the measures of the visitors' line."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from harness.ledger.kinds.network import (
    Calibration,
    FaultEnd,
    FaultStart,
    LineEnd,
    LineProfile,
    LineStart,
)
from reports.evidence.faults import (
    FaultSpan,
    Measured,
    fault_spans,
    line_described,
    line_measured,
    whole_span,
)
from reports.evidence.frame import LedgerFrames, read_ledger
from tests.reports.ledgers import HandWritten, lived


def frames(ledger: HandWritten, directory: Path) -> LedgerFrames:
    return read_ledger(ledger.write(directory))


def measure(ledger: HandWritten, when: str, value: float, **detail: object) -> HandWritten:
    row: dict[str, Any] = {"backend": "packets", "what": "round_trip_ms", "when": when}
    row |= {"nominal": 400.0, "low": 380.0, "high": 420.0, **detail}
    return ledger.saw(1.0, Calibration(value=value, **row))


def fault(ledger: HandWritten, name: str, start: float, end: float | None) -> HandWritten:
    ledger.saw(start, FaultStart(fault=name))
    return ledger if end is None else ledger.saw(end, FaultEnd(fault=name))


def test_each_fault_and_each_bad_line_has_its_spans(tmp_path: Path) -> None:
    ledger = fault(fault(lived(), "cut", 2.0, 3.0), "cut", 4.0, None)
    ledger.saw(1.0, LineStart(profile="slow-3g")).saw(9.0, LineEnd(profile="slow-3g"))
    assert fault_spans(frames(ledger, tmp_path)) == [
        FaultSpan("cut", 2.0, 3.0),
        FaultSpan("cut", 4.0, None),
        FaultSpan("slow-3g", 1.0, 9.0),
    ]


def test_the_whole_span_is_from_the_first_start_to_the_last_end(tmp_path: Path) -> None:
    ledger = fault(fault(lived(), "cut", 2.0, 3.0), "reset", 4.0, 6.0)
    found = frames(ledger, tmp_path)
    whole = whole_span(found)
    assert whole is not None
    assert [(ns - found.start_ns) / 1e9 for ns in whole] == [2.0, 6.0]
    assert whole_span(found, LineStart, LineEnd) is None


def test_a_line_is_measured_before_and_after(tmp_path: Path) -> None:
    ledger = measure(measure(lived(), "before", 401.0), "after", 402.0)
    assert line_measured(frames(ledger, tmp_path)) == [
        Measured(what="round_trip_ms", nominal=400, low=380, high=420, before=401, after=402)
    ]


def test_what_could_not_be_measured_is_not_a_number_and_what_was_not_tried_is_none(
    tmp_path: Path,
) -> None:
    [one] = line_measured(frames(measure(lived(), "before", math.nan), tmp_path))
    assert math.isnan(one.before if one.before is not None else 0.0)
    assert one.after is None
    assert not one.is_within(math.nan)


def test_a_quantity_without_a_tolerance_is_left_out(tmp_path: Path) -> None:
    assert line_measured(frames(measure(lived(), "before", 1.0, low=None), tmp_path)) == []
    assert line_measured(frames(lived(), tmp_path / "unmeasured")) == []


def test_without_an_upper_bound_any_value_above_is_within(tmp_path: Path) -> None:
    [one] = line_measured(frames(measure(lived(), "after", 9e9, high=None), tmp_path))
    assert one.values == [9e9]
    assert one.is_within(9e9)
    assert not one.is_within(379.0)


def test_a_line_is_described_with_its_deviations(tmp_path: Path) -> None:
    profile = LineProfile(
        profile="slow-3g",
        title="Slow 3G",
        nominal="400 ms",
        backend="packets",
        deviations=("no loss", "no jitter"),
    )
    ledger = lived().saw(0.5, profile)
    described = line_described(frames(ledger, tmp_path))
    assert described == ("Slow 3G: 400 ms; no loss; no jitter", "packets")
