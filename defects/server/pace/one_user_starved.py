"""Every request of one user waits a second and a half before it is stored."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from defects.base import LOAD, ServerDefect, Switch
from defects.overrides.signatures import SUBMIT, Submit, Tell
from harness.core.clock import pause
from servers.ingest.combiner import Combiner
from servers.ingest.receipts import Receipt

WAIT_S = 1.5


def submit(
    switch: Switch,
    original: Submit,
    combiner: Combiner,
    user: str,
    artworks: Sequence[str],
    receipt: Receipt,
    tell: Tell,
) -> None:
    """Let the user who came first wait, and no other."""
    is_starved = user == switch.memory.setdefault("user", user)
    if not is_starved or not switch.reached():
        return original(combiner, user, artworks, receipt, tell)

    async def later() -> None:
        await pause(WAIT_S)
        original(combiner, user, artworks, receipt, tell)

    waiting = switch.memory.setdefault("waiting", set())
    task = asyncio.get_running_loop().create_task(later())
    waiting.add(task)
    task.add_done_callback(waiting.discard)
    return None


DEFECT = ServerDefect(
    about="One user among all waits a second and a half for each of its requests.",
    expected={"no_user_starved"},
    trials=[LOAD],
    overrides={SUBMIT: submit},
)
