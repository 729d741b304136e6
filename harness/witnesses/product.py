"""What the product has stored, read past the server: how often each impression was replayed."""

from __future__ import annotations

import contextlib

from harness.core.clock import now
from harness.core.errors import WaitTimeout
from harness.core.wait import wait_until
from harness.ledger.files import WitnessFile
from harness.ledger.kinds.database import DatabaseRow, ReplaysKept, ReplaysRead
from harness.target.reference.product import REPLAY_COUNTS
from harness.target.session import connected

Counts = dict[tuple[str, str], int]


async def read_replays(
    dsn: str, database: WitnessFile[DatabaseRow], *, total: int, timeout_s: float
) -> None:
    """Write down how often each impression was replayed, once it is ``total`` times in all.

    After ``timeout_s`` it is written down as it is then.
    """
    async with await connected(dsn) as connection:
        found: Counts = {}

        async def all_are_counted() -> bool:
            rows = await (await connection.execute(REPLAY_COUNTS)).fetchall()
            found.clear()
            found.update({(user, artwork): count for user, artwork, count in rows})
            return sum(found.values()) >= total

        with contextlib.suppress(WaitTimeout):
            await wait_until(
                f"{total} replays are counted", all_are_counted, timeout_s=timeout_s, interval_s=0.2
            )
    at = now()
    for (user, artwork), count in found.items():
        database.saw(ReplaysKept(user=user, artwork=artwork, replays=count), at=at)
    database.saw(ReplaysRead(found=len(found)), at=at)
