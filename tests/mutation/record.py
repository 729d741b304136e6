"""The record of what was measured, the reasons for what survives, and what is wrong with them."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from tests.mutation.mutants import SURVIVED, TIMEOUT, Mutant

FORMAT = 1
SHOW = "python -m tests.mutation show"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What mutmut found in one function.

    ``mutants`` counts all of them, ``prose`` those that only rewrite a sentence and
    ``prose_survived`` those of them that no test notices. ``timeout`` mutants hang, twice.
    ``survivors`` is id → change, of all others that no test notices.
    """

    hash: str
    mutants: int = 0
    timeout: int = 0
    prose: int = 0
    prose_survived: int = 0
    survivors: Mapping[str, str] = field(default_factory=dict)

    @property
    def killed(self) -> int:
        """Return how many mutants a test's assertion or an error noticed."""
        return self.mutants - self.timeout - self.prose_survived - len(self.survivors)


Record = dict[str, dict[str, Measured]]
"""Module → function → what was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a mutant may survive."""

    key: str
    where: str
    change: str
    reason: str


def measured(digest: str, mutants: Iterable[Mutant]) -> Measured:
    """Return the entry of a function whose mutants were all tried."""
    every = list(mutants)
    prose = [one for one in every if one.is_prose]
    return Measured(
        hash=digest,
        mutants=len(every),
        timeout=sum(one.fate == TIMEOUT for one in every),
        prose=len(prose),
        prose_survived=sum(one.fate == SURVIVED for one in prose),
        survivors={
            one.key: "\n".join(one.change)
            for one in every
            if one.fate == SURVIVED and not one.is_prose
        },
    )


def tried_again(entry: Measured, mutants: Iterable[Mutant]) -> Measured:
    """Return the entry after some of its survivors were tried again."""
    fates = {one.key: one.fate for one in mutants}
    survivors = {k: c for k, c in entry.survivors.items() if fates.get(k, SURVIVED) == SURVIVED}
    hang = sum(fate == TIMEOUT for fate in fates.values())
    return replace(entry, survivors=survivors, timeout=entry.timeout + hang)


def load(path: Path) -> Record:
    """Return the record; empty if there is none yet."""
    if not path.exists():
        return {}
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert stored["format"] == FORMAT, f"{path.name} has format {stored['format']}, not {FORMAT}"
    return {
        module: {name: Measured(**entry) for name, entry in functions.items()}
        for module, functions in stored["modules"].items()
    }


def save(record: Record, path: Path) -> None:
    """Write the record, one function a line, so that a difference names what was measured anew."""
    modules = []
    for module, functions in sorted(record.items()):
        lines = [
            f"   {json.dumps(name)}: {json.dumps(asdict(entry), ensure_ascii=False)}"
            for name, entry in sorted(functions.items())
        ]
        modules.append(f"  {json.dumps(module)}: {{\n" + ",\n".join(lines) + "\n  }")
    text = f'{{\n "format": {FORMAT},\n "modules": {{\n' + ",\n".join(modules) + "\n }\n}\n"
    path.write_text(text, encoding="utf-8")


def load_reasons(path: Path) -> list[Reason]:
    """Return the explained survivors."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return [
        Reason(key=one["id"], where=one["where"], change=one["change"], reason=one["reason"])
        for one in tomllib.loads(text).get("survivor", [])
    ]


def stale(record: Record, now: Mapping[str, Mapping[str, str]]) -> dict[str, list[str]]:
    """Return module → functions whose hash is not the recorded one, or that are new."""
    found = {}
    for module, functions in now.items():
        known = record.get(module, {})
        changed = [n for n, d in functions.items() if n not in known or known[n].hash != d]
        if changed:
            found[module] = changed
    return found


def without_gone(record: Record, now: Mapping[str, Mapping[str, str]]) -> tuple[Record, list[str]]:
    """Return the record without functions that the tree no longer has, and their names."""
    kept = {
        module: {name: entry for name, entry in functions.items() if name in now[module]}
        for module, functions in record.items()
        if module in now
    }
    gone = [
        f"{module} {name}"
        for module, functions in record.items()
        for name in functions
        if name not in kept.get(module, {})
    ]
    return kept, gone


def problems(record: Record, reasons: Iterable[Reason], sources: Mapping[str, str]) -> list[str]:
    """Return one line for every survivor without a reason and every reason without a survivor.

    ``sources`` is module → its text today.
    """
    explained = list(reasons)
    survivors = {
        key: (f"{module} {name}", change)
        for module, functions in record.items()
        for name, entry in functions.items()
        for key, change in entry.survivors.items()
    }
    known = {one.key for one in explained}
    wrong = [
        f"new survivor {key} in {where}: {_on_one_line(change)} ({SHOW} {key})"
        for key, (where, change) in survivors.items()
        if key not in known
    ]
    for one in explained:
        if one.key not in survivors:
            gone = "is killed now" if _is_there(one, sources) else "no longer exists"
            wrong.append(f"survivors.toml explains {one.key} in {one.where}, which {gone}")
        elif not one.reason.strip():
            wrong.append(f"survivors.toml gives no reason for {one.key} in {one.where}")
    twice = sorted(key for key in known if sum(one.key == key for one in explained) > 1)
    return wrong + [f"survivors.toml explains {key} twice" for key in twice]


def _is_there(reason: Reason, sources: Mapping[str, str]) -> bool:
    """Return whether the lines that the mutant replaces still stand in its module."""
    lines = {line.strip() for line in sources.get(reason.where.split(" ")[0], "").splitlines()}
    replaced = [line[2:] for line in reason.change.splitlines() if line.startswith("- ")]
    return all(line in lines for line in replaced)


def _on_one_line(change: str) -> str:
    old, new = (
        " ".join(line[2:] for line in change.splitlines() if line.startswith(sign))
        for sign in ("- ", "+ ")
    )
    return f"`{old}` → `{new}`"


def skeleton(record: Record, reasons: Iterable[Reason]) -> str:
    """Return the survivors without a reason in the form of survivors.toml."""
    known = {one.key for one in reasons}
    return "\n".join(
        f'[[survivor]]\nid = "{key}"\nwhere = "{module} {name}"\n'
        f"change = '''\n{change}'''\nreason = \"\"\n"
        for module, functions in sorted(record.items())
        for name, entry in functions.items()
        for key, change in entry.survivors.items()
        if key not in known
    )
