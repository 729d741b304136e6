"""What RabbitMQ counts of messages, from its metrics in Prometheus' text format.

Counters of the node as a whole, which begin from 0 at its start. Deliveries are those of quorum
queues alone: what reads the broker's trace has a queue of another kind.
"""

from __future__ import annotations

import http.client
import re
from collections.abc import Sequence
from contextlib import closing
from urllib.parse import urlsplit

from harness.ledger.kinds.monitoring.topology import BrokerState

PART, PROCESS = "broker", "rabbitmq"
QUEUE = "impressions"
_TIMEOUT_S = 2.0
_QUORUM = 'queue_type="rabbit_quorum_queue"'
_LINE = re.compile(r"^(rabbitmq_\w+)(?:\{(.*)\})? ([0-9.e+]+)$", re.MULTILINE)
_COUNTERS = {
    "published": "messages_received_total",
    "confirmed": "messages_confirmed_total",
    "returned": "messages_unroutable_returned_total",
    "dropped": "messages_unroutable_dropped_total",
    "delivered": "messages_delivered_total",
    "unguarded": "messages_delivered_consume_auto_ack_total",
    "redelivered": "messages_redelivered_total",
    "settled": "messages_acknowledged_total",
}
_OF_QUEUES = frozenset({"delivered", "unguarded", "redelivered", "settled"})
_DEAD = (
    "rabbitmq_global_messages_dead_lettered_delivery_limit_total",
    "rabbitmq_global_messages_dead_lettered_rejected_total",
    "rabbitmq_global_messages_dead_lettered_maxlen_total",
    "rabbitmq_global_messages_dead_lettered_expired_total",
)
_READY, _UNSETTLED = "rabbitmq_queue_messages_ready", "rabbitmq_queue_messages_unacked"


class WatchedBroker:
    """One RabbitMQ, by the URL of its metrics."""

    part, process = PART, PROCESS

    def __init__(self, metrics_url: str) -> None:
        self._metrics_url = metrics_url

    def look(self, pid: int) -> Sequence[BrokerState]:
        """Return its state. Raises OSError where it does not answer."""
        return [state(asked(self._metrics_url), pid)]


def waiting(metrics_url: str) -> int:
    """Return how many messages are in the queue of the batches, with workers or without. Raises
    OSError where the broker does not answer, or does not speak of that queue: after a restart it
    does so only once the queue is used again, and until then its depth is not 0 but unknown."""
    return depth(asked(metrics_url))


def depth(text: str) -> int:
    """Return the depth that metrics describe. Raises OSError where they do not name the queue."""
    found = state(text, 0)
    if found.ready is None or found.unsettled is None:
        raise OSError(f"its metrics do not name the queue {QUEUE}")
    return found.ready + found.unsettled


def asked(metrics_url: str) -> str:
    """Return a broker's metrics, with those of each queue. Raises OSError."""
    where = urlsplit(metrics_url)
    try:
        with closing(http.client.HTTPConnection(where.netloc, timeout=_TIMEOUT_S)) as connection:
            connection.request("GET", f"{where.path}/per-object")
            return connection.getresponse().read().decode()
    except http.client.HTTPException as error:
        raise OSError(f"{type(error).__name__}: {error}") from error


def state(text: str, pid: int) -> BrokerState:
    """Return the state that a process's metrics describe. Raises OSError for others' metrics.

    A depth that they do not name is unknown: a node that was started again names a queue only once
    it is used.
    """
    counted: dict[str, int] = {}
    queued: dict[str, int] = {}
    for name, labels, value in _LINE.findall(text):
        if name in (_READY, _UNSETTLED):
            if f'queue="{QUEUE}"' in labels:
                queued[name] = queued.get(name, 0) + int(float(value))
        elif name.startswith("rabbitmq_global_"):
            is_quorum = "queue_type=" not in labels or _QUORUM in labels
            short = name.removeprefix("rabbitmq_global_")
            key = next((key for key, own in _COUNTERS.items() if own == short), name)
            if key not in _OF_QUEUES or is_quorum:
                counted[key] = counted.get(key, 0) + int(float(value))
    if "published" not in counted:
        raise OSError("its metrics count no messages")
    return BrokerState(
        part=PART,
        pid=pid,
        **{name: counted.get(name, 0) for name in _COUNTERS},
        dead=sum(counted.get(name, 0) for name in _DEAD),
        ready=queued.get(_READY),
        unsettled=queued.get(_UNSETTLED),
    )
