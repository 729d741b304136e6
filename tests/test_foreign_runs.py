"""A stored run from elsewhere is harmless, and accuses no target of what was done to its files."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.core.errors import ExitCode, HarnessError
from harness.ledger import door
from harness.ledger.rundir import checksum
from reports.judging.judge import judge_suite
from reports.pages.explain import explain
from reports.pages.publish import publish
from reports.verdict.verdict import Verdict
from tests.mutated_runs import Place, copied, good_suite, mutate, places

RUN = Path("cells/one")
MOST_S = 60
"""How long a report may take: a reader that waits for a fifo would wait for ever."""


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return good_suite(tmp_path_factory.mktemp("good") / "suite")


@pytest.fixture
def suite(good: Path, tmp_path: Path) -> Path:
    """A copy of the good suite, beside a canary that nothing may touch."""
    outside = tmp_path / "outside"
    (outside / "evidence").mkdir(parents=True)
    for name in ("file.txt", "evidence/rows.json", "run.json"):
        (outside / name).write_text("canary")
    return copied(good, tmp_path / "suite")


@pytest.fixture(autouse=True)
def bounded() -> Iterator[None]:
    """Fail a test that hangs."""

    def late(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"a report took more than {MOST_S} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(MOST_S)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def outcome(suite: Path) -> Verdict | ExitCode:
    """What `harness report` and `harness explain` make of a directory: no other exception."""
    with contextlib.suppress(HarnessError):
        explain(suite, "ann/b")
    return ended(suite, lambda: publish(suite).judged.suite.verdict)


def ended(suite: Path, judge: Callable[[], Verdict]) -> Verdict | ExitCode:
    """The verdict, or the exit code of an error that names the file."""
    try:
        return judge()
    except HarnessError as error:
        code, line = error.exit_code, error.line
    assert str(suite) in line, line
    return code


def canaries(suite: Path) -> dict[str, bytes]:
    outside = suite.parent / "outside"
    files = (path for path in outside.rglob("*") if path.is_file())
    return {str(path.relative_to(outside)): path.read_bytes() for path in files}


UNTOUCHED = dict.fromkeys(("file.txt", "evidence/rows.json", "run.json"), b"canary")

# --- directories that lead out of themselves -----------------------------------------------------


def linked(name: str, to: str) -> Callable[[Path], None]:
    def make(suite: Path) -> None:
        path = suite / name
        path.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(suite.parent / "outside" / to)

    return make


def run_at(place: str) -> Callable[[Path], None]:
    def make(suite: Path) -> None:
        plan = json.loads((suite / "plan.json").read_text())
        plan["cells"][0]["directory"] = place.format(outside=suite.parent / "outside")
        (suite / "plan.json").write_text(json.dumps(plan))

    return make


def moved_behind_a_link(suite: Path) -> None:
    (suite / "cells").rename(suite.parent / "outside" / "cells")
    (suite / "cells").symlink_to(suite.parent / "outside" / "cells")


LEAD_OUT: dict[str, tuple[Callable[[Path], None], Verdict | ExitCode]] = {
    **{
        f"{name} is a link": (linked(name, "file.txt"), Verdict.PASS)
        for name in ("report.html", "verdict.json", "summary.md", "junit.xml", "ctrf.json")
    },
    "rows.json is a link": (linked("cells/one/evidence/rows.json", "file.txt"), Verdict.PASS),
    "evidence is a link": (linked("cells/one/evidence", "evidence"), Verdict.PASS),
    "a witness is a link": (linked("cells/one/viewer.arrows", "file.txt"), Verdict.UNKNOWN),
    "receipts are a link": (linked("cells/one/server.ndjson", "file.txt"), Verdict.UNKNOWN),
    "run.json is a link": (linked("cells/one/run.json", "run.json"), Verdict.UNKNOWN),
    "plan.json is a link": (linked("plan.json", "file.txt"), ExitCode.HARNESS),
    "the end is a link": (linked("suite-end.json", "file.txt"), ExitCode.HARNESS),
    "a run beside it": (run_at("../outside"), Verdict.UNKNOWN),
    "a run somewhere else": (run_at("{outside}"), Verdict.UNKNOWN),
    "a run up and down": (run_at("cells/../../outside"), Verdict.UNKNOWN),
    "cells are a link": (moved_behind_a_link, Verdict.UNKNOWN),
}


@pytest.mark.parametrize("name", LEAD_OUT)
def test_a_directory_that_leads_out_of_itself_changes_nothing_there(name: str, suite: Path) -> None:
    make, expected = LEAD_OUT[name]
    make(suite)
    before = canaries(suite)
    assert outcome(suite) is expected
    assert canaries(suite) == before
    assert before.items() >= UNTOUCHED.items()


def test_a_linked_place_of_a_report_is_replaced_by_the_report(suite: Path) -> None:
    linked("report.html", "file.txt")(suite)
    publish(suite)
    assert not (suite / "report.html").is_symlink()
    assert "<h1>" in (suite / "report.html").read_text()


# --- files that are none, or too much ------------------------------------------------------------


def fifo(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    try:
        os.mknod(path, 0o600 | 0o020000, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("making a device needs root")


def listening(path: Path) -> None:
    with tempfile.TemporaryDirectory() as short, socket.socket(socket.AF_UNIX) as one:
        one.bind(f"{short}/s")
        os.rename(f"{short}/s", path)


def endless(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(door.MOST_BYTES + 1)


NOT_FILES = {"fifo": fifo, "device": device, "socket": listening, "folder": Path.mkdir}


@pytest.mark.parametrize("kind", NOT_FILES)
@pytest.mark.parametrize(
    "name", ["viewer.arrows", "load-7.arrows", "server.ndjson", "run.json", "end.json"]
)
def test_what_is_no_file_is_named_and_never_waited_for(kind: str, name: str, suite: Path) -> None:
    path = suite / RUN / name
    path.unlink(missing_ok=True)
    NOT_FILES[kind](path)
    judged = judge_suite(suite).suite
    assert judged.verdict is Verdict.UNKNOWN
    assert f"{name} is not a regular file" in judged.cells[0].reason or kind == "socket"
    assert name in judged.cells[0].reason


@pytest.mark.parametrize("name", ["viewer.arrows", "server.ndjson", "run.json"])
def test_a_file_larger_than_any_that_is_written_is_not_read(name: str, suite: Path) -> None:
    endless(suite / RUN / name)
    [cell] = judge_suite(suite).suite.cells
    assert cell.verdict is Verdict.UNKNOWN
    assert f"{name} is larger than" in cell.reason


def bomb(path: Path, **options: Any) -> None:
    """A witness file of a few kilobytes that becomes 400 MB where it is decompressed."""
    with pa.OSFile(str(path), "rb") as source, pa.ipc.open_stream(source) as reader:
        schema = reader.schema
    zeros = pa.array([0] * 1000 * 1000, pa.int64())
    columns = [
        zeros if field.type == pa.int64() else pa.nulls(len(zeros), field.type) for field in schema
    ]
    batch = pa.RecordBatch.from_arrays(columns, schema=schema)
    with (
        pa.OSFile(str(path), "wb") as sink,
        pa.ipc.new_stream(sink, schema, options=pa.ipc.IpcWriteOptions(**options)) as out,
    ):
        out.write_batch(batch)


def sealed(path: Path) -> None:
    end = json.loads((path.parent / "end.json").read_text())
    end["crc32"][path.name] = checksum(path)
    (path.parent / "end.json").write_text(json.dumps(end))


@pytest.mark.parametrize("codec", ["zstd", "lz4"])
def test_a_compressed_witness_file_is_not_decompressed(codec: str, suite: Path) -> None:
    path = suite / RUN / "viewer.arrows"
    bomb(path, compression=codec)
    sealed(path)
    allocated = pa.total_allocated_bytes()
    [cell] = judge_suite(suite).suite.cells
    assert "viewer.arrows has a compressed batch, which no witness writes" in cell.reason
    assert pa.total_allocated_bytes() - allocated < 10 << 20


def test_rows_without_bytes_are_not_counted_into_the_memory(suite: Path) -> None:
    path = suite / RUN / "viewer.arrows"
    metadata = pa.ipc.open_stream(path.read_bytes()).schema.metadata
    schema = pa.schema([("mono_ns", pa.null())], metadata=metadata)
    batch = pa.RecordBatch.from_arrays([pa.nulls(1 << 24)], schema=schema)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, schema) as out:
        out.write_batch(batch)
    sealed(path)
    [cell] = judge_suite(suite).suite.cells
    assert "viewer.arrows has more rows than its bytes can hold" in cell.reason


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 50_000 + "1" + "}" * 50_000])
@pytest.mark.parametrize("name", ["plan.json", "cells/one/run.json", "cells/one/server.ndjson"])
def test_deep_nesting_is_damage(name: str, text: str, suite: Path) -> None:
    (suite / name).write_text(text + "\n")
    assert outcome(suite) in (Verdict.UNKNOWN, ExitCode.HARNESS)


def test_names_of_evidence_steer_no_terminal_and_no_page(suite: Path) -> None:
    evidence = suite / RUN / "evidence"
    evidence.mkdir()
    for number in range(2_000):
        (evidence / f"{number:04d}\x1b[31m<script>.txt").write_text("")
    os.mkfifo(evidence / "trace.zip")
    mutate(suite, Place("cells/one/end.json", None, ("status",)), "broken")
    assert outcome(suite) is Verdict.UNKNOWN
    page = (suite / "report.html").read_text()
    assert "\x1b" not in page
    assert page.count("<script") == 1, "the page's own"
    assert page.count(".txt</a>") <= 40


# --- any value of any file -----------------------------------------------------------------------

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-3, 3),
    st.sampled_from([2**31, 2**53, 2**62, 2**63, 2**64, 10**30, -(2**63)]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(["a", "b", "batch", "final_row", "view_shown", "acknowledged", "../x", "\x1b"]),
    st.sampled_from([[], {}, [1], ["a"], [None], {"format": 2}, [["a"]]]),
)


@pytest.fixture(scope="module")
def every_place(good: Path) -> list[Place]:
    found = places(good)
    assert {one.file for one in found} > {"plan.json", "suite-end.json", "cells/one/run.json"}
    assert len(found) > 300
    return found


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_value_of_a_stored_file_accuses_the_target_or_breaks_the_judge(
    data: st.DataObject, good: Path, every_place: list[Place], tmp_path: Path
) -> None:
    accuses_no_target(data, good, every_place, tmp_path)


@pytest.mark.nightly
@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_neither_do_many_more(
    data: st.DataObject, good: Path, every_place: list[Place], tmp_path: Path
) -> None:
    signal.alarm(0)
    accuses_no_target(data, good, every_place, tmp_path)


def accuses_no_target(
    data: st.DataObject, good: Path, every_place: list[Place], tmp_path: Path
) -> None:
    """Unless the row that the value stands in is one that the harness could have written."""
    files = sorted({one.file for one in every_place})
    file = data.draw(st.sampled_from(files), label="file")
    place = data.draw(st.sampled_from([one for one in every_place if one.file == file]))
    suite = copied(good, tmp_path / "suite")
    row = mutate(suite, place, data.draw(VALUES, label="value"))
    found = ended(suite, lambda: judge_suite(suite).suite.verdict)
    assert found in (Verdict.PASS, Verdict.UNKNOWN, ExitCode.HARNESS, ExitCode.USAGE) or (
        found is Verdict.FAIL and row == "valid"
    )


KINDS_OF_DAMAGE = [
    (Place("plan.json", None, ("cells", 0, "plan", "seed")), "1", "cells[0].plan.seed: expected"),
    (Place("plan.json", None, ("cells",)), 5, "plan.json: cells: expected array, got int"),
    (Place("plan.json", None, ("options", "target")), [], "plan.json: options.target: expected"),
    (Place("suite-end.json", None, ("interrupted",)), 0, "suite-end.json: interrupted: expected"),
]
IN_A_CELL = [
    (Place("cells/one/run.json", None, ("plan", "arm")), [], "run.json: plan.arm: expected object"),
    (Place("cells/one/end.json", None, ("rows",)), 1, "end.json: rows: expected object, got int"),
    (Place("cells/one/viewer.arrows", 0, ("artwork",)), 7, "viewer.arrows: the column artwork is"),
    (Place("cells/one/database.arrows", 2, ("copies",)), "x", "database.arrows: the column copies"),
    (Place("cells/one/server.ndjson", 2, ("inserted",)), "2", "server.ndjson:3 is not a receipt"),
    (Place("cells/one/server.ndjson", 2, ()), 7, "server.ndjson:3 is not a receipt"),
    # pyarrow's reader of JSON ends the process on this one.
    (Place("cells/one/server.ndjson", 0, ()), None, "server.ndjson:1 is not a receipt"),
]


@pytest.mark.parametrize(("place", "value", "words"), KINDS_OF_DAMAGE)
def test_a_value_of_another_type_names_file_and_field(
    place: Place, value: Any, words: str, suite: Path
) -> None:
    mutate(suite, place, value)
    with pytest.raises(HarnessError) as caught:
        judge_suite(suite)
    assert words in caught.value.line
    assert caught.value.exit_code is ExitCode.HARNESS


@pytest.mark.parametrize(("place", "value", "words"), IN_A_CELL)
def test_one_in_a_cell_leaves_it_undecided_by_file_and_field(
    place: Place, value: Any, words: str, suite: Path
) -> None:
    mutate(suite, place, value)
    [cell] = judge_suite(suite).suite.cells
    assert cell.verdict is Verdict.UNKNOWN
    reasons = [cell.reason, *(finding.summary for finding in cell.findings)]
    assert any(words in sentence for sentence in reasons), reasons
