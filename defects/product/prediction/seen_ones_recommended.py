"""What is popular is recommended, seen or not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from defects.base import ServerDefect, Switch, Trial
from servers.ingest.product.predictions import TOP, Prediction, PredictionsApi

Read = Callable[[PredictionsApi, str], Awaitable[list[Prediction]]]
_POPULAR = """
SELECT artwork_id, artwork_id, NULL, 'popularity' FROM popular_artworks ORDER BY rank LIMIT %s
"""


async def read(
    switch: Switch, original: Read, predictions: PredictionsApi, user: str
) -> list[Prediction]:
    """Return the most popular artworks."""
    if not switch.reached():
        return await original(predictions, user)
    rows = await predictions._context.ask(_POPULAR, (TOP,))
    return [Prediction(*row) for row in rows]


DEFECT = ServerDefect(
    about="The model recommends artworks that the user has seen.",
    expected={"prefetched_unseen"},
    trials=[
        Trial("prefetch", browser="chromium", preset="durable", improvement="prediction"),
    ],
    overrides={"servers.ingest.product.predictions:PredictionsApi.read": read},
)
