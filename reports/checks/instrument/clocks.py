"""Clocks: do the witnesses' times allow the order in which things can happen?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from harness.ledger.kinds.client import TabClosed, TabKilled, TabOpened
from harness.ledger.kinds.database import Final
from harness.ledger.kinds.network import Quiet, Unquiet
from harness.ledger.kinds.server import BatchReceipt
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import is_kind, of_kind, records
from reports.evidence.evidence import Evidence
from reports.evidence.exchange.attempts import (
    attempt_keys,
    attempts_of,
    by_its_own_clock_early,
    clock_error_ns,
    earliest,
    known,
    matches,
)
from reports.evidence.exchange.view_order import view_order
from reports.evidence.fates import KEY, keys_of
from reports.evidence.frame import LedgerFrames, exploded
from reports.evidence.pages import led_by_hand, may_lack_receipts
from reports.verdict.verdict import Finding

_SLACK_NS = 500_000_000
"""Between rows that one process writes one after the other: a busy machine may interrupt it."""

_BOTH_CLOCKS_NS = 100_000_000
"""Two clocks are read one after the other: half of a witness's rows are not held up for so long."""

Orders = tuple[int, list[str]]
"""How many pairs of times were compared, and in words those that no order of events explains."""


@check(
    always=True,
    instrument=True,
    applies=lambda evidence: _orders(evidence)[0] > 0,
)
def clocks_agree(evidence: Evidence) -> Finding:
    """No witness's times contradict another's: a request arrives after it was sent, and before it
    is committed and its answer is read, a row is seen after its request arrived, a view is shown
    while its tab is open, recorded after it was meant to be shown and seen after a page that
    journals had recorded it, the final read comes before the run is at rest, and the wall clock is
    as far from the monotonic one for each.

    Where they do, a clock or a witness is wrong, and what rests on times accuses the target for
    nothing. The clocks of generators on other machines are allowed their error.
    """
    compared, wrong = _orders(evidence)
    if not compared:
        return no_evidence("no two witnesses gave the times of one thing")
    figures = Figures(measured=len(wrong), target=0, n=compared)
    if wrong:
        return figures.undecided(f"a witness's clock is wrong: {'; '.join(wrong)}")
    return figures.passed(f"{compared} pairs of times are in order")


def _orders(evidence: Evidence) -> Orders:
    ledger = evidence.ledger

    def compare() -> Orders:
        parts = [_load(ledger), _pages(ledger), _table(evidence), _viewer(ledger), _end(ledger)]
        parts += [_views(ledger), _receipts(ledger), _both_clocks(ledger)]
        return sum(count for count, _ in parts), [one for _, wrong in parts for one in wrong]

    return ledger.remembered("orders of times", compare)


def _load(ledger: LedgerFrames) -> Orders:
    attempts, error_ns = attempts_of(ledger), clock_error_ns(ledger)
    load, receipts = attempts.load, attempts.receipts[attempts.receipts["received_ns"].notna()]
    here, there = matches(load, receipts)
    received_ns = receipts["received_ns"].to_numpy(dtype=np.int64)[there]
    early = int((received_ns < load["sent_ns"].to_numpy()[here] - error_ns).sum())
    answered = load[load["status"] > 0]
    first_ns, missing = earliest(receipts, "received_ns", attempt_keys(answered))
    late = int((~missing & (answered["heard_ns"].to_numpy() < first_ns - error_ns)).sum())
    wrong = [f"{early} of {len(here)} requests of the load arrived before they were sent"] * (
        early > 0
    )
    wrong += [f"{late} answers were read by the load before their request arrived"] * (late > 0)
    return len(here), wrong


def _pages(ledger: LedgerFrames) -> Orders:
    attempts = attempts_of(ledger)
    receipts, compared, early = attempts.receipts_by_batch(), 0, 0
    for row in records(attempts.pages):
        batch, attempt, status = int(row["batch"]), int(row["attempt"]), int(row["status"])
        mine = [one for one in receipts.get(batch, []) if one["attempt"] <= attempt]
        arrived = known(mine, "received_ns")
        if not arrived or attempts.may_be_made_up(batch, attempt, status):
            continue
        compared += 1
        early += (
            int(row["heard_ns"]) < min(arrived)
            and status not in attempts.unnamed
            and not by_its_own_clock_early(row, mine)
        )
    wrong = [f"{early} of {compared} answers were read by pages before their request arrived"]
    return compared, wrong * (early > 0)


