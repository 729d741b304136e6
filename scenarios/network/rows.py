"""The rows of the network matrix as data: what breaks, by how much, what makes it, what follows.

A row is named as in the roadmap's matrix where it has one, and by ourselves where it lacks one. Its
numbers are those that the scenario of the same name uses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.faults.line.profiles import profile_of
from harness.ledger.rundir import Condition

PACKETS, TOXIPROXY = "packets", "toxiproxy"
GATEWAY, PROCESS = "gateway", "process"
"""What can make a row: the two kinds of line, the gateway that breaks single answers, a signal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: ``title`` is the roadmap's if ``expected`` quotes its "Expected Behavior".

    ``profile`` names the line of ``harness.faults.line.profiles``, ``what`` says in words what no
    line has; ``lasts_s`` is for how long, 0 for the whole visit.
    """

    title: str
    backends: tuple[str, ...]
    profile: str = ""
    what: str = ""
    lasts_s: int = 0
    expected: str = ""

    @property
    def nominal(self) -> str:
        """Return its numbers in words."""
        parts = [profile_of(self.profile).nominal] if self.profile else []
        parts += [self.what] if self.what else []
        return f"{', '.join(parts)}{f', for {self.lasts_s} s' if self.lasts_s else ''}"

    @property
    def condition(self) -> Condition:
        """Return it as the plan and the run directory hold it."""
        return Condition(
            title=self.title,
            nominal=self.nominal,
            backends=self.backends,
            lasts_s=self.lasts_s,
            behaviour=self.expected,
        )


BOTH = (PACKETS, TOXIPROXY)
_RETRIES = "Retries succeed within 5s window"

ROWS: Mapping[str, Row] = {
    "slow_3g": Row(
        title="Slow 3G",
        profile="slow-3g",
        backends=BOTH,
        expected="Queue batches, retry on timeout",
    ),
    "fast_3g": Row(
        title="Fast 3G",
        profile="fast-3g",
        backends=BOTH,
        expected="Normal flush, low latency",
    ),
    "offline": Row(
        title="Offline → Online",
        what="no network (refused, silently dropped, or link down)",
        lasts_s=30,
        backends=BOTH,
        expected="Queue builds, mass flush on reconnect",
    ),
    "half_lost": Row(
        title="Intermittent (packets)",
        profile="lossy",
        lasts_s=120,
        backends=(PACKETS,),
        expected=_RETRIES,
    ),
    "bursts": Row(
        title="Intermittent (bursts)",
        what="dead for 0.8 to 1.9 s at a time, half the time",
        lasts_s=40,
        backends=BOTH,
        expected=_RETRIES,
    ),
    "half_of_connections": Row(
        title="Intermittent (connections)",
        what="50% of connections reset, drawn anew each second",
        lasts_s=40,
        backends=(TOXIPROXY,),
        expected=_RETRIES,
    ),
    "high_latency": Row(
        title="High Latency",
        profile="high-latency",
        backends=BOTH,
        expected="Timeout triggers fetch keepalive fallback",
    ),
    "bandwidth_collapse": Row(
        title="Bandwidth collapse", profile="collapse", lasts_s=20, backends=BOTH
    ),
    "short_outage": Row(
        title="Short outage", what="connections refused", lasts_s=5, backends=(TOXIPROXY,)
    ),
    "long_queue": Row(
        title="Long queue", what="connections refused, 3,000 views meanwhile", backends=(TOXIPROXY,)
    ),
    "ack_lost": Row(
        title="Ack lost", what="3 batches stored, their answers lost", backends=(GATEWAY,)
    ),
    "half_answers": Row(
        title="Half response, then reset", what="3 answers break off", backends=(GATEWAY,)
    ),
    "read_then_closed": Row(
        title="Server reads, then closes",
        what="3 requests read whole, no answer",
        backends=(GATEWAY,),
    ),
    "storm_503": Row(
        title="503 storm",
        what="every answer 503 with Retry-After 3 s",
        lasts_s=10,
        backends=(GATEWAY,),
    ),
    "server_restart": Row(
        title="Server restart",
        what="the server killed or drained, then started",
        lasts_s=8,
        backends=(PROCESS,),
    ),
    "writes_refused": Row(
        title="Writes refused",
        what="the database breaks off every write",
        lasts_s=15,
        backends=(PROCESS,),
    ),
    "database_restart": Row(
        title="Database restart",
        what="PostgreSQL crashed or stopped, then started",
        lasts_s=8,
        backends=(PROCESS,),
    ),
}
"""Every row by the name of its scenario; the roadmap's first."""
