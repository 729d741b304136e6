"""Rows by their kind: columns of many, objects of few."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from harness.ledger.kinds.base import LedgerRow, names_of
from harness.ledger.kinds.client import (
    Acknowledged,
    Attempt,
    Drained,
    PageAnswer,
    RecorderEvent,
    TabRow,
)
from harness.ledger.kinds.machine import GeneratorSample, ProcessSample
from harness.ledger.kinds.network import Calibration, FaultRow, FaultStart, WorkerLost
from harness.ledger.kinds.server import BatchReceipt
from reports.core.kinds import decoded, is_a, is_kind, of_kind, payloads, records
from reports.evidence.evidence import EVERY_WITNESS
from reports.evidence.frame import LedgerFrames, read_ledger
from tests.reports.ledgers import HandWritten, healthy, lived, own_row_written


def frames(ledger: HandWritten, directory: Path) -> LedgerFrames:
    return read_ledger(ledger.write(directory))


def test_rows_are_selected_by_kind_and_by_what_is_above_it(tmp_path: Path) -> None:
    ledger = healthy().noted(Drained, 3.0, within_s=9).saw(4.0, FaultStart(fault="cut"))
    found = frames(ledger, tmp_path)
    assert len(of_kind(found.client, Attempt)) == 1
    assert len(of_kind(found.client, Attempt, Acknowledged)) == 2
    assert len(of_kind(found.client, RecorderEvent)) == 2
    assert is_kind(found.client, TabRow).tolist() == [False, False, True]
    assert of_kind(found.network, FaultRow)["fault"].tolist() == ["cut"]
    record: Any = found.client.to_dict("records")[0]
    assert is_a(record, Attempt)
    assert is_a(record, RecorderEvent)
    assert not is_a(record, Acknowledged, Drained)


def everything(directory: Path) -> dict[str, pd.DataFrame]:
    """Frames with numbers, ids, lists and words, each of which some row lacks."""
    ledger = own_row_written(healthy()).sent(2.0).noted(Drained, 3.0, within_s=9)
    ledger.saw(4.0, FaultStart(fault="cut")).saw(4.5, WorkerLost(what="worker 1"))
    ledger.saw(5.0, ProcessSample(process="server", pid=1, cpu_s=1.0, rss_bytes=1))
    found = frames(ledger, directory)
    return {name: getattr(found, name) for name in EVERY_WITNESS}


def test_what_is_selected_is_what_a_comparison_of_the_words_selects(tmp_path: Path) -> None:
    every = everything(tmp_path)
    asked = {"client": (Attempt,), "network": (FaultRow, WorkerLost), "server": (BatchReceipt,)}
    for name, frame in every.items():
        if "kind" in frame:
            for kinds in ((TabRow, Acknowledged), (LedgerRow,), asked.get(name, (Drained,))):
                expected = frame[frame["kind"].isin(names_of(kinds))]
                found = of_kind(frame, *kinds)
                pd.testing.assert_frame_equal(found, expected, check_index_type=False)
                assert is_kind(frame, *kinds).equals(frame["kind"].isin(names_of(kinds)))
    assert len(of_kind(every["client"], Attempt)) == 1
    assert len(of_kind(every["network"], FaultRow, WorkerLost)) == 2


def test_records_are_those_of_pandas_to_the_type_of_every_value(tmp_path: Path) -> None:
    seen = 0
    for frame in everything(tmp_path).values():
        for rows in (frame, frame.iloc[:1], frame.iloc[:0]):
            expected: Any = rows.to_dict("records")
            assert typed(records(rows)) == typed(expected)
            seen += len(expected)
    assert seen > 20


def typed(rows: list[dict[str, Any]]) -> list[list[tuple[str, type, str]]]:
    return [[(name, type(value), repr(value)) for name, value in row.items()] for row in rows]


def test_a_row_is_decoded_as_it_was_written(tmp_path: Path) -> None:
    rows = [
        Attempt(user="ann", tab="t", batch="b", artworks=("é", "b"), attempt=1, body_bytes=7),
        Attempt(),
    ]
    ledger = lived().saw(1.0, rows[0]).saw(2.0, rows[1])
    assert payloads(frames(ledger, tmp_path).client, Attempt) == rows


def test_a_number_that_failed_is_not_a_number_and_a_missing_one_is_none(tmp_path: Path) -> None:
    failed = Calibration(backend="packets", value=math.nan, what="rate", when="before")
    ledger = lived().saw(1.0, failed).saw(2.0, WorkerLost(what="worker 1"))
    found = frames(ledger, tmp_path).network
    [one] = payloads(found, Calibration)
    assert math.isnan(one.value)
    assert one.high is None
    assert payloads(found, WorkerLost) == [WorkerLost(what="worker 1")]


def test_a_generators_rows_are_apart_from_those_of_other_processes(tmp_path: Path) -> None:
    server = ProcessSample(process="server", pid=1, cpu_s=1.0, rss_bytes=1)
    generator = GeneratorSample(
        process="generator-0",
        pid=2,
        cpu_s=2.0,
        rss_bytes=2,
        loop_delay_ms_p99=0.5,
        lag_ms_p99=0.5,
        in_flight=0,
        sent=1,
        scheduled=1,
    )
    machine = frames(lived().saw(1, server).saw(1, generator), tmp_path).machine
    assert payloads(machine, ProcessSample) == [server]
    assert payloads(machine, GeneratorSample) == [generator]


def test_a_row_of_another_kind_is_not_decoded(tmp_path: Path) -> None:
    client = frames(healthy().noted(PageAnswer, 1.0, question="q", answer=None), tmp_path).client
    [record] = of_kind(client, PageAnswer).to_dict("records")
    assert decoded(record, PageAnswer).answer is None  # type: ignore[arg-type]
    with pytest.raises(KeyError):
        decoded(record, RecorderEvent)  # type: ignore[arg-type]
