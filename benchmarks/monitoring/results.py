"""Results of parts that were measured one at a time, kept together."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.monitoring.cost import VARIANTS, CostTrial
from benchmarks.monitoring.freshness import FreshnessTrial
from benchmarks.monitoring.page import as_markdown
from harness.core.clock import utc_stamp
from harness.ledger.json_files import write_json


def keep(
    directory: Path,
    machine: Mapping[str, str],
    costs: Sequence[CostTrial],
    reads: Sequence[FreshnessTrial],
) -> str:
    """Write the results with those of earlier runs that were not measured again; return the page.

    The machine's facts are those of the newest run.
    """
    known: dict[str, Any] = {"costs": [], "reads": []}
    with contextlib.suppress(FileNotFoundError):
        known = json.loads((directory / "monitoring.json").read_text(encoding="utf-8"))
    every = {(one.variant, one.ids): one for one in [*map(_cost, known["costs"]), *costs]}
    rows = [*map(_read, known["reads"]), *reads]
    size = {(round(one.impressions, -6), one.scan_s is None): one for one in rows}
    order = list(VARIANTS)
    shown = sorted(every.values(), key=lambda one: (order.index(one.variant), -one.ids))
    read = [size[key] for key in sorted(size)]
    when = utc_stamp()
    text = as_markdown(when, machine, shown, read)
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "monitoring.md").write_text(text, encoding="utf-8")
    content = {"format": 1, "when": when, "facts": dict(machine)}
    content |= {"costs": list(map(asdict, shown)), "reads": list(map(asdict, read))}
    write_json(directory / "monitoring.json", content)
    return text


def _cost(row: Mapping[str, Any]) -> CostTrial:
    return CostTrial(**row)


def _read(row: Mapping[str, Any]) -> FreshnessTrial:
    return FreshnessTrial(**row)
