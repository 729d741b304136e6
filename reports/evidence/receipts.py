"""The server's receipts, from NDJSON to a table: in bulk where every line is in order, else by one.

Whatever the bulk reader takes amiss (a line that a kill cut short, a field of another type) sends
the whole file to the careful one, which names each line that is not a receipt.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from harness.core.errors import LedgerUnreadable
from harness.ledger import door
from harness.ledger.kinds import SERVER
from harness.ledger.kinds.base import name_of
from harness.ledger.kinds.server import BatchReceipt, ServerStopped
from harness.ledger.schema import FORMAT

RECEIPTS = "server.ndjson"
_BLOCK_BYTES = 16 << 20

_WITH_FORMAT = pa.schema([*SERVER.schema, ("format", pa.int64())])


def read_receipts(directory: Path, gaps: list[str]) -> pa.Table:
    """Return the receipts of a run; a line that is none becomes a gap, in words.

    Raises LedgerUnreadable for receipts of another format.
    """
    if not door.is_there(directory, RECEIPTS):
        return SERVER.schema.empty_table()
    data = door.read(directory, RECEIPTS, most_bytes=door.MOST_BYTES)
    # A server that was killed leaves half a line at the end: the rest is in order all the same.
    whole = data.rfind(b"\n") + 1
    table = _in_bulk(data[:whole] if whole < len(data) else data)
    tail = data[whole:]
    if table is None:
        table, tail = _by_line(data, 1, gaps), b""
    if tail.strip():
        more = _by_line(tail, data.count(b"\n") + 1, gaps)
        table = pa.concat_tables([table, more])
    count = _Count()
    count.add(table)
    gaps += count.gaps()
    return _plain(directory, table)


def receipts_in(directory: Path, gaps: list[str]) -> Iterator[pa.Table]:
    """Yield the receipts of a run a block at a time, as ``read_receipts`` returns them together.

    Raises LedgerUnreadable for receipts of another format.
    """
    if not door.is_there(directory, RECEIPTS):
        return
    lines, rest, count = 0, b"", _Count()
    with door.opened(directory, RECEIPTS) as file:
        while block := file.read(_BLOCK_BYTES):
            data = rest + block
            whole = data.rfind(b"\n") + 1
            data, rest = data[:whole], data[whole:]
            if data:
                table = _table_of(directory, data, lines + 1, gaps)
                count.add(table)
                yield table
                lines += data.count(b"\n")
    if rest.strip():
        table = _plain(directory, _by_line(rest, lines + 1, gaps))
        count.add(table)
        yield table
    gaps += count.gaps()


class _Count:
    """The receipts of each of the server's lives, and how many it says at its end that it wrote."""

    def __init__(self) -> None:
        self._found: Counter[str] = Counter()
        self._written: dict[str, int] = {}

    def add(self, table: pa.Table) -> None:
        """Count the receipts of a table, and take the counts of the lives that end in it."""
        kinds = table.column("kind")
        batches = table.column("lifetime").filter(pc.equal(kinds, name_of(BatchReceipt)))
        for life in pc.value_counts(batches).to_pylist():
            self._found[str(life["values"])] += life["counts"]
        ends = table.select(["lifetime", "batches"]).filter(pc.equal(kinds, name_of(ServerStopped)))
        for end in ends.to_pylist():
            if end["batches"] is not None:
                self._written[str(end["lifetime"])] = end["batches"]

    def gaps(self) -> list[str]:
        """Return in words the lives of which the file holds another number of receipts.

        The count is the writer's own: a server that never wrote a receipt did not count it.
        """
        return [
            f"{RECEIPTS} holds {found} of {written} receipts of the server's life {life}"
            for life, written in self._written.items()
            if (found := self._found[life]) != written
        ]


def _table_of(directory: Path, data: bytes, first: int, gaps: list[str]) -> pa.Table:
    """Return the receipts in whole lines, the first of which has this number."""
    table = _in_bulk(data)
    return _plain(directory, _by_line(data, first, gaps) if table is None else table)


def _plain(directory: Path, table: pa.Table) -> pa.Table:
    """Return receipts without their format. Raises LedgerUnreadable for another than ours."""
    formats = set(pc.unique(table.column("format")).to_pylist())
    if foreign := sorted(str(found) for found in formats - {str(FORMAT)}):
        path = directory / RECEIPTS
        raise LedgerUnreadable(f"{path} has receipts of format {', '.join(foreign)}")
    return table.drop_columns("format")


def _in_bulk(data: bytes) -> pa.Table | None:
    """Return the receipts if every line is one beyond doubt, else None."""
    # pyarrow's reader of JSON crashes on a first line that is no object.
    if not data.startswith(b"{") or data.count(b"\n{") != data.count(b"\n") - 1:
        return None
    try:
        table = pj.read_json(
            io.BytesIO(data),
            read_options=pj.ReadOptions(block_size=_BLOCK_BYTES),
            parse_options=pj.ParseOptions(
                explicit_schema=_WITH_FORMAT, unexpected_field_behavior="ignore"
            ),
        )
        table.validate(full=True)
    except pa.ArrowException:
        return None
    lists = table.column("artworks")
    if table.num_rows != data.count(b"\n") or _holds_null(lists):
        return None
    table = table.select(_WITH_FORMAT.names).cast(_WITH_FORMAT)
    return table.set_column(len(SERVER.schema), "format", table.column("format").cast(pa.string()))


def _holds_null(lists: pa.ChunkedArray) -> bool:
    return any(pc.list_flatten(chunk).null_count for chunk in lists.chunks)


def _by_line(data: bytes, first: int, gaps: list[str]) -> pa.Table:
    receipts: list[dict[str, Any]] = []
    for number, line in enumerate(data.splitlines(), first):
        receipt = _receipt(line)
        if receipt is None:
            gaps.append(f"{RECEIPTS}:{number} is not a receipt")
        else:
            receipts.append({**receipt, "format": str(receipt.get("format"))})
    schema = pa.schema([*SERVER.schema, ("format", pa.string())])
    return pa.Table.from_pylist(receipts, schema=schema)


def _receipt(line: bytes) -> dict[str, Any] | None:
    """Return the line as a receipt, or None if it is not one."""
    try:
        receipt = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(receipt, dict):
        return None
    for field in SERVER.schema:
        value = receipt.get(field.name)
        if value is None:
            continue
        if not _fits(value, field.type):
            return None
        receipt[field.name] = _clean(value)
    return receipt


def _fits(value: object, kind: pa.DataType) -> bool:
    if pa.types.is_string(kind):
        return isinstance(value, str)
    if pa.types.is_integer(kind):
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _clean(value: Any) -> Any:
    """Return a value whose texts are Unicode: JSON can hold half a surrogate pair, UTF-8 cannot."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    return [_clean(item) for item in value] if isinstance(value, list) else value
