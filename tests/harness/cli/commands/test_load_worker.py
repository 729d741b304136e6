"""`harness load-worker` lends this machine to the master that it names."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from harness.cli.commands import load_worker as command
from harness.core.errors import UsageError
from harness.process.processes import Processes


def test_it_works_for_the_master_until_the_load_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    lent: list[tuple[str, int]] = []

    def lend(processes: Processes, host: str, port: int) -> None:
        lent.append((host, port))

    monkeypatch.setattr(command, "lend", lend)
    done = CliRunner().invoke(command.load_worker_command, ["--master", "192.0.2.7"])
    assert done.exit_code == 0
    assert lent == [("192.0.2.7", 5557)]


def test_an_address_that_is_none_is_refused_before_anything_starts() -> None:
    done = CliRunner().invoke(command.load_worker_command, ["--master", "here:there"])
    assert isinstance(done.exception, UsageError)
