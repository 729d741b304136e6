"""A client for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from harness.target.client.file import ClientFacts


def client_facts(**changes: Any) -> ClientFacts:
    """A client with two settings, and one more that is run when it is named."""
    facts: dict[str, Any] = {
        "name": "seen",
        "adapter": "/adapters/seen.mjs",
        "endpoint": "/collect/",
        "promise": "at-least-once",
        "settings": {"default": {}, "reliable": {"keep": True}, "untouched": {}},
        "only_asked_for": ("untouched",),
    }
    return ClientFacts(**{**facts, **changes})


def client_file(directory: Path, facts: ClientFacts) -> Path:
    """Write a client file; return where."""
    path = directory / "client.json"
    path.write_bytes(msgspec.json.encode(facts))
    return path
