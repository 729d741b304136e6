"""The pytest plugin that tries mutants: it collects once and forks a child for each.

``mutmut run`` starts pytest anew for every mutant, which takes longer than the tests. Here the
parent imports and collects, and runs no test itself, so that no cache is filled before a mutant is
chosen. A first child notes which test calls which function; the children after it have one mutant
each and run the tests of its function until one fails. A test that loops is ended by its limit of
processor time, whatever else the machine does.
"""

from __future__ import annotations

import importlib
import json
import math
import os
import resource
import shutil
import signal
import sys
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

JOB, RESULT = "job.json", "result.json"
"""Files of the working folder: what to try (mutants, children, patience, and whether evidence of
cases is prepared); what came of it."""
FAILED, CLEAN = 1, 0
_LIMIT_S, _TIMES = 1.0, 5.0
"""A test may take this much processor time, and this many times what it took unmutated."""
_ROOM_BYTES = 6 * 2**30
_TEMPORARY, _NOTICED = Path("temporary").absolute(), "noticed"
"""The children's folder, with one for each by its process id; the file in that which names the
test that noticed."""
STDLIB = sys.stdlib_module_names
_WAITS = 8
"""A child may take this much longer by the clock than of the processor."""

# The same few examples each time: a mutant's fate must not depend on chance.
settings.register_profile(
    "mutation",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=50,
    phases=[Phase.explicit, Phase.generate],  # a failure is not shrunk
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("mutation")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Try every mutant of the job in place of running the tests."""
    job = json.loads(Path(JOB).read_text(encoding="utf-8"))
    trial = _Trial(session, job["patience"], {_module(mutant) for mutant in job["mutants"]})
    if job["prepared"]:
        _prepare(session.items)
    session.config.pluginmanager.register(_StopAtFailure())
    noted = trial.note_calls()
    if noted is None:
        Path(RESULT).write_text(json.dumps({"unmutated": "fails"}), encoding="utf-8")
        return True
    forced = trial.wait(trial.start("fail", [t for tests in noted.values() for t in tests]))
    result = {"unmutated": "passes", "forced": forced, "mutants": {}}
    waiting: dict[int, str] = {}
    for mutant in job["mutants"]:
        if len(waiting) >= job["children"]:
            _take(trial, waiting, result["mutants"])
        tests = noted.get(_function(mutant), [])
        if tests:
            waiting[trial.start(mutant, trial.likely_first(_function(mutant), tests))] = mutant
        else:
            result["mutants"][mutant] = None
    while waiting:
        _take(trial, waiting, result["mutants"])
    Path(RESULT).write_text(json.dumps(result), encoding="utf-8")
    return True


def _prepare(items: list[pytest.Item]) -> None:
    """Make what the cases of checks judge in the parent: no mutant changes it, and it takes longer
    than the check."""
    for number, item in enumerate(items):
        case = getattr(getattr(item, "callspec", None), "params", {}).get("case")
        if hasattr(case, "prepare"):
            with suppress(Exception):  # the test itself says what is wrong
                case.prepare(Path("prepared").absolute() / str(number))


def _take(trial: _Trial, waiting: dict[int, str], results: dict[str, int | None]) -> None:
    process = next(iter(waiting))
    mutant = waiting.pop(process)
    results[mutant] = trial.wait(process, of=_function(mutant))


def _function(mutant: str) -> str:
    return mutant.partition("__mutmut_")[0]


def _module(mutant: str) -> str:
    return _function(mutant).rpartition(".")[0]


class _StopAtFailure:
    """Ends the child at the first failure: nothing after it can make the mutant survive."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        if call.excinfo is None or call.excinfo.errisinstance(pytest.skip.Exception):
            return
        if os.environ.get("MUTANT_UNDER_TEST") == "stats":
            trace = "".join(traceback.format_exception(call.excinfo.value))
            print(f"\n{item.nodeid} fails unmutated\n{trace}", file=sys.__stderr__, flush=True)
        (_TEMPORARY / str(os.getpid()) / _NOTICED).write_text(item.nodeid, encoding="utf-8")
        os._exit(FAILED)  # a report of the failure would take longer than the test


class _Trial:
    def __init__(self, session: pytest.Session, patience: float, modules: set[str]) -> None:
        self._modules = modules
        self._items = session.items
        self._config = session.config
        self._patience = patience
        self._took_s: dict[str, float] = {}
        self._noticed: Counter[tuple[str, str]] = Counter()

    def note_calls(self) -> dict[str, list[str]] | None:
        """Run all tests unmutated; return function → tests that call it, the fastest first.

        None when a test fails.
        """
        notes = Path("calls.json")
        process = self._fork("stats", lambda: self._note(notes), 3600)
        if self.wait(process) != CLEAN:
            return None
        stored = json.loads(notes.read_text(encoding="utf-8"))
        for module in stored["imported"]:
            importlib.import_module(module)
        self._took_s = stored["took_s"]
        return {
            name: sorted(set(tests), key=lambda one: (self._took_s[one], one))
            for name, tests in stored["calls"].items()
        }

    def _note(self, notes: Path) -> None:
        from mutmut.state import state

        calls: dict[str, list[str]] = {}
        took_s: dict[str, float] = {}
        before = set(sys.modules)
        for item, following in self._pairs(self._items):
            self._empty_caches()  # or only the first test of several would be seen to call
            began = time.process_time()
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            took_s[item.nodeid] = time.process_time() - began
            for function in state()._stats:
                calls.setdefault(function, []).append(item.nodeid)
            state()._stats.clear()
        # What tests import late would be imported by every child; ours may run what is mutated.
        late = [name for name in sys.modules if name not in before and _is_foreign(name)]
        stored = {"calls": calls, "took_s": took_s, "imported": late}
        notes.write_text(json.dumps(stored), encoding="utf-8")

    def start(self, mutant: str, tests: list[str]) -> int:
        """Start the tests in a child that has this mutant; return its process id."""
        by_name = {item.nodeid: item for item in self._items}
        chosen = [by_name[name] for name in dict.fromkeys(tests)]
        return self._fork(mutant, lambda: self._run(chosen), sum(map(self._limit_s, chosen)))

    def _limit_s(self, item: pytest.Item) -> float:
        return (_LIMIT_S + _TIMES * self._took_s[item.nodeid]) * self._patience

    def _run(self, chosen: list[pytest.Item]) -> None:
        self._empty_caches()  # importing the tests may have filled them
        for item, following in self._pairs(chosen):
            signal.setitimer(signal.ITIMER_PROF, self._limit_s(item))
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)

    def _empty_caches(self) -> None:
        for name in self._modules & set(sys.modules):
            for value in list(vars(sys.modules[name]).values()):
                if callable(clear := getattr(value, "cache_clear", None)):
                    clear()

    def likely_first(self, function: str, tests: list[str]) -> list[str]:
        """Return the tests, first those that noticed most mutants of the function so far."""
        return sorted(tests, key=lambda test: -self._noticed[function, test])

    def wait(self, process: int, of: str = "") -> int:
        """Return a child's exit code, negative for the signal that ended it, and note which test
        noticed the mutant of the function ``of``."""
        _, status = os.waitpid(process, 0)
        own = _TEMPORARY / str(process)
        if (noticed := own / _NOTICED).exists():
            self._noticed[of, noticed.read_text(encoding="utf-8")] += 1
        shutil.rmtree(own, ignore_errors=True)
        return os.waitstatus_to_exitcode(status)

    def _pairs(self, items: list[pytest.Item]) -> Iterator[tuple[pytest.Item, pytest.Item | None]]:
        return zip(items, [*items[1:], None], strict=True)

    def _fork(self, mutant: str, work: Callable[[], None], limit_s: float) -> int:
        with _quiet():
            process = os.fork()
        if process:
            return process
        code = FAILED
        try:
            from mutmut.mutation.trampoline import set_mutant_under_test

            set_mutant_under_test(mutant)
            with suppress(ValueError, OSError):  # macOS has the limit by name only
                resource.setrlimit(resource.RLIMIT_AS, (_ROOM_BYTES, _ROOM_BYTES))
            signal.alarm(math.ceil(limit_s * _WAITS))
            own = _TEMPORARY / str(os.getpid())
            own.mkdir(parents=True)
            self._config._tmp_path_factory._basetemp = own  # type: ignore[attr-defined]
            work()
            code = CLEAN
        finally:
            sys.stdout.flush()
            os._exit(code)


def _is_foreign(module: str) -> bool:
    """Return whether a module was installed, and can be imported by its name again."""
    spec = getattr(sys.modules[module], "__spec__", None)
    place = getattr(spec, "origin", None) or ""
    return getattr(spec, "name", "") == module and ("site-packages" in place or module in STDLIB)


@contextmanager
def _quiet() -> Iterator[None]:
    """Fork without the warning about threads: those of the libraries idle between tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield
