"""Cells of clients for tests."""

from __future__ import annotations

from typing import Any

from benchmarks.clients.cells import ClientCell


def cell(**changes: Any) -> ClientCell:
    """A cell in which a client lost two of twenty views."""
    facts: dict[str, Any] = {
        "client": "seen",
        "version": "1.0.0",
        "licence": "MIT",
        "promise": "at-least-once",
        "why": "it keeps what is not acknowledged",
        "settings": "default",
        "options": {},
        "browser": "chromium",
        "product": "Chromium 130",
        "scenario": "reloads",
        "question": "Is one lost?",
        "verdict": "fail",
        "reason": "nothing_lost",
        "shown": 20,
        "lost": 2,
        "stored_twice": 0,
        "sent_again": 3,
        "not_asked": ("went_over",),
    }
    return ClientCell(**{**facts, **changes})
