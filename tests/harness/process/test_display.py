"""A display is asked for before the start: one that is named, and that answers."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from harness.core.errors import UsageError
from harness.process import display

pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="macOS always has a display")


def test_no_display_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="DISPLAY is not set"):
        display.refuse_without_display({})


@pytest.mark.parametrize("name", [":7654321", "127.0.0.1:59000", "/no/such/socket:0", "nonsense"])
def test_a_display_that_does_not_answer_is_one_too(name: str) -> None:
    with pytest.raises(UsageError, match=f"none answers at {name}"):
        display.refuse_without_display({"DISPLAY": name})


def test_a_display_that_answers_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        monkeypatch.setattr(display, "_X11_PORT", server.getsockname()[1] - 3)
        display.refuse_without_display({"DISPLAY": "127.0.0.1:3.0"})
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("\0/tmp/.X11-unix/X987654")
        server.listen()
        display.refuse_without_display({"DISPLAY": ":987654"})
    (tmp_path / "xquartz").write_text("")
    display.refuse_without_display({"DISPLAY": str(tmp_path / "xquartz")})
    display.refuse_without_display({"WAYLAND_DISPLAY": "wayland-0"})
