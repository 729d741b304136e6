"""The ledger is readable up to its last flushed second, whatever happened to the writer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from harness.core.errors import HarnessError, LedgerUnreadable
from harness.core.wait import block_until
from harness.ledger.files import FLUSH_INTERVAL_S, Ledger, WitnessFile, read_witness
from harness.ledger.schema import SCHEMAS

_VIEW = {"kind": "view_shown", "user": "u", "tab": "t"}


def test_what_was_seen_is_read_back_in_order(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        for number in range(100):
            ledger.witness("viewer").saw(artwork=f"é{number}", **_VIEW)
    testimony = read_witness(tmp_path / "viewer.arrows")
    assert testimony.table["artwork"].to_pylist() == [f"é{number}" for number in range(100)]
    assert not testimony.truncated
    assert ledger.rows() == {"viewer.arrows": 100}


@pytest.mark.parametrize("witness", sorted(SCHEMAS))
def test_every_witness_keeps_a_row_of_nulls(tmp_path: Path, witness: str) -> None:
    file = WitnessFile(tmp_path / f"{witness}.arrows", witness)
    file.saw()
    file.close()
    assert read_witness(file.path).table.num_rows == 1


def test_an_unknown_field_is_an_error_not_a_silent_loss(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger, pytest.raises(KeyError, match="has no column artwrok"):
        ledger.witness("viewer").saw(artwrok="a")


def test_a_file_cut_anywhere_gives_its_whole_batches_and_says_so(tmp_path: Path) -> None:
    """A cut between two messages of the stream looks like an end; any other is noticed."""
    file = WitnessFile(tmp_path / "viewer.arrows", "viewer")
    ends = [len(read_witness(file.path).table.schema.serialize()), file.path.stat().st_size]
    for number in range(4):
        file.saw(artwork=str(number), **_VIEW)
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
        "with Ledger(Path(sys.argv[1])) as ledger:\n"
        "    while True:\n"
        "        ledger.witness('viewer').saw(kind='view_shown', user='u', tab='t', artwork='a')\n"
        "        print(time.monotonic_ns(), flush=True)\n"
        f"        time.sleep({step_s})\n"
    )
    told = tmp_path / "told.txt"
    with told.open("wb") as sink:
        writer = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=sink)
        try:
            block_until("the writer is at work", lambda: told.read_text().count("\n") > 400,
                        timeout_s=60)  # fmt: skip
        finally:
            os.kill(writer.pid, signal.SIGKILL)
            writer.wait()
    written = [int(line) for line in told.read_text().split("\n")[:-1]]
    rows = read_witness(tmp_path / "viewer.arrows").table["mono_ns"].to_pylist()
    must_be_there = len(written) - round(2 * FLUSH_INTERVAL_S / step_s)
    assert len(rows) >= must_be_there > 0
    # Each was told when it had been written: none before the last of them is missing.
    assert all(row < told for row, told in zip(rows, written, strict=False))
    assert all(row > told for row, told in zip(rows[1:], written, strict=False))


def test_a_full_disk_is_one_clear_error() -> None:
    """/dev/full takes no byte: the file cannot even begin."""
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")
    with pytest.raises(HarnessError, match="No space left on device") as caught:
        WitnessFile(Path("/dev/full"), "viewer")
    assert "--out" in caught.value.hint


def test_the_quota_ends_the_run_and_keeps_what_was_written(tmp_path: Path) -> None:
    file = WitnessFile(tmp_path / "viewer.arrows", "viewer", quota_bytes=2_000)

    def write_on() -> None:
        for number in range(1_000):
            file.saw(artwork=str(number), **_VIEW)
            file.flush()

    with pytest.raises(HarnessError, match="quota"):
        write_on()
    with pytest.raises(HarnessError, match="quota"):
        file.saw(artwork="too late", **_VIEW)
    with pytest.raises(HarnessError, match="quota"):
        file.close()
    assert read_witness(file.path).table.num_rows > 0


def test_another_format_is_refused(tmp_path: Path) -> None:
    schema = SCHEMAS["viewer"].with_metadata({"format": "99"})
    path = tmp_path / "viewer.arrows"
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, schema):
        pass
    with pytest.raises(LedgerUnreadable, match="format 99"):
        read_witness(path)
