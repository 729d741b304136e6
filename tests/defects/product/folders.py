"""The defects of one folder of the product."""

from __future__ import annotations

from defects import registry
from defects.base import ServerDefect


def of(folder: str) -> dict[str, ServerDefect]:
    found = {}
    for name, one in registry.all_defects().items():
        module = registry.module_of(name)
        if module is not None and module.parent.name == folder and isinstance(one, ServerDefect):
            found[name] = one
    return found
