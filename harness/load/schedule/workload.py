"""A workload: who sends how much, at which pace, as data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from harness.core.errors import UsageError
from harness.load.schedule.shape import ARRIVALS, SHAPES, Cumulative, Piece, pieces_of, whole

POOL_LEAST = 1_000
RETRY_BASE_S = 5.0

RetryPolicy = Literal["exponential-jitter", "exponential", "linear-jitter", "linear"]
RETRIES: tuple[RetryPolicy, ...] = get_args(RetryPolicy)
CODINGS = ("identity", "gzip")


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Sessions that would each see ``impressions`` artworks within ``duration_s`` at the base rate.

    A session is one user in one tab. With ``batch`` 0 each flushes its own small batches as the
    recorder does: ``flush_delay_s`` after the first view of a batch, or at ``batch_size_max`` ids.
    Otherwise sessions take turns to send ready batches of ``batch`` ids.

    ``arrivals`` (even, poisson) says how moments are drawn, ``shape`` how the rate moves
    (``harness.load.schedule.shape``), ``peak`` how high a ramp or spike goes, ``step_s`` and
    ``step_factor`` how long and how high the steps are; a search ends after the second step in a
    row whose p95 is not below ``search_limit_ms`` (0: it never ends early). ``cap`` is how many
    requests may be in flight; one more is refused by the generator and recorded as a failure.
    A request is given up after ``timeout_s``, a session ``drain_s`` after the schedule's end.
    ``retry`` says how the pauses between attempts grow, from ``retry_base_s``, and whether they are
    drawn (``harness.load.generator.retry``); ``coding`` how bodies travel.

    Raises UsageError for a workload that cannot be.
    """

    sessions: int
    impressions: float
    duration_s: float
    flush_delay_s: float = 2.0
    batch_size_max: int = 200
    batch: int = 0
    arrivals: str = "even"
    shape: str = "steady"
    peak: float = 10.0
    step_s: float = 15.0
    step_factor: float = 1.25
    search_limit_ms: float = 0.0
    cap: int = 2_000
    timeout_s: float = 10.0
    drain_s: float = 60.0
    retry: RetryPolicy = "exponential-jitter"
    retry_base_s: float = RETRY_BASE_S
    coding: str = "identity"

    def __post_init__(self) -> None:
        if self.sessions < 1 or self.impressions <= 0 or self.batch_size_max < 1 or self.cap < 1:
            raise UsageError("a workload needs sessions, impressions and a batch size")
        if self.batch < 0 or self.flush_delay_s <= 0 or self.peak <= 0:
            raise UsageError("a workload's batch, flush delay and peak are not negative")
        if not math.isfinite(self.duration_s) or self.duration_s <= self.flush_delay_s:
            raise UsageError(
                f"a workload of {self.duration_s:g} s is over before the first flush "
                f"after {self.flush_delay_s:g} s"
            )
        if self.arrivals not in ARRIVALS:
            raise UsageError(f"arrivals are {' or '.join(ARRIVALS)}, not {self.arrivals!r}")
        if self.shape not in SHAPES:
            raise UsageError(f"shapes are {', '.join(SHAPES)}, not {self.shape!r}")
        if self.retry not in RETRIES or self.retry_base_s <= 0:
            raise UsageError(f"a retry is {', '.join(RETRIES)}, after more than 0 s")
        if self.coding not in CODINGS:
            raise UsageError(f"bodies travel as {' or '.join(CODINGS)}, not {self.coding!r}")
        if self.shape == "steps" and (self.step_s <= 0 or self.step_factor <= 1):
            raise UsageError("steps last more than 0 s, and each is higher than the one before")

    @property
    def span_s(self) -> float:
        """Return the time in which views come: what is seen last is still flushed in time."""
        return self.duration_s - self.flush_delay_s

    @property
    def rate_per_s(self) -> float:
        """Return the base rate in impressions a second."""
        return self.sessions * self.impressions / self.span_s

    @property
    def peak_rate_per_s(self) -> float:
        """Return the highest rate, in impressions a second."""
        return self.rate_per_s * max(max(piece.start, piece.end) for piece in self._pieces)

    @property
    def moments(self) -> Cumulative:
        """Return how many views, or ready batches, are due when."""
        return self._cumulative(self.rate_per_s / max(1, self.batch))

    @property
    def total(self) -> int:
        """Return the number of impressions of all sessions, the same with every seed."""
        return whole(self._cumulative(self.rate_per_s).total)

    @property
    def pool(self) -> int:
        """Return how many artworks there are: more than a session will see, so that every view is
        a new row. A batch of repetitions is the server's cheap path."""
        a_session = self.total / self.sessions + self.batch
        return max(POOL_LEAST, math.ceil(2 * a_session) + 200)

    @property
    def steps(self) -> tuple[tuple[float, float, float], ...]:
        """Return begin and end (seconds) and rate (impressions a second) of every step."""
        if self.shape != "steps":
            return ()
        count = max(1, round(self.span_s / self.step_s))
        length_s = self.span_s / count
        return tuple(
            (n * length_s, (n + 1) * length_s, self.rate_per_s * self.step_factor**n)
            for n in range(count)
        )

    @property
    def _pieces(self) -> tuple[Piece, ...]:
        return pieces_of(
            self.shape,
            self.span_s,
            peak=self.peak,
            step_s=self.step_s,
            step_factor=self.step_factor,
        )

    def _cumulative(self, rate_per_s: float) -> Cumulative:
        return Cumulative(self._pieces, rate_per_s)


_KNOWN = {field.name for field in fields(Workload)} | {"rate_per_s", "span_s"}


def workload_from(content: Mapping[str, Any]) -> Workload:
    """Return the workload that a table describes: the fields of ``Workload``, with ``rate_per_s``
    (impressions a second) in place of ``impressions`` where that is the plainer number, and
    ``span_s`` in place of ``duration_s`` where views are to come for that long whatever the delay.

    Raises UsageError that names the mistake.
    """
    unknown = content.keys() - _KNOWN
    if unknown:
        raise UsageError(
            f"a workload has no {', '.join(sorted(unknown))}",
            hint=f"It has {', '.join(sorted(_KNOWN))}",
        )
    given = dict(content)
    rate, span_s = given.pop("rate_per_s", None), given.pop("span_s", None)
    flush_delay_s = given.get(
        "flush_delay_s", Workload.__dataclass_fields__["flush_delay_s"].default
    )
    if span_s is not None and "duration_s" in given:
        raise UsageError("a workload has either a duration or a span: the duration less one delay")
    try:
        if span_s is not None:
            given["duration_s"] = span_s + flush_delay_s
        if rate is not None:
            given["impressions"] = rate * (given["duration_s"] - flush_delay_s) / given["sessions"]
        return Workload(**given)
    except (TypeError, KeyError) as error:
        raise UsageError(f"a workload is incomplete or has a wrong value: {error}") from error
