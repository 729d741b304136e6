"""One process stands still for each time that it is asked to, and none without being asked."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from servers.queue import halt as module
from servers.queue.halt import halt


def test_one_stands_still_for_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(module.os, "kill", lambda pid, number: sent.append((pid, number)))
    file = tmp_path / "halt"
    assert not halt(None)
    assert not halt(file)
    file.touch()
    assert halt(file)
    assert not halt(file)
    assert sent == [(os.getpid(), signal.SIGSTOP)]
    assert [path.name for path in tmp_path.iterdir()] == [f"halt.{os.getpid()}"]
