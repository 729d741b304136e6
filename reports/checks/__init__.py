"""Checks: pure functions from a run's evidence to a finding, collected by name.

A check stands in any module of these folders and registers itself (``reports.checks.base``).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

from reports.checks.base import Check, collect

CHECKS: Mapping[str, Check] = collect(sys.modules[__name__])
"""Every check by its name, as run.json names it."""

_HOW_IT_ENDED = "witnesses_whole"

ALWAYS = tuple(
    sorted(
        (name for name, check in CHECKS.items() if check.always),
        key=lambda name: (not CHECKS[name].instrument, name != _HOW_IT_ENDED),
    )
)
"""Checks that judge every run to which they apply, asked for or not. First those of the harness
itself, since evidence that is not whole decides nothing; and of these the one that says how the run
ended, since a run that broke lacks much else."""
