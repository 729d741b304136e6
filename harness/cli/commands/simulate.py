"""``harness simulate``: the recorder in a world of virtual time, walk after walk."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import click

from harness.cli.group import OnceCommand
from harness.cli.options.shared import json_option, out_option
from harness.cli.output import EXIT_CODES, say, show, show_json
from harness.compose.simulate import (
    DISKS,
    SimulationOrder,
    SimulationResult,
    look_for_fake_indexeddb,
    result_json,
    simulate_and_shrink,
)
from harness.core.errors import ExitCode
from harness.setup import PartStatus
from harness.simulation.tally import Tally

WALKS = 10_000
PROGRESS_EVERY_S = 2.0


@click.command("simulate", cls=OnceCommand)
@click.option("--walks", type=click.IntRange(1), default=WALKS, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option(
    "--first", type=click.IntRange(0), default=0, show_default=True, help="First walk's number."
)
@click.option(
    "--preset", type=click.Choice(["durable", "roadmap"]), default="durable", show_default=True
)
@click.option("--defect", default="", help="A recorder defect, or ID.twin for its healthy twin.")
@click.option(
    "--disk",
    type=click.Choice(DISKS),
    default=DISKS[0],
    show_default=True,
    help="Compare each walk on the world's own IndexedDB and on another.",
)
@click.option("-n", "processes", type=click.IntRange(1), default=1, show_default=True)
@click.option("--shrink/--no-shrink", default=True, help="Shrink a walk for each failed check.")
@out_option
@json_option
def simulate_command(
    walks: int,
    seed: int,
    first: int,
    preset: str,
    defect: str,
    disk: str,
    processes: int,
    shrink: bool,
    out: Path,
    as_json: bool,
) -> None:
    """Walk many random walks with the recorder's own scripts in a simulated browser.

    Clock, disk, locks, network and server are simulated and every order of events is drawn from
    the seed. A walk that fails is shrunk and written as a file for `harness walk --steps`. Finds
    what thousands of visits would, in seconds; docs/simulation.md says what it cannot see.
    """
    if disk != DISKS[0] and (status := look_for_fake_indexeddb()).state == "missing":
        _print_not_run(status, as_json)
        sys.exit(ExitCode.NOTHING_RAN)
    order = SimulationOrder(
        seed=seed,
        walks=walks,
        first=first,
        preset=preset,
        defect=defect,
        disk=disk,
        processes=processes,
        out=out,
        shrinks=shrink,
    )
    began_s, shown = time.monotonic(), _Shown(walks)
    result = simulate_and_shrink(order, shown.progress, say)
    rate = result.simulated.tally.walks / max(time.monotonic() - began_s, 1e-3)
    if as_json:
        show_json(json.dumps({**result_json(order, result), "walks_per_s": round(shown.rate)}))
    else:
        _print(result, shown.rate or rate)
    say(f"written: {result.directory}")
    interrupted = result.simulated.interrupted
    sys.exit(ExitCode.INTERRUPTED if interrupted else EXIT_CODES[result.simulated.tally.verdict])


def _print_not_run(status: PartStatus, as_json: bool) -> None:
    """Say which part is missing, and the command that brings it."""
    reason = f"{status.name} is missing: {status.detail}"
    if as_json:
        show_json(json.dumps({"verdict": "not run", "reason": reason, "fix": status.fix}))
    else:
        show(f"not run: {reason}")
        show(f"  {status.fix}")


class _Shown:
    """Lines of progress on standard error."""

    def __init__(self, walks: int) -> None:
        self._walks = walks
        self._began_s = time.monotonic()
        self._next_s = self._began_s + PROGRESS_EVERY_S
        self.rate = 0.0

    def progress(self, tally: Tally) -> None:
        """Show how far it is, at most every two seconds; remember the rate."""
        now_s = time.monotonic()
        self.rate = tally.walks / max(now_s - self._began_s, 1e-3)
        if now_s < self._next_s:
            return
        self._next_s = now_s + PROGRESS_EVERY_S
        left_s = (self._walks - tally.walks) / max(self.rate, 1e-3)
        say(
            f"{tally.walks:,} of {self._walks:,} walks, {tally.failed} failed, "
            f"{self.rate:,.0f} walks/s, about {left_s:.0f} s left"
        )


def _print(result: SimulationResult, rate: float) -> None:
    tally = result.simulated.tally
    show(
        f"{tally.verdict.value}: {tally.walks:,} walks, {tally.events:,} events, "
        f"{rate:,.0f} walks/s"
    )
    for name, found in sorted(tally.checks.items()):
        where = f"{found.walks} walks, the first is {found.first}" if found.walks else found.why
        show(f"  failed    {name}: {where}")
    for name, count in tally.fates.items():
        show(f"  fate      {name}: {count:,}")
    for name, count in tally.states.items():
        show(f"  state     {name}: {count:,} walks" + (" (never)" if not count else ""))
    if tally.never_seen:
        show(f"  unknown   never seen: {', '.join(tally.never_seen)}")
