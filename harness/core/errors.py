"""What can go wrong, whose fault it is, and the exit code it ends in.

    HarnessError                 the harness could not go on (4)
    ├── UsageError               bad input or configuration (2)
    ├── MissingPart              a part of the machine is missing; says what brings it (4)
    ├── TargetNotReady           a process of the target did not come up (4)
    ├── PartDied                 a process of the run ended by itself (4)
    ├── LedgerUnreadable         a directory that is no run's, or of another format (2)
    │   └── LedgerDamaged        a run's file that does not hold what it should (4)
    └── WaitTimeout              a fact did not become true in time (4)

Every error has one clear line and a hint: what to do about it. A failing check is not an error;
it is a verdict (``reports.verdict.verdict``).
"""

from __future__ import annotations

import difflib
import enum
from collections.abc import Iterable

_NEAREST = 3


class ExitCode(enum.IntEnum):
    """What the process tells its caller; the table in ``harness --help`` is made from this."""

    PASS = 0
    FAIL = 1
    USAGE = 2
    UNDECIDED = 3
    HARNESS = 4
    NOTHING_RAN = 5
    INTERRUPTED = 130
    CLOSED_PIPE = 141

    @property
    def meaning(self) -> str:
        """Return the meaning in one line."""
        return _MEANINGS[self]


_MEANINGS = {
    ExitCode.PASS: "every cell that ran passed",
    ExitCode.FAIL: "the target failed a check",
    ExitCode.USAGE: "usage or configuration: nothing was started",
    ExitCode.UNDECIDED: "undecided: evidence missing, too little, or out of tolerance",
    ExitCode.HARNESS: "the harness could not go on: a part is missing or broke",
    ExitCode.NOTHING_RAN: "nothing ran",
    ExitCode.INTERRUPTED: "interrupted; what was measured is kept and marked incomplete",
    ExitCode.CLOSED_PIPE: "the reader of the output is gone; the verdict is in verdict.json",
}


def did_you_mean(name: str, known: Iterable[str], rest: str = "") -> str:
    """Return a hint that asks for the three names nearest to one that is unknown, then ``rest``."""
    close = [repr(one) for one in difflib.get_close_matches(name, sorted(known), n=_NEAREST)]
    if not close:
        return rest
    *others, last = close
    listed = f"{', '.join(others)} or {last}" if others else last
    return f"Did you mean {listed}? {rest}".rstrip()


class HarnessError(Exception):
    """The harness could not go on. ``hint`` says what to do about it."""

    exit_code = ExitCode.HARNESS

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    @property
    def line(self) -> str:
        """Return the message and the hint in one line."""
        message = " ".join(str(self).split())
        return f"{message.rstrip('.?!')}. {self.hint}" if self.hint else message


class UsageError(HarnessError):
    """Bad input or configuration; nothing was started."""

    exit_code = ExitCode.USAGE


class MissingPart(HarnessError):
    """A part of the machine is missing; the hint is the command that brings it."""


class TargetNotReady(HarnessError):
    """A process of the target did not come up; the message ends with its last words."""


class PartDied(HarnessError):
    """A process of the run ended by itself; the message says which, how, and its last words."""


class LedgerUnreadable(HarnessError):
    """A run directory that is not one, or of another format."""

    exit_code = ExitCode.USAGE


class LedgerDamaged(LedgerUnreadable):
    """A file of a run that does not hold what its format promises, or is none; names the file."""

    exit_code = ExitCode.HARNESS


class WaitTimeout(HarnessError):
    """A fact did not become true within its bound."""
