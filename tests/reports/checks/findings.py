"""What each case finds, to the last figure: recorded beside the test modules, and compared.

A case names the verdict and words of its finding; the file ``findings.json`` of its folder holds
the whole finding: sentence, measured, target, unit, n, interval, examples. It is written by

    python -m tests.reports.checks.findings [CHECK…]

and read before it is committed: a figure that a hand-written ledger does not hold is a bug of the
check. A case that is not in the file yet is compared by verdict and words alone; one that is there
and whose case is gone fails a test.
"""

from __future__ import annotations

import functools
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from reports.checks import CHECKS
from reports.verdict.verdict import Finding
from tests import ROOT

FILE = "findings.json"
DIGITS = 9
"""Significant digits of a number: the last ones differ between versions of numpy."""


def folder_of(check: str) -> Path:
    """Return the folder of the test module that mirrors a check's."""
    package = CHECKS[check].function.__module__.rpartition(".")[0]
    return ROOT / "tests" / package.replace(".", "/")


def facts_of(finding: Finding) -> dict[str, Any]:
    """Return what is recorded of a finding: its fields that are not empty."""
    built: dict[str, Any] = msgspec.to_builtins(finding)
    return {
        name: _rounded(value)
        for name, value in built.items()
        if name != "check" and value not in (None, "", [], ())
    }


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    return [_rounded(one) for one in value] if isinstance(value, list | tuple) else value


def recorded(check: str, name: str) -> dict[str, Any] | None:
    """Return what a case of a check found when it was recorded; None where it is not."""
    return _read(folder_of(check) / FILE).get(f"{check}-{name}")


@functools.cache
def _read(file: Path) -> Mapping[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return found


def without_a_case() -> list[str]:
    """Return the recorded findings whose case is gone."""
    from tests.reports.checks.cases import cases_of

    cases = {str(case) for check in CHECKS.values() for case in cases_of(check)}
    files = {folder_of(name) / FILE for name in CHECKS}
    return sorted(name for file in files for name in _read(file) if name not in cases)


def write(names: Sequence[str]) -> None:
    """Record what the cases of these checks find now, of all if none is named, a line for each.

    Entries of the other checks stay.
    """
    from tests.reports.checks.cases import cases_of

    chosen = [one for one in CHECKS.values() if one.name in names or not names]
    by_folder: dict[Path, dict[str, dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        for number, check in enumerate(chosen):
            folder = folder_of(check.name)
            kept = _read(folder / FILE) if names else {}
            entries = by_folder.setdefault(
                folder, {k: v for k, v in kept.items() if k.partition("-")[0] not in names}
            )
            for place, case in enumerate(cases_of(check)):
                found = facts_of(case.finding(Path(temporary) / str(number) / str(place)))
                assert str(case) not in entries, f"two cases are called {case}"
                entries[str(case)] = found
    for folder, entries in by_folder.items():
        lines = [
            f"{json.dumps(name)}: {json.dumps(entries[name], ensure_ascii=False)}"
            for name in sorted(entries)
        ]
        (folder / FILE).write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    write(sys.argv[1:])
