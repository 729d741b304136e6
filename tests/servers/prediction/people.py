"""People who look at artworks, with tastes or without, drawn from a seed."""

from __future__ import annotations

import numpy as np

from servers.prediction.seen import UserView

POOL = [f"a{number:03}" for number in range(120)]
TASTES = 4


def people(users: int, views_each: int, *, seed: int, taste: float) -> list[UserView]:
    """Return who saw what, in the order of time.

    Each user belongs to one of four tastes, and each artwork to one; ``taste`` is the share of the
    views that follow it (0: everybody sees the same few artworks most). None is seen twice.
    """
    generator = np.random.default_rng(seed)
    popular = 1 / np.arange(1, len(POOL) + 1)
    views = []
    for user in range(users):
        mine = np.arange(len(POOL)) % TASTES == user % TASTES
        shares = (1 - taste) * popular / popular.sum() + taste * mine / mine.sum()
        drawn = generator.choice(len(POOL), views_each, replace=False, p=shares)
        moments = np.sort(generator.random(views_each))
        views += [
            UserView(f"u{user:03}", POOL[number], float(moment))
            for number, moment in zip(drawn, moments, strict=True)
        ]
    return sorted(views, key=lambda view: view.at_s)
