"""Overrides that store something else than what came: another id, another user, another time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from defects.base import Replacement, Switch
from defects.overrides.signatures import WRITE, Write
from servers.ingest.storage.store import Share, Store, Written


def ids_changed(change: Callable[[str], str]) -> Mapping[str, Replacement]:
    """Return overrides that store what ``change`` makes of each id."""

    def changed(share: Share) -> Share:
        return share._replace(artworks=[change(artwork) for artwork in share.artworks])

    return _shares_changed(changed)


def users_changed(change: Callable[[str], str]) -> Mapping[str, Replacement]:
    """Return overrides that store each id for what ``change`` makes of its user."""
    return _shares_changed(lambda share: share._replace(user=change(share.user)))


def times_changed(change: Callable[[float], float]) -> Mapping[str, Replacement]:
    """Return overrides that store what ``change`` makes of each time, in seconds since the
    epoch."""
    return _shares_changed(lambda share: share._replace(seen_at_s=change(share.seen_at_s)))


def keyed_by(key: Callable[[str, str], str | int]) -> Mapping[str, Replacement]:
    """Return overrides that take what has the same ``key`` of user and artwork for a repetition."""

    async def write(
        switch: Switch, original: Write, store: Store, shares: Sequence[Share]
    ) -> list[Written]:
        first = switch.memory.setdefault("first", {})
        kept = []
        for share in shares:
            owners = {one: (share.user, one) for one in share.artworks}
            own = [
                one
                for one in share.artworks
                if first.setdefault(key(share.user, one), owners[one]) == owners[one]
            ]
            kept.append(share._replace(artworks=own))
        same = [len(one.artworks) for one in kept] == [len(one.artworks) for one in shares]
        if same or not switch.reached():
            return await original(store, shares)
        written = iter(await original(store, [share for share in kept if share.artworks]))
        parts = [next(written) if share.artworks else Written(0, 0) for share in kept]
        return [
            part._replace(duplicate=len(share.artworks) - part.inserted)
            for part, share in zip(parts, shares, strict=True)
        ]

    return {WRITE: write}


def _shares_changed(change: Callable[[Share], Share]) -> Mapping[str, Replacement]:
    async def write(
        switch: Switch, original: Write, store: Store, shares: Sequence[Share]
    ) -> list[Written]:
        others = [change(share) for share in shares]
        # Where nothing changes the switch was not reached: the values were none that it changes.
        if others == list(shares) or not switch.reached():
            return await original(store, shares)
        return await original(store, others)

    return {WRITE: write}
