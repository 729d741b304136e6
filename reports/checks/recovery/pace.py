"""The pace of retries, in every run that has some: each comes when the recorder's plan says."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from harness.core.lazy import LazyModule
from harness.ledger.kinds import CLIENT
from harness.ledger.kinds.client import (
    Acknowledged,
    Adopted,
    Attempt,
    BatchRefused,
    BeaconQueued,
    FlushAsked,
    Held,
    PageHide,
    PageShow,
    RetryScheduled,
    TabOpened,
    VisibilityChanged,
)
from harness.target.capabilities import Capability
from reports.checks.base import EXAMPLES_MAX, Figures, check, no_evidence
from reports.core.kinds import decoded, is_a, is_kind, of_kind, payloads, records
from reports.evidence.evidence import Evidence
from reports.evidence.pages import Sight, ms_of, pages, reason_of
from reports.verdict.verdict import Finding

if TYPE_CHECKING:
    from scipy import special
else:
    special = LazyModule("scipy.special")

_EARLY_MS = 20.0
_LATE_MS, _LATE_SHARE = 15_000.0, 0.1
"""How late a timer may be: it judges every run, twenty tabs on a busy machine too."""
_IN_A_ROW_MAX = 8
"""A recorder falls back from one transport to the next at once: three as a page leaves, three in
the next flush."""
_STRANGE = 1e-6
_DOUBLINGS_MAX = 60


@dataclass(slots=True)
class _Pace:
    """What the retries of a run were like."""

    retries: int = 0
    failures: int = 0
    """Of the page that is judged, since it was last online: as many as its recorder counts, or
    more."""
    in_a_row: int = 0
    """The same since its last success: as many as its recorder counts, or fewer."""
    wrong: list[str] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    """Of waits that are drawn: the share of the plan's shortest whole wait, at most 1."""


def _paced(evidence: Evidence) -> _Pace:
    """Return the retries that can be judged: a flush for a network that returned is none."""

    def judge() -> _Pace:
        pace = _Pace()
        for plan, asked, rows in _planned_pages(evidence):
            _judge_page(plan, asked, rows, pace)
        return pace

    return evidence.ledger.remembered("retries by their plan", judge)


@check(
    needs={Capability.PAGE_EVENTS},
    always=True,
    applies=lambda evidence: bool(_paced(evidence).retries or _paced(evidence).wrong),
    rests_on={CLIENT.name},
)
def retries_paced(evidence: Evidence) -> Finding:
    """Each retry of a page waited as the plan of its recorder says, and none came without a plan.

    The plan is that of the page's options: after the nth failure in a row base·2ⁿ, up to a cap, or
    a share of it where waits are drawn by chance. The attempt follows no
    earlier than was announced, and no later but for a busy machine's timer. Waits that a server may
    have asked for (its answer was a status) have no bound but the announced one. Not judged: the
    attempt after a page hid, left, came back or was asked to flush, and pages whose options are not
    known.
    """
    pace = _paced(evidence)
    figures = Figures(measured=len(pace.wrong), target=0, unit="retries", n=pace.retries)
    if not pace.retries and not pace.wrong:
        return no_evidence("no page with a known plan tried again")
    if pace.wrong:
        return figures.failed(
            f"{len(pace.wrong)} retries were not as planned: {pace.wrong[0]}",
            examples=pace.wrong[:EXAMPLES_MAX],
        )
    short = sum(-math.log(max(share, 1e-9)) for share in pace.shares)
    if pace.shares and special.gammaincc(len(pace.shares), short) < _STRANGE:
        return figures.failed("the waits are too short to be drawn from the whole of the plan")
    return figures.passed(f"{pace.retries} retries came as planned")


def _planned_pages(evidence: Evidence) -> Iterator[tuple[TabOpened, bool, pd.DataFrame]]:
    """Yield the pages that planned a retry, with their plan and whether they were asked to flush.

    A page that was reloaded has the plan of all pages, where these have one in common.
    """
    client = evidence.ledger.client
    planned = of_kind(client, RetryScheduled)
    if planned.empty:
        return
    opened = [one for one in payloads(client, TabOpened) if one.retry_base_ms is not None]
    by_tab = {one.tab: one for one in opened}
    plans = {
        (one.retry_base_ms, one.retry_cap_ms, one.retry_is_drawn, one.retry_is_linear)
        for one in opened
    }
    restored = any(one.restored for one in payloads(client, TabOpened))
    common = opened[0] if len(plans) == 1 and not restored else None
    for tab, rows in pages(client[client["tab"].isin(planned["tab"].unique())]):
        plan = by_tab.get(tab, common)
        if plan is not None:
            yield plan, bool(is_kind(rows, FlushAsked).any()), rows


