"""A locustfile of somebody's own seen from the run: started, waited for, its rows taken."""

from __future__ import annotations

from pathlib import Path

import pyarrow.compute as pc

from harness.core.errors import HarnessError
from harness.core.wait import wait_until
from harness.ledger.files import Ledger, read_witness
from harness.ledger.json_files import read_json
from harness.ledger.kinds import VIEWER
from harness.ledger.kinds.viewer import ViewShown
from harness.load.child import locust_argv, spawn_locust
from harness.load.own.plan import OWN_PLAN_VARIABLE, ROWS_FILE, OwnPlan, write_own_plan
from harness.process.processes import Processes
from harness.target.described.loading import Described

_EXTRA_S = 90.0
"""Locust's own start and end, and the last requests."""


async def drive_own(
    processes: Processes,
    directory: Path,
    ledger: Ledger,
    described: Described,
    *,
    system: str,
    host: str,
) -> set[tuple[str, str]]:
    """Run the file's locustfile against ``host``; return the views that were acknowledged.

    ``system`` names the target with the mark of the run's ids. Raises HarnessError when Locust
    breaks, hangs, or sends none of the ids that ``harness.load.own.views`` gives out.
    """
    table = described.locust
    assert table is not None
    path = write_own_plan(OwnPlan(directory=str(directory.absolute()), system=system))
    argv = locust_argv(described.file.parent / table.file, "--headless", "--only-summary")
    argv += ["--users", str(table.users), "--spawn-rate", str(table.users)]
    argv += ["--run-time", f"{table.lasts_s:g}s", "--host", host, "--exit-code-on-error", "0"]
    env = {**described.secrets, OWN_PLAN_VARIABLE: str(path.absolute())}
    log = directory / "logs" / "own-locustfile.log"
    child = spawn_locust(processes, "locust", argv, log, env)

    async def ended() -> bool:
        return child.exit_code is not None

    try:
        await wait_until(
            "the locustfile has ended",
            ended,
            timeout_s=table.lasts_s + _EXTRA_S,
            interval_s=0.1,
            hint=f"Its output is in {log}",
        )
    finally:
        child.stop()
        processes.forget(child.pid)
    if child.exit_code != 0:
        raise HarnessError(
            f"[locust] Locust ended with {child.exit_code}: {described.masked(child.last_words())}",
            hint=f"Its log is {log}",
        )
    if not (directory / ROWS_FILE).is_file():
        raise HarnessError(
            f"[locust] {table.file} asked for no id, so none of its views can be found again",
            hint="Call views.user() and views.seen(), of harness.load.own",
        )
    content = read_json(directory / ROWS_FILE)
    rows = content["rows"]
    ledger.wrote_elsewhere({name: int(count) for name, count in rows.items()})
    if not content["requests"]:
        raise HarnessError(
            f"[locust] {table.file} had no answer in {table.lasts_s:g} s",
            hint=f"Its log is {log}; lasts_s is how long it may send",
        )
    if not rows["load.arrows"]:
        raise HarnessError(
            f"[locust] no request of {table.file} carries an id of views.seen() as [batch] does",
            hint="`harness target check` shows a request as it must be",
        )
    return _shown(directory / "viewer-load.arrows")


def _shown(file: Path) -> set[tuple[str, str]]:
    table = read_witness(file).table
    is_shown = pc.equal(table["kind"], VIEWER.kind_of(ViewShown).name)
    shown = table.filter(is_shown).select(["user", "artwork"]).to_pylist()
    return {(str(row["user"]), str(row["artwork"])) for row in shown}
