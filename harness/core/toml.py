"""TOML files as typed structures; a mistake is one line that names file, line, table and key."""

from __future__ import annotations

import os
import re
import stat
import tomllib
import types
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from harness.core.errors import UsageError

T = TypeVar("T", bound=msgspec.Struct)

MOST_BYTES = 1 << 20
"""The size of a file that is still read."""
_PLAIN = re.compile(r"[\w .,:;-]{0,60}")
_UNKNOWN = re.compile(r"Object contains unknown field `(.+?)`")
_MISSING = re.compile(r"Object missing required field `(.+?)`")
_EXPECTED = re.compile(r"Expected `(\w+)(?: \| null)?`")
_PLACE = re.compile(r"(?P<message>.*?)(?: - at `\$(?P<place>.*)`)?")
_STEP = re.compile(r"\.(\w+)|\[(\.\.\.|\d+)\]")
_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "text in quotes",
    "bool": "true or false",
    "object": "a table",
    "array": "a list",
}
_LIMITS = {"gt": "above {}", "ge": "of {} or more", "lt": "below {}", "le": "of {} or less"}


def read_toml(path: Path, form: type[T], *, what: str, version: int) -> T:
    """Read a TOML file whose ``format`` is ``version`` into a Struct.

    ``what`` names the kind of file in errors. Raises UsageError for a file that cannot be read, is
    not TOML, has another format, or does not have the form.
    """
    try:
        text = _content(path, what).decode()
        data = tomllib.loads(text)
    except OSError as error:
        raise UsageError(f"cannot read the {what} {path}: {error.strerror}") from error
    except RecursionError as error:
        raise UsageError(f"the {what} {path} is nested too deeply") from error
    except ValueError as error:  # not TOML, not UTF-8, or a number of thousands of digits
        raise UsageError(f"the {what} {path} is not TOML: {error}") from error
    if data.get("format") != version:
        raise UsageError(f"{path}: format is {shown(data.get('format'))}, expected {version}")
    try:
        return msgspec.convert(data, form)
    except msgspec.ValidationError as error:
        raise _Mistake(str(error), data, form).as_error(path, text) from error


