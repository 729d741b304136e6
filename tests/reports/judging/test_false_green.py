"""Ways to a pass although something is lost, doubled, altered or unproven. Each must not pass."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from harness.ledger.json_files import write_json
from harness.ledger.kinds.client import Adopted, Drained, QueueState, Unrecognised
from harness.ledger.kinds.database import Appeared, Final, FinalRow, Poll, Vanished
from harness.ledger.kinds.network import FaultEnd, FaultStart, Quiet
from reports.judging.judge import judge_run, judge_suite
from reports.verdict.verdict import Verdict
from tests.reports.ledgers import HandWritten, at, evidence_of, find, healthy, rewrite, without
from tests.reports.suites import ALL, suite_of, verdict_of


def test_the_last_final_read_decides_not_the_first(tmp_path: Path) -> None:
    """settle(), the database crashes and forgets b, settle() again: b is gone."""
    ledger = healthy().final(9.5, a=1)
    ledger.saw(9.4, Vanished(user="ann", artwork="b", copies=0))
    assert find("nothing_lost", ledger, tmp_path).verdict is Verdict.FAIL


def test_a_receipt_before_the_row_does_not_make_it_durable(tmp_path: Path) -> None:
    """Write-behind: the receipt says committed at 1.1 s, eleven polls see nothing until 7.5 s."""
    ledger = HandWritten().lifetime().shown("a", 1.0).acknowledged(["a"], 1.2).receipt(["a"], 1.1)
    for n in range(11):
        ledger.polled(1.5 + n / 2)
    ledger.polled(7.5, a=1).final(9.0, a=1)
    assert find("in_time", ledger, tmp_path, within_s=5).verdict is not Verdict.PASS


def test_a_viewed_at_that_changed_after_it_was_seen_is_corrupt(tmp_path: Path) -> None:
    """ON CONFLICT DO UPDATE SET viewed_at: a poll saw 1.05 s, the final read 4.98 s."""
    ledger = without(healthy(), Appeared)
    for artwork in "ab":
        ledger.saw(
            1.5,
            Appeared(user="ann", artwork=artwork, copies=1, viewed_wall_ns=at(1.05).wall_ns),
        )
    ledger = without(ledger, FinalRow)
    ledger.receipt(["a", "b"], 5.0, inserted=0, duplicate=2, attempt=2)
    ledger.final(9.1, viewed_s=4.98, a=1, b=1)
    assert find("nothing_corrupt", ledger, tmp_path).verdict is Verdict.FAIL


def test_a_lost_queue_does_not_hide_behind_the_heir(tmp_path: Path) -> None:
    """The heir adopted a queue without c and showed c itself: the dead tab's view is not carried.

    By the contract an adopted batch keeps the tabId of the tab that showed it.
    """
    ledger = healthy().shown("c", 2.0, tab="dead").shown("c", 3.0, tab="heir")
    ledger.saw(
        3.9,
        Adopted(user="ann", tab="heir", artworks=["d"], reason="dead"),
    )
    ledger.receipt(["c"], 4.0, tab="heir").final(9.1, viewed_s=3.95, c=1)
    views = evidence_of(ledger, tmp_path).fates.views.set_index(["tab", "artwork"])["carriage"]
    assert views["dead", "c"] == "covered"


def test_receipts_without_a_lifetime_are_not_dropped_from_the_books(tmp_path: Path) -> None:
    ledger = healthy().receipt(["x", "y"], 3.0, inserted=0, duplicate=1, lifetime=None)  # type: ignore[arg-type]
    assert find("conservation", ledger, tmp_path).verdict is not Verdict.PASS


def test_conservation_is_by_id_not_by_totals(tmp_path: Path) -> None:
    """b has a row but no receipt; x has a receipt and no row: the sums agree, the books do not."""
    ledger = healthy()
    ledger.receipts = [r for r in ledger.receipts if r["kind"] != "batch"]
    ledger.receipt(["a", "x"], 1.1)
    assert find("conservation", ledger, tmp_path).verdict is not Verdict.PASS


def test_the_final_reads_own_poll_is_not_a_watch_of_the_table(tmp_path: Path) -> None:
    """DatabaseWitness.final writes a poll row too: with all other polls failed none is left."""
    ledger = without(healthy(), Poll)
    ledger = without(ledger, Appeared)
    ledger.polled(9.0, a=1, b=1)
    assert find("witnesses_whole", ledger, tmp_path).verdict is Verdict.UNKNOWN


def test_a_long_blind_spot_of_the_polls_is_noticed(tmp_path: Path) -> None:
    """Polls at 1.5 s and 300 s only: a row could come and go in between."""
    ledger = without(healthy(), Final)
    ledger = without(ledger, FinalRow)
    ledger = without(ledger, Quiet)
    ledger.polled(300.0, a=1, b=1).final(300.0, a=1, b=1)
    assert find("witnesses_whole", ledger, tmp_path).verdict is Verdict.UNKNOWN


def test_a_row_that_was_gone_for_a_while_is_not_recorded_once(tmp_path: Path) -> None:
    ledger = healthy().saw(3.0, Vanished(user="ann", artwork="b", copies=0))
    ledger.polled(4.0, b=1)
    assert verdict_of(ledger, tmp_path) is not Verdict.PASS


def test_two_rows_that_were_seen_and_cleaned_up_before_the_end_are_named(tmp_path: Path) -> None:
    ledger = healthy().polled(3.0, b=2).polled(4.0, b=1)
    assert verdict_of(ledger, tmp_path) is not Verdict.PASS


def test_a_phantom_stored_twice_is_still_a_phantom(tmp_path: Path) -> None:
    """nothing_unshown says "all stored impressions were shown" of one that was never shown."""
    ledger = healthy().final(9.1, zz=2)
    assert find("nothing_unshown", ledger, tmp_path).verdict is Verdict.FAIL


def test_a_fault_excuses_only_what_it_delayed(tmp_path: Path) -> None:
    """Shown at 2 s, durable at 8 s; the only fault lasts from 8.5 s to 8.9 s."""
    ledger = healthy().shown("c", 2.0).receipt(["c"], 8.0).final(9.1, viewed_s=7.9, c=1)
    ledger.saw(8.5, FaultStart(fault="f"))
    ledger.saw(8.9, FaultEnd(fault="f"))
    assert find("in_time", ledger, tmp_path, within_s=5).verdict is Verdict.FAIL


def test_a_page_that_reported_nothing_is_a_lost_witness(tmp_path: Path) -> None:
    """Views in a browser tab, and not one word of the recorder: the binding was dead."""
    ledger = healthy()
    ledger.rows["client"].clear()
    assert verdict_of(ledger, tmp_path) is not Verdict.PASS


def test_a_directory_of_another_cell_is_no_result_of_this_one(tmp_path: Path) -> None:
    directory = suite_of(tmp_path, "one", "two")
    shutil.rmtree(directory / "cells" / "two")
    shutil.copytree(directory / "cells" / "one", directory / "cells" / "two")
    suite = judge_suite(directory).suite
    assert len(suite.cells) == 2
    assert suite.verdict is not Verdict.PASS


def test_fewer_checks_than_planned_is_not_a_pass(tmp_path: Path) -> None:
    directory = suite_of(tmp_path, "one")
    path = directory / "cells" / "one" / "run.json"
    record = json.loads(path.read_text())
    record["plan"]["checks"] = ALL[:1]
    write_json(path, record)
    assert judge_suite(directory).suite.verdict is not Verdict.PASS


def test_an_end_that_promises_no_rows_proves_no_file_whole(tmp_path: Path) -> None:
    ledger = healthy()
    ledger.checks = ALL
    run = ledger.write(tmp_path)
    end = json.loads((run / "end.json").read_text())
    write_json(run / "end.json", end | {"rows": {}})
    (run / "client.arrows").unlink()
    assert judge_run(run).cell.verdict is Verdict.UNKNOWN


def test_receipts_cut_at_a_line_end_are_noticed(tmp_path: Path) -> None:
    """The server was not killed, yet its `stopped` line is not there."""
    ledger = healthy()
    ledger.receipts = [r for r in ledger.receipts if r["kind"] != "stopped"]
    assert verdict_of(ledger, tmp_path) is Verdict.UNKNOWN


@pytest.mark.parametrize("preset", ["roadmap"])
def test_a_preset_that_fits_no_cell_of_a_scenario_is_named(preset: str) -> None:
    """`harness run --preset roadmap` must not quietly run steady_load alone and pass."""
    from harness.core.errors import UsageError
    from tests.scenarios.catalogue.asking import planned

    try:
        cells = planned(suite="smoke", preset=preset)
    except UsageError:
        return
    assert {c.plan.scenario for c in cells} > {"steady_load"}


def gaps_of(ledger: HandWritten, directory: Path, *checks: str) -> tuple[Verdict, str]:
    """Return the verdict on a ledger, and what its witnesses lack."""
    ledger.checks = [{"name": name, "parameters": {}} for name in checks] or ALL
    cell = judge_run(ledger.write(directory)).cell
    [witnesses] = [one for one in cell.findings if one.check == "witnesses_whole"]
    return cell.verdict, witnesses.summary


def test_a_misspelt_kind_is_a_gap_and_no_pass(tmp_path: Path) -> None:
    """A page that got stuck was recorded as `undraned`, another was drained in time."""
    ledger = healthy().noted(QueueState, 3.0).noted(Drained, 3.0, within_s=9)
    assert gaps_of(ledger, tmp_path / "whole", "drained_in_time")[0] is Verdict.PASS
    ledger.raw("client", 4.0, kind="undraned", user="ann", tab="tab-1", detail='{"within_s": 9}')
    verdict, summary = gaps_of(ledger, tmp_path / "misspelt", "drained_in_time")
    assert verdict is Verdict.UNKNOWN
    assert "client.arrows: 1 row of the unknown kind 'undraned'" in summary


@pytest.mark.parametrize(
    ("witness", "cells", "gap"),
    [
        ("viewer", {"kind": "view_shwon"}, "viewer.arrows: 1 row of the unknown kind 'view_shwon'"),
        ("network", {"kind": "fault_strat"}, "network.arrows: 1 row of the unknown kind"),
        ("network", {"kind": "fault_start"}, "network.arrows: 1 row of kind fault_start without"),
        ("network", {"kind": "request", "detail": "{"}, "1 row of kind request with a detail"),
        ("network", {"kind": "calibration", "fault": "x", "value": 1.0, "detail": "{"}, "detail"),
        ("client", {"kind": "answer", "user": "u", "detail": "{"}, "1 row of kind answer with a"),
        ("client", {"kind": "answer", "user": "u", "detail": '{"question": "q"}'}, "`answer`"),
        ("client", {"kind": "attempt", "transport": "pigeon"}, "whose transport is 'pigeon'"),
        ("machine", {"process": "generator-0", "pid": 1, "cpu_s": 1.0, "rss_bytes": 1}, "detail"),
        ("activity", {"kind": "server", "name": "que", "value": 1.0}, "whose name is 'que'"),
        ("load", {"outcome": "acknowleged"}, "load.arrows: 1 row without"),
    ],
)
def test_a_row_that_cannot_be_read_is_a_gap_and_no_pass(
    tmp_path: Path, witness: str, cells: dict[str, object], gap: str
) -> None:
    verdict, summary = gaps_of(healthy().raw(witness, 3.0, **cells), tmp_path)
    assert verdict is Verdict.UNKNOWN
    assert gap in summary


def test_rows_that_cannot_be_read_accuse_no_target(tmp_path: Path) -> None:
    """The final read found b, in rows that were written as `final_rwo`."""
    ledger = without(healthy(), FinalRow, artwork="b")
    ledger.raw("database", 9.0, kind="final_rwo", user="ann", artwork="b", copies=1)
    assert find("nothing_lost", ledger, tmp_path / "alone").verdict is Verdict.FAIL
    verdict, summary = gaps_of(ledger, tmp_path / "judged")
    assert verdict is Verdict.UNKNOWN
    assert "database.arrows: 1 row of the unknown kind 'final_rwo'" in summary


def test_a_receipt_of_an_unknown_kind_is_a_gap(tmp_path: Path) -> None:
    ledger = healthy()
    ledger.receipts.insert(1, {"format": 1, "kind": "bacth", "lifetime": "l"})
    verdict, summary = gaps_of(ledger, tmp_path)
    assert verdict is Verdict.UNKNOWN
    assert "server.ndjson: 1 row of the unknown kind 'bacth'" in summary


def test_an_event_that_nothing_understands_is_a_gap(tmp_path: Path) -> None:
    ledger = healthy().saw(
        3.0, Unrecognised(user="ann", tab="tab-1", problem="unknown type 'zoom'", text="{}")
    )
    verdict, summary = gaps_of(ledger, tmp_path)
    assert verdict is Verdict.UNKNOWN
    assert "unknown type 'zoom'" in summary


def test_a_column_that_is_missing_is_a_gap(tmp_path: Path) -> None:
    ledger = healthy()
    ledger.checks = ALL
    run = ledger.write(tmp_path)
    rewrite(run / "database.arrows", lambda table: table.drop_columns(["copies"]))
    cell = judge_run(run).cell
    assert cell.verdict is Verdict.UNKNOWN
    assert "database.arrows: there is no column copies" in cell.reason


def test_a_file_of_an_unknown_witness_is_a_gap(tmp_path: Path) -> None:
    ledger = healthy()
    ledger.checks = ALL
    run = ledger.write(tmp_path)
    shutil.copy(run / "viewer.arrows", run / "veiwer-2.arrows")
    cell = judge_run(run).cell
    assert cell.verdict is Verdict.UNKNOWN
    assert "veiwer-2.arrows is of a witness that this harness does not know" in cell.reason
