"""Every id that a report prints leads to its story, in lines that no id can forge."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from harness.core.errors import LedgerDamaged, UsageError
from harness.core.terminal import escaped
from harness.ledger.kinds.client import Attempt
from harness.ledger.kinds.database import FavouriteKept, ReplaysKept
from harness.ledger.kinds.viewer import ViewReplayed
from reports.evidence.evidence import Evidence
from reports.evidence.fates import Fate
from reports.evidence.frame import read_ledger
from reports.evidence.parts import ledger as parts_module
from reports.pages import explain as module
from reports.pages.explain import explain
from reports.pages.words import explain_command
from tests.reports.judging.parts.loads import load_at, lost
from tests.reports.ledgers import HandWritten, healthy
from tests.reports.suites import suite_of

IDS = (
    "plain",
    "-n",
    "a b",
    " two  blanks ",
    "\x1b[2J\x1b]0;x\x07",
    "a\n    1.000 s  server    batch committed",
    "back\\slash",
    "back\\\\n",
    "\\n",
    "\n",
    "quote'\"$(x)`y`",
    "\u202egnp.exe",
    "e\u0301",
    "\u00e9",
    "a/b/c",
    "%1b",
    "",
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run in which every one of these ids was shown."""
    ledger = HandWritten().lifetime()
    for number, name in enumerate(IDS):
        ledger.shown(name, 1.0 + number)
    return ledger.final(90.0).write(tmp_path_factory.mktemp("run"))


@pytest.mark.parametrize("name", IDS, ids=ascii)
def test_the_printed_command_tells_the_story_of_its_id(name: str, run: Path) -> None:
    *_, impression = shlex.split(explain_command(str(run), f"ann/{name}"))
    story = explain(run, impression)
    assert story.startswith(f"{escaped(f'ann/{name}')}: ")
    assert story.count("is on the screen") == 1, "no other impression's story"
    assert len(story.splitlines()) == 5, "no id makes a line of its own"


def test_an_id_can_be_typed_as_it_is(run: Path) -> None:
    assert explain(run, "ann/\x1b[2J\x1b]0;x\x07").startswith(r"ann/\x1b[2J\x1b]0;x\x07: ")
    assert explain(run, "back\\slash").startswith(r"ann/back\\slash: ")


def test_an_example_of_a_finding_leads_to_the_impressions_that_it_names(tmp_path: Path) -> None:
    ledger = healthy()
    ledger.saw(3.0, Attempt(user="ann", tab="tab-1", batch="b7", attempt=1, artworks=["b"]))
    run = ledger.write(tmp_path)
    for example in ("b7", "batch b7 attempt 1", "ann/b: 200, then 500"):
        assert explain(run, example).startswith("ann/b: recorded_once"), example
    assert explain(run, "a as ann").startswith("ann/a: recorded_once")
    assert len(explain(run, "batch b attempt 1").split("\n\n")) == 2


def test_what_no_witness_knows_is_named_without_steering_the_terminal(run: Path) -> None:
    with pytest.raises(UsageError, match=r"recorded gone\\x1b"):
        explain(run, "gone\x1b")


def test_a_row_without_its_time_has_a_line_too(tmp_path: Path) -> None:
    ledger = healthy()
    ledger.receipts[-1] |= {"received_mono_ns": None, "committed_mono_ns": None, "status": 500}
    story = explain(ledger.write(tmp_path), "ann/b")
    assert "    no time  server    batch received (batch b" in story


def test_a_damaged_run_costs_a_suite_only_its_own_stories(tmp_path: Path) -> None:
    suite = suite_of(tmp_path, "one", "two")
    (suite / "cells" / "two" / "run.json").write_text("{")
    story = explain(suite, "ann/b")
    assert story.startswith("ann/b: recorded_once")
    assert "not searched: " in story
    (suite / "cells" / "one" / "run.json").write_text("{")
    with pytest.raises(LedgerDamaged, match=r"run\.json is not valid JSON"):
        explain(suite, "ann/b")


def test_what_the_product_keeps_of_an_impression_is_in_its_story(tmp_path: Path) -> None:
    ledger = healthy().saw(3.0, ViewReplayed(user="ann", tab="tab-2", artwork="a"))
    ledger.saw(9.5, ReplaysKept(user="ann", artwork="a", replays=3))
    ledger.saw(9.5, FavouriteKept(user="ann", artwork="a", changes=2, favourite=True))
    story = explain(ledger.write(tmp_path), "ann/a")
    assert "is shown again, as a replay, in tab tab-2" in story
    assert "the table counts its replays: 3" in story
    assert "the table counts the changes of its heart: 2" in story


def test_a_ledger_larger_than_memory_tells_the_same_stories(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = load_at(tmp_path, lost)
    ledger = read_ledger(run)
    vanished = Evidence(ledger=ledger).fates.with_fate(Fate.VANISHED)
    gone = vanished.iloc[0]
    batch, user, artwork = ledger.load["batch"].iloc[5], gone["user"], gone["artwork"]
    worst = int((vanished["artwork"] == artwork).sum())
    names = (f"{user}/{artwork}", artwork, f"batch {batch} attempt 1", f"{artwork} as {user}")
    # The worst fate's alone: of the others, which are of one fate, any may be left out.
    monkeypatch.setattr(module, "MOST_STORIES", worst)
    whole = {name: explain(run, name).split("\n\n") for name in names}
    monkeypatch.setattr(parts_module, "LARGE_BYTES", 1000)
    monkeypatch.setattr(parts_module, "PART_BYTES", 250_000)
    for name, stories in whole.items():
        assert sorted(explain(run, name).split("\n\n")) == sorted(stories), name
    assert len(whole[artwork]) == worst + 1 > 5
    assert whole[names[0]][0].startswith(f"{user}/{artwork}: vanished")


def test_of_many_impressions_of_a_name_the_worst_fates_come_first_and_the_rest_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = load_at(tmp_path, lost)
    fates = Evidence(ledger=read_ledger(run)).fates
    artwork = fates.with_fate(Fate.VANISHED).iloc[0]["artwork"]
    about = fates.impressions[fates.impressions["artwork"] == artwork]
    monkeypatch.setattr(module, "MOST_STORIES", 5)
    *stories, rest = explain(run, str(artwork)).split("\n\n")
    assert len(stories) == 5
    assert stories[0].splitlines()[0].endswith(": vanished")
    assert rest == f"… and {len(about) - 5:,} more impressions of this name: USER/ARTWORK names one"
