"""An error is one line that says what to do."""

from __future__ import annotations

from harness.core.errors import ExitCode, HarnessError, did_you_mean


def test_an_error_is_one_line_with_what_to_do() -> None:
    error = HarnessError("it broke\n  badly?", hint="Fix it")
    assert error.line == "it broke badly. Fix it"
    assert error.exit_code is ExitCode.HARNESS


def test_the_three_nearest_names_are_asked_for() -> None:
    known = ["offline", "online", "off_line", "half_lost", "line"]
    assert did_you_mean("ofline", known, "Look") == (
        "Did you mean 'offline', 'off_line' or 'online'? Look"
    )
    assert did_you_mean("smok", ["smoke", "weekly"]) == "Did you mean 'smoke'?"
    assert did_you_mean("zzz", known, "Look") == "Look"
