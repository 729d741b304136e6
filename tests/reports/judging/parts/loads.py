"""Loads of some hundred batches in the real formats, sound ones and ones with something planted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.big_ledger import write_big_ledger
from harness.ledger.json_files import read_json, write_json
from harness.ledger.rundir import END_FILE
from tests.reports.ledgers import rewrite

Plant = Callable[[Path], None]
Receipt = dict[str, object]

OBSERVATIONS = 7_200
"""Four hundred batches of four."""


def load_at(directory: Path, plant: Plant) -> Path:
    """Write a load with something planted in it."""
    run = directory / "run"
    write_big_ledger(run, OBSERVATIONS)
    plant(run)
    return run


def sound(run: Path) -> None:
    """Plant nothing."""


def _changed(run: Path, file: str, change: Callable[[pa.Table], pa.Table]) -> None:
    """Rewrite a witness's file, with as many rows as it then has."""
    rewrite(run / file, change)
    with pa.OSFile(str(run / file), "rb") as source, pa.ipc.open_stream(source) as reader:
        rows = reader.read_all().num_rows
    end = read_json(run / END_FILE)
    end["rows"][file] = rows
    write_json(run / END_FILE, end)


def _rows(table: pa.Table, *kinds: str, every: int) -> pa.ChunkedArray:
    """Which rows are every n-th of these kinds."""
    mine = pc.is_in(table["kind"], value_set=pa.array(kinds)).to_numpy()
    number = mine.cumsum()
    return pa.chunked_array([pa.array(mine & (number % every == 0))])


def _final_rows(run: Path, change: int, table: pa.Table) -> pa.Table:
    """Have the final read count as many rows as it now has."""
    rows = table["rows"].to_pylist()
    kinds = table["kind"].to_pylist()
    rows = [n + change if kind == "final" else n for n, kind in zip(rows, kinds, strict=True)]
    at, field = table.schema.get_field_index("rows"), table.schema.field("rows")
    return table.set_column(at, field, pa.array(rows, field.type))


def lost(run: Path) -> None:
    """Every fiftieth row is missing from the table, although it was seen there."""

    def change(table: pa.Table) -> pa.Table:
        gone = _rows(table, "final_row", every=50)
        return _final_rows(run, -pc.sum(gone).as_py(), table.filter(pc.invert(gone)))

    _changed(run, "database.arrows", change)


def miscounted(run: Path) -> None:
    """The final read counts more rows than there are."""
    _changed(run, "database.arrows", lambda table: _final_rows(run, 3, table))


def twice(run: Path) -> None:
    """Every seventieth row is there twice."""

    def change(table: pa.Table) -> pa.Table:
        double = _rows(table, "final_row", every=70)
        copies = pc.if_else(double, 2, table["copies"]).cast(table.schema.field("copies").type)
        at = table.schema.get_field_index("copies")
        table = table.set_column(at, table.schema.field("copies"), copies)
        return _final_rows(run, pc.sum(double).as_py(), table)

    _changed(run, "database.arrows", change)


def unshown(run: Path) -> None:
    """Every fortieth view was never meant nor shown."""

    def change(table: pa.Table) -> pa.Table:
        shown = table["kind"].to_numpy() == "view_shown"
        half = int(shown.sum())
        which = pa.array([n % 40 == 0 for n in range(half)])
        return table.filter(pc.invert(pa.concat_arrays([which, which])))

    _changed(run, "viewer.arrows", change)


def early_rows(run: Path) -> None:
    """Every thirtieth row has a time from before its view."""

    def change(table: pa.Table) -> pa.Table:
        early = _rows(table, "appeared", every=30)
        at = table.schema.get_field_index("viewed_wall_ns")
        before = pc.subtract(table["viewed_wall_ns"], 60_000_000_000)
        column = pc.if_else(early, before, table["viewed_wall_ns"])
        return table.set_column(at, table.schema.field("viewed_wall_ns"), column)

    _changed(run, "database.arrows", change)


def unanswered(run: Path) -> None:
    """Every twentieth request has no answer."""

    def change(table: pa.Table) -> pa.Table:
        which = [n % 20 == 0 for n in range(table.num_rows)]
        outcome = pc.if_else(pa.array(which), "unknown", table["outcome"])
        at = table.schema.get_field_index("outcome")
        return table.set_column(at, table.schema.field("outcome"), outcome)

    _changed(run, "load.arrows", change)


def answered_too_soon(run: Path) -> None:
    """Every tenth answer was read right after its request was sent."""

    def change(table: pa.Table) -> pa.Table:
        which = pa.array([n % 10 == 0 for n in range(table.num_rows)])
        done = pc.if_else(which, pc.add(table["sent_ns"], 500_000), table["done_ns"])
        at = table.schema.get_field_index("done_ns")
        return table.set_column(at, table.schema.field("done_ns"), done)

    _changed(run, "load.arrows", change)


def _receipts(run: Path, change: Callable[[int, Receipt], list[Receipt]]) -> None:
    lines = [json.loads(line) for line in (run / "server.ndjson").read_text().splitlines()]
    new = [one for n, line in enumerate(lines) for one in change(n, line)]
    (run / "server.ndjson").write_text("".join(json.dumps(one) + "\n" for one in new))


def repeated(run: Path) -> None:
    """Every twenty-fifth batch was processed twice, and its ids counted as new again."""
    _receipts(run, lambda n, one: [one, one] if n % 25 == 3 else [one])


def without_receipt(run: Path) -> None:
    """Every thirtieth batch has no receipt."""
    _receipts(run, lambda n, one: [] if n % 30 == 5 else [one])


def other_ids(run: Path) -> None:
    """Every fortieth receipt names another artwork than was sent."""

    def change(n: int, one: Receipt) -> list[Receipt]:
        ids = one.get("artworks")
        if n % 40 == 7 and isinstance(ids, list):
            return [{**one, "artworks": ["load-999999", *ids[1:]]}]
        return [one]

    _receipts(run, change)


def killed(run: Path) -> None:
    """The server's life has no end, and its last receipt is cut short."""
    text = (run / "server.ndjson").read_text().splitlines(keepends=True)
    (run / "server.ndjson").write_text("".join(text[:-2]) + text[-2][:40])


def of_no_kind(run: Path) -> None:
    """Some rows of the viewer are of an unknown kind."""

    def change(table: pa.Table) -> pa.Table:
        kinds = pc.if_else(_rows(table, "view_shown", every=90), "view_dreamt", table["kind"])
        at = table.schema.get_field_index("kind")
        return table.set_column(at, table.schema.field("kind"), kinds)

    _changed(run, "viewer.arrows", change)


def cut_short(run: Path) -> None:
    """The file of the load ends in the middle of a batch."""
    file = run / "load.arrows"
    file.write_bytes(file.read_bytes()[:-5000])
    (run / END_FILE).unlink()


def altered(run: Path) -> None:
    """The viewer's file is not as the run left it."""
    file = run / "viewer.arrows"
    file.write_bytes(file.read_bytes() + b"more")


def sampled_twice(run: Path) -> None:
    """A sample of the processes is in the ledger twice."""
    _changed(run, "machine.arrows", lambda table: pa.concat_tables([table, table.slice(0, 1)]))


PLANTS: tuple[Plant, ...] = (
    sampled_twice,
    *(sound, lost, miscounted, twice, unshown, early_rows, unanswered, answered_too_soon),
    *(repeated, without_receipt, other_ids, killed, of_no_kind, cut_short, altered),
)
