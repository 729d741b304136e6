"""A small good suite in which one stored value, of any file, becomes any JSON value."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from harness.ledger.kinds import SERVER, WITNESSES
from harness.ledger.kinds.base import Witness
from harness.ledger.kinds.database import Relations
from harness.ledger.plan import PlannedCell, SuiteEnd, SuitePlan, write_plan, write_suite_end
from harness.ledger.rundir import RUN_FILE, CheckSpec, checksum
from harness.ledger.stored import read_run
from tests.reports.ledgers import HandWritten, healthy, own_row_written

JSON_FILES = ("plan.json", "suite-end.json", "cells/one/run.json", "cells/one/end.json")
RECEIPTS = "cells/one/server.ndjson"
_CHECKS = (
    CheckSpec(name="nothing_lost"),
    CheckSpec(name="nothing_twice"),
    CheckSpec(name="nothing_unshown"),
    CheckSpec(name="nothing_corrupt"),
    CheckSpec(name="conservation"),
    CheckSpec(name="in_time", parameters={"within_s": 5.0}),
    CheckSpec(name="views_as_planned", parameters={"views": 2}),
)

Step = str | int
Path_ = tuple[Step, ...]


def good_run() -> HandWritten:
    """A run with rows of every witness that names impressions."""
    ledger = own_row_written(healthy()).saw(0.6, Relations(rows=1, names=("public.seen",)))
    ledger.checks = [{"name": one.name, "parameters": dict(one.parameters)} for one in _CHECKS]
    ledger.scenario = "one"
    return ledger


def good_suite(directory: Path) -> Path:
    """Write a suite of one good run."""
    run = good_run().write(directory / "cells" / "one")
    cell = PlannedCell(
        plan=read_run(run).plan, node="n", about_s=1, budget_s=1, directory="cells/one"
    )
    plan = SuitePlan(suite="s", command="harness run one", started="20260101T000000Z", cells=[cell])
    write_plan(directory, plan)
    write_suite_end(directory, SuiteEnd(interrupted=False))
    return directory


@dataclass(frozen=True)
class Place:
    """One value of a stored suite: file, row (None in a JSON file), and the way to it."""

    file: str
    row: int | None
    way: Path_


def places(suite: Path) -> list[Place]:
    """Every value of every stored file, objects and lists included."""
    found = []
    for file in JSON_FILES:
        content = json.loads((suite / file).read_text())
        found += [Place(file, None, way) for way in _ways(content)]
    for number, line in enumerate((suite / RECEIPTS).read_text().splitlines()):
        found += [Place(RECEIPTS, number, way) for way in _ways(json.loads(line))]
    for path in sorted((suite / "cells" / "one").glob("*.arrows")):
        table, file = _table(path), f"cells/one/{path.name}"
        found += [
            Place(file, row, (name,))
            for row in range(table.num_rows)
            for name in table.column_names
        ]
    return found


def mutate(suite: Path, place: Place, value: Any) -> str:
    """Put a value in a place and seal the run again; return what a reader may say of the row:
    ``valid`` if its kind allows it, ``invalid``, or an empty text for a file without rows."""
    path = suite / place.file
    if place.row is None:
        content = _with(json.loads(path.read_text()), place.way, value)
        path.write_text(json.dumps(content))
        found = ""
    elif place.file == RECEIPTS:
        lines = path.read_text().splitlines()
        changed = _with(json.loads(lines[place.row]), place.way, value)
        lines[place.row] = json.dumps(changed)
        path.write_text("\n".join(lines) + "\n")
        found = _judged(SERVER, changed)
    else:
        found = _mutate_table(path, place.row, str(place.way[0]), value)
    if not place.file.endswith("end.json"):
        _seal(suite / "cells" / "one")
    return found


def copied(suite: Path, to: Path) -> Path:
    """A copy of a suite, in place of an earlier one."""
    shutil.rmtree(to, ignore_errors=True)
    return Path(shutil.copytree(suite, to))


def _ways(content: Any, way: Path_ = ()) -> Iterator[Path_]:
    yield way
    if isinstance(content, dict):
        for name, value in content.items():
            yield from _ways(value, (*way, name))
    if isinstance(content, list):
        for number, value in enumerate(content):
            yield from _ways(value, (*way, number))


def _with(content: Any, way: Path_, value: Any) -> Any:
    if not way:
        return value
    changed = copy.deepcopy(content)
    inner = changed
    for step in way[:-1]:
        inner = inner[step]
    inner[way[-1]] = value
    return changed


def _table(path: Path) -> pa.Table:
    with pa.OSFile(str(path), "rb") as source, pa.ipc.open_stream(source) as reader:
        return reader.read_all()


def _mutate_table(path: Path, row: int, column: str, value: Any) -> str:
    table = _table(path)
    rows = table.to_pylist()
    rows[row][column] = value
    try:
        changed = pa.Table.from_pylist(rows, schema=table.schema)
        found = _judged(WITNESSES[path.stem], changed.slice(row, 1).to_pylist()[0])
    except (pa.ArrowException, OverflowError, TypeError, ValueError):
        is_text = table.schema.field(column).type == pa.string()
        values: list[Any] = [0 if is_text else json.dumps(one[column]) for one in rows]
        at = table.schema.get_field_index(column)
        changed, found = table.set_column(at, column, pa.array(values)), "invalid"
        changed = changed.replace_schema_metadata(table.schema.metadata)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, changed.schema) as out:
        out.write_table(changed)
    return found


def _judged(witness: Witness[Any], cells: Any) -> str:
    if not isinstance(cells, dict):
        return "invalid"
    kind = witness.kinds.get(str(cells.get("kind", "")))
    if kind is None:
        return "invalid"
    try:
        kind.row(cells)
    except ValueError:
        return "invalid"
    return "valid"


def _seal(run: Path) -> None:
    end = json.loads((run / "end.json").read_text())
    end["crc32"] = {path.name: checksum(path) for path in sorted(run.glob("*.arrows"))}
    end["crc32"][RUN_FILE] = checksum(run / RUN_FILE)
    (run / "end.json").write_text(json.dumps(end))
