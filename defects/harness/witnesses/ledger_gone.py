"""A witness file is lost after the run."""

from __future__ import annotations

from defects.base import VISIT, HarnessDefect
from defects.overrides.files import spoiled_after_the_run

DEFECT = HarnessDefect(
    about="What the database witness wrote is gone.",
    expected={"witnesses_whole"},
    verdict="unknown",
    trials=[VISIT],
    overrides=spoiled_after_the_run(lambda directory: (directory / "database.arrows").unlink()),
)
