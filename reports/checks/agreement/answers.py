"""Answers against receipts: does what a client reads say what the server did?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from harness.target.capabilities import Capability
from reports.checks.base import EXAMPLES_MAX, Figures, check, no_evidence
from reports.core.kinds import records
from reports.core.types import Flags, Ints
from reports.evidence.evidence import Evidence
from reports.evidence.exchange.attempts import Attempts, attempts_of, matches
from reports.evidence.frame import LedgerFrames
from reports.evidence.reported.borne_out import is_borne_out
from reports.verdict.verdict import Finding

Row = dict[str, Any]
Problem = Callable[[Row, list[Row]], str | None]


@dataclass(frozen=True, slots=True)
class _Compared:
    """How many answers were compared with receipts, and what is wrong with them, in words;
    ``in_doubt``: where a page alone says so."""

    count: int
    wrong: list[str]
    in_doubt: list[str] = field(default_factory=list)


def _statuses(evidence: Evidence) -> _Compared:
    def compare() -> _Compared:
        ledger, attempts = evidence.ledger, attempts_of(evidence.ledger)
        by_batch = attempts.receipts_by_batch()

        def is_doubtful(row: Row, mine: list[Row]) -> bool:
            written = [int(one["status"]) for one in mine if not pd.isna(one["status"])]
            batch, number = int(row["batch"]), int(row["attempt"])
            later = sum(one["attempt"] > number for one in by_batch.get(batch, ()))
            name = str(attempts.names[batch])
            # A receipt that has the same status and says otherwise contradicts itself.
            return row["status"] not in written and not is_borne_out(
                ledger, name, row, written, later
            )

        return _together(_of_pages(attempts, _status_problem, is_doubtful), _of_load(ledger))

    return evidence.ledger.remembered("answers by status", compare)


def _counts(evidence: Evidence) -> _Compared:
    def compare() -> _Compared:
        attempts = attempts_of(evidence.ledger)
        return _together(_of_pages(attempts, _count_problem), _counts_of_load(evidence.ledger))

    return evidence.ledger.remembered("answers by counts", compare)


@check(
    needs={Capability.RECEIPTS, Capability.BATCH_IDENTITY},
    always=True,
    applies=lambda evidence: _statuses(evidence).count > 0,
)
def answers_as_processed(evidence: Evidence) -> Finding:
    """Every status that a client read is the one that the server's receipt of that attempt has, and
    stands for what was done: a 2xx for what was committed, any other for what was not.

    An attempt may have several receipts, where its request was repeated: one of them must agree. A
    page's answer may belong to any attempt up to the one it names, over the transport that it
    names. Where a page alone reports another status than the receipt has, either may be wrong:
    nothing is decided unless something bears it out. Left out: answers that a fault at the gateway
    made itself, and attempts whose receipt does not name them (the server refused before it read
    the body).
    """
    compared = _statuses(evidence)
    if not compared.count:
        return no_evidence("no client read an answer that a receipt explains")
    wrong = compared.wrong
    figures = Figures(measured=len(wrong), target=0, unit="answers", n=compared.count)
    if wrong:
        return figures.failed(
            f"{len(wrong)} of {compared.count} answers contradict their receipts: {wrong[0]}",
            examples=wrong,
        )
    if doubtful := compared.in_doubt:
        return replace(figures, measured=len(doubtful)).undecided(
            f"pages report {len(doubtful)} of {compared.count} answers otherwise than the server's "
            f"receipts, and nothing shows which of the two is wrong: {doubtful[0]}",
            examples=doubtful,
        )
    return figures.passed(f"{compared.count} answers say what the receipts say")


@check(
    needs={Capability.RECEIPTS, Capability.BATCH_IDENTITY, Capability.ANSWER_COUNTS},
    always=True,
    applies=lambda evidence: _counts(evidence).count > 0,
)
def counts_as_processed(evidence: Evidence) -> Finding:
    """The ids that a success calls new and known are those of the receipt, and all that were sent.

    Compared as statuses are (``answers_as_processed``). Answers without counts are left out.
    """
    compared = _counts(evidence)
    if not compared.count:
        return no_evidence("no success counts its ids and has a receipt")
    wrong = compared.wrong
    figures = Figures(measured=len(wrong), target=0, unit="answers", n=compared.count)
    if wrong:
        return figures.failed(
            f"{len(wrong)} of {compared.count} answers miscount what was processed: {wrong[0]}",
            examples=wrong,
        )
    return figures.passed(f"{compared.count} answers count what their receipts count")


def _together(*parts: _Compared) -> _Compared:
    return _Compared(
        sum(part.count for part in parts),
        [words for part in parts for words in part.wrong],
        [words for part in parts for words in part.in_doubt],
    )


def _status_problem(row: Row, mine: list[Row]) -> str | None:
    """Return what is wrong with an answer's status, empty if nothing; None: not to be compared."""
    status = int(row["status"])
    mine = [one for one in mine if not pd.isna(one["status"])]
    if not mine:
        return None
    same = [one for one in mine if one["status"] == status]
    if not same:
        had = ", ".join(dict.fromkeys(str(one["status"]) for one in mine))
        return f"the client read {status}, the receipt has {had}"
    if not any(_stands_for(status, one["committed_ns"]) for one in same):
        return f"the client read {status}, and the batch was{' not' * (status < 300)} committed"
    return ""


