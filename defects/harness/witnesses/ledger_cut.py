"""The end of a witness file is lost after the run."""

from __future__ import annotations

from pathlib import Path

from defects.base import VISIT, HarnessDefect
from defects.overrides.files import spoiled_after_the_run


def cut(directory: Path) -> None:
    """Cut the viewer's file in half."""
    path = next(directory.glob("viewer*.arrows"))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


DEFECT = HarnessDefect(
    about="Half of what the viewer wrote is gone.",
    expected={"witnesses_whole"},
    verdict="unknown",
    trials=[VISIT],
    overrides=spoiled_after_the_run(cut),
)
