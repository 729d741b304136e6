"""The state that the person sees: the step, its phase, and the next thing to do."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from harness.browsers.base import BrowserFacts
from harness.device.steps import DeviceStep


class Phase(enum.Enum):
    """The phase of a step."""

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
        """Whether the step has ended."""
        return self in (Phase.PASSED, Phase.FAILED, Phase.UNDECIDED)


class PhaseTexts(NamedTuple):
    """The texts of a phase: the phone's heading and the line below it, and the terminal's."""

    big: str
    small: str
    terminal: str


TEXTS = {
    Phase.TO_COME: PhaseTexts("", "", "to come"),
    Phase.PREPARING: PhaseTexts(
        "One moment", "A fresh server and an empty database are being started.", "starts a stack"
    ),
    Phase.OPEN: PhaseTexts(
        "Open the test page", "It opens in a new tab. Do what it says there.", "waits to be opened"
    ),
    Phase.ON_PAGE: PhaseTexts(
        "Look at the other tab", "The test page is open. It says what to do.", "the page is open"
    ),
    Phase.CLOSE: PhaseTexts(
        "Close the other tab", "All was shown. Close the test page, then come back here.",
        "waits for the tab to be closed",
    ),
    Phase.QUIET: PhaseTexts(
        "Is the other tab closed?", "It is in the background. Some phones close a tab unnoticed.",
        "the page is out of sight",
    ),
    Phase.RETURNING: PhaseTexts(
        "Keep this page open", "A return visit sends what was left on this device.",
        "makes the return visit",
    ),
    Phase.COUNTING: PhaseTexts(
        "Counting", "Every artwork that you saw is looked for in the database.",
        "reads the database",
    ),
    Phase.PASSED: PhaseTexts("Stored exactly once", "", "pass"),
    Phase.FAILED: PhaseTexts("Something is wrong", "", "fail"),
    Phase.UNDECIDED: PhaseTexts("Could not be decided", "", "unknown"),
}  # fmt: skip


@dataclass(slots=True)
class StepState:
    """A step and its phase; ``reason`` is why it ended so."""

    step: DeviceStep
    phase: Phase = Phase.TO_COME
    reason: str = ""


class SessionState:
    """The whole session as the guide page shows it."""

    def __init__(self, preset: str, steps: Sequence[StepState]) -> None:
        self.preset = preset
        self.steps = list(steps)
        self.number = 0
        self.is_finished = False

    @property
    def current(self) -> StepState:
        """Return the current step."""
        return self.steps[self.number]

    def turn_to(self, number: int) -> StepState:
        """Make a step the current one and reset it."""
        self.number = number
        self.current.phase, self.current.reason = Phase.TO_COME, ""
        return self.current

    def enter(self, phase: Phase) -> bool:
        """Enter a phase; return whether it differs from the previous one."""
        changed = self.current.phase is not phase
        self.current.phase = phase
        return changed

    def texts(self) -> dict[str, Any]:
        """Return what the test page shows of its step."""
        return {
            "title": self.current.step.title,
            "place": f"Step {self.number + 1} of {len(self.steps)}",
            "stays": self.current.step.stays,
        }

    def to_json(self, nonce: str, facts: BrowserFacts | None) -> dict[str, Any]:
        """Return what the guide page shows. ``nonce`` identifies the attempt of its buttons."""
        now = self.current
        texts = TEXTS[now.phase]
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
            "big": texts.big,
            "small": texts.small,
            "reason": now.reason,
            "isFinished": self.is_finished,
            "steps": [
                {"title": one.step.title, "phase": one.phase.value, "reason": one.reason}
                for one in self.steps
            ],
        }
