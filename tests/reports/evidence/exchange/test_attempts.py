"""Attempts as both ends report them, under one number a batch."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from harness.ledger.kinds.client import Acknowledged, Unanswered
from harness.ledger.kinds.network import RequestActedOn
from reports.evidence.exchange.attempts import attempt_keys, attempts_of, earliest
from tests.reports.ledgers import HandWritten, at, evidence_of, lived


def spoken_of_by_all() -> HandWritten:
    ledger = lived().request("p", 1.0, status=200).sent(1.5, batch="l")
    ledger.reported(Unanswered, 1.6, batch="p", attempt=2)  # without a status there is no answer
    ledger.saw(1.7, Acknowledged(user="ann", tab="tab-1", status=200))  # of no batch
    ledger.receipt(["a"], 1.04, batch="p").receipt(["a"], 1.503, batch="l")
    ledger.receipt([], 1.8, batch=None, status=401)
    row = {"method": "POST", "path": "/", "attempt": 1, "fault": "f"}
    ledger.saw(1.02, RequestActedOn(**row, batch="p", did="answered 503, nothing was forwarded"))
    ledger.saw(1.02, RequestActedOn(**row, batch="p", did="held", answered=429))
    return ledger.saw(1.02, RequestActedOn(**row, did="answered 404"))


def test_a_batch_has_one_number_whichever_end_names_it(tmp_path: Path) -> None:
    attempts = attempts_of(evidence_of(spoken_of_by_all(), tmp_path).ledger)
    names = attempts.names
    assert names[attempts.pages["batch"]].tolist() == ["p"]
    assert names[attempts.load["batch"]].tolist() == ["l"]
    assert names[attempts.receipts["batch"]].tolist() == ["p", "l"]
    assert {names[batch]: dict(acts) for batch, acts in attempts.acted.items()} == {"p": {1: 2}}
    assert attempts.unnamed == {401}


def test_an_answer_of_a_faults_own_is_known_by_its_status(tmp_path: Path) -> None:
    attempts = attempts_of(evidence_of(spoken_of_by_all(), tmp_path).ledger)
    [batch] = attempts.made_up
    assert attempts.may_be_made_up(batch, 1, 429)
    assert attempts.may_be_made_up(batch, 2, 429), "its answer may come after the next attempt"
    assert not attempts.may_be_made_up(batch, 0, 429)
    assert not attempts.may_be_made_up(batch, 1, 200)


def test_the_earliest_of_an_attempts_receipts_counts(tmp_path: Path) -> None:
    ledger = lived().receipt(["a"], 3.0).receipt(["a"], 2.0).receipt(["a"], 1.0, attempt=2)
    ledger.receipt(["a"], 0.5, committed_mono_ns=None)
    receipts = attempts_of(evidence_of(ledger, tmp_path).ledger).receipts
    keys = attempt_keys(receipts)
    least, missing = earliest(receipts, "committed_ns", np.append(keys[:3], keys[0] + 7))
    assert missing.tolist() == [False, False, False, True]
    assert least[:3].tolist() == [at(2.0).mono_ns, at(2.0).mono_ns, at(1.0).mono_ns]
