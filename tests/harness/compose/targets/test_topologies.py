"""A topology as what a stack is started with, and what it cannot stand before."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.compose.targets import topologies
from harness.compose.targets.topologies import offered, queue_of, topology_options
from harness.core.errors import MissingPart, UsageError
from harness.target.capabilities import EVERYTHING, Capability
from harness.target.described.file import REFERENCE_SERVER
from harness.target.reference.topologies import TOPOLOGIES
from servers.topology.scaled.options import ONE_SERVER, TopologyOptions
from servers.topology.scaled.queue import QueueOptions

BOTH = TOPOLOGIES["balanced-pooled"]


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    found = {"haproxy": Path("/x/haproxy"), "pgbouncer": Path("/x/pgbouncer")}
    monkeypatch.setattr(topologies, "find_part", found.get)
    return found


def test_single_is_one_server_and_looks_for_nothing(parts: dict[str, Path]) -> None:
    parts.clear()
    for module in (REFERENCE_SERVER, "mine.server"):
        single = topology_options(TOPOLOGIES["single"], module, database_url="postgresql://x")
        assert single == ONE_SERVER


def test_each_has_its_programs(parts: dict[str, Path]) -> None:
    assert topology_options(BOTH, REFERENCE_SERVER, database_url=None) == TopologyOptions(
        servers=2, haproxy=Path("/x/haproxy"), pgbouncer=Path("/x/pgbouncer")
    )
    balanced = topology_options(TOPOLOGIES["balanced"], REFERENCE_SERVER, database_url="x")
    assert balanced == TopologyOptions(servers=2, haproxy=Path("/x/haproxy"))
    replicated = topology_options(TOPOLOGIES["replicated"], REFERENCE_SERVER, database_url=None)
    assert replicated == TopologyOptions(replication="asynchronous")


def test_what_is_missing_is_named_with_the_command_that_brings_it(parts: dict[str, Path]) -> None:
    parts.clear()
    with pytest.raises(MissingPart, match="needs haproxy and pgbouncer") as refused:
        topology_options(BOTH, REFERENCE_SERVER, database_url=None)
    assert "--only haproxy --only pgbouncer" in str(refused.value.hint)


def test_neither_a_server_nor_a_database_of_the_user_s_has_one(
    parts: dict[str, Path],
) -> None:
    with pytest.raises(UsageError, match=r"not mine\.server"):
        topology_options(TOPOLOGIES["balanced"], "mine.server", database_url=None)
    for name in ("pooled", "replicated", "queued"):
        with pytest.raises(UsageError, match="PostgreSQL of the harness's own"):
            topology_options(TOPOLOGIES[name], REFERENCE_SERVER, database_url="postgresql://x")


@pytest.mark.parametrize(
    ("fault", "length_max", "prefetch"),
    [("none", 100_000, 8), ("queue_full", 4, 1), ("broker_killed", 100_000, 1)],
)
def test_a_queue_is_as_long_as_its_fault_wants(
    parts: dict[str, Path], fault: str, length_max: int, prefetch: int
) -> None:
    parts["rabbitmq"] = Path("/x/rabbitmq")
    made = topology_options(
        TOPOLOGIES["queued"],
        REFERENCE_SERVER,
        database_url=None,
        queue_worker=("a.variant", ("x",)),
        fault=fault,
    )
    assert made.queue == QueueOptions(
        rabbitmq=Path("/x/rabbitmq"),
        module="a.variant",
        arguments=("x",),
        length_max=length_max,
        prefetch=prefetch,
    )


def test_what_a_queue_changes_of_what_is_offered() -> None:
    every = frozenset(EVERYTHING)
    assert offered(TOPOLOGIES["single"], every) == every
    assert offered(TOPOLOGIES["balanced"], every) == every - {Capability.SERVER_METRICS}
    lost = {Capability.SERVER_METRICS, Capability.ANSWER_COUNTS}
    assert offered(TOPOLOGIES["queued"], every) == every - lost | {Capability.MESSAGE_QUEUE}


def test_how_a_queue_is_reached() -> None:
    nothing: Any = SimpleNamespace(queue=None)
    assert queue_of(nothing) is None
    broker = SimpleNamespace(url="amqp://x", metrics_url="http://x")
    queue = SimpleNamespace(broker=broker, workers=("w",), halt_file=Path("/x/halt"))
    stack: Any = SimpleNamespace(queue=queue)
    found = queue_of(stack)
    assert found is not None
    assert (found.url, found.metrics_url, found.workers) == ("amqp://x", "http://x", ("w",))
    assert (found.halt_file, found.proxy) == (Path("/x/halt"), "queue")
    assert "amqp" not in repr(found)
