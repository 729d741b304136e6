"""Modules that are imported when they are first used, not by every command as it starts."""

from __future__ import annotations

import importlib
from typing import Any


class LazyModule:
    """Stands for a module; importing it is put off to the first attribute that is read."""

    def __init__(self, name: str) -> None:
        """``name`` is dotted, as ``import`` takes it."""
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self._name), attribute)
