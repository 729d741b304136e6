"""A baseline: a set of suites of a history that later ones are held against."""

from __future__ import annotations

import re

from harness.core.clock import utc_stamp
from harness.core.errors import UsageError
from harness.ledger.history.facts import Digest
from harness.ledger.json_files import Record

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Baseline(Record, frozen=True, kw_only=True):
    """The suites of a baseline by digest, in the order of their starts; all in one environment."""

    format: int = 1
    name: str
    suite: str
    made: str
    suites: tuple[Digest, ...]


def baseline_of(name: str, suite: str, suites: tuple[str, ...]) -> Baseline:
    """Return a baseline that is made now. Raises UsageError for a name that is no file's."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} is no name of a baseline", hint="Letters, digits, '.', '_' and '-', up to 64"
        )
    return Baseline(name=name, suite=suite, made=utc_stamp(), suites=suites)
