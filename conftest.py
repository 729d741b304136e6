"""Loads the composition into a plain ``pytest`` of this checkout."""

from __future__ import annotations

pytest_plugins = ["harness.compose.pytest_plugin"]
