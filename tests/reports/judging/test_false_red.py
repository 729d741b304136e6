"""Ways to a fail, a wrong word or a traceback without cause."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.core.errors import ExitCode
from harness.core.outcome import Outcome
from harness.ledger.kinds.client import Adopted
from harness.ledger.kinds.database import Appeared, Final, FinalRow, Poll
from harness.ledger.kinds.network import Quiet
from reports.judging.judge import judge_run, judge_suite
from reports.pages.publish import publish
from reports.verdict.verdict import Verdict
from tests.harness.cli.shell import harness_here, one_clear_line
from tests.reports.ledgers import HandWritten, at, evidence_of, find, healthy, without
from tests.reports.suites import ALL, suite_of, verdict_of


def test_settling_twice_doubles_nothing(tmp_path: Path) -> None:
    assert find("nothing_twice", healthy().final(9.5, a=1, b=1), tmp_path).verdict is Verdict.PASS


def test_a_lost_viewer_file_makes_no_phantoms(tmp_path: Path) -> None:
    ledger = healthy()
    ledger.checks = ALL
    run = ledger.write(tmp_path)
    (run / "viewer.arrows").unlink()
    assert judge_run(run).cell.verdict is Verdict.UNKNOWN


def test_a_clock_within_its_tolerance_accuses_no_row(tmp_path: Path) -> None:
    """The wall clock went back by 4 ms (tolerated up to 5): viewed_at is 2 ms before the intent."""
    ledger = without(healthy(), FinalRow)
    ledger.final(9.1, viewed_s=1.008, a=1, b=1)  # b's intent is at 1.010
    ledger.rows["database"] = [
        (moment._replace(wall_ns=moment.wall_ns - 4_000_000), row)
        for moment, row in ledger.rows["database"]
    ]
    assert find("nothing_corrupt", ledger, tmp_path).verdict is Verdict.PASS


def test_a_commit_without_receipt_of_a_killed_server_is_no_lost_view(tmp_path: Path) -> None:
    """Killed between COMMIT and the receipt; the only view of b, sent by beacon: the row proves
    that it was carried. `conservation` allows it, `every_view_carried` must too."""
    ledger = healthy()
    ledger.receipts = [{"format": 1, "kind": "started", "lifetime": "l", "mono_ns": 1}]
    ledger.receipt(["a"], 1.1)
    assert find("conservation", ledger, tmp_path / "1").verdict is Verdict.PASS
    assert find("every_view_carried", ledger, tmp_path / "2").verdict is not Verdict.FAIL


def test_a_row_of_unknown_outcome_is_no_lost_view(tmp_path: Path) -> None:
    ledger = healthy()
    ledger.receipts = [r for r in ledger.receipts if r["kind"] != "batch"]
    ledger.receipt(["a"], 1.1)
    ledger.receipt(
        ["b"],
        1.15,
        status=503,
        reason="outcome_unknown",
        rejected=1,
        inserted=0,
        committed_mono_ns=None,
        committed_wall_ns=None,
    )
    assert find("conservation", ledger, tmp_path / "1").verdict is Verdict.PASS
    assert find("every_view_carried", ledger, tmp_path / "2").verdict is not Verdict.FAIL


def test_receipts_without_tab_ids_decide_nothing_about_views(tmp_path: Path) -> None:
    """tabId is optional by the contract."""
    ledger = healthy()
    for receipt in ledger.receipts:
        receipt.pop("tab", None)
    assert find("every_view_carried", ledger, tmp_path).verdict is not Verdict.FAIL


def test_an_adoption_without_a_reason_crashes_no_check(tmp_path: Path) -> None:
    ledger = healthy().saw(3.9, Adopted(user="ann", tab="heir"))
    assert verdict_of(ledger, tmp_path) is Verdict.PASS


@pytest.mark.parametrize(
    "line",
    [
        "[]",
        "3",
        "null",
        '{"format": 1, "kind": "batch", "received": "two"}',
        '{"format": 1, "kind": "batch", "user": ["x"], "received": 1.5}',
        '{"format": 1, "kind": "batch", "seq": 99999999999999999999}',
    ],
)
def test_a_strange_receipt_is_a_gap_not_a_crash(tmp_path: Path, line: str) -> None:
    directory = suite_of(tmp_path, "one", "two")
    with (directory / "cells" / "two" / "server.ndjson").open("a") as file:
        file.write(line + "\n")
    suite = judge_suite(directory).suite
    assert [c.verdict for c in suite.cells] == [Verdict.PASS, Verdict.UNKNOWN]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("end.json", "{}"),
        ("end.json", '{"rows": null, "status": "complete", "reason": ""}'),
        ("run.json", '{"format": 1}'),
        ("end.json", '{"rows": {}, "status": "complete"}'),
        (
            "end.json",
            '{"rows": {"viewer.arrows": "x"}, "status": "complete", "reason": "",'
            '"ended_mono_ns": null}',
        ),
    ],
)
def test_a_damaged_run_directory_is_unknown_and_spares_the_others(
    tmp_path: Path, file: str, text: str
) -> None:
    directory = suite_of(tmp_path, "one", "two")
    (directory / "cells" / "two" / file).write_text(text)
    suite = judge_suite(directory).suite
    assert [c.verdict for c in suite.cells] == [Verdict.PASS, Verdict.UNKNOWN]


def test_a_damaged_plan_is_one_line_that_names_file_and_field(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text('{"format": 1}')
    done = harness_here("report", str(tmp_path))
    assert "plan.json: missing required field suite" in one_clear_line(done)
    assert done.returncode == ExitCode.HARNESS


def test_verdict_json_is_json_when_most_requests_failed(tmp_path: Path) -> None:
    ledger = healthy()
    for n in range(100):
        ledger.sent(1 + n / 50, outcome=Outcome.UNKNOWN, batch=f"x{n}", artworks=["a"])
    ledger.checks = [{"name": "latency_p95", "parameters": {"limit_ms": 100}}]
    publish(ledger.write(tmp_path))

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is not JSON")

    json.loads((tmp_path / "verdict.json").read_text(), parse_constant=refuse)


ODD = [
    "😀",
    "x" * 512,
    "a/b",
    "a,b",
    "q\"'q",
    "",
    "nan",
    "None",
    "NA",
    "NaN",
    "null",
    "<NA>",
    "007",
    "1e5",
    "-1",
    "é",
    "e\u0301",
    "a b",
    "--x",
    "\u202eabc",
    "<script>",
    "|",
    "`x`",
]


def odd_ledger() -> HandWritten:
    ledger = HandWritten().lifetime()
    for n, name in enumerate(ODD):
        for user in (name, "ann"):
            t = 1 + n / 10
            ledger.shown(name, t, user=user, tab=f"t-{user}")
            ledger.acknowledged([name], t + 0.2, user=user, tab=f"t-{user}", batch=f"{n}{user}")
            ledger.receipt([name], t + 0.1, user=user, tab=f"t-{user}", batch=f"{n}{user}")
            ledger.saw(t + 0.3, Appeared(user=user, artwork=name, copies=1))
            viewed = at(t + 0.05).wall_ns
            ledger.saw(9.0, FinalRow(user=user, artwork=name, copies=1, viewed_wall_ns=viewed))
    ledger.saw(2.0, Poll(rows=1))
    ledger.saw(2.5, Poll(rows=1))
    ledger.saw(9.0, Final(rows=2 * len(ODD)))
    return ledger.saw(9.0, Quiet(rows=2 * len(ODD), why="two equal reads"))


def test_odd_names_are_names(tmp_path: Path) -> None:
    ledger = odd_ledger()
    assert verdict_of(ledger, tmp_path) is Verdict.PASS
    assert evidence_of(ledger, tmp_path / "2").fates.counts() == {"recorded_once": 2 * len(ODD)}
    publish(tmp_path)


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_name_that_is_lost_is_found(tmp_path: Path, odd: str) -> None:
    ledger = odd_ledger()
    ledger = without(ledger, FinalRow, artwork=odd, user="ann")
    assert find("nothing_lost", ledger, tmp_path).examples == (f"ann/{odd}",)


def test_what_a_generator_never_sent_is_no_loss_of_the_target(tmp_path: Path) -> None:
    ledger = healthy().shown("a", 2.0, user="gen", tab="gen").shown("b", 2.0, user="gen", tab="gen")
    cell = judge_run(judged_by_all(ledger).write(tmp_path)).cell
    assert cell.verdict is Verdict.UNKNOWN
    assert "load_sent: the load generator never sent 2 of 2 views" in cell.reason
    assert cell.fates == {"recorded_once": 2}


def judged_by_all(ledger: HandWritten) -> HandWritten:
    ledger.checks = ALL
    return ledger


def test_a_run_cut_short_fails_no_view(tmp_path: Path) -> None:
    """Ctrl-C while the last views wait in the queue: there is no final read, nothing is decided."""
    ledger = healthy().shown("c", 2.0)
    for kind in (Final, FinalRow):
        ledger = without(ledger, kind)
    ledger.rows["network"].clear()
    ledger.status = "interrupted"
    assert verdict_of(ledger, tmp_path) is Verdict.UNKNOWN


def test_a_row_seen_after_the_final_read_did_not_vanish(tmp_path: Path) -> None:
    """The poller goes on after the final read: what it sees then is late, not seen and gone."""
    ledger = healthy().shown("c", 2.0)
    ledger.saw(9.5, Appeared(user="ann", artwork="c", copies=1))
    fates = evidence_of(ledger, tmp_path).fates.counts()
    assert "vanished" not in fates, fates


@pytest.mark.parametrize("name", ["viewer.arrows", "client.arrows", "database.arrows"])
def test_a_flipped_bit_anywhere_is_noticed(tmp_path: Path, name: str) -> None:
    ledger = healthy()
    ledger.checks = ALL
    run = ledger.write(tmp_path)
    whole = (run / name).read_bytes()
    for place in range(0, len(whole), len(whole) // 7):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << (place % 8)
        (run / name).write_bytes(damaged)
        cell = judge_run(run).cell
        assert cell.verdict is Verdict.UNKNOWN
        assert f"{name} is not as the run left it" in cell.reason
