"""Where two people visit, one visits twice."""

from __future__ import annotations

from collections.abc import Callable

from defects.base import HarnessDefect, Switch, Trial
from harness.run.context import RunContext

Users = tuple[str, str]


def two_users(
    switch: Switch, original: Callable[..., Users], context: RunContext, stem: str = "", **more: int
) -> Users:
    """Name the first of the two twice."""
    first, second = original(context, stem, **more)
    return (first, first) if switch.reached() else (first, second)


DEFECT = HarnessDefect(
    about="The second of two users is the first: nothing waits for somebody else.",
    expected={"happened"},
    verdict="unknown",
    trials=[Trial("two_accounts", browser="chromium", preset="durable")],
    overrides={"harness.run.context:RunContext.two_users": two_users},
)
