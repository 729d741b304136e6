"""An erasure takes the favourites of everybody who likes what the user likes."""

from __future__ import annotations

from defects.base import ServerDefect, Switch, Trial
from defects.overrides.erasures import ERASE, Erase
from servers.ingest.product.erasure import ErasureApi

_ALIKE = """
DELETE FROM favourites WHERE artwork_id IN (SELECT artwork_id FROM favourites WHERE user_id = %s)
RETURNING 1
"""


async def erase(switch: Switch, original: Erase, erasures: ErasureApi, user: str) -> int:
    """Delete favourites by their artworks."""
    if switch.reached():
        await erasures._context.ask(_ALIKE, (user,))
    return await original(erasures, user)


DEFECT = ServerDefect(
    about="An erasure takes favourites of another user along.",
    expected={"erasure_exact"},
    trials=[Trial("erasure", improvement="product+admin")],
    overrides={ERASE: erase},
)
