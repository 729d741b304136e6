"""``harness target check``: try every part of a target file on the system itself."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from harness.cli.group import OnceCommand
from harness.cli.options.shared import json_option
from harness.cli.output import show, show_json
from harness.compose.targets.check import check_target, decisions
from harness.compose.targets.trial import State, TrialStep
from harness.core.errors import ExitCode, UsageError
from harness.process.processes import Processes
from harness.target.described.safety import OPTION
from harness.target.system import System, system_for_run
from harness.target.target import load_target
from scenarios.catalogue.declare import load_all

_HEADINGS = {
    "runs": "Scenarios that can run",
    "asks": "What these decide",
    "does not ask": "What they do not decide, and why",
    "does not run": "Scenarios that cannot run, and why",
}


@click.command("check", cls=OnceCommand)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    OPTION, "own_host", metavar="HOST", default="", help="Allow a target on another machine."
)
@click.option("--all", "in_full", is_flag=True, help="List every scenario that cannot run.")
@json_option
def check_command(file: Path, own_host: str, in_full: bool, as_json: bool) -> None:
    """Try every part of a target file in order: what works, and what can be decided with it.

    The system is started if the file says how, reset, signed in to, sent one batch and the same
    batch again; then what it stored is read back. Where the file has a [page], Chromium looks at
    one artwork there. Ends with 0 if every part works, else with 3.
    """
    target = load_target(file)
    system = system_for_run(target.system, 1)
    if system.described is None:
        raise UsageError(
            f"{file} names a system in Python; there is nothing to try",
            hint="`harness target check` is for a file with base_url",
        )
    steps = asyncio.run(_tried(system, own_host, quiet=as_json))
    found = decisions(system, load_all())
    if as_json:
        parts = [{"part": s.part, "state": s.state.value, "seen": s.seen} for s in steps]
        show_json(json.dumps({"parts": parts, "decisions": found}, indent=1))
    else:
        show("\n".join(_lines(found, in_full=in_full)))
    if any(step.state is not State.WORKS for step in steps):
        sys.exit(ExitCode.UNDECIDED)


async def _tried(system: System, own_host: str, *, quiet: bool) -> Sequence[TrialStep]:
    found = []
    with Processes() as processes:
        directory = processes.scratch("target-check")
        async for step in check_target(system, processes, directory, own_host=own_host):
            found.append(step)
            if not quiet:
                show(f"{step.state.value:>9}  {step.part}: {step.seen}")
                for line in step.lines:
                    show(f"           {line}")
    return found


def _lines(found: Mapping[str, Sequence[str]], *, in_full: bool) -> list[str]:
    lines: list[str] = []
    for name, heading in _HEADINGS.items():
        entries = found[name]
        lines += ["", f"{heading} ({len(entries)})"]
        if name == "runs":
            lines.append(f"  {', '.join(entries)}")
        elif name == "does not run" and not in_full:
            lines.append("  --all lists them")
        else:
            lines += [f"  {entry}" for entry in entries]
    return lines
