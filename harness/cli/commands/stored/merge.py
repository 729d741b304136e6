"""``harness merge``: the shards of a suite, judged as one."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.group import OnceCommand
from harness.cli.options.history import beside, keep_history_options
from harness.cli.options.shared import command_line, out_option, quiet_option, verdict_json_option
from harness.cli.output import finish, inform
from harness.compose.defects import DefectiveJudge
from harness.compose.history.record import append
from harness.compose.scheduling.merging import merge
from harness.compose.scheduling.rotation import note_evidence
from harness.ledger.stored import read_plan
from reports.pages.publish import publish


@click.command("merge", cls=OnceCommand)
@click.argument(
    "shards", nargs=-1, required=True, metavar="DIR...", type=click.Path(path_type=Path)
)
@out_option
@keep_history_options
@quiet_option
@verdict_json_option
def merge_command(
    shards: tuple[Path, ...], out: Path, history: str | None, no_history: bool, as_json: bool
) -> None:
    """Judge the shards of a suite as one suite (`harness run --shard K/N`, on any machines).

    Their runs are copied into a new directory. The cells of a shard that is missing are unknown;
    shards of different versions or plans, and one that is given twice, are refused. The whole is
    kept in the history; its shards are not.
    """
    directory = merge(shards, out, command=command_line())
    published = publish(directory, DefectiveJudge())
    note_evidence(out, read_plan(directory).options.target.name, published.judged.suite)
    if not no_history:
        inform(append(history or beside(out), directory, published.judged))
    finish(published, as_json=as_json)
