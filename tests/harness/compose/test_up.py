"""What `harness up` refuses before it starts anything."""

from __future__ import annotations

import socket

import pytest

from harness.compose import up
from harness.core.errors import HarnessError, MissingPart
from harness.target.target import Target


def test_a_port_that_is_taken_is_refused() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(HarnessError, match=f"port {port} is taken"):
            up.stack_options(Target(), port=port, database_url=None, network="open")


def test_a_slow_line_needs_toxiproxy_and_an_open_one_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(up, "find_toxiproxy", lambda: None)
    with pytest.raises(MissingPart, match="needs Toxiproxy"):
        up.stack_options(Target(), port=0, database_url=None, network="slow-3g")
    options = up.stack_options(Target(), port=0, database_url="postgresql://x/y", network="open")
    assert options.database_url == "postgresql://x/y"


def test_a_lossy_line_is_not_offered_because_toxiproxy_cannot_make_it() -> None:
    assert up.LINES[0] == up.OPEN
    assert "slow-3g" in up.LINES
    assert "lossy" not in up.LINES
