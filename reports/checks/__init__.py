"""Checks: pure functions from a run's evidence to a finding, collected by name.

A check stands in any module of these folders and registers itself (``reports.checks.base``).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

from reports.checks.base import Check, collect

CHECKS: Mapping[str, Check] = collect(sys.modules[__name__])
"""Every check by its name, as run.json names it."""

ALWAYS = tuple(
    name
    for instrument in (True, False)
    for name, check in CHECKS.items()
    if check.always and check.instrument is instrument
)
"""Checks that judge every run to which they apply, asked for or not. First those of the harness
itself: evidence that is not whole decides nothing."""
