"""Numbers of batches and attempts: does the server see a page count 1, 2, 3?"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from harness.ledger.kinds import CLIENT, SERVER
from harness.ledger.kinds.client import Attempt, Recorded
from harness.ledger.kinds.server import BatchReceipt
from harness.target.capabilities import Capability
from reports.checks.base import EXAMPLES_MAX, Figures, check, no_evidence
from reports.core.kinds import is_a, of_kind
from reports.evidence.evidence import Evidence
from reports.evidence.frame import LedgerFrames
from reports.evidence.reported.numbered import is_numbered
from reports.evidence.reported.sightings import sightings
from reports.evidence.reported.stories import own_attempts, page_stories
from reports.verdict.verdict import Finding

_FIRST = (0, 1)
"""What a tab may number its first batch."""


@check(
    needs={Capability.RECEIPTS, Capability.BATCH_IDENTITY},
    always=True,
    applies=lambda evidence: bool(_numbers(evidence.ledger)),
    rests_on={CLIENT.name, SERVER.name},
)
def batches_numbered(evidence: Evidence) -> Finding:
    """A batch has one number, no other batch of its tab has it, and a page's batches are numbered
    one by one in the order in which it recorded their first ids, from 0 or 1. Attempts of a batch
    that only its own page sent are numbered 1, 2, 3 and so on; an heir goes on counting, so that
    no two pages send a batch as attempt 1.

    Judged are numbers that the server received from pages that number their events: their whole
    story is known. Left out of the order: pages out of the back/forward cache, which may put ids
    into a new batch that they had recorded into another.
    """
    ledger = evidence.ledger
    numbers = _numbers(ledger)
    if not numbers:
        return no_evidence("no receipt numbers a batch")
    wrong = [*_ambiguous(numbers), *_out_of_order(ledger, numbers)]
    wrong += [*_misnumbered(ledger), *_counted_anew(ledger)]
    figures = Figures(measured=len(wrong), target=0, unit="batches", n=len(numbers))
    if wrong:
        return figures.failed(
            f"{len(wrong)} of {len(numbers)} batches or their attempts are numbered wrongly: "
            f"{wrong[0]}",
            examples=wrong[:EXAMPLES_MAX],
        )
    return figures.passed(f"{len(numbers)} batches and their attempts are numbered in their order")


Batch = tuple[str, str]
"""A tab and its batch."""


def _numbers(ledger: LedgerFrames) -> dict[Batch, set[int]]:
    """Return tab and batch → the numbers that receipts give it."""

    def find() -> dict[Batch, set[int]]:
        known = {story.tab for story in page_stories(ledger) if story.numbered}
        rows = of_kind(ledger.server, BatchReceipt)[["tab", "batch", "seq"]].dropna()
        rows = rows[rows["tab"].isin(list(known))]
        found: dict[Batch, set[int]] = defaultdict(set)
        for tab, batch, number in zip(rows["tab"], rows["batch"], rows["seq"], strict=True):
            found[str(tab), str(batch)].add(int(number))
        return dict(found)

    return ledger.remembered("numbers of batches", find)


def _ambiguous(numbers: dict[Batch, set[int]]) -> list[str]:
    """Return the batches that have several numbers, or another's."""
    owners: dict[tuple[str, int], set[str]] = defaultdict(set)
    for (tab, batch), own in numbers.items():
        for number in own:
            owners[tab, number].add(batch)
    several = [
        f"batch {batch} has the numbers {', '.join(map(str, sorted(own)))}"
        for (_, batch), own in numbers.items()
        if len(own) > 1
    ]
    shared = [
        f"{len(batches)} batches of tab {tab[:8]} have the number {number}"
        for (tab, number), batches in owners.items()
        if len(batches) > 1
    ]
    return [*several, *shared]


def _out_of_order(ledger: LedgerFrames, numbers: dict[Batch, set[int]]) -> list[str]:
    """Return the pages whose batches are numbered in another order than they were begun."""
    wrong = []
    for story in page_stories(ledger):
        begun: dict[Any, None] = {}
        for row in story.rows:
            if is_a(row, Recorded) and row["batch"] is not None:
                begun.setdefault(str(row["batch"]))
        offsets = {
            next(iter(numbers[story.tab, batch])) - place
            for place, batch in enumerate(begun)
            if len(numbers.get((story.tab, batch), ())) == 1
        }
        if (
            story.numbered
            and not story.revived
            and offsets
            and (len(offsets) > 1 or not offsets <= {*_FIRST})
        ):
            wrong.append(f"batches of tab {story.tab[:8]} are not numbered as it began them")
    return wrong


def _misnumbered(ledger: LedgerFrames) -> list[str]:
    """Return the batches whose attempts their page numbers otherwise, and others saw so."""
    others = sightings(ledger)
    return [
        f"batch {batch} was sent as attempt {', '.join(map(str, numbers))}"
        for story in page_stories(ledger)
        if story.numbered
        for batch, numbers in own_attempts(story, others).items()
        if not is_numbered(numbers) and all(others.of(batch, number) for number in numbers)
    ]


def _counted_anew(ledger: LedgerFrames) -> list[str]:
    """Return the batches that several pages sent as attempt 1, as often as others saw it.

    An heir may not know of the last attempts of a page that died: it leaves numbers out, or uses
    one again. That there was a first one, it knows of every batch that it finds.
    """
    others = sightings(ledger)
    first: dict[str, set[str]] = defaultdict(set)
    for story in page_stories(ledger):
        if story.numbered and not story.revived:
            for row in story.rows:
                if is_a(row, Attempt) and row["attempt"] == 1:
                    first[str(row["batch"])].add(story.tab)
    return [
        f"batch {batch} was sent as attempt 1 by {len(tabs)} pages"
        for batch, tabs in first.items()
        if 1 < len(tabs) <= len(others.of(batch, 1))
    ]
