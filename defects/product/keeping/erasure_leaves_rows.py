"""An erasure knows the tables of the day on which it was written."""

from __future__ import annotations

from defects.base import ServerDefect, Switch, Trial
from defects.overrides.erasures import ERASE, Erase
from servers.ingest.product.erasure import ErasureApi

TABLES = ("user_art_impressions", "favourites", "favourite_changes")


async def erase(switch: Switch, original: Erase, erasures: ErasureApi, user: str) -> int:
    """Delete from three tables by name."""
    if not switch.reached():
        return await original(erasures, user)
    for table in TABLES:
        query = f"DELETE FROM {table} WHERE user_id = %s RETURNING 1"  # noqa: S608
        await erasures._context.ask(query, (user,))
    return len(TABLES)


DEFECT = ServerDefect(
    about="An erasure leaves what is in tables that it has no list of.",
    expected={"erasure_exact"},
    trials=[Trial("erasure", improvement="product+admin")],
    overrides={ERASE: erase},
)
