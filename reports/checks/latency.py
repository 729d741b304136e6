"""Was the target fast enough, and did its clients get through?

Latency counts from the scheduled moment: a generator that falls behind makes the target look
slower, never faster. A request without an answer is slower than any limit.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from harness.observations import Outcome
from reports.checks.base import Evidence, failed, passed, undecided
from reports.statistics import Decision, Share, decide_share_below, quantile_interval
from reports.verdict import Finding

P95_SHARE = 0.05
GENERATOR_LAG_P99_MS_MAX = 20.0
"""A healthy generator lags by a millisecond or two; above this its machine is starved."""


def latency_p95(evidence: Evidence, *, limit_ms: float) -> Finding:
    """The 95th percentile of the batch request's response time is below the limit.

    When the limit is missed and the generator itself was late (lag p99 above
    ``GENERATOR_LAG_P99_MS_MAX``), who is to blame is not known: unknown, and the finding says so.
    """
    name = "latency_p95"
    load = evidence.ledger.load
    if load.empty:
        return undecided(name, "no request was recorded", n=0)
    times_ms = response_ms(load)
    at_s = evidence.ledger.seconds(load["scheduled_ns"]).to_numpy(dtype=float)
    response = decide_share_below(times_ms >= limit_ms, P95_SHARE, at_s=at_s)
    interval = quantile_interval(times_ms, 0.95, n_effective=response.n_effective)
    p95_ms = float(np.quantile(times_ms, 0.95, method="higher"))
    lag_ms = (load["sent_ns"] - load["scheduled_ns"]).to_numpy(dtype=float) / 1e6
    figures = {
        "measured": p95_ms,
        "target": limit_ms,
        "unit": "ms",
        "n": len(load),
        "interval": interval,
    }
    lag_p99_ms = float(np.quantile(lag_ms, 0.99))
    sentence = (
        f"{response.count} of {response.n} requests took {limit_ms:g} ms or more "
        f"({100 * response.low:.2f} % to {100 * response.high:.2f} %), p95 {p95_ms:.1f} ms; "
        f"generator lag p99 {lag_p99_ms:.1f} ms"
    )
    if response.decision is Decision.MET:
        return passed(name, sentence, **figures)
    if response.decision is Decision.MISSED and lag_p99_ms <= GENERATOR_LAG_P99_MS_MAX:
        return failed(name, sentence, **figures)
    if response.decision is Decision.MISSED:
        return undecided(name, f"the generator was late itself: {sentence}", **figures)
    return undecided(name, f"{sentence}; {_more(response, load)}", **figures)


def flush_success(evidence: Evidence, *, minimum: float) -> Finding:
    """More than ``minimum`` (0 … 1) of the started batches were acknowledged in the end."""
    name = "flush_success"
    load = evidence.ledger.load
    if load.empty:
        return undecided(name, "no batch was started", n=0)
    acknowledged = load["outcome"] == Outcome.ACKNOWLEDGED.value
    by_batch = acknowledged.groupby([load["user"], load["batch"]]).any()
    share = decide_share_below((~by_batch).to_numpy(dtype=bool), 1 - minimum)
    at_first = acknowledged[load["attempt"] == 1].mean()
    figures = {
        "measured": 1 - share.count / share.n,
        "target": minimum,
        "unit": "share",
        "n": share.n,
        "interval": (1 - share.high, 1 - share.low),
    }
    sentence = (
        f"{share.n - share.count} of {share.n} batches were acknowledged, "
        f"{100 * at_first:.2f} % at the first attempt"
    )
    if share.decision is Decision.MET:
        return passed(name, sentence, **figures)
    if share.decision is Decision.MISSED:
        return failed(name, sentence, **figures)
    return undecided(name, f"{sentence}; {_more(share, load)}", **figures)


def response_ms(load: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Return response times in ms from the schedule; infinite where no 2xx was read."""
    times = (load["done_ns"] - load["scheduled_ns"]).to_numpy(dtype=float) / 1e6
    answered = (load["outcome"] == Outcome.ACKNOWLEDGED.value).to_numpy(dtype=bool)
    return np.where(answered, times, np.inf)


def _more(share: Share, load: pd.DataFrame) -> str:
    """Return how much more would decide, in words."""
    if share.n_needed is None:
        return "more of the same would not decide"
    span_s = float(load["scheduled_ns"].max() - load["scheduled_ns"].min()) / 1e9
    rate = share.n / span_s if span_s else 0.0
    more = max(1, share.n_needed - share.n)
    if rate:
        return f"about {more / rate / 60:.1f} more minutes would decide"
    return f"about {more} more would decide"
