"""What is mutated: the pure parts, and which tests have to notice."""

from __future__ import annotations

from pathlib import Path

MUTATED = (
    "harness/compose/scheduling/answered.py",
    "harness/compose/scheduling/rotation.py",
    "harness/compose/scheduling/selecting.py",
    "harness/load/schedule/schedule.py",
    "harness/load/schedule/shape.py",
    "harness/load/schedule/workload.py",
    "harness/witnesses/truth/reliance.py",
    "harness/witnesses/truth/seams.py",
    "reports/checks/delivery",
    "reports/checks/recovery/adoptions.py",
    "reports/checks/recovery/backlog.py",
    "reports/checks/recovery/crashes.py",
    "reports/checks/monitoring",
    "reports/checks/page/answers.py",
    "reports/checks/page/arrivals.py",
    "reports/checks/page/batches.py",
    "reports/checks/page/claims.py",
    "reports/checks/page/hiding.py",
    "reports/checks/page/leaving.py",
    "reports/checks/page/queue.py",
    "reports/checks/product",
    "reports/checks/recovery/kills.py",
    "reports/checks/topology/balancer.py",
    "reports/checks/topology/pooler.py",
    "reports/evidence/fates.py",
    "reports/judging/deaths.py",
    "reports/judging/findings.py",
    "reports/judging/parameters.py",
    "reports/statistics",
    "reports/verdict",
    "scenarios/catalogue/planning.py",
    "scenarios/concurrency/shrink.py",
    "scenarios/concurrency/walk.py",
)
"""Modules, and folders with all that lies below."""

NOT_MUTATED = {
    "scenarios/catalogue/declare.py": "runs while scenarios are imported, before any test",
    "harness/load/schedule/capacity.py": "times this machine",
}
"""Module → why it is left out."""

ALSO_RUN: dict[str, tuple[str, ...]] = {
    "reports/evidence/fates.py": (
        "tests/reports/checks/delivery/test_views.py",
        "tests/reports/evidence/exchange/test_unsent.py",
        "tests/reports/checks/agreement/test_wire.py",
    ),
    "harness/load/schedule": (
        "tests/harness/load/schedule/test_schedule.py",
        "tests/harness/load/schedule/test_shape.py",
        "tests/harness/load/schedule/test_workload.py",
    ),
}
"""Module or folder → tests, besides those that mirror its name, that have to notice."""

PREPARED = ("reports/checks/",)
"""Folders whose tests judge evidence that no module of theirs makes: it is made before the fork."""


def mutated_modules(root: Path) -> list[str]:
    """Return the paths of the modules that are mutated, sorted."""
    found = set()
    for place in MUTATED:
        path = root / place
        found |= {path} if path.is_file() else set(path.rglob("*.py"))
    places = sorted(path.relative_to(root).as_posix() for path in found)
    return [p for p in places if p not in NOT_MUTATED and not p.endswith("__init__.py")]


def noticing_tests(root: Path, module: str) -> list[str]:
    """Return the test files that run on a module's mutants: the mirror's, and those above."""
    path = Path(module)
    wanted = [Path("tests") / path.parent / f"test_{path.name}"]
    for place in (module, *(parent.as_posix() for parent in path.parents)):
        wanted += [Path(test) for test in ALSO_RUN.get(place, ())]
    return [test.as_posix() for test in dict.fromkeys(wanted) if (root / test).exists()]
