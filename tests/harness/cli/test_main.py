"""An error becomes one line and an exit code; only a failed check is the target's."""

from __future__ import annotations

import pytest

from harness.cli.main import cli, explained
from harness.core.errors import ExitCode, HarnessError, MissingPart, UsageError
from servers.topology.spawning import NotReady


@pytest.mark.parametrize(
    ("error", "line", "code"),
    [
        (UsageError("no such suite", hint="Try smoke"), "no such suite. Try smoke", ExitCode.USAGE),
        (MissingPart("no browser", hint="Get one"), "no browser. Get one", ExitCode.HARNESS),
        (HarnessError("broke"), "broke", ExitCode.HARNESS),
        (NotReady("it ended:\n  no disk"), "it ended: no disk", ExitCode.HARNESS),
        (
            OSError(28, "No space left on device", "a.arrows"),
            "No space left on device a.arrows; what was written before is kept",
            ExitCode.HARNESS,
        ),
        (
            ZeroDivisionError("x"),
            "a defect of its own: ZeroDivisionError('x'); --debug shows where",
            ExitCode.HARNESS,
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_is_one_line_with_the_way_out(error: Exception, line: str, code: ExitCode) -> None:
    assert explained(error) == (line, code)


def test_every_command_has_a_module_of_its_name() -> None:
    for name, command in cli.commands.items():
        assert command.callback is not None
        assert command.callback.__module__ == f"harness.cli.commands.{name.replace('-', '_')}"
