"""Answers against later attempts: what was answered for good is not sent again."""

from __future__ import annotations

from typing import Any

import pandas as pd

from harness.ledger.kinds import CLIENT
from harness.ledger.kinds.client import Adopted, Attempt, MemoryMode, RecorderEvent
from harness.target.capabilities import Capability
from reports.checks.base import EXAMPLES_MAX, Figures, check, no_evidence
from reports.core.kinds import is_a, is_kind, of_kind, records
from reports.evidence.evidence import Evidence
from reports.evidence.pages import SETTLED, attempts, ids_of, pages
from reports.verdict.verdict import Finding

FORGETS_S = 2.0
"""A living page has removed an answered batch from its disk by then."""


@check(
    needs={Capability.PAGE_EVENTS, Capability.BATCH_IDENTITY},
    always=True,
    applies=lambda evidence: bool(is_kind(evidence.ledger.client, *SETTLED).any()),
    rests_on={CLIENT.name},
)
def settled_not_sent_again(evidence: Evidence) -> Finding:
    """No batch that was acknowledged, or refused for good, is sent again.

    Not by the page that read the answer, by the order of its own clock, unless it took the batch
    over from another page since. Nor by a page that takes over its queue later, if the first one
    lived on for ``FORGETS_S`` after the answer, with its storage at work: it had time to remove the
    batch, unless another page had taken it over before that (out of the back/forward cache a page
    may read the answer to what its heir has by now).
    """
    client = evidence.ledger.client
    settled = of_kind(client, *SETTLED)
    figures = Figures(target=0, unit="attempts", n=len(settled))
    if settled.empty:
        return no_evidence("no page read an answer for good")
    done, again = _by_the_same_page(client)
    again += _by_an_heir(client, done)
    summary = f"{len(again)} attempts repeat a batch that was answered for good"
    if again:
        return figures.failed(summary, examples=again[:EXAMPLES_MAX])
    return figures.passed(f"none of {len(settled)} batches was sent again after its answer")


def _by_the_same_page(client: pd.DataFrame) -> tuple[dict[str, tuple[str, int]], list[str]]:
    """Return batch → the page that was done with it to its end, and the moment of its answer (ns);
    and the attempts of pages that had read the batch's answer, in words."""
    finished: dict[str, tuple[str, int]] = {}
    again = list[str]()
    for tab, rows in pages(client):
        done: dict[str, tuple[set[str], int]] = {}
        for row in records(rows):
            batch = str(row["batch"])
            if is_a(row, *SETTLED):
                done[batch] = {*ids_of(row)}, int(row["mono_ns"])
            elif is_a(row, Adopted):  # another page had the same batch, and left it
                back = {*ids_of(row)}
                done = {name: kept for name, kept in done.items() if not kept[0] & back}
            elif is_a(row, Attempt) and batch in done:
                again.append(_words(tab, row))
        finished |= {name: (tab, at_ns) for name, (_, at_ns) in done.items()}
    return finished, again


def _by_an_heir(client: pd.DataFrame, answered: dict[str, tuple[str, int]]) -> list[str]:
    """Return the attempts of pages that took over a batch long after its answer, in words.

    ``answered`` holds the pages that were done with their batches, and since when.
    """
    events = of_kind(client, RecorderEvent)
    last_ns = events.groupby("tab")["mono_ns"].max().to_dict()
    without_storage = set(of_kind(client, MemoryMode)["tab"])
    adopted: dict[tuple[str, str], int] = {}
    first: dict[str, int] = {}
    for row in records(of_kind(client, Adopted).sort_values("mono_ns")):
        heir = str(row["tab"])
        for artwork in ids_of(row):
            adopted.setdefault((heir, artwork), int(row["mono_ns"]))
            first.setdefault(artwork, int(row["mono_ns"]))
    again = []
    for row in records(attempts(client).dropna(subset=["tab", "batch"])):
        heir, batch = str(row["tab"]), str(row["batch"])
        owner, answer_ns = answered.get(batch, (heir, 0))
        if owner == heir or owner in without_storage:
            continue
        forgot_ns = answer_ns + FORGETS_S * 1e9
        taken_ns = min((adopted.get((heir, one), 0) for one in ids_of(row)), default=0)
        left_ns = min((first.get(one, answer_ns) for one in ids_of(row)), default=answer_ns)
        was_its_own = left_ns >= answer_ns
        if was_its_own and taken_ns > forgot_ns and last_ns.get(owner, 0) > forgot_ns:
            again.append(_words(heir, row))
    return again


def _words(tab: str, row: dict[str, Any]) -> str:
    return f"batch {str(row['batch'])[:12]} attempt {row['attempt']} by tab {tab[:8]}"
