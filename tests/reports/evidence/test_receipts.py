"""The receipts of a run, and those that its file lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.ledger.kinds import SERVER
from harness.ledger.rundir import CheckSpec
from reports.checks import CHECKS
from reports.evidence import receipts as module
from reports.evidence.receipts import RECEIPTS, read_receipts, receipts_in
from reports.judging.findings import findings_of
from reports.verdict.verdict import Verdict
from servers.ingest.instant import Instant
from servers.ingest.receipts import Receipts
from tests.reports.ledgers import HandWritten, evidence_of, healthy

Read = Callable[[Path, list[str]], int]


def together(directory: Path, gaps: list[str]) -> int:
    return read_receipts(directory, gaps).num_rows


def by_blocks(directory: Path, gaps: list[str]) -> int:
    return sum(table.num_rows for table in receipts_in(directory, gaps))


READERS = pytest.mark.parametrize("read", [together, by_blocks])


def written(directory: Path, *, life: str = "life", batches: int = 6) -> list[bytes]:
    """Return the lines of a life of the server, as it writes them."""
    receipts = Receipts(directory / RECEIPTS, life)
    receipts.started()
    for _ in range(batches):
        receipts.write([receipts.begin(Instant(5, 6))])
    receipts.stopped()
    receipts.close()
    return (directory / RECEIPTS).read_bytes().splitlines(keepends=True)


@READERS
def test_whole_receipts_leave_no_gap(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BLOCK_BYTES", 700)
    written(tmp_path)
    written(tmp_path, life="next", batches=3)
    gaps: list[str] = []
    assert read(tmp_path, gaps) == 13
    assert gaps == []


@READERS
@pytest.mark.parametrize(
    "kept", [slice(1, 1), slice(1, 4), slice(3, 7)], ids=["none", "the first", "the last"]
)
def test_receipts_that_are_gone_are_named(read: Read, kept: slice, tmp_path: Path) -> None:
    first, *batches, last = written(tmp_path)
    left = [first, *batches][kept]
    (tmp_path / RECEIPTS).write_bytes(b"".join([first, *left, last]))
    gaps: list[str] = []
    read(tmp_path, gaps)
    assert gaps == [f"server.ndjson holds {len(left)} of 6 receipts of the server's life life"]


@READERS
def test_a_life_that_did_not_count_misses_none(read: Read, tmp_path: Path) -> None:
    lines = [line.replace(b',"batches":6', b"") for line in written(tmp_path)]
    (tmp_path / RECEIPTS).write_bytes(b"".join([*lines[:2], lines[-1]]))
    gaps: list[str] = []
    read(tmp_path, gaps)
    assert gaps == []


@READERS
def test_of_a_killed_life_no_count_is_known(read: Read, tmp_path: Path) -> None:
    lines = written(tmp_path)
    (tmp_path / RECEIPTS).write_bytes(b"".join(lines[:4]))
    gaps: list[str] = []
    read(tmp_path, gaps)
    assert gaps == []


def test_a_run_whose_receipts_are_cut_accuses_no_server(tmp_path: Path) -> None:
    """Two views were acknowledged and no receipt of theirs is left; the server wrote one."""
    ledger = healthy()
    ledger.receipts = [one for one in ledger.receipts if one["kind"] != "batch"]
    assert acknowledgements(ledger, tmp_path / "uncounted") is Verdict.FAIL
    for one in ledger.receipts:
        one |= {"batches": 1} if one["kind"] == "stopped" else {}
    evidence = evidence_of(ledger, tmp_path / "counted")
    assert evidence.damaged == {SERVER.name}
    finding = CHECKS["witnesses_whole"](evidence)
    assert finding.verdict is Verdict.UNKNOWN
    assert finding.summary.startswith("server.ndjson holds 0 of 1 receipts of the server's life l")
    assert acknowledgements(ledger, tmp_path / "judged") is Verdict.UNKNOWN


def acknowledgements(ledger: HandWritten, directory: Path) -> Verdict:
    """Return the verdict on acknowledgements that no receipt bears out."""
    asked = CheckSpec(name="acks_after_commit")
    findings = findings_of(evidence_of(ledger, directory), [asked])
    return next(one.verdict for one in findings if one.check == asked.name)
