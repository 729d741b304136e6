"""Generators: healthy, complete, and the planned load offered.

These checks judge the harness: where it was out of bounds they decide nothing, and they never fail.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from harness.ledger.kinds.network import WorkerLag, WorkerLost
from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import payloads
from reports.evidence.columnar import chosen
from reports.evidence.evidence import Evidence
from reports.evidence.exchange.unsent import counted_otherwise, load_views
from reports.evidence.fates import names_of
from reports.evidence.generators import (
    capped,
    generator_rows,
    generator_trouble,
    lag_ms,
    last_reported,
)
from reports.evidence.requests import new_row_share_of
from reports.verdict.verdict import Finding

_NAMED = 4
SILENT_S_MAX = 5.0
"""A generator reports once a second; one that was silent for so long was lost."""


@check(instrument=True)
def generator_healthy(evidence: Evidence) -> Finding:
    """The generators were punctual, their loops ran, they had CPU, sockets and room to send.

    Bounds (``reports.evidence.generators``): schedule lag p99 20 ms; the heartbeat's
    p99 20 ms and 90 % of a core, in 95 % of the seconds; no connection without a port or a
    descriptor of its own; no refusal by the in-flight cap while the target answers promptly;
    clocks known to 5 ms.
    """
    load, rows = evidence.ledger.load, generator_rows(evidence.ledger)
    if load.empty:
        return no_evidence("no request was recorded")
    p99 = float(np.quantile(lag_ms(load), 0.99))
    figures = Figures(measured=p99, target=20, unit="ms", n=len(rows))
    if rows.empty or "loop_delay_ms_p99" not in rows:
        return figures.undecided("the generators reported nothing of themselves")
    if trouble := generator_trouble(evidence.ledger):
        return figures.undecided("; ".join(trouble))
    refused = int(capped(load).sum())
    aside = f"; {refused} requests refused by the in-flight cap, the target being slow"
    return figures.passed(
        f"{rows['process'].nunique()} generators: schedule lag p99 {p99:.1f} ms, loop delay p99 "
        f"{float(rows['loop_delay_ms_p99'].median()):.1f} ms in the median second, "
        f"{100 * float(rows['cpu_share'].mean()):.0f} % of a core each"
        f"{aside if refused else ''}"
    )


@check(instrument=True)
def workers_whole(evidence: Evidence, *, workers: float = 1) -> Finding:
    """All ``workers`` generators worked from the first request to the last, and none was behind."""
    ledger = evidence.ledger
    rows, load, network = generator_rows(ledger), ledger.load, ledger.network
    seen = int(rows["process"].nunique())
    figures = Figures(measured=seen, target=workers, unit="workers", n=len(rows))
    if load.empty or rows.empty:
        return figures.undecided("no generator reported")
    wrong = [] if seen == workers else [f"{seen} of {workers:.0f} generators reported"]
    for kind, words in ((WorkerLost, "was lost"), (WorkerLag, "fell behind")):
        events = dict.fromkeys(one.what for one in payloads(network, kind))
        wrong += [f"a worker {words}: {what}" for what in list(events)[:_NAMED]]
    last_ns = int(load["sent_ns"].max())
    for worker, mono_ns in rows.groupby("process", observed=True)["mono_ns"]:
        silent_s = (last_ns - int(mono_ns.max())) / 1e9
        if silent_s > SILENT_S_MAX:
            wrong.append(f"{worker} was silent for the last {silent_s:.0f} s of the load")
    if wrong:
        return figures.undecided("; ".join(wrong))
    return figures.passed(f"{seen} generators worked to the end")


@check(
    always=True,
    instrument=True,
    applies=lambda evidence: load_views(evidence.ledger).count > 0,
)
def load_sent(evidence: Evidence) -> Finding:
    """The generators sent every view that they showed, what they never sent being no loss of the
    target's and without a fate; and their requests are as many as they count themselves."""
    views = load_views(evidence.ledger)
    unsent = int(views.unsent.sum())
    figures = Figures(measured=unsent, target=0, unit="views", n=views.count)
    if not views.count:
        return no_evidence("no load was shown")
    if miscounted := counted_otherwise(evidence.ledger):
        return figures.undecided(miscounted)
    if unsent:
        refused = f"; its in-flight cap refused {views.refused} requests" if views.refused else ""
        return figures.undecided(
            f"the load generator never sent {unsent} of {views.count} views that it showed"
            f"{refused}",
            examples=names_of(views.shown[views.unsent]),
        )
    return figures.passed(f"all {views.count} views of the load were sent")


@check(instrument=True)
def offered_rate(evidence: Evidence, *, slots: float = 0, minimum: float = 0.999) -> Finding:
    """At least the share ``minimum`` of the planned requests was sent, late ones included.

    ``slots`` is how many were planned; 0: as many as the generators report as due. A request that
    the in-flight cap refused was not sent.
    """
    load, rows = evidence.ledger.load, generator_rows(evidence.ledger)
    due = int(slots) or last_reported(rows, "scheduled")
    first = chosen(load, load["attempt"] == 1)
    sent = int((~capped(first)).sum())
    figures = Figures(target=minimum, unit="share", n=due)
    if due == 0 or first.empty:
        return figures.undecided("the number of due requests is not known, or nothing was sent")
    share = sent / due
    figures = replace(figures, measured=share)
    span_s = float(first["scheduled_ns"].max() - first["scheduled_ns"].min()) / 1e9
    rate = f", {sent / span_s:,.1f} a second over {span_s:.0f} s" if span_s else ""
    sentence = f"{sent:,} of {due:,} requests were sent ({100 * share:.2f} %){rate}"
    if share < minimum or share > 1:
        return figures.undecided(f"the load was not the one planned: {sentence}")
    return figures.passed(sentence)


@check(needs={Capability.ANSWER_COUNTS}, instrument=True)
def new_row_share(evidence: Evidence, *, minimum: float) -> Finding:
    """At least the share ``minimum`` of the acknowledged ids were new rows: the costly path.

    A batch of duplicates writes nothing; its latency says nothing about real impressions.
    """
    share, ids = new_row_share_of(evidence.ledger)
    figures = Figures(measured=share, target=minimum, unit="share", n=ids)
    if not ids:
        return replace(figures, measured=None).undecided("no answer counts the new rows")
    sentence = f"{100 * share:.2f} % of {ids:,} acknowledged ids were new rows"
    if share < minimum:
        return figures.undecided(f"the cheap path was measured: {sentence}")
    return figures.passed(sentence)