def _judge_page(plan: TabOpened, asked: bool, rows: pd.DataFrame, pace: _Pace) -> None:
    """Add what one page's retries were like."""
    sight = Sight(rows)
    waiting, planned, attempts = (math.nan, math.nan), "", dict[str, int]()
    pace.failures = pace.in_a_row = 0
    for row in records(rows):
        sight.take(row)
        if is_a(row, RetryScheduled):
            attempts.clear()
            online = "online" in reason_of(row)
            pace.failures = 0 if online else pace.failures + 1
            pace.in_a_row = 0 if online else pace.in_a_row + 1
            event = decoded(row, RetryScheduled)
            delay_ms = math.nan if event.delay_ms is None else event.delay_ms
            waiting = (math.nan if online or not sight.visible else ms_of(row), delay_ms)
            planned = str(row["batch"])
            if not online:
                pace.retries += 1
                _judge_plan(plan, row, delay_ms, pace)
        elif is_a(row, VisibilityChanged, PageHide, PageShow, Adopted):
            attempts.clear()
            waiting = (math.nan, math.nan)
        elif is_a(row, Attempt):
            batch = str(row["batch"])
            attempts[batch] = attempts.get(batch, 0) + 1
            if attempts[batch] == _IN_A_ROW_MAX + 1 and not asked:
                pace.wrong.append(f"{_IN_A_ROW_MAX + 1} attempts without a wait between them")
            _judge_wait(waiting, ms_of(row), pace, may_be_early=asked, is_its=batch == planned)
            waiting = (math.nan, math.nan)
        elif is_a(row, Acknowledged, BatchRefused, Held, BeaconQueued):
            attempts.clear()
            pace.in_a_row = 0


def _judge_plan(plan: TabOpened, row: dict[str, Any], delay_ms: float, pace: _Pace) -> None:
    """Judge the wait that a page announced."""
    if math.isnan(delay_ms) or not pd.isna(row["status"]):
        return
    whole_ms, most_ms = (_whole_ms(plan, count) for count in (pace.in_a_row, pace.failures))
    least_ms = 0.0 if plan.retry_is_drawn else whole_ms
    if not least_ms - _EARLY_MS <= delay_ms <= most_ms + _EARLY_MS:
        pace.wrong.append(
            f"a wait of {delay_ms / 1000:.2f} s was planned, not of {least_ms / 1000:g} to "
            f"{most_ms / 1000:g} s"
        )
    elif plan.retry_is_drawn and whole_ms:
        pace.shares.append(min(1.0, delay_ms / whole_ms))


def _whole_ms(plan: TabOpened, failures: int) -> float:
    """Return the plan's wait after the nth failure in a row, ms."""
    cap_ms = math.inf if plan.retry_cap_ms is None else plan.retry_cap_ms
    if plan.retry_is_linear:
        return min(cap_ms, (plan.retry_base_ms or 0.0) * failures)
    return min(cap_ms, (plan.retry_base_ms or 0.0) * 2.0 ** min(failures - 1, _DOUBLINGS_MAX))


def _judge_wait(
    waiting: tuple[float, float],
    attempt_ms: float,
    pace: _Pace,
    *,
    may_be_early: bool,
    is_its: bool,
) -> None:
    """Judge when an attempt came: ``waiting`` is when a retry was planned, and its wait, ms.

    Of another batch than the planned one (``is_its``) it may come late: the planned one may be
    settled, or another tab's by now.
    """
    since_ms, delay_ms = waiting
    waited_ms = attempt_ms - since_ms
    if math.isnan(waited_ms) or math.isnan(delay_ms):
        return
    is_early = waited_ms < delay_ms - _EARLY_MS and not may_be_early
    is_late = waited_ms > delay_ms * (1 + _LATE_SHARE) + _LATE_MS and is_its
    if is_early or is_late:
        pace.wrong.append(
            f"tried again after {waited_ms / 1000:.2f} s, not after {delay_ms / 1000:.2f} s"
        )
