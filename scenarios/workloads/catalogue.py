"""The workloads by name, as catalogue.toml holds them. Knows nothing of Locust."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from harness.core.errors import UsageError, did_you_mean
from harness.load.schedule.workload import Workload, workload_from

FILE = Path(__file__).parent / "catalogue.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A workload of the catalogue: what it is for, and its fields as the file has them."""

    name: str
    about: str
    fields: dict[str, Any]

    def with_overrides(self, overrides: dict[str, Any]) -> Workload:
        """Return the workload with other values for some of its fields.

        Raises UsageError when it cannot be.
        """
        fields = {**self.fields, **overrides}
        if "rate_per_s" in overrides:  # else a number a session stays that, however long it takes
            fields.pop("impressions", None)
        if "span_s" in overrides and "duration_s" not in overrides:
            fields.pop("duration_s", None)
        return workload_from(fields)


@cache
def catalogue() -> dict[str, Entry]:
    """Return name → entry. Raises UsageError when the file describes what cannot be."""
    content = tomllib.loads(FILE.read_text(encoding="utf-8"))
    found = {}
    for name, table in content.items():
        about = str(table.pop("about"))
        found[name] = Entry(name=name, about=about, fields=table)
        workload_from(table)
    return found


def entry(name: str) -> Entry:
    """Return the workload of that name. Raises UsageError that names the nearest."""
    known = catalogue()
    if name not in known:
        hint = did_you_mean(name, known, f"There are {', '.join(known)}")
        raise UsageError(f"there is no workload {name!r}", hint=hint)
    return known[name]
