"""JSON files, written in one step; those that are described by types are read strictly.

A *record* is a frozen ``msgspec.Struct`` that forbids unknown fields. What was written can be read
back: numbers are finite wherever the type leaves no room for null. Errors name file and field.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec

from harness.core.errors import HarnessError, LedgerDamaged, LedgerUnreadable
from harness.ledger import door

T = TypeVar("T")

Nanoseconds = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""A clock reading in ns that fits the ledger's 64-bit columns."""

Natural = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""A count."""


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A JSON object whose fields are all known."""


class _Numbered(msgspec.Struct):
    format: int | None = None


def write_record(path: Path, record: msgspec.Struct) -> None:
    """Write a record in one step: a reader sees the old file or the new one, never a half.

    Raises HarnessError for a value that its type cannot hold, OSError when the disk is full.
    """
    write_text(path, encode_record(record, str(path)) + "\n")


def write_text(path: Path, content: str) -> None:
    """Write a text file in one step. Raises OSError."""
    door.write(path.parent, path.name, content)


def encode_record(record: msgspec.Struct, name: str) -> str:
    """Return a record as indented JSON; ``name`` is what an error calls it.

    A number that is not finite becomes null, a lone surrogate U+FFFD. Raises HarnessError for a
    value that its type cannot hold.
    """
    try:
        raw = msgspec.json.encode(record, enc_hook=_plain_number)
    except UnicodeEncodeError:
        plain = msgspec.to_builtins(record, enc_hook=_plain_number)
        raw = msgspec.json.encode(_well_formed(plain))
    try:
        msgspec.json.decode(raw, type=type(record))
    except msgspec.ValidationError as error:
        raise HarnessError(f"cannot write {name}: {_sentence(error)}") from error
    return msgspec.json.format(raw, indent=1).decode()


def read_record(path: Path, kind: type[T]) -> T:
    """Read a record. Raises LedgerUnreadable that names the file and the field."""
    return decode_record(_content(path), kind, path)


def read_versioned(
    path: Path, kinds: Mapping[int, type[Any]], *, unnumbered: int | None = None
) -> Any:
    """Read a record of the type that its field ``format`` names; ``unnumbered`` if it has none.

    Raises LedgerUnreadable that names the file and the field, and for any other format.
    """
    raw = _content(path)
    number = decode_record(raw, _Numbered, path).format
    found = unnumbered if number is None else number
    if found is None:
        raise LedgerDamaged(f"{path}: missing required field format")
    if found in kinds:
        return decode_record(raw, kinds[found], path)
    known = " and ".join(str(one) for one in sorted(kinds))
    newer = "A newer harness wrote it: use that one" if found > max(kinds) else ""
    raise LedgerUnreadable(f"{path} has format {found}, this harness reads {known}", hint=newer)


def read_json(path: Path) -> dict[str, Any]:
    """Return a file's JSON object. Raises LedgerUnreadable that names the file."""
    content = json.loads(_content(path))
    if not isinstance(content, dict):
        raise LedgerDamaged(f"{path} does not hold a JSON object")
    return content


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON object in one step. Raises ValueError for a number that is not finite."""
    write_text(path, encode_json(content))


def encode_json(content: Mapping[str, Any]) -> str:
    """Return a JSON object as a text file. Raises ValueError for a number that is not finite."""
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _content(path: Path) -> bytes:
    """Return a file's bytes once they are JSON without a key that stands twice in one object."""
    raw = door.read(path.parent, path.name)
    try:
        json.loads(raw, object_pairs_hook=_once_each, parse_constant=_refuse)
    except UnicodeDecodeError as error:
        raise LedgerDamaged(f"{path} is not UTF-8") from error
    except RecursionError as error:
        raise LedgerDamaged(f"{path} is nested too deeply") from error
    except ValueError as error:
        raise LedgerDamaged(f"{path} is not valid JSON: {error}") from error
    return raw


def _once_each(pairs: list[tuple[str, Any]]) -> None:
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise ValueError(f"the key {key!r} stands twice in one object")
        seen.add(key)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a JSON number")


def decode_record(raw: bytes, kind: type[T], path: Path) -> T:
    """Return the record that some bytes hold. Raises LedgerDamaged that names path and field."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        raise LedgerDamaged(f"{path}: {_sentence(error)}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise LedgerDamaged(f"{path} is not valid JSON: {error}") from error


def _sentence(error: msgspec.ValidationError) -> str:
    """Return the field and what is wrong with it: ``cells[3].seed: expected int, got str``."""
    what, _, where = str(error).partition(" - at ")
    what = what.replace("`", "").removeprefix("Object ")
    what = what[:1].lower() + what[1:]
    path = re.sub(r"^\$\.?", "", where.strip("`"))
    return f"{path}: {what}" if path else what


def _plain_number(value: object) -> float | int:
    """Return numpy's numbers as Python's. Raises TypeError for anything else."""
    number = value.item() if hasattr(value, "item") else None
    if isinstance(number, int | float):
        return number
    raise TypeError(f"a {type(value).__name__} is no JSON value")


def _well_formed(value: Any) -> Any:
    """Return builtins without lone surrogates."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_well_formed(key): _well_formed(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_well_formed(one) for one in value]
    return value
