"""Batches: does what arrived say what was sent, and does a batch stay what it was?"""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd

from harness.ledger.kinds import CLIENT, NETWORK, SERVER
from harness.ledger.kinds.client import PageShow, Recorded
from harness.ledger.kinds.server import BatchReceipt
from harness.target.capabilities import Capability
from reports.checks.base import EXAMPLES_MAX, Figures, check, no_evidence
from reports.core.kinds import of_kind, records
from reports.core.types import Flags, Ints
from reports.evidence.evidence import Evidence
from reports.evidence.exchange.attempts import Attempts, attempts_of, matches
from reports.evidence.exchange.disturbances import has_heirs
from reports.evidence.frame import LedgerFrames
from reports.evidence.pages import heirs, ids_of, reason_of
from reports.verdict.verdict import Finding

_NEEDS = {Capability.RECEIPTS, Capability.BATCH_IDENTITY}


@check(
    needs=_NEEDS,
    always=True,
    applies=lambda evidence: _comparable(attempts_of(evidence.ledger)),
)
def batches_as_sent(evidence: Evidence) -> Finding:
    """The server received the ids that its client sent in the same attempt, over the transport that
    its page names, and committed them for the user for whom they were sent."""
    attempts = attempts_of(evidence.ledger)
    compared, altered, misplaced = 0, list[str](), list[str]()
    for sent in (attempts.handed, attempts.load):
        count, other, wrong = _against_sent(attempts, sent)
        compared, altered, misplaced = compared + count, altered + other, misplaced + wrong
    if not compared:
        return no_evidence("no receipt is of an attempt that a client reported")
    bad = [*misplaced, *altered]
    figures = Figures(measured=len(bad), target=0, unit="requests", n=compared)
    if bad:
        return figures.failed(
            f"of {compared} requests {len(altered)} arrived with other ids or another way than "
            f"they were sent, and {len(misplaced)} were committed for another user",
            examples=bad,
        )
    return figures.passed(f"{compared} requests arrived as they were sent")


def _comparable(attempts: Attempts) -> bool:
    """Return whether a receipt is of an attempt that a client reported."""
    both = (attempts.handed, attempts.load)
    return any(len(matches(sent, attempts.receipts)[0]) for sent in both if len(sent))


def _against_sent(attempts: Attempts, sent: pd.DataFrame) -> tuple[int, list[str], list[str]]:
    """Return how many receipts were compared, and those that agree with nothing that was sent: with
    other ids or over another transport, and committed for another user."""
    receipts = attempts.receipts
    here, there = matches(receipts, sent)
    if not len(here):
        return 0, [], []
    content, who = receipts["content"].to_numpy(), receipts["who"].to_numpy()
    stored = receipts["committed_ns"].notna().to_numpy(dtype=bool)
    same_ids = content[here] == sent["content"].to_numpy()[there]
    same_way = _same_way(receipts, here, sent, there)
    same_user = (who[here] == sent["who"].to_numpy()[there]) | ~stored[here]
    known = np.zeros(len(receipts), dtype=bool)
    known[here] = True

    def unlike(holds: Flags) -> Flags:
        return known & ~_any(here, holds, len(receipts))

    return (
        int(known.sum()),
        [
            *_named(attempts, unlike(same_ids), "arrived with other ids"),
            *_named(attempts, unlike(same_way), "came another way"),
        ],
        _named(attempts, unlike(same_user), "stored for another user"),
    )


def _same_way(receipts: pd.DataFrame, here: Ints, sent: pd.DataFrame, there: Ints) -> Flags:
    """Return for each pair of rows whether they name one transport, or one of them names none."""
    if "transport" not in sent:
        return np.ones(len(here), dtype=bool)
    came, went = receipts["transport"].array[here], sent["transport"].array[there]
    pairs = zip(came, went, strict=True)
    return np.array([pd.isna(a) or pd.isna(b) or a == b for a, b in pairs], dtype=bool)


def _any(here: np.ndarray, holds: Flags, count: int) -> Flags:
    found = np.zeros(count, dtype=bool)
    found[here[holds]] = True
    return found


def _named(attempts: Attempts, bad: Flags, words: str) -> list[str]:
    rows = attempts.receipts[bad]
    first = [
        f"{attempts.name(row['batch'], row['attempt'])} {words}"
        for row in records(rows.head(EXAMPLES_MAX))
    ]
    return first + first[-1:] * (len(rows) - len(first))


@check(
    needs=_NEEDS,
    always=True,
    applies=lambda evidence: not attempts_of(evidence.ledger).receipts.empty,
    rests_on={CLIENT.name, SERVER.name, NETWORK.name},
)
def batches_keep_content(evidence: Evidence) -> Finding:
    """A batch is one tab's, one user's and always the same ids, however often it is sent.

    A tab that adopted it sends it in the name of the tab that showed its artworks. The heir may
    find fewer ids on disk than the page had already sent: then one set of ids holds the other. Two
    pages that are no heirs never send the same batch, and no page sends the same attempt twice.
    Receipts that were refused do not show whose a batch is: another user may be signed in by then.
    """
    attempts = attempts_of(evidence.ledger)
    if attempts.receipts.empty:
        return no_evidence("no receipt names a batch")
    found = [*_changed(evidence.ledger, attempts), *_shared(evidence.ledger, attempts)]
    batches, wrong = {batch for batch, _ in found}, [words for _, words in found]
    # A page may have sent a batch of which there is no receipt.
    count = len(batches | set(attempts.names[attempts.receipts["batch"].unique()]))
    figures = Figures(measured=len(batches), target=0, unit="batches", n=count)
    if wrong:
        return figures.failed(
            f"{len(batches)} of {count} batches changed or had two senders: {wrong[0]}",
            examples=wrong,
        )
    return figures.passed(f"each of {count} batches kept its ids, its tab and its user")


