"""Receipts against each other: does what they count as new and known follow from what arrived?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from harness.ledger.kinds import SERVER
from harness.target.capabilities import Capability
from reports.checks.base import EXAMPLES_MAX, Figures, check, no_evidence
from reports.evidence.evidence import Evidence
from reports.evidence.fates import KEY, keys_of, processed_receipts
from reports.evidence.frame import id_counts
from reports.evidence.pages import batch_receipts, may_lack_receipts
from reports.verdict.verdict import Finding


@check(
    needs={Capability.RECEIPTS},
    always=True,
    applies=lambda evidence: not processed_receipts(evidence.ledger).empty,
    rests_on={SERVER.name},
)
def inserted_once_each(evidence: Evidence) -> Finding:
    """The committed receipts count each different id as new once, and no id as known that had not
    arrived before.

    Where a receipt may be missing (a server was killed, or lost its connection in the middle) an id
    may have been stored by it: then no id is counted as new twice, and that is all.
    """
    ledger = evidence.ledger
    rows = processed_receipts(ledger).dropna(subset=KEY)
    if rows.empty:
        return no_evidence("the server committed nothing")
    receipts = batch_receipts(ledger)
    codes, distinct = pd.factorize(keys_of(rows, KEY))
    inserted = int(receipts["inserted"].fillna(0).sum())
    surplus = inserted - len(distinct)
    figures = Figures(measured=surplus, target=0, unit="ids", n=len(receipts))
    sentence = f"{inserted} ids were counted as new, {len(distinct)} different ones were committed"
    if surplus > 0:
        return figures.failed(sentence)
    if may_lack_receipts(ledger):
        return figures.passed(f"{sentence}; a receipt may be missing")
    # An id that is in one receipt, once, is new there: it cannot be counted as known.
    again = (np.bincount(codes) > 1)[codes]
    place = np.repeat(np.arange(len(receipts)), id_counts(receipts))
    known_most = np.bincount(place, weights=again, minlength=len(receipts))
    known = receipts["duplicate"].fillna(0).to_numpy(dtype=np.int64)
    over = receipts[known > known_most]
    if len(over):
        return figures.failed(
            f"{len(over)} receipts count ids as known that had not arrived before; {sentence}",
            examples=[
                f"batch {batch} attempt {attempt}"
                for batch, attempt in zip(over["batch"], over["attempt"], strict=True)
            ][:EXAMPLES_MAX],
        )
    if surplus:
        return figures.failed(sentence)
    return figures.passed(sentence)
