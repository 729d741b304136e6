"""Defects of larger topologies: what engines are started with, and what one of two servers does."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from defects import registry
from defects.base import HarnessDefect, ServerDefect, Switch, installed
from servers.ingest.combiner import Combiner
from servers.ingest.config import Config
from servers.ingest.http.session import Signer
from servers.ingest.instant import now
from servers.ingest.receipts import Receipts
from servers.ingest.refusal import Refusal
from servers.ingest.storage.store import Store
from servers.topology.scaled.haproxy import HAProxy
from servers.topology.scaled.pgbouncer import PgBouncer
from tests.seeded.observing import is_of_queue, is_of_replica, is_of_shards, is_of_topology

DEFECTS = {
    name: one
    for name, one in registry.all_defects().items()
    if is_of_topology(name) and not (is_of_replica(name) or is_of_queue(name) or is_of_shards(name))
}


class Place:
    """A spawner that gives scratch folders alone."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def scratch(self, purpose: str, *, passable: bool = False) -> Path:
        path = self._directory / purpose
        path.mkdir(parents=True)
        return path


def balancer(directory: Path) -> Any:
    made: Any = HAProxy(Path("haproxy"), Place(directory), None, directory, {})  # type: ignore[arg-type]
    servers = {"ingest-1": ("127.0.0.1", 1), "ingest-2": ("127.0.0.1", 2)}
    made.configure(servers, port=3)
    sent: list[str] = []
    made._say = sent.append
    made.drain("ingest-1")
    text = made.configuration.read_text().replace(str(directory), "")
    return text, sent


class FakePostgres:
    """Knows what PgBouncer asks of it."""

    port = 5

    def password(self, role: str) -> str:
        return f"word of {role}"

    def pass_file(self, role: str) -> Path:
        return Path(f"/x/{role}")

    def dsn(self, database: str, *, role: str) -> str:
        return f"postgresql://{role}@direct/{database}"


def pooler(directory: Path) -> Any:
    made: Any = PgBouncer(Path("pgbouncer"), Place(directory), None, directory, {})  # type: ignore[arg-type]
    made._user = ""
    postgres = FakePostgres()
    made.configure(postgres)
    text = made.configuration.read_text().replace(str(directory), "")
    port = str(made.address[1])
    return text.replace(port, "PORT"), made.dsn(postgres, "views").replace(port, "PORT")


def store(directory: Path) -> Any:
    config = Config(database="", secret=b"", lifetime="", transaction_pooling=True)
    return Store(config).prepare_threshold()


def sessions(directory: Path) -> Any:
    return Signer(b"secret").sign("ann", at_s=7)


def receipts(directory: Path) -> Any:
    path = directory / "receipts"
    directory.mkdir(parents=True)
    written = Receipts(path, "l")
    written.write([written.begin(now())])
    written.close()
    return len(path.read_text().splitlines())


def refusals(directory: Path) -> Any:
    """Why a combiner that is closing does not take a first attempt."""
    closing: Any = SimpleNamespace(_closing=True)
    first: Any = SimpleNamespace(attempt=1)
    with pytest.raises(Refusal) as refused:
        Combiner.submit(closing, "ann", ["a"], first, lambda refusal: None)
    return refused.value.code


OBSERVED: dict[str, Callable[[Path], Any]] = {
    "one_server_is_a_spare": balancer,
    "restarted_undrained": balancer,
    "past_the_pooler": pooler,
    "pool_kept_full": pooler,
    "prepares_behind_the_pooler": store,
    "secret_of_its_own": sessions,
    "receipts_of_one_server": receipts,
    "first_attempts_refused": refusals,
}


def test_every_defect_is_observed() -> None:
    assert OBSERVED.keys() == DEFECTS.keys()


@pytest.mark.asyncio
@pytest.mark.parametrize("name", OBSERVED)
async def test_it_changes_what_is_started_and_its_twin_does_not(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["server", "--ready-file", "/x/ingest-2-ready.json"])
    defect, found = DEFECTS[name], []
    assert isinstance(defect, HarnessDefect | ServerDefect)
    for number, switch in enumerate((None, Switch(twin=True), Switch(twin=False))):
        overrides = defect.overrides if switch else {}
        with installed(overrides, switch or Switch(twin=True)):
            # The pools of a store want a running loop; the files may well be written in a thread.
            found.append(await asyncio.to_thread(OBSERVED[name], tmp_path / str(number)))
        assert switch is None or switch.hits, "the switch is not reached"
    sound, twin, defective = found
    assert twin == sound
    assert defective != sound
