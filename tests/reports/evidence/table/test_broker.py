"""Counters of a broker over its lives, and what its trace says of messages."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd

from harness.ledger.kinds.monitoring.topology import DeadLetter, MessageDelivered, MessagePublished
from reports.evidence.table.broker import (
    broker_counts,
    committed_batches,
    confirmed_batches,
    message_traces,
    named,
)
from tests.reports.checks.topology.engines import broker, confirmed, traced, with_receipts
from tests.reports.ledgers import at, evidence_of, lived


def test_counters_are_added_up_over_the_lives_of_the_broker(tmp_path: Path) -> None:
    ledger = broker(lived(), 1.0, published=2, settled=1)
    broker(ledger, 2.0, published=5, settled=4, ready=1)
    broker(ledger, 6.0, pid=3, published=1, settled=2)
    broker(ledger, 7.0, pid=3, published=4, settled=2)
    counts = broker_counts(evidence_of(ledger, tmp_path).ledger)
    assert counts is not None
    assert (counts.total("published"), counts.total("settled")) == (9, 6)
    assert counts.looks["published"].tolist() == [2, 5, 6, 9]
    assert counts.looks["ready"].tolist() == [0, 1, 0, 0]
    assert counts.blind == ((at(2.0).mono_ns, at(6.0).mono_ns),)


def test_without_a_broker_nothing_was_counted(tmp_path: Path) -> None:
    ledger = evidence_of(lived(), tmp_path).ledger
    assert (broker_counts(ledger), message_traces(ledger)) == (None, None)


def test_a_trace_is_heard_while_it_is_read(tmp_path: Path) -> None:
    ledger = traced(traced(lived(), 1.0, 3.0), 5.0)
    ledger.saw(2.0, MessagePublished(part="broker", message="m", batch="b", attempt=1))
    ledger.saw(2.1, MessageDelivered(part="broker", message="m", batch="b", attempt=1))
    ledger.saw(9.0, DeadLetter(part="broker", message="p", reason="delivery_limit", queue="q"))
    traces = message_traces(evidence_of(ledger, tmp_path).ledger)
    assert traces is not None
    assert traces.heard == ((at(1.0).mono_ns, at(3.0).mono_ns), (at(5.0).mono_ns, math.inf))
    moments = pd.Series([at(one).mono_ns for one in (0.5, 1.0, 2.0, 4.0, 6.0)])
    assert traces.was_heard(moments).tolist() == [False, True, True, False, True]
    assert list(named(traces.published)) == ["b attempt 1"]
    assert list(traces.dead["message"]) == ["p"]
    assert named(traces.dead).empty


def test_a_confirm_is_no_receipt(tmp_path: Path) -> None:
    ledger = evidence_of(confirmed(with_receipts(1, refused=1), "b9", 2.0), tmp_path).ledger
    assert list(named(confirmed_batches(ledger))) == ["b9 attempt 1"]
    assert list(named(committed_batches(ledger))) == ["b0 attempt 1"]
