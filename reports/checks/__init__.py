"""Checks: pure functions from a run's evidence to a finding, collected by name.

A check stands in any module of these folders and registers itself (``reports.checks.base``).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

from reports.checks.base import Check, collect

CHECKS: Mapping[str, Check] = collect(sys.modules[__name__])
"""Every check by its name, as run.json names it."""

ALWAYS = tuple(name for name, check in CHECKS.items() if check.always)
"""Checks that judge every run, asked for or not: evidence that is not whole decides nothing."""
