"""Answers against receipts: does what a client reads say what the server did?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from harness.target.capabilities import Capability
from reports.checks.base import EXAMPLES_MAX, Figures, check, no_evidence
from reports.evidence.evidence import Evidence
from reports.evidence.exchange.attempts import Attempts, attempts_of, matches
from reports.evidence.pages import records
from reports.verdict.verdict import Finding

Problem = Callable[[dict[str, Any], list[dict[str, Any]]], str | None]


@dataclass(frozen=True, slots=True)
class _Compared:
    """How many answers were compared with receipts, and what is wrong with them, in words."""

    count: int
    wrong: list[str]


def _statuses(evidence: Evidence) -> _Compared:
    def compare() -> _Compared:
        attempts = attempts_of(evidence.ledger)
        return _together(_of_pages(attempts, _status_problem), _of_load(attempts))

    return evidence.ledger.remembered("answers by status", compare)


def _counts(evidence: Evidence) -> _Compared:
    def compare() -> _Compared:
        attempts = attempts_of(evidence.ledger)
        return _together(_of_pages(attempts, _count_problem), _counts_of_load(attempts))

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
    names. Left out: answers that a fault at the gateway made itself, and attempts whose receipt
    does not name them (the server refused before it read the body).
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
        sum(part.count for part in parts), [words for part in parts for words in part.wrong]
    )


def _status_problem(row: dict[str, Any], mine: list[dict[str, Any]]) -> str | None:
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


def _count_problem(row: dict[str, Any], mine: list[dict[str, Any]]) -> str | None:
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


def _of_pages(attempts: Attempts, problem: Problem) -> _Compared:
    receipts, wrong, compared = attempts.receipts_by_batch(), list[str](), 0
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
            wrong.append(f"{attempts.name(batch, attempt)}: {found}")
    return _Compared(compared, wrong)


def _joined(attempts: Attempts) -> pd.DataFrame:
    """Return the load's answers beside every receipt of the same attempt: columns of the latter end
    in ``_done``."""
    load, receipts = attempts.load[attempts.load["status"] > 0], attempts.receipts
    here, there = matches(load, receipts)
    both = {name: load[name].to_numpy()[here] for name in ("batch", "attempt", "status")}
    both |= {"ids": load["ids"].to_numpy()[here], "inserted": load["inserted"].array[here]}
    for name in ("status", "inserted", "committed_ns"):
        both[f"{name}_done"] = receipts[name].array[there]
    frame = pd.DataFrame({**both, "answer": here}, copy=False)
    if attempts.made_up:
        own = [
            int(attempt) not in attempts.made_up.get(int(batch), {})
            for batch, attempt in zip(frame["batch"], frame["attempt"], strict=True)
        ]
        frame = frame[np.array(own, dtype=bool)]
    return frame


def _of_load(attempts: Attempts) -> _Compared:
    both = _joined(attempts)
    status, done = both["status"], both["status_done"]
    success = status // 100 == 2
    agrees = (status == done).fillna(True) & (success == both["committed_ns_done"].notna())
    return _disagreeing(attempts, both, agrees, "status")


def _counts_of_load(attempts: Attempts) -> _Compared:
    both = _joined(attempts)
    counted = (both["status"] // 100 == 2) & both["inserted"].notna()
    both = both[counted.to_numpy(dtype=bool)]
    agrees = (both["inserted"] == both["inserted_done"]).fillna(True)
    return _disagreeing(attempts, both, agrees, "inserted")


def _disagreeing(
    attempts: Attempts, both: pd.DataFrame, agrees: pd.Series, column: str
) -> _Compared:
    """Return the load's answers that agree with none of their receipts."""
    answers = both["answer"].to_numpy()
    good = np.unique(answers[agrees.to_numpy(dtype=bool)])
    count = len(np.unique(answers))
    if len(good) == count:
        return _Compared(count, [])
    bad = both[~np.isin(answers, good)].drop_duplicates("answer")
    words = [
        f"{attempts.name(row['batch'], row['attempt'])}: the client read {column} {row[column]}, "
        f"the receipt has {row[f'{column}_done']}"
        for row in records(bad.head(EXAMPLES_MAX))
    ]
    return _Compared(count, words + [words[-1]] * (len(bad) - len(words)))
