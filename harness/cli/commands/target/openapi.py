"""What an OpenAPI document tells of a target file: the request that carries views, and its answers.

Names are guesses, from what such fields are usually called; the file is for its owner to read, and
``harness target check`` to try.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.core.errors import UsageError
from harness.target.described.template import pointed

_METHODS = ("post", "put", "patch")
_USER = re.compile(r"user|visitor|customer|account|subject", re.I)
_ID = re.compile(r"(^|_)(id|uuid|key)$|Id$", re.I)
_MILLISECONDS = re.compile(r"ms$|millis|timestamp|(^|_)at$|time", re.I)
_DEPTH_MAX = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The parts of a target file that a document tells: ``base_url`` is empty where it has none,
    ``most`` None where a list has no bound."""

    base_url: str
    method: str
    path: str
    body: Any
    item: Any
    kind: str
    most: int | None
    accepted: tuple[int, ...]


def draft_of(file: Path, operation: str = "") -> Draft:
    """Return what a document tells of the operation that takes a list of ids.

    ``operation`` is like "POST /views"; empty: the only one there is. Raises UsageError for a file
    that is no OpenAPI document in JSON, and where none or several could be meant.
    """
    document = _document(file)
    found = {name: one for name, one in _operations(document) if _list_in(document, one)}
    if operation:
        wanted = " ".join(operation.split()).partition(" ")
        found = {n: one for n, one in found.items() if n == f"{wanted[0].upper()} {wanted[2]}"}
    if len(found) != 1:
        several = ", ".join(found) or "none"
        raise UsageError(
            f"{file}: operations that take a list: {several}",
            hint='Name the one that is meant: --operation "POST /views"',
        )
    [(name, one)] = found.items()
    method, _, path = name.partition(" ")
    place, items = _list_in(document, one) or ((), {})
    body = _filled(document, _schema_of(document, one), place)
    item = _item(document, items)
    servers = document.get("servers") or [{}]
    url = str(servers[0].get("url", "")).rstrip("/")
    return Draft(
        base_url=url if url.startswith("http") else "",
        method=method,
        path=path,
        body=body,
        item=item,
        kind=_kind(document, items),
        most=_most(document, _schema_of(document, one), place),
        accepted=tuple(int(s) for s in one.get("responses", {}) if re.fullmatch("2[0-9]{2}", s)),
    )


def toml_of(value: Any) -> str:
    """Return a value as TOML writes it in one line."""
    if isinstance(value, Mapping):
        fields = ", ".join(f"{json.dumps(key)} = {toml_of(one)}" for key, one in value.items())
        return f"{{ {fields} }}" if fields else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_of, value))}]"
    return json.dumps(value, ensure_ascii=False)


def _document(file: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(
            f"{file} is no JSON: {error}", hint="An OpenAPI document in YAML has to be converted"
        ) from error
    if (
        not isinstance(found, dict)
        or "openapi" not in found
        or not isinstance(found.get("paths"), dict)
    ):
        raise UsageError(f"{file} is no OpenAPI document (3.0 or newer)")
    return found


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path, one in document["paths"].items():
        for method in _METHODS:
            if isinstance(one, dict) and isinstance(one.get(method), dict):
                yield f"{method.upper()} {path}", one[method]


def _resolved(document: Mapping[str, Any], schema: Any, depth: int = 0) -> Mapping[str, Any]:
    """Return a schema with its reference followed; nothing for one that leads nowhere."""
    if not isinstance(schema, dict) or depth > _DEPTH_MAX:
        return {}
    reference = schema.get("$ref")
    if reference is None:
        return schema
    try:
        return _resolved(document, pointed(document, str(reference).removeprefix("#")), depth + 1)
    except (LookupError, ValueError):
        return {}


def _schema_of(document: Mapping[str, Any], operation: Mapping[str, Any]) -> Mapping[str, Any]:
    body = _resolved(document, operation.get("requestBody"))
    content = body.get("content", {})
    return _resolved(document, content.get("application/json", {}).get("schema"))


def _list_in(
    document: Mapping[str, Any], operation: Mapping[str, Any]
) -> tuple[tuple[str, ...], Mapping[str, Any]] | None:
    """Return where the list is, the body itself or a field of it, and the schema of an element."""
    schema = _schema_of(document, operation)
    if schema.get("type") == "array":
        return (), _resolved(document, schema.get("items"))
    for name, one in schema.get("properties", {}).items():
        field = _resolved(document, one)
        if field.get("type") == "array":
            return (name,), _resolved(document, field.get("items"))
    return None


def _filled(document: Mapping[str, Any], schema: Mapping[str, Any], place: tuple[str, ...]) -> Any:
    """Return the body: the list's marker at its place, and a value for each field beside it."""
    if not place:
        return "{ids}"
    required = set(schema.get("required", ()))
    return {
        name: "{ids}" if name == place[0] else _value(document, name, one)
        for name, one in schema.get("properties", {}).items()
        if name == place[0] or name in required or _USER.search(name)
    }


def _item(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Any:
    """Return what an element of the list looks like."""
    properties = schema.get("properties")
    if not properties:
        return "{id}"
    id_name = next((n for n in properties if _ID.search(n)), next(iter(properties)))
    required = set(schema.get("required", ()))
    return {
        name: "{id}" if name == id_name else _value(document, name, one)
        for name, one in properties.items()
        if name == id_name or name in required
    }


def _value(document: Mapping[str, Any], name: str, schema: Any) -> Any:
    """Return a marker for a field, by its name and format, else its default, example or a zero."""
    found = _resolved(document, schema)
    if _USER.search(name):
        return "{user}"
    if found.get("format") == "date-time":
        return "{now}"
    if found.get("type") == "integer" and _MILLISECONDS.search(name):
        return "{now_ms}"
    for key in ("const", "default", "example"):
        if key in found:
            return found[key]
    if found.get("enum"):
        return found["enum"][0]
    zeros = {"integer": 0, "number": 0, "boolean": False, "array": [], "object": {}}
    return zeros.get(str(found.get("type")), "")


def _kind(document: Mapping[str, Any], items: Mapping[str, Any]) -> str:
    item = _item(document, items)
    name = next((n for n, v in item.items() if v == "{id}"), "") if isinstance(item, dict) else ""
    schema = _resolved(document, items.get("properties", {}).get(name)) if name else items
    if schema.get("format") == "uuid":
        return "uuid"
    return "integer" if schema.get("type") == "integer" else "text"


def _most(
    document: Mapping[str, Any], schema: Mapping[str, Any], place: tuple[str, ...]
) -> int | None:
    field = _resolved(document, schema["properties"][place[0]]) if place else schema
    most = field.get("maxItems")
    return most if isinstance(most, int) and most > 0 else None
