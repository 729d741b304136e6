"""The command line of the mutation record: the check, a whole measurement, one survivor."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests import ROOT
from tests.mutation import measure as tool
from tests.mutation import record as records
from tests.mutation.functions import digests
from tests.mutation.record import Record
from tests.mutation.scope import mutated_modules, noticing_tests
from tests.mutation.score import summary, table

HERE = ROOT / "tests" / "mutation"
RECORD, REASONS = HERE / "record.json", HERE / "survivors.toml"
CHILDREN = "MUTATION_CHILDREN"
"""Environment variable: how many mutants are tried at once; as many as processors by default."""


def sources_now() -> dict[str, str]:
    """Return module → text of everything that is mutated."""
    return {name: (ROOT / name).read_text(encoding="utf-8") for name in mutated_modules(ROOT)}


def check() -> int:
    """Mutate what has changed, write the record, name what is wrong; return the exit code."""
    sources = sources_now()
    now = {module: digests(text) for module, text in sources.items()}
    record, gone = records.without_gone(records.load(RECORD), now)
    for name in gone:
        print(f"{name} is gone: it leaves the record")
    changed = records.stale(record, now)
    if changed and not tool.is_installed():
        number = sum(map(len, changed.values()))
        print(f"mutation: {number} functions have changed since they were mutated, and mutmut is")
        print("not installed in this environment; make setup installs it:")
        print("\n".join(f"  {m}: {', '.join(names)}" for m, names in changed.items()))
        return 4
    if not _measured(record, now, changed):
        return 4
    if gone or changed:
        records.save(record, RECORD)
    return _conclude(record, sources)


def measure_all(places: Iterable[str]) -> int:
    """Mutate everything, or what lies below the places; return the exit code of the check."""
    sources = sources_now()
    now = {module: digests(text) for module, text in sources.items()}
    record, _ = records.without_gone(records.load(RECORD), now)
    below = tuple(places) or ("",)
    wanted = {module: None for module in now if module.startswith(below)}
    whole = _measured(record, now, wanted)
    return _conclude(record, sources) if whole else 4


def try_again(places: Iterable[str]) -> int:
    """Try only what survived, of functions that have not changed; return the check's exit code."""
    sources = sources_now()
    record = records.load(RECORD)
    for module, functions in record.items():
        now = digests(sources.get(module, ""))
        known = {name: e for name, e in functions.items() if now.get(name) == e.hash}
        keys = {key for entry in known.values() for key in entry.survivors}
        if not keys or not module.startswith(tuple(places) or ("",)):
            continue
        tests, children = noticing_tests(ROOT, module), _children()
        try:
            found = tool.measure(ROOT, module, tests, only=keys, children=children)
        except tool.NotMeasured as failure:
            print(f"{module}: not measured: {failure}")
            return 4
        record[module] = functions | {
            name: records.tried_again(entry, found.get(name, ())) for name, entry in known.items()
        }
        records.save(record, RECORD)
        left = sum(len(entry.survivors) for entry in record[module].values())
        print(f"{module}: {left} of {len(keys)} still survive", flush=True)
    return _conclude(record, sources)


def _children() -> int:
    return int(os.environ.get(CHILDREN, os.cpu_count() or 1))


def _measured(
    record: Record,
    now: Mapping[str, Mapping[str, str]],
    wanted: Mapping[str, list[str] | None],
) -> bool:
    """Put what mutmut finds into the record, module by module; return whether it could."""
    whole = True
    for module, functions in wanted.items():
        began = time.monotonic()
        tests = noticing_tests(ROOT, module)
        try:
            found = tool.measure(ROOT, module, tests, functions=functions, children=_children())
        except tool.NotMeasured as failure:
            print(f"{module}: not measured: {failure}")
            whole = False
            continue
        entries = {
            name: records.measured(now[module][name], found.get(name, ()))
            for name in (now[module] if functions is None else functions)
        }
        record[module] = record.get(module, {}) | entries
        records.save(record, RECORD)
        print(_line(module, entries.values(), time.monotonic() - began), flush=True)
    return whole


def _line(module: str, entries: Iterable[records.Measured], took_s: float) -> str:
    every = list(entries)
    mutants, survivors = sum(e.mutants for e in every), sum(len(e.survivors) for e in every)
    return (
        f"{module}: {len(every)} functions, {mutants} mutants, {survivors} survive, {took_s:.0f} s"
    )


def _conclude(record: Record, sources: Mapping[str, str]) -> int:
    reasons = records.load_reasons(REASONS)
    wrong = records.problems(record, reasons, sources)
    print("\n".join([*wrong, summary(record, len(reasons))]))
    return 1 if wrong else 0


def show(key: str) -> int:
    """Print one survivor; return the exit code."""
    for module, functions in records.load(RECORD).items():
        for name, entry in functions.items():
            if key in entry.survivors:
                tests = " ".join(noticing_tests(ROOT, module)) or "none"
                print(f"{module} {name}\n{entry.survivors[key]}\ntests: {tests}")
                return 0
    print(f"no survivor of the record is called {key}")
    return 2


def main(arguments: list[str]) -> int:
    """Do what the arguments ask; return the exit code."""
    match arguments:
        case []:
            return check()
        case ["all", *places]:
            return measure_all(places)
        case ["again", *places]:
            return try_again(places)
        case ["show", key]:
            return show(key)
        case ["explain"]:
            print(records.skeleton(records.load(RECORD), records.load_reasons(REASONS)))
        case ["score"]:
            print(table(records.load(RECORD)))
        case _:
            print(Path(__file__).with_name("__init__.py").read_text(encoding="utf-8"))
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
