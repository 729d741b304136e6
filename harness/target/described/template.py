"""Bodies of requests: a structure whose markers are replaced by values, never by text.

``Template(structure, content)`` renders one, and finds its values again in what was sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from harness.core.errors import UsageError

CONTENT_TYPES = {
    "json": "application/json",
    "form": "application/x-www-form-urlencoded",
    "ndjson": "application/x-ndjson",
}
_MARKER = re.compile(r"\{([a-z_]+)\}")
_ALONE = re.compile(r"\{([a-z_]+)\}")

Step = str | int
Place = tuple[Step, ...]
"""The keys that lead to a value."""


def markers_of(structure: object) -> set[str]:
    """Return the names of all markers of a structure, its keys left out."""
    if isinstance(structure, str):
        return set(_MARKER.findall(structure))
    if isinstance(structure, Mapping):
        return {name for value in structure.values() for name in markers_of(value)}
    if isinstance(structure, Sequence):
        return {name for value in structure for name in markers_of(value)}
    return set()


def filled(structure: Any, values: Mapping[str, Any]) -> Any:
    """Return the structure with every marker that ``values`` has replaced.

    A text that is a marker alone becomes the value itself; within a longer text the value's text.
    """
    if isinstance(structure, str):
        if (alone := _ALONE.fullmatch(structure)) and alone[1] in values:
            return values[alone[1]]
        return _MARKER.sub(lambda found: str(values.get(found[1], found[0])), structure)
    if isinstance(structure, Mapping):
        return {key: filled(value, values) for key, value in structure.items()}
    if isinstance(structure, list | tuple):
        return [filled(value, values) for value in structure]
    return structure


def pointed(content: Any, pointer: str) -> Any:
    """Return what a JSON pointer (RFC 6901) leads to. Raises LookupError where there is nothing."""
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(content, list):
            if not (key.isascii() and key.isdigit()):
                raise LookupError(pointer)
            content = content[int(key)]
        elif isinstance(content, Mapping):
            content = content[key]
        else:
            raise LookupError(pointer)
    return content


class Template:
    """The body of a batch request, and what an element of its ids looks like.

    Raises UsageError for a structure that its content type cannot carry.
    """

    def __init__(self, body: Any, item: Any, content: str) -> None:
        self.content_type = CONTENT_TYPES[content]
        self._body, self._item, self._content = body, item, content
        if content == "form" and not _is_flat(body):
            raise UsageError("a form's body is a flat table: keys with texts or numbers")
        if content == "ndjson" and body is not None:
            raise UsageError("NDJSON has no body: `item` is one line of it")
        self._places = {name: place for place, name in _places(body)}
        self._in_item = next((place for place, name in _places(item) if name == "id"), ())

    @property
    def markers(self) -> set[str]:
        """Return the names of all markers that a request has."""
        inside = self._content == "ndjson" or "ids" in markers_of(self._body)
        lines = {"ids"} if self._content == "ndjson" else set()
        return markers_of(self._body) | (markers_of(self._item) if inside else set()) | lines

    def rendered(self, ids: Sequence[str | int], values: Mapping[str, Any]) -> bytes:
        """Return the body with these ids, and with the values of the other markers."""
        items = [filled(self._item, {**values, "id": one}) for one in ids]
        if self._content == "ndjson":
            return b"".join(_json(item) + b"\n" for item in items)
        body = filled(self._body, {**values, "ids": items, "id": ids[0] if ids else ""})
        if self._content == "json":
            return _json(body)
        return urlencode(_pairs(body)).encode()

    def ids_in(self, body: bytes) -> list[str]:
        """Return the ids of a body that was rendered, as text; nothing of any other."""
        if self._content == "ndjson":
            lines = (_parsed(line) for line in body.splitlines() if line.strip())
            return [str(one) for line in lines for one in _at(line, self._in_item)]
        content = self._read(body)
        if "ids" in self._places:
            items = [one for found in _at(content, self._places["ids"]) for one in _as_list(found)]
            return [str(one) for item in items for one in _at(item, self._in_item)]
        if "id" not in self._places:
            return []
        return [str(one) for one in _at(content, self._places["id"])]

    def value_in(self, body: bytes, marker: str) -> Any:
        """Return what stands for a marker in a body that was rendered; None where nothing does."""
        if marker not in self._places or self._content == "ndjson":
            return None
        return next(iter(_at(self._read(body), self._places[marker])), None)

    def _read(self, body: bytes) -> Any:
        if self._content == "json":
            return _parsed(body)
        found: dict[str, list[str]] = {}
        for key, value in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True):
            found.setdefault(key, []).append(value)
        return {key: many if len(many) > 1 else many[0] for key, many in found.items()}


def _places(structure: Any, at: Place = ()) -> Iterator[tuple[Place, str]]:
    """Yield where each marker stands that is a text of its own, and its name."""
    if isinstance(structure, str):
        if alone := _ALONE.fullmatch(structure):
            yield at, alone[1]
    elif isinstance(structure, Mapping):
        for key, value in structure.items():
            yield from _places(value, (*at, key))
    elif isinstance(structure, list | tuple):
        for number, value in enumerate(structure):
            yield from _places(value, (*at, number))


def _at(content: Any, place: Place) -> list[Any]:
    """Return what is at a place, as a list of one; empty where there is nothing."""
    for step in place:
        try:
            content = content[step]
        except (LookupError, TypeError):
            return []
    return [content]


def _as_list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [found]


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _json(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _is_flat(body: Any) -> bool:
    plain = str | int | float | bool
    return isinstance(body, Mapping) and all(isinstance(one, plain) for one in body.values())


def _pairs(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(key, str(one)) for key, value in body.items() for one in _as_list(value)]
