"""How the load generators did: their own rows, and what they show about the latencies.

A generator that is late, held up, out of CPU or out of sockets makes the target look slow. What it
measured then says nothing about the target, so a limit that was missed is not its failure.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np
import pandas as pd

from harness.core.outcome import Outcome
from harness.ledger.kinds import MACHINE
from harness.ledger.kinds.load import CAPPED
from harness.ledger.kinds.machine import GeneratorSample
from harness.ledger.kinds.network import WorkerClock
from reports.core.kinds import of_kind, payloads
from reports.core.types import Flags, Floats
from reports.evidence.columnar import chosen
from reports.evidence.frame import LedgerFrames

LAG_P99_MS_MAX = 20.0
"""A healthy generator lags by a millisecond or two; above this its machine is starved."""
LOOP_DELAY_MS_MAX = 20.0
"""The heartbeat's p99 of a second. A loop held up for longer reads answers late."""
CPU_SHARE_MAX = 0.9
"""Of one core: an event loop has no more than one, and above this it queues by itself."""
BAD_SECONDS_MAX = 0.05
"""The share of the seconds that may be out of bounds without moving a 95th percentile much."""
CLOCK_ERROR_MS_MAX = 5.0
_ROW_EVERY_NS = 1_500_000_000
"""A generator's row comes once a second, half a second late at most."""
PROMPT_MS = 100.0
"""A target that answers within this at the 95th percentile leaves the in-flight cap no reason."""

_NO_ROOM = (
    "cannot assign requested address",  # no port left
    "errno 99]",
    "too many open files",
    "errno 24]",
    "no buffer space",
    "errno 105]",
)

_SAMPLE = MACHINE.kind_of(GeneratorSample)


def generator_rows(ledger: LedgerFrames) -> pd.DataFrame:
    """Return a row for every second of every generator, by process and time: its machine row with
    the figures of its detail, and ``cpu_share`` of a core since the row before."""
    rows = of_kind(ledger.machine, GeneratorSample)
    rows = rows.sort_values(["process", "mono_ns"], ignore_index=True)
    samples = payloads(rows, GeneratorSample)
    figures = pd.DataFrame([_figures(one) for one in samples], index=rows.index)
    apart = rows.groupby("process", observed=True)[["mono_ns", "cpu_s"]].diff().astype("Float64")
    share = (apart["cpu_s"] / (apart["mono_ns"] / 1e9)).where(apart["mono_ns"] >= 5e8)
    return pd.concat([rows.drop(columns="detail"), figures.astype("Float64")], axis=1).assign(
        cpu_share=share
    )


def last_reported(rows: pd.DataFrame, name: str) -> int:
    """Return the sum over the generators of the last value of a counter; 0 without any."""
    if name not in rows or rows.empty:
        return 0
    return int(rows.groupby("process", observed=True)[name].max().fillna(0).sum())


def lag_ms(load: pd.DataFrame) -> pd.Series:
    """Return how late each request was sent, in ms after its scheduled moment."""
    return (load["sent_ns"] - load["scheduled_ns"]).astype(float) / 1e6


def service_ms(load: pd.DataFrame) -> pd.Series:
    """Return how long each request took from its sending, in ms; infinite where no 2xx came."""
    took = (load["done_ns"] - load["sent_ns"]).astype(float) / 1e6
    return took.where(load["outcome"] == Outcome.ACKNOWLEDGED.value, np.inf)


def capped(load: pd.DataFrame) -> pd.Series:
    """Return which requests the generator refused to send: too many were in flight."""
    return load["error"].eq(CAPPED).fillna(False).astype(bool)


def sent_by_generator(load: pd.DataFrame) -> pd.DataFrame:
    """Return the requests that the generator did send; the load itself where that is all of it."""
    return chosen(load, ~capped(load))


def held_up(ledger: LedgerFrames, slow: pd.DataFrame, *, at_least_ms: float) -> Flags:
    """Return which of these requests a generator may have made slow itself: it sent them late, or
    its loop was held up while they were under way, for ``at_least_ms`` or longer.

    A generator writes a row about each second at its end: the one after the answer counts too.
    """
    late = (lag_ms(slow) >= at_least_ms).to_numpy(dtype=bool)
    rows = generator_rows(ledger)
    if rows.empty or slow.empty:
        return late
    stuck = rows[rows["loop_delay_ms_max"] >= at_least_ms]
    ends_ns = stuck["mono_ns"].to_numpy(dtype=np.int64)
    begun = slow["scheduled_ns"].to_numpy(dtype=np.int64)
    done = slow["done_ns"].to_numpy(dtype=np.int64) + _ROW_EVERY_NS
    ends_ns = np.sort(ends_ns)
    within = np.searchsorted(ends_ns, done, "right") > np.searchsorted(ends_ns, begun, "left")
    return late | within