def _table(evidence: Evidence) -> Orders:
    """Compare when polls first saw rows with when their requests arrived, where every request left
    a receipt."""
    ledger = evidence.ledger
    if may_lack_receipts(ledger) or not is_kind(ledger.server, BatchReceipt).any():
        return 0, []
    impressions = evidence.fates.impressions
    both = impressions["first_seen_ns"].notna() & impressions["committed_ns"].notna()
    # Polls may see a row just before the server has noted its commit: those few are looked at.
    seen = impressions[both & (impressions["first_seen_ns"] < impressions["committed_ns"])]
    if seen.empty:
        return int(both.sum()), []
    batches = of_kind(ledger.server, BatchReceipt)
    arrived = exploded(batches[[KEY[0], "artworks", "received_mono_ns"]])
    arrived = arrived[keys_of(arrived, KEY).isin(keys_of(seen, KEY))]
    first = pd.Series(arrived["received_mono_ns"].array).groupby(keys_of(arrived, KEY)).min()
    late = seen["first_seen_ns"].to_numpy(dtype=np.int64)
    early = int((late < first.reindex(keys_of(seen, KEY)).to_numpy(dtype=np.int64)).sum())
    wrong = [f"{early} of {int(both.sum())} rows were seen in the table before their request came"]
    return int(both.sum()), wrong * (early > 0)


def _viewer(ledger: LedgerFrames) -> Orders:
    """Compare what the viewer saw in a tab with when the harness opened and closed it."""
    if led_by_hand(ledger):
        return 0, []  # what a device shows is reported when it can be
    client, viewer = ledger.client, ledger.viewer
    opened = of_kind(client, TabOpened).groupby("tab", observed=True)["mono_ns"].min()
    closed = of_kind(client, TabClosed, TabKilled).groupby("tab", observed=True)["mono_ns"].max()
    shown = viewer.groupby("tab", observed=True)["mono_ns"].agg(["min", "max"])
    times = shown.join(opened.rename("opened")).join(closed.rename("closed"))
    before = int((times["min"] < times["opened"] - _SLACK_NS).sum())
    after = int((times["max"] > times["closed"] + _SLACK_NS).sum())
    compared = int(times["opened"].notna().sum())
    wrong = [f"{before} tabs were seen showing before they were opened"] * (before > 0)
    wrong += [f"{after} tabs were seen showing after they were closed"] * (after > 0)
    return compared, wrong


def _views(ledger: LedgerFrames) -> Orders:
    """Compare when views were meant to be shown, and seen on the screen, with when they were
    recorded or sent."""
    order = view_order(ledger)
    wrong = [
        f"{order.early} of {order.compared} views were recorded or sent before they were meant to "
        f"be shown, by up to {order.worst_ns / 1e6:.0f} ms"
    ] * (order.early > 0)
    wrong += [
        f"{order.unrecorded} views were on the screen before their page had recorded them, by up "
        f"to {order.soonest_ns / 1e6:.0f} ms"
    ] * (order.unrecorded > 0)
    return order.compared, wrong


def _receipts(ledger: LedgerFrames) -> Orders:
    """Compare when each request arrived with when it was committed, by its own receipt."""
    receipts = attempts_of(ledger).receipts
    both = receipts[receipts["received_ns"].notna() & receipts["committed_ns"].notna()]
    early = int((both["committed_ns"] < both["received_ns"]).sum())
    return len(both), [f"{early} receipts are committed before they arrived"] * (early > 0)


def _both_clocks(ledger: LedgerFrames) -> Orders:
    """Compare how far the wall clock is from the monotonic one by each witness's own rows, the
    receipts among them; generators on other machines have a clock of their own. It counts for no
    pair: it says nothing of the order of anything."""
    offsets = {
        name: float((frame["wall_ns"] - frame["mono_ns"]).median())
        for name, frame in (
            ("viewer", ledger.viewer),
            ("client", ledger.client),
            ("database", ledger.database),
            ("network", ledger.network),
        )
        if not frame.empty and not clock_error_ns(ledger)
    }
    server = ledger.server
    of_server = server["received_wall_ns"] - server["received_mono_ns"]
    if ledger.run.clock.same_host and of_server.notna().any():
        offsets["server"] = float(of_server.median())
    if len(offsets) < 2:
        return 0, []
    apart = max(offsets.values()) - min(offsets.values())
    middle = float(np.median(list(offsets.values())))
    odd = max(offsets, key=lambda name: abs(offsets[name] - middle))
    wrong = [f"the two clocks of the {odd} are {apart / 1e6:.0f} ms apart, others' are not"]
    return 0, wrong * (apart > _BOTH_CLOCKS_NS)


def _end(ledger: LedgerFrames) -> Orders:
    """Compare the last final read with the moment after it, at which the run was at rest."""
    rest = of_kind(ledger.network, Quiet, Unquiet)["mono_ns"]
    finals = of_kind(ledger.database, Final)["mono_ns"]
    if rest.empty or finals.empty:
        return 0, []
    late_s = (int(finals.max()) - int(rest.max())) / 1e9
    wrong = [f"the final read was {late_s:.1f} s after the run was at rest"]
    return 1, wrong * (late_s * 1e9 > _SLACK_NS)
