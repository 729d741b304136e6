"""What a replica and its primary say becomes one state; a real one: tests/servers/topology."""

from __future__ import annotations

import pytest

from harness.ledger.kinds.monitoring.topology import ReplicaState
from harness.witnesses.topology.replica import WatchedReplica, state

GONE = "postgresql://ann@127.0.0.1:1/views"


@pytest.mark.parametrize(
    ("written", "repeated", "status", "behind"),
    [
        ((100, "sync"), (True, 90), "sync", 10),
        ((100, "async"), (True, 100), "async", 0),
        ((100, "async"), (True, 120), "async", 0),  # it was asked a moment later
        ((100, None), (True, 40), "away", 60),
        ((100, None), (False, 40), "promoted", 0),
    ],
)
def test_a_state_says_how_far_it_follows(
    written: tuple[int, str | None], repeated: tuple[bool, int], status: str, behind: int
) -> None:
    assert state(written, repeated, 5, 7) == ReplicaState(
        part="replica", pid=7, status=status, behind=behind, reads=5
    )


def test_one_that_is_gone_is_an_error_in_one_line() -> None:
    with pytest.raises(OSError, match="refused") as gone:
        WatchedReplica(GONE, GONE).look(7)
    assert "\n" not in str(gone.value)