def _stands_for(status: int, committed_ns: Any) -> bool:
    """Return whether a status says what was done: a 2xx that it was committed, others that not."""
    return (status // 100 == 2) == (not pd.isna(committed_ns))


def _count_problem(row: Row, mine: list[Row]) -> str | None:
    """Return what is wrong with an answer's counts, empty if nothing; None: not to be compared."""
    if row["status"] // 100 != 2 or (pd.isna(row["inserted"]) and pd.isna(row["duplicate"])):
        return None
    new, known = row["inserted"], row["duplicate"]
    if not pd.isna(new) and not pd.isna(known) and row["ids"] and new + known != row["ids"]:
        return f"the answer counts {new} new and {known} known of {row['ids']} ids"
    if any(_same(new, one["inserted"]) and _same(known, one["duplicate"]) for one in mine):
        return ""
    had = f"{mine[0]['inserted']} and {mine[0]['duplicate']}"
    return f"the answer counts {new} new and {known} known, the receipt {had}"


def _same(read: Any, written: Any) -> bool:
    """Return whether two values agree; one that is missing contradicts none."""
    return bool(pd.isna(read) or pd.isna(written) or read == written)


def _of_pages(
    attempts: Attempts,
    problem: Problem,
    is_doubtful: Callable[[Row, list[Row]], bool] = lambda row, mine: False,
) -> _Compared:
    receipts, compared = attempts.receipts_by_batch(), 0
    wrong, in_doubt = list[str](), list[str]()
    for row in records(attempts.pages):
        batch, attempt, status = int(row["batch"]), int(row["attempt"]), int(row["status"])
        mine = [
            one
            for one in receipts.get(batch, [])
            if one["attempt"] <= attempt and _same(row["transport"], one["transport"])
        ]
        if not mine or attempts.may_be_made_up(batch, attempt, status):
            continue
        found = problem(row, mine)
        if found and status in attempts.unnamed:
            continue  # the answer may be that of an attempt whose receipt names none
        compared += found is not None
        if found:
            problems = in_doubt if is_doubtful(row, mine) else wrong
            problems.append(f"{attempts.name(batch, attempt)}: {found}")
    return _Compared(compared, wrong, in_doubt)


@dataclass(frozen=True, slots=True)
class _Joined:
    """The load's answers and the receipts, and which of them are of the same attempt, in pairs."""

    load: pd.DataFrame
    receipts: pd.DataFrame
    here: Ints
    there: Ints

    def read(self, column: str) -> Ints:
        """Return for each pair what the client read, -1 where it read nothing."""
        found: Ints = self.load[column].to_numpy(dtype=np.int64, na_value=-1)[self.here]
        return found

    def wrote(self, column: str) -> Ints:
        """Return for each pair what the receipt has, -1 where it has nothing."""
        found: Ints = self.receipts[column].to_numpy(dtype=np.int64, na_value=-1)[self.there]
        return found


def _joined(ledger: LedgerFrames) -> _Joined:
    def join() -> _Joined:
        attempts = attempts_of(ledger)
        load = attempts.load[attempts.load["status"] > 0]
        if attempts.made_up:
            pairs = zip(load["batch"], load["attempt"], strict=True)
            own = [int(number) not in attempts.made_up.get(int(b), {}) for b, number in pairs]
            load = load[np.array(own, dtype=bool)]
        return _Joined(load, attempts.receipts, *matches(load, attempts.receipts))

    return ledger.remembered("answers of the load beside receipts", join)


def _of_load(ledger: LedgerFrames) -> _Compared:
    both = _joined(ledger)
    read, written = both.read("status"), both.wrote("status")
    as_done = (read // 100 == 2) == (both.wrote("committed_ns") >= 0)
    agrees = ((read == written) | (written < 0)) & as_done
    return _disagreeing(ledger, both, np.ones(len(read), dtype=bool), agrees, "status")


def _counts_of_load(ledger: LedgerFrames) -> _Compared:
    both = _joined(ledger)
    read, written = both.read("inserted"), both.wrote("inserted")
    counted = (both.read("status") // 100 == 2) & (read >= 0)
    return _disagreeing(ledger, both, counted, (read == written) | (written < 0), "inserted")


def _disagreeing(
    ledger: LedgerFrames, both: _Joined, compared: Flags, agrees: Flags, column: str
) -> _Compared:
    """Return the load's answers that agree with none of their receipts."""
    every = np.zeros(len(both.load), dtype=bool)
    every[both.here[compared]] = True
    good = np.zeros(len(both.load), dtype=bool)
    good[both.here[compared & agrees]] = True
    count, bad = int(every.sum()), np.flatnonzero(every & ~good)
    first = pd.Series(both.there).groupby(both.here).first() if len(bad) else pd.Series()
    words = [
        f"{attempts_of(ledger).name(row['batch'], row['attempt'])}: the client read {column} "
        f"{row[column]}, the receipt has {both.receipts[column].iloc[first[place]]}"
        for place, row in zip(bad, records(both.load.iloc[bad[:EXAMPLES_MAX]]), strict=False)
    ]
    return _Compared(count, words + words[-1:] * (len(bad) - len(words)))
