"""Systems are found by name, and everything works with another one than the reference."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.clock import Instant
from harness.core.errors import UsageError
from harness.faults.base import held
from harness.faults.request.answers import AckLost
from harness.faults.request.gateway import Gateway
from harness.ledger.files import Ledger, read_witness
from harness.ledger.kinds import ACTIVITY, NETWORK
from harness.load.generator.pulse import Counts
from harness.load.generator.rows import FileSink, Recorder
from harness.load.generator.sender import Sender, Task, start_in
from harness.load.generator.wire import Wire
from harness.load.schedule.schedule import Names, Workload
from harness.run.browser_registry import BrowserRegistry
from harness.run.quiescence import Quiescence
from harness.target.capabilities import Capability
from harness.target.http import batches_in_flight
from harness.target.reference.system import SYSTEM as REFERENCE_SYSTEM
from harness.target.sign_in import sign_in, sign_in_all
from harness.target.system import REFERENCE, System, system_named
from harness.target.target import Table
from harness.witnesses.activity import ActivityWitness
from tests.harness.fake_run import FakeDatabase, FakePath, network_rows, open_context, site
from tests.harness.faults.request.wire import Target, listening, post, visiting
from tests.harness.load.generator.target import send
from tests.harness.target.foreign import NAME, SYSTEM, ForeignServer, serving

WORKLOAD = Workload(sessions=4, impressions=3, duration_s=0.4, flush_delay_s=0.1)
DIALECT = SYSTEM.dialect


# --- names --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "system"), [(REFERENCE, REFERENCE_SYSTEM), (NAME, SYSTEM)])
def test_a_system_is_found_by_its_name_and_knows_it(name: str, system: System) -> None:
    assert system_named(name) == replace(system, name=name)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("s3cr3t", "is not named as it must be"),
        ("postgresql://ann:s3cr3t@db", "is not named as it must be"),
        ("..s3cr3t:ONE", "is not named as it must be"),
        ("no.such:S3CR3T", "there is no such module"),
        ("harness.target.system:S3CR3T", "has no such name"),
        ("harness.target.system:REFERENCE", "is str, not harness.target.system.System"),
    ],
)
def test_a_name_that_leads_nowhere_is_one_line(name: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        system_named(name)
    assert "s3cr3t" not in caught.value.line.casefold(), "no name is repeated"
    assert "\n" not in caught.value.line


def test_a_module_that_cannot_be_imported_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "needs_more.py").write_text("import no_such_library\n")
    (tmp_path / "is_broken.py").write_text("raise ValueError('of\\ntwo lines')\n")
    monkeypatch.syspath_prepend(tmp_path)
    for name, words in (
        ("needs_more:SYSTEM", "No module named 'no_such_library'"),
        ("is_broken:SYSTEM", "it raised ValueError: of"),
    ):
        with pytest.raises(UsageError) as caught:
            system_named(name)
        assert caught.value.line.endswith(words)


def test_a_capability_that_nothing_backs_is_refused() -> None:
    with pytest.raises(UsageError, match="declares queue_depth, telemetry, but"):
        replace(SYSTEM, capabilities=frozenset({Capability.QUEUE_DEPTH, Capability.TELEMETRY}))


# --- the foreign system -------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_users_are_signed_in_by_its_token() -> None:
    with serving(ForeignServer()) as url:
        assert (await sign_in(DIALECT, url, "ann")).headers == {"Authorization": "Bearer t-ann"}
        sessions = await sign_in_all(DIALECT, url, ["ann", "bob"])
    assert sessions["bob"].lines == "Authorization: Bearer t-bob\r\n"


def test_a_load_is_sent_in_its_form_and_understood_by_its_answers(tmp_path: Path) -> None:
    """One batch is turned away with a 200 and comes again: the status alone says nothing."""
    server, counts = ForeignServer(later=1), Counts()
    names = Names(WORKLOAD, 1, DIALECT)
    recorder = Recorder(FileSink(tmp_path), names, 0, alone=True)
    sessions = {user: f"Authorization: Bearer t-{user}\r\n" for user in names.users}
    task = Task(workload=WORKLOAD, seed=1, dialect=DIALECT, sessions=sessions)
    with serving(server) as url, closing(Wire(url)) as wire:
        sender = Sender(task, names, recorder, counts, host=wire.host, post=wire.send)
        start = start_in(0.05)
        recorder.origin = Instant(start.mono_ns, start.wall_ns)
        sender.send_all(start.mono_ns)
    recorder.close()
    rows = read_witness(tmp_path / "load.arrows").table.to_pylist()
    assert Counter(row["outcome"] for row in rows)["unknown"] == 1
    assert {row["status"] for row in rows} == {200}
    kept = [row for row in rows if row["outcome"] == "acknowledged"]
    assert Counter((row["user"], one) for row in kept for one in row["artworks"]) == Counter(
        server.stored
    )
    assert len(server.stored) == counts.inserted == WORKLOAD.total


@pytest.mark.stack
@pytest.mark.slow
@pytest.mark.asyncio
async def test_a_generator_process_finds_the_system_by_its_name(tmp_path: Path) -> None:
    server = ForeignServer()
    names = Names(WORKLOAD, 5)
    sessions = {user: f"Authorization: Bearer t-{user}\r\n" for user in names.users}
    with serving(server) as url:
        _, rows = await send(tmp_path, url, WORKLOAD, system=NAME, sessions=sessions)
    assert {row["outcome"] for row in rows} == {"acknowledged"}
    assert len(server.stored) == WORKLOAD.total
    assert min(int(artwork) for _, artwork in server.stored) >= 500_000


@pytest.mark.asyncio
async def test_the_gateway_recognises_its_batches_and_nothing_else(tmp_path: Path) -> None:
    batch = b"tab=t\nbatch=b-7\nattempt=2\nid=1001"
    with Ledger(tmp_path) as ledger:
        network = ledger.witness(NETWORK)
        async with (
            listening(Target()) as target,
            Gateway(target.url, network, dialect=DIALECT, record=True) as gateway,
            held(AckLost(gateway), network),
            visiting(gateway) as visitor,
        ):
            await visitor.ask(post("/v2/seen/web", batch))  # not the method of batches
            await visitor.ask(post("/v1/seen", batch).replace(b"POST", b"PUT", 1))
            await visitor.lose(post("/v2/seen/web", batch).replace(b"POST", b"PUT", 1))
            assert gateway.requests["PUT", "/v2/seen/web"] == 1
        network.flush()
    [acted] = [row for row in network_rows(tmp_path) if row["kind"] == "acted"]
    detail = json.loads(acted["detail"])
    assert (detail["batch"], detail["attempt"]) == ("b-7", 2)


@pytest.mark.asyncio
async def test_a_run_settles_when_its_probe_says_that_nothing_is_in_flight(tmp_path: Path) -> None:
    answers = iter([2, 1])
    server = ForeignServer(open_batches=lambda: next(answers, 0))
    with serving(server) as url:
        assert await batches_in_flight(DIALECT, url) == 2
        facts = {"system": SYSTEM, "capabilities": SYSTEM.capabilities}
        with open_context(tmp_path, target=site(url, **facts)) as context:
            part = Quiescence(context, FakePath(), BrowserRegistry(), FakeDatabase())
            await part.settle(timeout_s=20)
            context.ledger.witness(NETWORK).flush()
    assert next(answers, None) is None
    assert network_rows(tmp_path)[-1]["kind"] == "quiescence"


def test_its_metrics_are_the_figures_that_it_maps(tmp_path: Path) -> None:
    server = ForeignServer()
    with serving(server) as url, Ledger(tmp_path) as ledger:
        nowhere = "host=127.0.0.1 port=9 dbname=none"
        witness = ActivityWitness(nowhere, Table(), url, DIALECT.metrics, ledger.witness(ACTIVITY))
        witness.start()
        witness.stop()
    rows = read_witness(tmp_path / "activity.arrows").table.to_pylist()
    figures = {row["name"]: row["value"] for row in rows if row["kind"] == "server"}
    assert figures.pop("clock_s") > 0  # of the answer: its Date
    assert figures == {"in_flight": 2, "queue_depth": 7, "ids_inserted": 0}
    blind = {row["name"]: row["detail"] for row in rows if row["kind"] == "blind"}
    assert blind["server:pool_size"] == "the server's /-/metrics has no such metric"


def test_a_server_without_metrics_is_a_named_gap(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        nowhere = "host=127.0.0.1 port=9 dbname=none"
        witness = ActivityWitness(nowhere, Table(), "", None, ledger.witness(ACTIVITY))
        witness.start()
        witness.stop()
    rows = read_witness(tmp_path / "activity.arrows").table.to_pylist()
    details = [row["detail"] for row in rows if row["name"] == "server:everything"]
    assert details == ["the target does not offer metrics of the server"]


def test_artworks_have_its_ids(tmp_path: Path) -> None:
    facts = {"system": SYSTEM, "capabilities": SYSTEM.capabilities}
    with open_context(tmp_path, target=site("http://x", **facts)) as context:
        assert {int(one) for one in context.artworks(20)} <= set(range(1001, 1201))
