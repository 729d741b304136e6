"""What the set-up tries with small scripts ends when it ends: a busy machine may hold it up."""

from __future__ import annotations

import pytest

from harness.setup import commands
from harness.setup.parts import go, toxiproxy


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lift the bounds on what answers; who tests a bound sets one of its own."""
    monkeypatch.setattr(commands, "VERSION_TIMEOUT_S", 60.0)
    monkeypatch.setattr(go, "VENV_TIMEOUT_S", 120.0)
    monkeypatch.setattr(go, "PROBE_TIMEOUT_S", 120.0)
    monkeypatch.setattr(toxiproxy, "PROBE_TIMEOUT_S", 60.0)
