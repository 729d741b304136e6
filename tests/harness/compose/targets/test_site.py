"""A described system as a site: started, answering, reset, stopped; every failure is named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from aiohttp import web

from harness.compose.targets import site as module
from harness.compose.targets.site import capabilities_of, described_site, reset
from harness.core.environment import TARGET_SECRETS_VARIABLE
from harness.core.errors import HarnessError, TargetNotReady, UsageError
from harness.process.processes import Processes
from harness.target.capabilities import Capability
from harness.target.described.form import ResetTable
from harness.target.system import System, system_for_run
from harness.target.target import load_target
from harness.witnesses.truth.sources import source_of
from harness.witnesses.truth.stored import StoredView
from tests import ROOT
from tests.harness.witnesses.truth.served import answering, described_by, serving
from tests.swept.sweep import found_in, swept

SQLITE = ROOT / "examples" / "sqlite" / "target.toml"

pytestmark = [pytest.mark.asyncio, pytest.mark.stack, pytest.mark.slow]


@pytest.fixture(autouse=True)
def no_toxiproxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_toxiproxy", lambda: None)


@pytest.fixture
def processes() -> Iterator[Processes]:
    with Processes() as owner:
        yield owner


def system(path: Path) -> System:
    return system_for_run(load_target(path).system, 7)


async def test_the_example_starts_answers_and_stops(processes: Processes, tmp_path: Path) -> None:
    tried = system(SQLITE)
    assert {Capability.RESTARTABLE_SERVER, Capability.SERVER_PROCESSES} <= capabilities_of(tried)
    async with described_site(tried, processes, tmp_path) as site:
        [pid] = site.processes.values()
        assert site.front_url is None
        assert tried.described is not None
        source = source_of(tried.described, base_url=site.direct_url, data=site.data)
        assert await source.read() == list[StoredView]()
        await site.parts["server"].stop(killed=True)
        assert not site.processes
        await site.parts["server"].start()
        [again] = site.processes.values()
        assert again != pid
    assert not [child for child in processes.children if child.exit_code is None]


async def test_a_system_may_read_its_port_and_its_folder_from_the_environment(
    processes: Processes, tmp_path: Path
) -> None:
    line = 'command = ["{python}", "app.py", "--port", "{port}", "--database", "{data}/views.db"]'
    argv = "sys.argv[1:] = ['--port', os.environ['PORT'], '--database', os.environ['WHERE']]"
    script = f"import os, runpy, sys; {argv}; "
    script += f"runpy.run_path({str(SQLITE.with_name('app.py'))!r}, run_name='__main__')"
    env = 'env = { PORT = "{port}", WHERE = "{data}/v.db" }'
    text = SQLITE.read_text().replace(line, f'command = ["{{python}}", "-c", "{script}"]\n{env}')
    (tmp_path / "target.toml").write_text(text)
    async with described_site(system(tmp_path / "target.toml"), processes, tmp_path / "run"):
        assert (tmp_path / "run" / "data" / "v.db").exists()


async def test_a_command_that_ends_at_once_is_named_with_its_words(
    processes: Processes, tmp_path: Path
) -> None:
    text = SQLITE.read_text().replace('"app.py", "--port"', '"-c", "raise SystemExit(\'no disk\')"')
    (tmp_path / "target.toml").write_text(text)
    with pytest.raises(TargetNotReady, match=r"\[start\] ended with 1: no disk"):
        async with described_site(system(tmp_path / "target.toml"), processes, tmp_path / "run"):
            pytest.fail("it did not start")


async def test_what_programs_and_browsers_leave_holds_no_secret_of_the_file(
    processes: Processes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    word = "s3cret /of+the=shop"
    monkeypatch.setenv(TARGET_SECRETS_VARIABLE, json.dumps({"SHOP_KEY": word}))
    line = 'command = ["{python}", "app.py"'
    chatty = f'env = {{ SHOP_KEY = "${{SHOP_KEY}}" }}\n{line}'
    shown = "import os, runpy, sys; print(os.environ['SHOP_KEY'], flush=True); sys.argv.pop(0); "
    shown += f"runpy.run_path({str(SQLITE.with_name('app.py'))!r}, run_name='__main__')"
    text = SQLITE.read_text().replace(line, chatty.replace('"app.py"', f'"-c", {shown!r}, "app"'))
    (tmp_path / "target.toml").write_text(text)
    run = tmp_path / "run"
    async with described_site(system(tmp_path / "target.toml"), processes, run):
        (run / "evidence").mkdir()
        (run / "evidence" / "network.har").write_text(json.dumps({"Cookie": quote(word)}))
        assert found_in((run / "logs" / "described.log").read_bytes(), [word]), "it is chatty"
    assert swept(run / "logs", [word]) == swept(run / "evidence", [word]) == []
    assert (run / "evidence" / "network.har").read_text() == '{"Cookie": "***"}'


async def test_another_machine_is_refused_before_every_run(
    processes: Processes, tmp_path: Path
) -> None:
    (tmp_path / "target.toml").write_text(
        'format = 1\nbase_url = "http://192.0.2.1"\n[batch]\npath = "/v"\nbody = "{ids}"\n'
    )
    with pytest.raises(UsageError, match=r"192\.0\.2\.1 is another machine"):
        async with described_site(system(tmp_path / "target.toml"), processes, tmp_path / "run"):
            pytest.fail("nothing may be sent there")


async def test_a_reset_is_a_request_or_a_command(tmp_path: Path) -> None:
    described = described_by(tmp_path, "")
    async with serving(web.post("/reset", answering({}))) as url:
        await reset(described, ResetTable(path="/reset"), url)
    await reset(described, ResetTable(command=("{python}", "-c", "pass")), "")


async def test_a_reset_that_fails_is_no_run(tmp_path: Path) -> None:
    described = described_by(tmp_path, "")
    async with serving(web.post("/reset", answering({}, 500))) as url:
        with pytest.raises(HarnessError, match=r"\[reset\] POST /reset answered 500"):
            await reset(described, ResetTable(path="/reset"), url)
    command = ("{python}", "-c", "raise SystemExit(3)")
    with pytest.raises(HarnessError, match=r"\[reset\] ended with 3"):
        await reset(described, ResetTable(command=command), "")