def added_ms_at_most(ledger: LedgerFrames, load: pd.DataFrame) -> Floats:
    """Return by how much the generators can have made each request slower than it was, in ms: how
    late it was sent, and twice the longest that a loop was held up around its answer.

    Twice, because an answer may be read in two turns of the loop. Infinite where no generator says
    how it was, as before its first row.
    """
    late = lag_ms(load).to_numpy(dtype=float)
    rows = generator_rows(ledger).sort_values("mono_ns")
    if rows.empty or "loop_delay_ms_max" not in rows:
        return np.full(len(load), np.inf)
    ends_ns = rows["mono_ns"].to_numpy(dtype=np.int64)
    figures = rows[["loop_delay_ms_max", "loop_delay_ms_p99"]].astype("Float64").fillna(np.inf)
    held = figures.max(axis=1).to_numpy(dtype=float)
    done = load["done_ns"].to_numpy(dtype=np.int64)
    first = np.searchsorted(ends_ns, done, "left")
    last = np.searchsorted(ends_ns, done + _ROW_EVERY_NS, "right")
    longest = np.full(len(load), np.inf)
    for low, high in np.unique(np.stack([first, last]), axis=1).T.tolist():
        if high > low:
            longest[(first == low) & (last == high)] = held[low:high].max()
    added: Floats = late + 2 * longest
    return added


def generator_trouble(ledger: LedgerFrames) -> list[str]:
    """Return what makes the generators' latencies untrustworthy, in words; empty when nothing does.

    Generators that were not watched are no trouble here: ``generator_healthy`` finds them.
    """
    load = ledger.load
    if load.empty:
        return []
    return [*_held_up(generator_rows(ledger)), *unbounded_trouble(ledger)]


def unbounded_trouble(ledger: LedgerFrames) -> list[str]:
    """Return what makes the latencies untrustworthy by an unknown amount: a generator that is
    late, whose requests queue in itself, no CPU left, no room, a cap, clocks.

    A loop that is merely held up now and then is none of it: ``added_ms_at_most`` bounds that.
    """
    load = ledger.load
    found = [*_late(load), *_starved(generator_rows(ledger)), *_no_room(load)]
    return [*found, *_capped_for_nothing(load), *_clocks(ledger)]


def _late(load: pd.DataFrame) -> list[str]:
    p99 = float(np.quantile(lag_ms(load), 0.99))
    return [f"the generator was late itself: lag p99 {p99:.1f} ms"] if p99 > LAG_P99_MS_MAX else []


def _held_up(rows: pd.DataFrame) -> list[str]:
    words = "its loop was held up for more than 20 ms"
    return _seconds_out_of_bounds(rows, "loop_delay_ms_p99", LOOP_DELAY_MS_MAX, words)


def _starved(rows: pd.DataFrame) -> list[str]:
    words = "it used more than 90 % of a core"
    return _seconds_out_of_bounds(rows, "cpu_share", CPU_SHARE_MAX, words)


def _seconds_out_of_bounds(rows: pd.DataFrame, column: str, limit: float, words: str) -> list[str]:
    found = []
    for name, values in _by_generator(rows, column):
        bad = int((values > limit).sum())
        if bad > BAD_SECONDS_MAX * len(values):
            found.append(f"{name}: {words} in {bad} of {len(values)} seconds")
    return found


def _by_generator(rows: pd.DataFrame, column: str) -> list[tuple[str, pd.Series]]:
    if column not in rows:
        return []
    groups = rows.groupby("process", observed=True)[column]
    return [(str(name), values.dropna()) for name, values in groups if values.notna().any()]


def _no_room(load: pd.DataFrame) -> list[str]:
    errors = load["error"].dropna().astype(str).str.lower()
    kinds = errors.drop_duplicates()
    mine = kinds[[any(word in text for word in _NO_ROOM) for text in kinds]]
    count = int(errors.isin(mine).sum())
    return [f"{count} connections had no room on the generator's own machine"] if count else []


def _capped_for_nothing(load: pd.DataFrame) -> list[str]:
    """Return a word when the cap refused requests while the target answered promptly.

    A slow target fills any cap: those refusals are failures of its own.
    """
    refused = capped(load)
    if not refused.any():
        return []
    second = load["scheduled_ns"] // 1_000_000_000
    then = second.isin(second[refused].unique()) & ~refused
    took = service_ms(load[then])
    if took.empty or float(np.quantile(took, 0.95, method="higher")) >= PROMPT_MS:
        return []
    return [f"the in-flight cap refused {int(refused.sum())} requests of a target that was prompt"]


def _clocks(ledger: LedgerFrames) -> list[str]:
    rows = of_kind(ledger.network, WorkerClock)
    worst = float(rows["value"].abs().max()) if not rows.empty else 0.0
    if worst <= CLOCK_ERROR_MS_MAX:
        return []
    return [f"a worker's clock is known to {worst:.1f} ms only"]


def _figures(sample: GeneratorSample) -> Mapping[str, float]:
    """Return what a generator says of itself, by name."""
    values = msgspec.structs.asdict(sample)
    return {one.attribute: float(values[one.attribute]) for one in _SAMPLE.members}
