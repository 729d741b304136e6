"""`harness explain` prints one impression's story."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from harness.cli.commands.stored.explain import explain_command
from tests.reports.ledgers import healthy


def test_it_begins_with_the_fate(tmp_path: Path) -> None:
    done = CliRunner().invoke(explain_command, [str(healthy().write(tmp_path)), "ann/b"])
    assert done.exit_code == 0
    assert done.output.splitlines()[0] == "ann/b: recorded_once"
