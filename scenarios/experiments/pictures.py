"""What a visitor looks at where half of it was predicted: which artworks, in which order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from harness.core.clock import seeded_random
from harness.ledger.kinds.activity import BenchFigureName

PREDICTED = 10
"""What the server recommends at once."""
LOOKED_AT = 5
"""Of the predicted ones and of others, each: the seed draws which of the ten."""
VIEWS = 2 * LOOKED_AT


class PlannedView(NamedTuple):
    """An artwork that is looked at, and under which figure the wait for it counts."""

    artwork: str
    figure: BenchFigureName


def drawn_artworks(seed: int, pool: Sequence[str]) -> list[str]:
    """Return artworks of the pool, each with a picture, none of them a neighbour that is made up:
    those that are recommended first, and as many more as are looked at besides."""
    chance = seeded_random(seed, "artworks with a picture")
    return chance.sample(pool, PREDICTED + LOOKED_AT)


def planned_views(seed: int, artworks: Sequence[str]) -> list[PlannedView]:
    """Return the views of a visit in their order, the same for every arm."""
    chance = seeded_random(seed, "what a visitor looks at")
    predicted = chance.sample(artworks[:PREDICTED], LOOKED_AT)
    others = artworks[PREDICTED : PREDICTED + LOOKED_AT]
    views = [PlannedView(one, "predicted_wait_ms") for one in predicted]
    views += [PlannedView(one, "other_wait_ms") for one in others]
    chance.shuffle(views)
    return views