def place_of(path: Path, tables: Sequence[str], key: str = "") -> str:
    """Return where a table or a key of a TOML file is, as errors begin: ``FILE:LINE: [table] key``.

    The line is left out where it cannot be found.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        text = ""
    where = _Mistake._where(path, text, list(tables), key)
    return f"{where} {key}" if key else where


def shown(value: object) -> str:
    """Return a value of a file as an error may show it: numbers, plain words, else the type.

    An address or a connection string in the wrong place would show its password.
    """
    if isinstance(value, str):
        return repr(value) if _PLAIN.fullmatch(value) else "text"
    if isinstance(value, Mapping):
        return "a table"
    return "a list" if isinstance(value, list) else repr(value)


def _content(path: Path, what: str) -> bytes:
    """Return the bytes of a regular file, which a fifo or a device is not."""
    number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise UsageError(f"cannot read the {what} {path}: it is not a regular file")
    with os.fdopen(number, "rb") as file:
        found = file.read(MOST_BYTES + 1)
    if len(found) > MOST_BYTES:
        raise UsageError(f"the {what} {path} is larger than {MOST_BYTES} bytes")
    return found


class _Mistake:
    """One of msgspec's complaints, found again in the data."""

    def __init__(self, complaint: str, data: Mapping[str, Any], form: type[msgspec.Struct]) -> None:
        found = _PLACE.fullmatch(complaint)
        assert found is not None
        self._message = found["message"]
        self._keys: list[str] = []
        value: Any = data
        kind: Any = form
        for name, index in _STEP.findall(found["place"] or ""):
            if index == "...":  # msgspec does not name a mapping's key: find the one that fails
                kind = typing.get_args(kind)[-1]
                name = next(key for key in value if not _fits(value[key], kind))
            elif index:
                self._keys[-1] += f"[{index}]"
                kind, value = typing.get_args(kind)[0], value[int(index)]
                continue
            else:
                kind = typing.get_type_hints(kind, include_extras=True)[name]
            self._keys.append(name)
            kind, value = _without_none(kind), value[name]
        self._value, self._kind = value, kind

    def as_error(self, path: Path, text: str) -> UsageError:
        """Return it as an error of ours."""
        if unknown := _UNKNOWN.match(self._message):
            known = ", ".join(sorted(typing.get_type_hints(self._kind)))
            where = self._where(path, text, self._keys, unknown[1])
            key = unknown[1] if _PLAIN.fullmatch(unknown[1]) else "that is no plain word"
            return UsageError(f"{where} has unknown key {key}", hint=f"Known: {known}")
        if missing := _MISSING.match(self._message):
            return UsageError(f"{self._where(path, text, self._keys)} lacks {missing[1]}")
        if self._message.startswith("Invalid enum value"):
            *tables, key = self._keys
            where = self._where(path, text, tables, key)
            words = ", ".join(shown(one) for one in _choices(self._kind))
            return UsageError(f"{where} {key} is {shown(self._value)}, it must be one of {words}")
        expected = _EXPECTED.match(self._message)
        if expected is None:
            return UsageError(f"{self._where(path, text, self._keys)}: {self._message}")
        if expected[1] == "object":
            return UsageError(f"{self._where(path, text, self._keys)} must be a table")
        *tables, key = self._keys
        where = self._where(path, text, tables, key)
        words = _words(expected[1], self._kind, unit=" s" if key.endswith("_s") else "")
        return UsageError(f"{where} {key} is {shown(self._value)}, it must be {words}")

    @staticmethod
    def _where(path: Path, text: str, tables: list[str], key: str = "") -> str:
        line = _line_of(text, tables, key)
        place = f"{path}:{line}:" if line else f"{path}:"
        return f"{place} [{'.'.join(tables)}]" if tables else place


def _words(name: str, kind: Any, *, unit: str) -> str:
    """Return what a value must be: its type in words, and the limits of its ``msgspec.Meta``."""
    words = [_WORDS.get(name, name)]
    for meta in _metas(kind):
        limits = ((form, getattr(meta, limit)) for limit, form in _LIMITS.items())
        words += [form.format(f"{value:g}{unit}") for form, value in limits if value is not None]
        if meta.pattern and meta.description:
            words.append(f"({meta.description})")
    return " ".join(words)


def _metas(kind: Any) -> list[msgspec.Meta]:
    if isinstance(kind, msgspec.Meta):
        return [kind]
    return [meta for part in typing.get_args(kind) for meta in _metas(part)]


def _choices(kind: Any) -> tuple[Any, ...]:
    """Return the values of a Literal, in a union with others too."""
    if typing.get_origin(kind) is typing.Literal:
        return typing.get_args(kind)
    return tuple(one for part in typing.get_args(kind) for one in _choices(part))


def _without_none(kind: Any) -> Any:
    """Return the one type of ``X | None``, or the type as it is."""
    parts = [part for part in typing.get_args(kind) if part is not type(None)]
    return parts[0] if isinstance(kind, types.UnionType) and len(parts) == 1 else kind


def _fits(value: Any, kind: Any) -> bool:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return True


def _line_of(text: str, tables: list[str], key: str) -> int | None:
    """Return the line of a key in a table, or of the table's head; None where it is not plain."""
    inside: list[str] = []
    name = (key or (tables or [""])[-1]).partition("[")[0]
    sought = re.compile(rf"\s*[\"']?{re.escape(name)}[\"']?\s*=")
    for number, line in enumerate(text.splitlines(), 1):
        head = re.match(r"\s*\[([^\[\]]+)\]\s*(?:#.*)?$", line)
        if head:
            inside = [part.strip().strip("\"'") for part in head[1].split(".")]
            if inside == tables and not key:
                return number
        elif sought.match(line) and inside == (tables if key else tables[:-1]):
            return number
    return None
