"""The ledger is readable up to its last flushed second, whatever happened to the writer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from harness.core.errors import HarnessError, LedgerUnreadable
from harness.core.wait import block_until
from harness.ledger.files import FLUSH_INTERVAL_S, Ledger, WitnessFile, read_witness
from harness.ledger.kinds import ACTIVITY, VIEWER
from harness.ledger.kinds.activity import DatabaseFigure
from harness.ledger.kinds.network import FaultStart
from harness.ledger.kinds.viewer import ViewerRow, ViewShown


def shown(artwork: str) -> ViewShown:
    return ViewShown(user="u", tab="t", artwork=artwork)


def test_what_was_seen_is_read_back_in_order(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        for number in range(100):
            ledger.witness(VIEWER).saw(shown(f"é{number}"))
    testimony = read_witness(tmp_path / "viewer.arrows")
    assert testimony.table["artwork"].to_pylist() == [f"é{number}" for number in range(100)]
    assert not testimony.truncated
    assert ledger.rows() == {"viewer.arrows": 100}


def test_a_row_of_another_witness_is_an_error_not_a_silent_loss(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        file = ledger.witness(VIEWER)
        with pytest.raises(HarnessError, match="FaultStart is no kind of row of the viewer"):
            file.saw(FaultStart(fault="cut"))  # type: ignore[arg-type]
        with pytest.raises(HarnessError, match="ViewerRow is no kind of row of the viewer"):
            file.saw(ViewerRow(user="u", tab="t", artwork="a"))
    assert ledger.rows() == {"viewer.arrows": 0}


def test_a_misspelt_field_is_an_error() -> None:
    with pytest.raises(TypeError, match="artwrok"):
        ViewShown(user="u", tab="t", artwrok="a")  # type: ignore[call-arg]


def test_a_figure_that_the_format_does_not_know_is_an_error(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger, pytest.raises(HarnessError, match="name cannot be 'comits'"):
        ledger.witness(ACTIVITY).saw(DatabaseFigure(name="comits", value=1.0))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"kind": ["fault_strat"]}, "1 row of the unknown kind 'fault_strat'"),
        ({"kind": [None]}, "1 row of no kind"),
        ({"artwork": [None]}, "1 row of kind view_shown without artwork"),
    ],
)
def test_a_batch_of_rows_that_are_no_kind_is_an_error(
    tmp_path: Path, wrong: dict[str, list[str | None]], why: str
) -> None:
    columns: dict[str, Any] = {"user": ["u"], "tab": ["t"], "artwork": ["a"]}
    columns |= {"mono_ns": [1], "wall_ns": [1]}
    batch = VIEWER.batch(ViewShown, columns, 1)
    spoilt = pa.RecordBatch.from_pydict({**batch.to_pydict(), **wrong}, schema=VIEWER.schema)
    file = WitnessFile(tmp_path / "viewer.arrows", VIEWER)
    with pytest.raises(HarnessError, match=why):
        file.append(spoilt)
    file.append(batch)
    file.close()
    assert file.rows == 1


@pytest.mark.parametrize("missing", ["artwork", "mono_ns"])
def test_a_batch_without_what_its_kind_needs_is_not_made(missing: str) -> None:
    columns: dict[str, Any] = {"user": ["u"], "tab": ["t"], "artwork": ["a"]}
    columns |= {"mono_ns": [1], "wall_ns": [1]}
    columns.pop(missing)
    with pytest.raises(HarnessError, match=missing):
        VIEWER.batch(ViewShown, columns, 1)
    with pytest.raises(HarnessError, match="copies"):
        VIEWER.batch(ViewShown, {**columns, missing: [1], "copies": [1]}, 1)


def test_a_file_cut_anywhere_gives_its_whole_batches_and_says_so(tmp_path: Path) -> None:
    """A cut between two messages of the stream looks like an end; any other is noticed."""
    file = WitnessFile(tmp_path / "viewer.arrows", VIEWER)
    ends = [len(read_witness(file.path).table.schema.serialize()), file.path.stat().st_size]
    for number in range(4):
        file.saw(shown(str(number)))
        file.flush()
        ends.append(file.path.stat().st_size)
    file.close()
    whole = file.path.read_bytes()
    cut = tmp_path / "viewer-cut.arrows"
    for length in range(len(whole)):
        cut.write_bytes(whole[:length])
        testimony = read_witness(cut)
        assert testimony.table.num_rows == sum(end <= length for end in ends[2:]), length
        assert testimony.truncated or length in ends or length >= ends[-1], length


def test_a_killed_writer_leaves_what_it_flushed(tmp_path: Path) -> None:
    """kill -9 in the middle: all rows are there but those of the last two flush intervals.

    Counted in rows: however long the writer stands still, it writes none meanwhile.
    """
    step_s = 0.005
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from harness.ledger.files import Ledger\n"
        "from harness.ledger.kinds import VIEWER\n"
        "from harness.ledger.kinds.viewer import ViewShown\n"
        "with Ledger(Path(sys.argv[1])) as ledger:\n"
        "    while True:\n"
        "        ledger.witness(VIEWER).saw(ViewShown(user='u', tab='t', artwork='a'))\n"
        "        print(time.monotonic_ns(), flush=True)\n"
        f"        time.sleep({step_s})\n"
    )
    noted = tmp_path / "noted.txt"
    with noted.open("wb") as sink:
        writer = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=sink)
        try:
            block_until("the writer is at work", lambda: noted.read_text().count("\n") > 400,
                        timeout_s=60)  # fmt: skip
        finally:
            os.kill(writer.pid, signal.SIGKILL)
            writer.wait()
    written = [int(line) for line in noted.read_text().split("\n")[:-1]]
    rows = read_witness(tmp_path / "viewer.arrows").table["mono_ns"].to_pylist()
    must_be_there = len(written) - round(2 * FLUSH_INTERVAL_S / step_s)
    assert len(rows) >= must_be_there > 0
    # Each was noted when it had been written: none before the last of them is missing.
    assert all(row < noted for row, noted in zip(rows, written, strict=False))
    assert all(row > noted for row, noted in zip(rows[1:], written, strict=False))


def test_a_full_disk_is_one_clear_error() -> None:
    """/dev/full takes no byte: the file cannot even begin."""
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")
    with pytest.raises(HarnessError, match="No space left on device") as caught:
        WitnessFile(Path("/dev/full"), VIEWER)
    assert "--out" in caught.value.hint


def test_the_quota_ends_the_run_and_keeps_what_was_written(tmp_path: Path) -> None:
    file = WitnessFile(tmp_path / "viewer.arrows", VIEWER, quota_bytes=2_000)

    def write_on() -> None:
        for number in range(1_000):
            file.saw(shown(str(number)))
            file.flush()

    with pytest.raises(HarnessError, match="quota"):
        write_on()
    with pytest.raises(HarnessError, match="quota"):
        file.saw(shown("too late"))
    with pytest.raises(HarnessError, match="quota"):
        file.close()
    assert read_witness(file.path).table.num_rows > 0


def test_another_format_is_refused(tmp_path: Path) -> None:
    schema = VIEWER.schema.with_metadata({"format": "99"})
    path = tmp_path / "viewer.arrows"
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, schema):
        pass
    with pytest.raises(LedgerUnreadable, match="format 99"):
        read_witness(path)
