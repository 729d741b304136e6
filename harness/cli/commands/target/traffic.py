"""``harness target traffic``: how much load a recording is, and the command that sends as much."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import click

from harness.cli.group import OnceCommand
from harness.cli.options.shared import json_option
from harness.cli.output import show, show_json
from harness.core.errors import UsageError
from harness.load.recorded import Recording, read_recording
from harness.target.described.dialect import DescribedDialect
from harness.target.system import system_named
from harness.target.target import load_target
from reports.core import text


@click.command("traffic", cls=OnceCommand)
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("recording", type=click.Path(path_type=Path))
@json_option
def traffic_command(file: Path, recording: Path, as_json: bool) -> None:
    """Show how much load a RECORDING is, by a target file, and the command that sends as much.

    A RECORDING is a HAR file, as browsers and Playwright write it, or an access log in the common
    or combined format. Of its requests those count that [batch] describes. Nothing that it holds
    is sent: ids and users of the load are new ones.
    """
    system = system_named(load_target(file).system)
    if not isinstance(system.dialect, DescribedDialect):
        raise UsageError(
            f"{file} names a system in Python; which of its requests carry views is not known",
            hint="`harness target traffic` is for a file with base_url",
        )
    found = read_recording(recording, system.dialect)
    options = [word for pair in found.options().items() for word in pair]
    command = shlex.join(["harness", "run", "steady_load", *options, "--target", str(file)])
    if as_json:
        show_json(json.dumps(_facts(found) | {"command": command}, indent=1))
        return
    show("\n".join([*_lines(found), f"As much, evenly: {command}"]))


def _facts(found: Recording) -> dict[str, object]:
    return {
        "requests": len(found.requests),
        "without_body": found.without_body,
        "ids": found.ids,
        "ids_each": found.ids_each,
        "users": found.users,
        "seconds": found.seconds,
        "busiest_second": found.busiest_second,
        "statuses": found.statuses,
    }


def _lines(found: Recording) -> list[str]:
    count = len(found.requests)
    answers = [f"{status or 'none'} {n:,}" for status, n in found.statuses.items()]
    lines = [
        f"{text.count(count, 'request')} with views of {text.count(found.users, 'user')} in "
        f"{found.seconds:,.0f} s, at most {found.busiest_second:,} in one second",
        f"Answers: {', '.join(answers)}",
    ]
    if found.without_body == count:
        lines.append("It has no bodies: --batch says how many ids a request has")
    else:
        lines.append(f"{text.count(found.ids, 'id')}, {found.ids_each:.1f} a request")
        if found.without_body:
            lines.append(f"{found.without_body:,} requests without a body are taken for the same")
    return lines
