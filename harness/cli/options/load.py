"""The options of ``harness run`` about a load."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from harness.cli.options.shared import FiniteRange
from harness.core.errors import UsageError
from harness.load.child import address_of
from harness.load.schedule.shape import ARRIVALS, SHAPES
from harness.load.schedule.workload import CODINGS, RETRIES
from harness.process.addresses import checked_bind
from harness.process.ports import refuse_taken

F = TypeVar("F", bound=Callable[..., object])


_OPTIONS = (
    click.option("--workload", metavar="NAME", help="Only this workload."),
    click.option("--sessions", type=click.IntRange(1), help="Load: concurrent sessions."),
    click.option("--rate", type=FiniteRange(0, min_open=True), help="Load: impressions/s."),
    click.option(
        "--duration",
        type=FiniteRange(0, min_open=True),
        help="Load: length in seconds.",
    ),
    click.option(
        "--span",
        type=FiniteRange(0, min_open=True),
        help="Load: seconds in which views come; it ends one flush delay later.",
    ),
    click.option(
        "--batch", type=click.IntRange(0), help="Load: ids per batch; 0: the recorder's rule."
    ),
    click.option(
        "--flush-delay",
        type=FiniteRange(0, min_open=True),
        help="Load: seconds from a view to its flush.",
    ),
    click.option("--arrivals", type=click.Choice(ARRIVALS), help="Load: arrival process."),
    click.option("--shape", type=click.Choice(SHAPES), help="Load: the rate over time."),
    click.option("--retry", type=click.Choice(RETRIES), help="Load: how pauses grow."),
    click.option(
        "--retry-base",
        type=FiniteRange(0, min_open=True),
        help="Load: the first pause in seconds.",
    ),
    click.option("--coding", type=click.Choice(CODINGS), help="Load: how bodies travel."),
    click.option("--processes", type=click.IntRange(1), help="Load: generators on this machine."),
    click.option(
        "--master",
        metavar="HOST[:PORT]",
        help="Load: listen here for generators on other machines; the target listens here too.",
    ),
    click.option(
        "--expect-workers", type=click.IntRange(1), help="Load: number of generators elsewhere."
    ),
)
_NAMES = (
    "workload",
    "sessions",
    "rate",
    "duration",
    "span",
    "batch",
    "flush_delay",
    "arrivals",
    "shape",
    "retry",
    "retry_base",
    "coding",
    "processes",
)


def load_options(command: F) -> F:
    """Give a command the options about a load; it gets their levels by factor as ``load``."""

    @functools.wraps(command)
    def with_load(*args: Any, **given: Any) -> object:
        factors = {name: _text(given.pop(name)) for name in _NAMES}
        factors |= _masters(given.pop("master"), given.pop("expect_workers"), factors)
        load = {name: (text,) for name, text in factors.items() if text is not None}
        return command(*args, **given, load=load)

    for option in reversed(_OPTIONS):
        with_load = option(with_load)
    return with_load  # type: ignore[return-value]


def _masters(
    master: str | None, workers: int | None, factors: Mapping[str, str | None]
) -> dict[str, str | None]:
    """Return the factors of a load that other machines send. Raises UsageError for half of it."""
    if (master is None) != (workers is None):
        raise UsageError("--master and --expect-workers belong together")
    if master is None:
        return {}
    if factors["processes"] is not None:
        raise UsageError("--processes starts generators here, --master waits for others: choose")
    host, port = address_of(master)
    bound = checked_bind(host)
    refuse_taken(bound, port, hint="Name another: --master HOST:PORT")
    return {"master": f"{bound}:{port}", "workers": str(workers)}


def _text(value: Any) -> str | None:
    """Return a number so that it reads back as the same, without a point where it is whole."""
    if isinstance(value, float) and value.is_integer() and value < 2**53:
        value = int(value)
    return None if value is None else str(value)