def _changed(ledger: LedgerFrames, attempts: Attempts) -> list[tuple[str, str]]:
    """Return the batches whose receipts differ in their user, their tab or their ids, each with
    what differs."""
    receipts = attempts.receipts
    again = receipts[receipts["batch"].duplicated(keep=False)]
    differs = again.groupby("batch")[["who", "content"]].nunique().max(axis=1) > 1
    tabs = again.dropna(subset="tab").groupby("batch", observed=True)["tab"].nunique() > 1
    wrong = []
    for batch in sorted({*differs.index[differs], *tabs.index[tabs]}):
        rows = again[again["batch"] == batch]
        stored = rows[rows["committed_ns"].notna()]
        name = attempts.names[batch]
        differences = []
        if stored["who"].nunique() > 1:
            differences.append(f"was stored for {stored['who'].nunique()} users")
        if rows["tab"].dropna().nunique() > 1:
            differences.append(f"names {rows['tab'].dropna().nunique()} tabs")
        if rows["content"].nunique() > 1 and not _may_differ(ledger, rows):
            differences.append(f"had {rows['content'].nunique()} different sets of ids")
        wrong += [(name, f"batch {name} {words}") for words in differences]
    return wrong


def _may_differ(ledger: LedgerFrames, rows: pd.DataFrame) -> bool:
    """Return whether an heir explains that a batch had different ids: one set holds the other."""
    sets = [set(ids_of(row)) for row in records(ledger.server.iloc[rows["place"]])]
    sets.sort(key=len)
    return has_heirs(ledger) and all(a <= b for a, b in itertools.pairwise(sets))


def _shared(ledger: LedgerFrames, attempts: Attempts) -> list[tuple[str, str]]:
    """Return the batches that two pages sent though neither was an heir, or one attempt twice, each
    with what happened."""
    handed = attempts.handed.dropna(subset=["tab"])
    may_send, wrong = heirs(ledger.client), []
    senders = handed.groupby("batch")["tab"].unique()
    senders = senders[senders.map(len) > 1]
    for name, tabs in zip(attempts.names[senders.index], senders, strict=True):
        strangers = [tab for tab in tabs if tab not in may_send]
        if len(strangers) > 1:
            wrong.append((name, f"batch {name} was sent by {len(strangers)} tabs"))
    once = handed.drop_duplicates(["batch", "attempt", "tab", "page_ns"])
    for row in records(once[once.duplicated(["batch", "attempt", "tab"])]):
        attempt = attempts.name(row["batch"], row["attempt"])
        wrong.append((attempts.names[row["batch"]], f"{attempt} was sent twice by its page"))
    return wrong


@check(
    needs={*_NEEDS, Capability.PAGE_EVENTS},
    always=True,
    applies=lambda evidence: _stored(evidence.ledger)[0] > 0,
)
def batches_named(evidence: Evidence) -> Finding:
    """What a page recorded is stored in a batch of that page: a batch keeps its id however often it
    is sent, or the server cannot know it again.

    Judged are stored batches of which the page recorded every id, and that no page ever named.
    """
    count, unnamed = _stored(evidence.ledger)
    if not count:
        return no_evidence("no stored batch holds what a page reported as recorded")
    figures = Figures(measured=len(unnamed), target=0, unit="batches", n=count)
    if unnamed:
        return figures.failed(
            f"{len(unnamed)} of {count} batches were stored under ids that no page names",
            examples=[f"batch {name}" for name in unnamed[:EXAMPLES_MAX]],
        )
    return figures.passed(f"each of {count} batches has an id that a page names")


def _stored(ledger: LedgerFrames) -> tuple[int, list[str]]:
    """Return how many stored batches hold only what their page recorded, and those without name."""
    return ledger.remembered("named batches", lambda: _unnamed(ledger))


def _unnamed(ledger: LedgerFrames) -> tuple[int, list[str]]:
    client = ledger.client
    recorded = of_kind(client, Recorded)
    if recorded.empty:
        return 0, []
    known = set(client["batch"].dropna())
    # A page that comes out of the cache may put what was not yet written into another batch.
    shows = of_kind(client, PageShow)
    revived = {str(row["tab"]) for row in records(shows) if "persisted=true" in reason_of(row)}
    views: dict[str, set[str]] = {}
    for row in records(recorded):
        views.setdefault(str(row["tab"]), set()).update(ids_of(row))
    receipts = of_kind(ledger.server, BatchReceipt)
    receipts = receipts[receipts["committed_mono_ns"].notna()]
    count, unnamed = 0, list[str]()
    for row in records(receipts[receipts["tab"].isin(list(views.keys() - revived))]):
        ids = set(ids_of(row))
        if pd.isna(row["batch"]) or not ids or not ids <= views[str(row["tab"])]:
            continue
        count += 1
        if row["batch"] not in known:
            unnamed.append(str(row["batch"]))
    return count, sorted(set(unnamed))
