"""An erasure takes along what other users have of the same artworks."""

from __future__ import annotations

from defects.base import ServerDefect, Switch, Trial
from defects.overrides.erasures import ERASE, Erase
from servers.ingest.product.erasure import ErasureApi

TABLES = ("favourites", "user_art_impressions")


async def erase(switch: Switch, original: Erase, erasures: ErasureApi, user: str) -> int:
    """Delete favourites and impressions by their artworks."""
    if switch.reached():
        for table in TABLES:
            query = (
                f"DELETE FROM {table} WHERE artwork_id IN "  # noqa: S608
                f"(SELECT artwork_id FROM {table} WHERE user_id = %s) RETURNING 1"
            )
            await erasures._context.ask(query, (user,))
    return await original(erasures, user)


DEFECT = ServerDefect(
    about="An erasure takes impressions and favourites of other users along.",
    expected={"erasure_exact", "only_deleted_lost"},
    trials=[Trial("erasure", improvement="product+admin")],
    overrides={ERASE: erase},
)
