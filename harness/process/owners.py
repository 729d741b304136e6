"""Whose each process is, and so what it means when one ends by itself.

One table and one rule. A process that the harness or a fault ends, or that is done, is no news. One
that ends by itself is a failure of the target where it is the target's, and leaves the run
undecided where it is a part of the instrument. Where the machine lacked what the process needed
(memory, room on a disk), or parts of the instrument were killed at the same moment, its end accuses
no one.
"""

from __future__ import annotations

import enum
import re
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class Owner(enum.Enum):
    """Whose failure it is when a process ends by itself."""

    TARGET = "target"
    INSTRUMENT = "instrument"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """A process by its title and its owner. ``finishes``: exit code 0 means that it is done.

    ``lent``: it outlives runs, and concerns the one that uses it.
    """

    title: str
    owner: Owner = Owner.INSTRUMENT
    finishes: bool = False
    lent: bool = False


OWNERS: Mapping[str, Owned] = {
    "ingest": Owned(title="the target's server", owner=Owner.TARGET),
    "postgres": Owned(title="the target's PostgreSQL", owner=Owner.TARGET),
    "replica": Owned(title="the target's replica", owner=Owner.TARGET),
    "shard": Owned(title="a shard of the target", owner=Owner.TARGET),
    "mover": Owned(title="the mover of buckets", owner=Owner.TARGET, finishes=True),
    "redis": Owned(title="the target's Redis", owner=Owner.TARGET),
    "haproxy": Owned(title="the target's HAProxy", owner=Owner.TARGET),
    "pgbouncer": Owned(title="the target's PgBouncer", owner=Owner.TARGET),
    "rabbitmq": Owned(title="the target's RabbitMQ", owner=Owner.TARGET),
    "epmd": Owned(title="the name service of the target's RabbitMQ", owner=Owner.TARGET),
    "queue-worker": Owned(title="the target's queue worker", owner=Owner.TARGET),
    "pool-worker": Owned(title="the target's pool worker", owner=Owner.TARGET),
    "toxiproxy": Owned(title="Toxiproxy"),
    "prometheus": Owned(title="Prometheus"),
    "alertmanager": Owned(title="Alertmanager"),
    "link": Owned(title="the link between the networks"),
    "locust": Owned(title="the load generator", finishes=True),
    "locust-worker": Owned(title="a worker of the load generator", finishes=True),
    "pytest": Owned(title="pytest", finishes=True),
    "harness": Owned(title="the run of another revision", finishes=True),
    "xvfb": Owned(title="Xvfb", lent=True),
    "webkitgtk": Owned(title="WebKitWebDriver", lent=True),
    "chromium": Owned(title="the browser chromium", lent=True),
    "firefox": Owned(title="the browser firefox", lent=True),
    "driver": Owned(title="Playwright's driver", lent=True),
    "database witness": Owned(title="the database witness"),
    "activity witness": Owned(title="the activity witness"),
    "topology witness": Owned(title="the topology witness"),
    "broker witness": Owned(title="the broker witness"),
    "machine witness": Owned(title="the machine witness"),
    "gateway": Owned(title="the gateway"),
}
"""Process, or a part of the harness's own process, by the name under which it is started. A name
that is not here is a browser's."""

_WORDS_MAX = 300
_NO_ROOM = re.compile(r"No space left on device|Disk quota exceeded|ENOSPC")


def owned(name: str) -> Owned:
    """Return whose a process of this name is."""
    return OWNERS.get(name) or Owned(title=f"the browser {name}", lent=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """A process that ended by itself: its exit code (negative: the signal; None: unknown), the end
    of its output, and what the machine lacked, empty where nothing is known to be the cause."""

    name: str
    exit_code: int | None
    last_words: str = ""
    lack: str = ""

    @property
    def accuses_target(self) -> bool:
        """Return whether it is a failure of the target."""
        return owned(self.name).owner is Owner.TARGET and not self.lack

    @property
    def by_signal(self) -> bool:
        """Return whether a signal ended it."""
        return self.exit_code is not None and self.exit_code < 0

    @property
    def sentence(self) -> str:
        """Return it in one sentence: who, how, why if that is known, and the last words."""
        line = f"{owned(self.name).title} ended by itself ({how(self.exit_code)})"
        line += f": {self.lack}" if self.lack else ""
        words = self.last_words[-_WORDS_MAX:]
        return f"{line}; its last words: {words}" if words else f"{line}; it left no last words"


def how(exit_code: int | None) -> str:
    """Return in words how a process ended."""
    if exit_code is None:
        return "exit code unknown"
    if exit_code >= 0:
        return f"exit code {exit_code}"
    try:
        return f"killed by {signal.Signals(-exit_code).name}"
    except ValueError:
        return f"killed by signal {-exit_code}"


def lack_of_room(last_words: str) -> str:
    """Return that a disk was full, if a process's last words say so."""
    return "a disk of this machine is full" if _NO_ROOM.search(last_words) else ""


def memory_kills() -> int | None:
    """Return how many processes this machine's kernel has killed for lack of memory since it was
    started; None where it does not count them."""
    try:
        for line in Path("/proc/vmstat").read_text().splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    except (OSError, ValueError):
        return None
    return None
