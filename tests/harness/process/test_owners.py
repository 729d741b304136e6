"""Whose a process is: every name that is started is in the table, and only two are the target's."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from harness.browsers.catalogue import CATALOGUE
from harness.process import owners
from harness.process.owners import OWNERS, Death, Owner, how, lack_of_room, memory_kills, owned
from servers.topology.postgres import Postgres
from servers.topology.scaled.replica import Replica

ROOT = Path(owners.__file__).parents[2]


def spawned_names() -> set[str]:
    """Return every literal name with which the product starts a process."""
    names = set()
    for path in [*ROOT.glob("harness/**/*.py"), *ROOT.glob("servers/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("spawn"):
                first = [arg for arg in node.args if isinstance(arg, ast.Constant)]
                names |= {arg.value for arg in first if isinstance(arg.value, str)}
    return names


def test_every_process_that_is_started_has_an_owner() -> None:
    assert spawned_names() >= {"ingest", "toxiproxy", "link", "haproxy"}
    clusters = {Postgres.process, Replica.process}
    assert clusters == {"postgres", "replica"}
    assert spawned_names() | clusters <= set(OWNERS)


def test_the_server_its_database_and_its_cache_are_the_target_s_and_nothing_else() -> None:
    targets = {name for name, one in OWNERS.items() if one.owner is Owner.TARGET}
    engines = {
        "haproxy",
        "pgbouncer",
        "replica",
        "rabbitmq",
        "epmd",
        "queue-worker",
        "shard",
        "mover",
    }
    assert targets == {"ingest", "postgres", "redis", "pool-worker", *engines}
    assert owned("brave").owner is Owner.INSTRUMENT
    assert owned("brave").lent


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_a_browser_concerns_the_run_that_uses_it(name: str) -> None:
    assert owned(name).lent
    assert owned(name).owner is Owner.INSTRUMENT


@pytest.mark.parametrize(
    ("exit_code", "words"),
    [
        (None, "exit code unknown"),
        (0, "exit code 0"),
        (3, "exit code 3"),
        (-9, "killed by SIGKILL"),
        (-250, "killed by signal 250"),
    ],
)
def test_how_a_process_ended_in_words(exit_code: int | None, words: str) -> None:
    assert how(exit_code) == words


def test_a_death_in_one_sentence() -> None:
    death = Death(name="ingest", exit_code=-9, last_words="listens | serves")
    assert death.sentence == (
        "the target's server ended by itself (killed by SIGKILL); its last words: listens | serves"
    )
    assert Death(name="toxiproxy", exit_code=2).sentence == (
        "Toxiproxy ended by itself (exit code 2); it left no last words"
    )


def test_a_death_for_which_the_machine_lacked_something_accuses_no_one() -> None:
    full = lack_of_room('FATAL: could not write "pg_wal/0001": No space left on device')
    assert full == "a disk of this machine is full"
    assert Death(name="postgres", exit_code=1).accuses_target
    assert not Death(name="postgres", exit_code=1, lack=full).accuses_target
    assert not Death(name="link", exit_code=1).accuses_target
    assert lack_of_room("listens") == ""


def test_the_kernel_s_count_of_memory_kills_is_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    vmstat = tmp_path / "vmstat"
    monkeypatch.setattr(owners, "Path", lambda _: vmstat)
    assert memory_kills() is None
    vmstat.write_text("pgfault 12\n")
    assert memory_kills() is None
    vmstat.write_text("pgfault 12\noom_kill 3\n")
    assert memory_kills() == 3
