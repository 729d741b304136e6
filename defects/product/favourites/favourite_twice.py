"""A heart that is sent again is changed again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from defects.base import ServerDefect, Switch, Trial
from servers.ingest.product.favourites import FavouriteChange, FavouritesApi

ChangeOne = Callable[[FavouritesApi, str, FavouriteChange], Awaitable[bool]]


async def change_one(
    switch: Switch,
    original: ChangeOne,
    favourites: FavouritesApi,
    user: str,
    change: FavouriteChange,
) -> bool:
    """Take each change for a new one, whatever its id."""
    if not switch.reached():
        return await original(favourites, user, change)
    return await original(favourites, user, replace(change, id=f"{change.id} {switch.hits}"))


DEFECT = ServerDefect(
    about="A change of a heart whose answer was lost is made again when it is sent again.",
    expected={"favourites_once"},
    trials=[Trial("favourites", browser="chromium", preset="durable", trouble="answers_lost")],
    overrides={"servers.ingest.product.favourites:FavouritesApi.change_one": change_one},
)
