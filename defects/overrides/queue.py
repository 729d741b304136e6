"""Where defects of a message queue sit, and their trials."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aio_pika.abc import AbstractIncomingMessage

from defects.base import Trial
from servers.queue.worker import QueueWorkers

HANDLE = "servers.queue.worker:QueueWorkers.handle"
"""A worker has a message: it stores its batch and acknowledges it, or gives it back."""
PUBLISH = "servers.queue.publisher:Publisher.publish"
"""The server publishes a message, and goes on when the broker has confirmed it."""
WORKERS = "servers.queue"
"""The program of the workers."""

Handle = Callable[[QueueWorkers, AbstractIncomingMessage], Awaitable[None]]


def queued(fault: str = "none") -> Trial:
    """Return the cheapest load on a queue to which that happens."""
    return Trial("scale_out", topology="queued", fault=fault)
