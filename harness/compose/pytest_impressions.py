"""A pytest plugin for teams who live there: ``pytest --impressions target.toml``.

Each cell of a suite is a test: it passes, fails with the reason and the impressions, is skipped
where it cannot run, and fails as undecided where evidence is missing. The cells run once, by
``harness run`` in a process of its own, when the first of them is asked for. Without the option the
plugin does nothing, and imports nothing but pytest.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

_OUTCOME = pytest.StashKey[dict[str, Mapping[str, Any]]]()
_TIMEOUT_S = 3600.0


class CellUndecided(Exception):
    """Evidence of a cell is missing: it is neither passed nor failed."""


class CellFailed(Exception):
    """A cell failed: its reason, and findings with the impressions that they name."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the target file, the suite, and where the runs are kept."""
    group = parser.getgroup("impressions", "every impression, from the eye to the database row")
    group.addoption("--impressions", metavar="FILE", help="try the system of a target file")
    group.addoption("--impressions-suite", metavar="NAME", default="own", help="default: own")
    group.addoption("--impressions-out", metavar="DIR", default="runs", help="default: runs")


def pytest_collection(session: pytest.Session) -> None:
    """Find the cells before anything is collected: a mistake in the file is one line."""
    file = session.config.getoption("--impressions")
    if not file:
        return
    if not Path(file).is_file():
        raise pytest.UsageError(f"--impressions {file}: there is no such file")


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> Iterator[None]:
    """Add a test for each cell of the suite."""
    if config.getoption("--impressions"):
        parent = Cells.from_parent(session, name="impressions", nodeid="impressions")
        items.extend(parent.collect())
    return (yield)


class Cells(pytest.Collector):
    """The cells of a suite against one target."""

    def collect(self) -> list[pytest.Item]:
        """Return a test for each cell. Raises UsageError for a target file with a mistake."""
        return [CellItem.from_parent(self, name=name) for name in _planned(self.config)]


class CellItem(pytest.Item):
    """One cell; the first that runs has the whole suite run."""

    def runtest(self) -> None:
        """Pass or skip as the cell did. Raises CellFailed or CellUndecided."""
        cell = _outcomes(self.config).get(self.name)
        if cell is None:
            raise CellUndecided("the suite left no result of it")
        verdict, reason = cell["verdict"], cell["reason"]
        if verdict == "not run":
            pytest.skip(reason)
        if verdict == "unknown":
            raise CellUndecided(reason)
        if verdict == "fail":
            failed = [one for one in cell["findings"] if one["verdict"] == "fail"]
            lines = [f"{one['check']}: {one['summary']}" for one in failed]
            lines += [f"  {example}" for one in failed for example in one["examples"]]
            raise CellFailed("\n".join(lines) or reason)

    def repr_failure(self, excinfo: Any, style: Any = None) -> str:
        """Return the reason alone: a traceback through this file helps no reader."""
        if isinstance(excinfo.value, CellFailed | CellUndecided):
            word = "undecided: " if isinstance(excinfo.value, CellUndecided) else ""
            return f"{word}{excinfo.value}"
        return str(super().repr_failure(excinfo, style))

    def reportinfo(self) -> tuple[Path, None, str]:
        """Return the target file, and the cell's name."""
        return Path(self.config.getoption("--impressions")), None, self.name


def _planned(config: pytest.Config) -> list[str]:
    """Return the names of the cells, as verdict.json has them. Raises UsageError."""
    from harness.compose.targets.before import offer_of  # only for those who ask
    from harness.core.errors import HarnessError
    from harness.ledger.rundir import arm_text
    from harness.setup.machine import ThisMachine
    from harness.target.target import load_target
    from scenarios.catalogue.planning import plan
    from scenarios.catalogue.request import PlanRequest, load_catalogue

    try:
        target = load_target(Path(config.getoption("--impressions")))
        request = PlanRequest(suite=config.getoption("--impressions-suite"))
        cells = plan(request, load_catalogue(target.targets, offer_of(target)), ThisMachine())
    except HarnessError as error:
        raise pytest.UsageError(error.line) from error
    return [_name(one.plan.scenario, arm_text(one.plan.arm), one.plan.seed) for one in cells]


def _name(scenario: str, arm: str, seed: int) -> str:
    return f"{scenario}[{arm}]" if seed == 1 else f"{scenario}[{arm},seed={seed}]"


def _outcomes(config: pytest.Config) -> dict[str, Mapping[str, Any]]:
    """Return each cell's entry of verdict.json; the suite is run the first time."""
    found = config.stash.get(_OUTCOME, None)
    if found is None:
        from harness.core.environment import child_environment  # only for those who ask
        from harness.target.described.loading import secrets_named_in

        file = config.getoption("--impressions")
        argv = [sys.executable, "-m", "harness", "run", "--yes", "--json", "--no-history"]
        argv += ["--suite", config.getoption("--impressions-suite")]
        argv += ["--target", file]
        argv += ["--out", config.getoption("--impressions-out")]
        done = subprocess.run(
            argv,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
            env={**child_environment(), **secrets_named_in(Path(file))},
        )
        if not done.stdout:
            config.stash[_OUTCOME] = {}  # it is not run again for each cell
            raise CellUndecided(done.stderr.strip() or f"harness run ended with {done.returncode}")
        cells = json.loads(done.stdout)["cells"]
        found = {_name(one["scenario"], one["arm"], one["seed"]): one for one in cells}
        config.stash[_OUTCOME] = found
    return found
