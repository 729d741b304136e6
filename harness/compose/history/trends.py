"""The trends of all suites of a history, computed again when it has changed."""

from __future__ import annotations

from collections.abc import Mapping

from harness.compose.history.history import open_history
from reports.history.record import TrendRecord
from reports.history.trend import trend

NIGHTS = 60
"""How many nights of a suite are looked at, the newest ones."""


class Trends:
    """The trends of one history."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._known: dict[str, tuple[tuple[str, ...], TrendRecord]] = {}

    def now(self) -> Mapping[str, TrendRecord]:
        """Return suite → trend of every suite that ran in two nights, none where there is no
        history.

        What of the history cannot be read is among the trends' troubles. Raises HarnessError.
        """
        with open_history(self._place) as history:
            by_name: dict[str, list[str]] = {}
            heads = {one.digest: one for one in history.heads()}
            for digest, head in heads.items():
                by_name.setdefault(head.facts.suite, []).append(digest)
            troubles = tuple(f"{one.name}: {one.what}" for one in history.troubles)
            renamed = tuple(f"{old} → {new}" for old, new in history.renamed().items())
            state = {n: (*own[-NIGHTS:], *troubles, *renamed) for n, own in by_name.items()}
            for name, digests in by_name.items():
                if len(digests) < 2 or self._known.get(name, ((),))[0] == state[name]:
                    continue
                nights = history.whole([heads[digest] for digest in digests[-NIGHTS:]])
                found = trend([(one.digest, one.facts) for one in nights], troubles=troubles)
                self._known[name] = (state[name], found)
        self._known = {
            name: kept for name, kept in self._known.items() if kept[0] == state.get(name)
        }
        return {name: found for name, (_, found) in self._known.items()}
