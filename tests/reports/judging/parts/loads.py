"""Loads of some hundred batches in the real formats, sound ones and ones with something planted."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.big_ledger import write_big_ledger
from harness.ledger.json_files import read_json, write_json
from harness.ledger.kinds import DATABASE
from harness.ledger.kinds.base import name_of
from harness.ledger.kinds.database import Final, OwnRowWritten, Poll, Relations
from harness.ledger.rundir import END_FILE, RUN_FILE, TargetRecord
from harness.target.capabilities import Capability
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


def watched(run: Path) -> None:
    """The run is as the harness records one: it names what the target offers, its polls are
    numbered and find the harness's own row, and that one has a user as any other row has."""
    offered = (Capability.RECEIPTS, Capability.DATABASE, Capability.OWN_ROW)
    target = TargetRecord(
        name="t",
        server="s",
        database="d",
        front="",
        capabilities=tuple(one.key for one in (*offered, Capability.SERVER_PROCESSES)),
    )
    record = read_json(run / RUN_FILE)
    record["target"] = msgspec.to_builtins(target)
    write_json(run / RUN_FILE, record)

    def change(table: pa.Table) -> pa.Table:
        table = table.filter(pc.not_equal(table["kind"], "poll"))
        seen_ns = np.sort(table.filter(pc.equal(table["kind"], "appeared"))["mono_ns"].to_numpy())
        begun_ns = np.arange(seen_ns[0] - 10**8, seen_ns[-1] + 10**9, 10**8)
        counts = np.searchsorted(seen_ns, begun_ns + 10**8)
        polls = [
            (int(at), Poll(rows=int(rows), own_rows=1, number=number))
            for number, (at, rows) in enumerate(zip(begun_ns, counts, strict=True), 1)
        ]
        own = OwnRowWritten(user="own", artwork="own-row", relation="public.seen")
        kinds = table["kind"].to_pylist()
        rows = pc.max(table["rows"]).as_py()
        [(final, at_ns)] = [
            (Final(rows=rows, own_rows=1, counted=rows, polls=len(polls)), at)
            for kind, at in zip(kinds, table["mono_ns"].to_pylist(), strict=True)
            if kind == "final"
        ]
        apart = table["wall_ns"][0].as_py() - table["mono_ns"][0].as_py()
        table = table.filter(pc.not_equal(table["kind"], "final"))
        relations = Relations(rows=1, names=("public.seen",))
        first_ns = int(begun_ns[0]) - 10**8
        more = [(first_ns, relations), (first_ns, own), *polls, (at_ns, final)]
        cells = [
            {**DATABASE.kind_of(type(row)).cells(row), "kind": name_of(type(row))}
            | {"mono_ns": at, "wall_ns": at + apart}
            for at, row in more
        ]
        return pa.concat_tables([table, pa.Table.from_pylist(cells, schema=table.schema)])

    _changed(run, "database.arrows", change)


def watched_and_miscounted(run: Path) -> None:
    """Every third of its polls counts a row more than had appeared."""
    watched(run)

    def change(table: pa.Table) -> pa.Table:
        more = pc.add(table["rows"], 1)
        rows = pc.if_else(_rows(table, "poll", every=3), more, table["rows"])
        at = table.schema.get_field_index("rows")
        return table.set_column(at, table.schema.field("rows"), rows)

    _changed(run, "database.arrows", change)


def watched_elsewhere(run: Path) -> None:
    """Every third of its polls does not find the harness's own row."""
    watched(run)

    def change(table: pa.Table) -> pa.Table:
        rows = pc.if_else(_rows(table, "poll", every=3), 0, table["own_rows"])
        at = table.schema.get_field_index("own_rows")
        field = table.schema.field("own_rows")
        return table.set_column(at, field, rows.cast(field.type))

    _changed(run, "database.arrows", change)


def watched_and_counted_otherwise(run: Path) -> None:
    """The database counts two rows less than its final read finds."""
    watched(run)

    def change(table: pa.Table) -> pa.Table:
        counted = re.compile(r'"counted":(\d+)')
        details = [
            text and counted.sub(lambda found: f'"counted":{int(found[1]) - 2}', text)
            for text in table["detail"].to_pylist()
        ]
        at = table.schema.get_field_index("detail")
        field = table.schema.field("detail")
        return table.set_column(at, field, pa.array(details, field.type))

    _changed(run, "database.arrows", change)


def watched_and_lost(run: Path) -> None:
    """Every fiftieth row is missing from the table, of a run as the harness records one."""
    lost(run)
    watched(run)


def processes_unwritten(run: Path) -> None:
    """Of a run as the harness records one no process was sampled but the generators."""
    watched(run)
    generators = "generator-"
    _changed(
        run,
        "machine.arrows",
        lambda table: table.filter(pc.starts_with(table["process"], generators)),
    )


def memory_frozen(run: Path) -> None:
    """No sample of a process's memory differs from another."""

    def change(table: pa.Table) -> pa.Table:
        later = table
        for name, more in (("mono_ns", 10**10), ("wall_ns", 10**10), ("cpu_s", 10)):
            at, field = table.schema.get_field_index(name), table.schema.field(name)
            later = later.set_column(at, field, pc.add(later[name], more).cast(field.type))
        table = pa.concat_tables([table, later])
        at = table.schema.get_field_index("rss_bytes")
        field = table.schema.field("rss_bytes")
        return table.set_column(at, field, pa.array([5] * table.num_rows, field.type))

    _changed(run, "machine.arrows", change)


PLANTS: tuple[Plant, ...] = (
    *(watched, watched_and_miscounted, watched_elsewhere, watched_and_counted_otherwise),
    *(watched_and_lost, processes_unwritten, memory_frozen),
    sampled_twice,
    *(sound, lost, miscounted, twice, unshown, early_rows, unanswered, answered_too_soon),
    *(repeated, without_receipt, other_ids, killed, of_no_kind, cut_short, altered),
)
