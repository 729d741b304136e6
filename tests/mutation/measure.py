"""Trying the mutants of one module with the tests that have to notice."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from tests.mutation.generate import Mutated, lay_out, mutated, unmangled
from tests.mutation.mutants import KILLED, SURVIVED, TIMEOUT, Mutant, change_of, keyed
from tests.mutation.plugin import CLEAN, FAILED, JOB, RESULT
from tests.mutation.scope import PREPARED

_TIMED_OUT = (-signal.SIGALRM, -signal.SIGPROF)
_SURE = (CLEAN, FAILED, -signal.SIGPROF)
"""Ends that a busy machine cannot bring about: the limit is of processor time."""
_UNCALLED = None
# No thread of the pools that numpy and Arrow start in the parent is there after the fork.
_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "MUTANT_UNDER_TEST": "",
}
# The tests' own conftest watches starts and orders tests for xdist: neither is wanted here.
_PYTEST = "-q --noconftest --rootdir=. -p tests.mutation.plugin -p no:cacheprovider -p no:xdist"


class NotMeasured(Exception):
    """The mutants could not be tried: mutmut is missing, or tests fail without a mutant."""


def is_installed() -> bool:
    """Return whether mutmut can be imported in this environment."""
    return importlib.util.find_spec("mutmut") is not None


def measure(
    root: Path,
    module: str,
    tests: Sequence[str],
    *,
    functions: Collection[str] | None = None,
    only: Collection[str] | None = None,
    children: int = 1,
) -> dict[str, list[Mutant]]:
    """Return the mutants of a module by function, each with its fate.

    ``functions`` restricts it to the mutants of some functions, ``only`` to some mutants, by id. A
    mutant that waits, or whose process dies, is tried a second time with four times the limit.
    Raises NotMeasured with the end of the output.
    """
    if not is_installed():
        raise NotMeasured("mutmut is not installed in this environment; make setup installs it")
    place = root / "build" / "mutation" / module.removesuffix(".py").replace("/", ".")
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    _configure(root, place)
    with contextlib.chdir(place):
        made = mutated(module, (root / module).read_text(encoding="utf-8"))
    lay_out(root, place, module, made.text)
    names = _keys(module, made)
    prefix = module.removesuffix(".py").replace("/", ".")
    wanted = [
        f"{prefix}.{name}"
        for name, key in names.items()
        if (functions is None or unmangled(name) in functions) and (only is None or key in only)
    ]
    codes: dict[str, int | None] = dict.fromkeys(wanted, _UNCALLED)
    prepared = module.startswith(PREPARED)
    if wanted and tests:
        codes |= _try(place, wanted, tests, children, patience=1, prepared=prepared)
    odd = [name for name, code in codes.items() if code not in (*_SURE, _UNCALLED)]
    if odd:
        codes |= _try(place, odd, tests, children, patience=4, prepared=prepared)
    fates = {name.rpartition(".")[2]: _fate(code) for name, code in codes.items()}
    return _by_function(module, made, fates)


def _keys(module: str, made: Mutated) -> dict[str, str]:
    """Return mutmut's name of every mutant → its id."""
    found: dict[str, list[str]] = {}
    for name in made.mutants():
        found.setdefault(unmangled(name), []).append(name)
    keys = {}
    for function, every in found.items():
        changes = [(change_of(made.original(one), made.sources[one]), "") for one in every]
        keys |= zip(every, (one.key for one in keyed(module, function, changes)), strict=True)
    return keys


def _configure(root: Path, place: Path) -> None:
    """Give the copy pytest's options, and mutmut's trampolines what they ask for."""
    project = (root / "pyproject.toml").read_text(encoding="utf-8")
    [pytest_options] = re.findall(r"^\[tool\.pytest\.ini_options\]\n(?:.+\n)+", project, re.M)
    ours = '\n[tool.mutmut]\nsource_paths = ["."]\ntrack_dependencies = false\n'
    (place / "pyproject.toml").write_text(pytest_options + ours, encoding="utf-8")


def _try(
    place: Path,
    mutants: Sequence[str],
    tests: Sequence[str],
    children: int,
    *,
    patience: float,
    prepared: bool,
) -> dict[str, int | None]:
    """Return mutant → exit code of its tests, None where no test calls its function."""
    job = {
        "mutants": list(mutants),
        "children": children,
        "patience": patience,
        "prepared": prepared,
    }
    (place / JOB).write_text(json.dumps(job), encoding="utf-8")
    (place / RESULT).unlink(missing_ok=True)
    log = place / "pytest.log"
    with log.open("a", encoding="utf-8") as out:
        subprocess.run(
            [sys.executable, "-m", "pytest", *_PYTEST.split(), *tests],
            cwd=place,
            env=os.environ | _ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
        )
    result: Mapping[str, object] = (
        json.loads((place / RESULT).read_text(encoding="utf-8"))
        if (place / RESULT).exists()
        else {}
    )
    if result.get("unmutated") != "passes" or result.get("forced") != FAILED:
        end = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-30:])
        raise NotMeasured(f"its tests do not pass unmutated, or call nothing of it:\n{end}")
    found = result["mutants"]
    assert isinstance(found, dict)
    return found


def _by_function(module: str, made: Mutated, fates: Mapping[str, str]) -> dict[str, list[Mutant]]:
    """Return the tried mutants; ids count equal changes over all mutants of a function."""
    found: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for name in made.mutants():
        change = change_of(made.original(name), made.sources[name])
        found.setdefault(unmangled(name), []).append((change, fates.get(name, "")))
    every = {function: keyed(module, function, changes) for function, changes in found.items()}
    tried = {function: [one for one in some if one.fate] for function, some in every.items()}
    return {function: some for function, some in tried.items() if some}


def _fate(code: int | None) -> str:
    if code == FAILED:
        return KILLED
    return TIMEOUT if code in _TIMED_OUT else SURVIVED
