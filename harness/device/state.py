"""What the person is shown: the step, how far it is, and one thing to do."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from harness.browsers.base import BrowserFacts
from harness.device.steps import Step


class Phase(enum.Enum):
    """How far a step is."""

    TO_COME = "to come"
    PREPARING = "preparing"
    OPEN = "open"
    ON_PAGE = "on page"
    CLOSE = "close"
    QUIET = "quiet"
    RETURNING = "returning"
    COUNTING = "counting"
    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "undecided"

    @property
    def is_end(self) -> bool:
        """Say whether nothing more happens in it by itself."""
        return self in (Phase.PASSED, Phase.FAILED, Phase.UNDECIDED)


class Saying(NamedTuple):
    """A phase in words: for the phone's big line and the small one below it, and the terminal."""

    big: str
    small: str
    terminal: str


SAYS = {
    Phase.TO_COME: Saying("", "", "to come"),
    Phase.PREPARING: Saying(
        "One moment", "A fresh server and an empty database are being started.", "starts a stack"
    ),
    Phase.OPEN: Saying(
        "Open the test page", "It opens in a new tab. Do what it says there.", "waits to be opened"
    ),
    Phase.ON_PAGE: Saying(
        "Look at the other tab", "The test page is open. It says what to do.", "the page is open"
    ),
    Phase.CLOSE: Saying(
        "Close the other tab", "All was shown. Close the test page, then come back here.",
        "waits for the tab to be closed",
    ),
    Phase.QUIET: Saying(
        "Is the other tab closed?", "It has gone quiet. Some phones close a tab without a word.",
        "the page is out of sight",
    ),
    Phase.RETURNING: Saying(
        "Keep this page open", "A return visit sends what was left on this device.",
        "makes the return visit",
    ),
    Phase.COUNTING: Saying(
        "Counting", "Every artwork that you saw is looked for in the database.",
        "reads the database",
    ),
    Phase.PASSED: Saying("Stored exactly once", "", "pass"),
    Phase.FAILED: Saying("Something is wrong", "", "fail"),
    Phase.UNDECIDED: Saying("Could not be decided", "", "unknown"),
}  # fmt: skip


@dataclass(slots=True)
class StepState:
    """A step and how far it is; ``reason`` says why it ended so."""

    step: Step
    phase: Phase = Phase.TO_COME
    reason: str = ""


class Shown:
    """The whole session as the guide page shows it."""

    def __init__(self, preset: str, steps: Sequence[StepState]) -> None:
        self.preset = preset
        self.steps = list(steps)
        self.number = 0
        self.is_finished = False

    @property
    def current(self) -> StepState:
        """Return the step whose turn it is."""
        return self.steps[self.number]

    def turn_to(self, number: int) -> StepState:
        """Begin a step, for the first time or again."""
        self.number = number
        self.current.phase, self.current.reason = Phase.TO_COME, ""
        return self.current

    def enter(self, phase: Phase) -> bool:
        """Go on to a phase; return whether it is another one."""
        changed = self.current.phase is not phase
        self.current.phase = phase
        return changed

    def words(self) -> dict[str, Any]:
        """Return what the test page says of its step."""
        return {
            "title": self.current.step.title,
            "place": f"Step {self.number + 1} of {len(self.steps)}",
            "stays": self.current.step.stays,
        }

    def to_json(self, nonce: str, facts: BrowserFacts | None) -> dict[str, Any]:
        """Return what the guide page draws. ``nonce`` names the try that its buttons speak of."""
        now = self.current
        saying = SAYS[now.phase]
        device = f"{facts.product} {facts.version} · {facts.platform}" if facts else ""
        return {
            "device": device,
            "isEmulated": facts is not None and facts.kind != "device",
            "preset": self.preset,
            "nonce": nonce,
            "number": self.number + 1,
            "title": now.step.title,
            "why": now.step.why,
            "phase": now.phase.value,
            "big": saying.big,
            "small": saying.small,
            "reason": now.reason,
            "isFinished": self.is_finished,
            "steps": [
                {"title": one.step.title, "phase": one.phase.value, "reason": one.reason}
                for one in self.steps
            ],
        }
