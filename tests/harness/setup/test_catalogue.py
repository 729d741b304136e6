from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.core.errors import UsageError
from harness.setup import available, commands, doctor, find_chromium, find_toxiproxy, setup
from harness.setup.catalogue import parts_of
from harness.setup.host import Host
from harness.setup.part import Part, PartStatus, Workbench
from harness.setup.parts.browsers import CHROME, CHROMIUM, EDGE, FIREFOX, WebKitGtkPart, Xvfb
from harness.setup.parts.playwright_builds import PlaywrightBuildPart
from harness.setup.parts.postgres import Postgres
from harness.setup.parts.toxiproxy import Toxiproxy
from tests.harness.setup.fake_host import FakeHost, write_script


@dataclass
class Stub:
    """A part that is there once it was brought; counts how often that happened."""

    name: str = "stub"
    is_wanted: bool = True
    works: bool = True
    brought: int = 0
    breaks_in: str = ""

    def find(self, host: Host) -> Path | None:
        return Path("/stub") if self.brought and self.works else None

    def look(self, host: Host) -> PartStatus:
        if self.breaks_in == "look":
            raise ValueError("a defect")
        if self.find(host):
            return PartStatus(name=self.name, state="found", version="1.0")
        return PartStatus(name=self.name, state="missing", fix="get it", detail="not there")

    def wanted(self, host: Host) -> bool:
        return self.is_wanted

    def bring(self, bench: Workbench) -> list[str]:
        self.brought += 1
        if self.breaks_in == "bring":
            raise RuntimeError("a defect")
        return [] if self.works else ["first way: no", "second way: no"]


def test_a_second_setup_does_nothing(tmp_path: Path) -> None:
    part, lines = Stub(), list[str]()
    host = FakeHost(tmp_path).host()
    assert setup(lines.append, host=host, parts=[part])[0].state == "found"
    assert lines == ["stub: found 1.0"]
    assert setup(lines.append, host=host, parts=[part])[0].state == "found"
    assert part.brought == 1
    assert lines == ["stub: found 1.0"]


def test_a_part_that_cannot_be_brought_keeps_the_reason_of_every_try(tmp_path: Path) -> None:
    status = setup(_silent, host=FakeHost(tmp_path).host(), parts=[Stub(works=False)])[0]
    assert status.state == "missing"
    assert status.detail == "first way: no; second way: no"
    assert status.fix == "get it"


def test_what_is_not_wanted_comes_only_by_name(tmp_path: Path) -> None:
    host = FakeHost(tmp_path).host()
    part, other = Stub(is_wanted=False), Stub(name="other")
    assert setup(_silent, host=host, parts=[part])[0].state == "missing"
    states = [s.state for s in setup(_silent, only=["stub"], host=host, parts=[part, other])]
    assert states == ["found", "missing"]
    assert other.brought == 0


def test_an_unknown_name_is_a_usage_error_that_lists_the_parts(tmp_path: Path) -> None:
    host = FakeHost(tmp_path).host()
    with pytest.raises(UsageError, match="no such part: safari") as caught:
        setup(_silent, only=["safari"], host=host, parts=[Stub()])
    assert "stub" in caught.value.hint


@pytest.mark.parametrize("where", ["look", "bring"])
def test_a_defect_in_one_part_does_not_reach_the_others(tmp_path: Path, where: str) -> None:
    host = FakeHost(tmp_path).host()
    parts = [Stub(breaks_in=where, works=False), Stub(name="whole")]
    broken, whole = setup(_silent, host=host, parts=parts)
    assert broken.state == "missing"
    assert "a defect" in broken.detail or where == "look"
    assert whole.state == "found"


@pytest.mark.parametrize("system", ["Linux", "Darwin"])
@pytest.mark.parametrize("is_root", [True, False])
def test_on_an_empty_machine_every_missing_part_says_what_for_why_and_what_brings_it(
    tmp_path: Path, system: str, is_root: bool
) -> None:
    host = FakeHost(tmp_path, is_root=is_root, system=system).host()
    parts: list[Part] = [Postgres(wheel=None), Toxiproxy(), CHROMIUM, CHROME, EDGE, FIREFOX]
    parts += [
        WebKitGtkPart(),
        Xvfb(),
        PlaywrightBuildPart(engine="firefox", executables=(), stock=()),
    ]
    statuses = [s for s in doctor(host=host, parts=parts) if s.kind == "part"]
    assert len(statuses) == len(parts)
    for status in statuses:
        assert status.state == "missing", status
        assert status.fix, status
        assert status.detail, status
        assert status.needed_for, status


def test_names_are_unique_and_the_facts_have_values(tmp_path: Path) -> None:
    host = FakeHost(tmp_path).host()
    rows = doctor(host=host)
    assert len({row.name for row in rows}) == len(rows)
    facts = {row.name: row for row in rows if row.kind == "fact"}
    assert facts.keys() >= {"python", "cpu", "memory", "disk", "kernel", "scratch", "display"}
    assert all(fact.version or fact.fix for fact in facts.values())


def test_webkitgtk_and_xvfb_are_no_parts_of_a_mac(tmp_path: Path) -> None:
    names = {part.name for part in parts_of(FakeHost(tmp_path, system="Darwin").host())}
    assert not names & {"webkitgtk", "xvfb"}
    assert "webkit-playwright" in names


def test_a_hanging_version_does_not_hang_the_doctor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "VERSION_TIMEOUT_S", 1.0)
    machine = FakeHost(tmp_path)
    machine.script("chromium", "sleep 600")
    started = time.monotonic()
    status = doctor(host=machine.host(), parts=[CHROMIUM])[0]
    assert time.monotonic() - started < 120, "it was waited for"
    assert status.state == "missing"
    assert "no answer within 1 s" in status.detail


def test_the_find_functions_start_no_process(tmp_path: Path) -> None:
    machine = FakeHost(tmp_path)
    machine.script("chromium", "exit 1")
    machine.script("toxiproxy-server", "exit 1")
    host = machine.host()
    assert find_chromium(host) == machine.bin / "chromium"
    assert find_toxiproxy(host) == machine.bin / "toxiproxy-server"
    assert available("toxiproxy", host=host)
    assert not available("edge", host=host)
    assert machine.calls == []


def test_an_override_counts_alone(tmp_path: Path) -> None:
    machine = FakeHost(tmp_path)
    machine.script("chromium", "echo Chromium 1.0")
    mine = write_script(tmp_path / "mine", "echo Chromium 2.0")
    assert find_chromium(machine.host(HARNESS_CHROMIUM=str(mine))) == mine
    typo = machine.host(HARNESS_CHROMIUM="/no/such/browser")
    assert find_chromium(typo) is None
    status = doctor(host=typo, parts=[CHROMIUM])[0]
    assert status.state == "missing"
    assert "HARNESS_CHROMIUM names /no/such/browser" in status.detail


def _silent(_: str) -> None:
    """Say nothing."""
