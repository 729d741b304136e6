"""`harness up` announces the stack on standard output and stays until it is stopped."""

from __future__ import annotations

import socket

import pytest
from click.testing import CliRunner

from harness.cli.commands import up as command
from harness.core.errors import UsageError
from servers.topology.single import StackOptions


def test_a_port_that_is_taken_is_refused() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        arguments = ["--port", str(taken.getsockname()[1])]
        done = CliRunner().invoke(command.up_command, arguments)
    assert isinstance(done.exception, UsageError)
    assert "is taken" in done.exception.line


def test_a_line_that_toxiproxy_cannot_make_is_no_choice() -> None:
    done = CliRunner().invoke(command.up_command, ["--network", "lossy"])
    assert done.exit_code == 2
    assert "'slow-3g'" in done.output


def test_addresses_go_to_standard_output_and_the_rest_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started: list[StackOptions] = []

    async def stay_up(
        options: StackOptions, page: object, processes: object, *more: object
    ) -> None:
        started.append(options)
        announce = more[-1]
        assert callable(announce)
        announce(["server    http://127.0.0.1:1", "front     http://127.0.0.1:2"])

    monkeypatch.setattr(command, "stay_up", stay_up)
    monkeypatch.setattr(command, "database_for", lambda target, url: url)
    done = CliRunner().invoke(command.up_command, ["--database", "postgresql://x/y"])
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == [
        "server    http://127.0.0.1:1",
        "front     http://127.0.0.1:2",
    ]
    assert done.stderr.splitlines() == ["up; Ctrl-C stops everything", "stopped"]
    assert started[0].database_url == "postgresql://x/y"
