"""The server prepares its statements although the pooler lends a session for one transaction."""

from __future__ import annotations

from collections.abc import Callable

from defects.base import ServerDefect, Switch
from defects.overrides.topology import POOLED
from servers.ingest.storage.store import Store


def threshold(switch: Switch, original: Callable[[Store], int | None], store: Store) -> int | None:
    """Return that statements are prepared, as psycopg does by default."""
    return 5 if switch.reached() else original(store)


DEFECT = ServerDefect(
    about="Statements are prepared in sessions that are another client's the next time.",
    expected={"every_flush_succeeded"},
    trials=[POOLED],
    overrides={"servers.ingest.storage.store:Store.prepare_threshold": threshold},
)
