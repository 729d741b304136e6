"""An error is one line that says what to do."""

from __future__ import annotations

from harness.core.errors import ExitCode, HarnessError


def test_an_error_is_one_line_with_what_to_do() -> None:
    error = HarnessError("it broke\n  badly?", hint="Fix it")
    assert error.line == "it broke badly. Fix it"
    assert error.exit_code is ExitCode.HARNESS
