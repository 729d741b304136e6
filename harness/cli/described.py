"""The reference page of target files: every table and key, and which scenarios need what."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from harness.target.capabilities import Capability
from harness.target.described import form
from harness.target.described.file import TargetFile
from scenarios.catalogue.declare import Scenario, load_all

OF_A_FILE = frozenset(
    {
        Capability.SIGN_IN,
        Capability.ANSWER_COUNTS,
        Capability.SERVER_PROCESSES,
        Capability.RESTARTABLE_SERVER,
        Capability.PAGE,
        Capability.QUEUE_DEPTH,
        Capability.FLUSH,
        Capability.OWNER,
        Capability.WIRE,
        Capability.BATCH_IDENTITY,
        Capability.DATABASE,
        Capability.OWN_ROW,
        Capability.LOCUSTFILE,
    }
)
"""What a target file can offer, and where it says so."""
_BY = {
    Capability.RESTARTABLE_SERVER: "`[start]`",
    Capability.PAGE: "`[page]`",
    Capability.OWNER: "`[telemetry] owner`",
    Capability.FLUSH: "`[telemetry] flush`",
    Capability.QUEUE_DEPTH: "`[telemetry] pending`",
    Capability.LOCUSTFILE: "`[locust]`",
}


def target_file_page(made_by: str) -> str:
    """Return the page; ``made_by`` is the sentence that says how it is made."""
    parts = ["# Target file\n", made_by + "\n"]
    parts += [
        "What each means in use: [your own system](../your-own-system.md). A JSON Schema for "
        "editors: [target.schema.json](../target.schema.json).\n"
    ]
    definitions = json.loads(msgspec.json.encode(msgspec.json.schema(TargetFile)))["$defs"]
    for title, name in _tables():
        parts += _table(title, getattr(form, name, TargetFile), definitions)
    parts += _scenarios(load_all())
    return "\n".join(parts).rstrip("\n") + "\n"


def _tables() -> Iterator[tuple[str, str]]:
    yield "Top level", "TargetFile"
    for table in (
        *("start", "batch", "batch.signature", "ids", "session", "session.sign_in"),
        *("answers", "answers.values"),
        *(
            "page",
            "telemetry",
            "truth",
            "truth.sql",
            "truth.http",
            "truth.command",
            "reset",
            "locust",
        ),
    ):
        words = table.rpartition(".")[2].split("_")
        yield f"[{table}]", "".join(word.capitalize() for word in words) + "Table"


def _table(title: str, struct: type, definitions: Mapping[str, Any]) -> list[str]:
    about = " ".join((inspect.getdoc(struct) or "").replace("``", "`").split())
    lines = [f"## {title}\n", about + "\n", "| Key | Value | Default |", "|---|---|---|"]
    required = set(definitions[struct.__name__].get("required", ()))
    for name, schema in definitions[struct.__name__]["properties"].items():
        default = "required" if name in required else _default(schema)
        lines.append(f"| `{name}` | {_kind(schema)} | {default} |")
    return [*lines, ""]


def _default(schema: Mapping[str, Any]) -> str:
    found = schema.get("default")
    return "" if found in (None, "", [], {}) else f"`{json.dumps(found)}`"


def _kind(schema: Mapping[str, Any]) -> str:
    """Return in words what a value may be."""
    if "anyOf" in schema:
        kinds = (_kind(one) for one in schema["anyOf"] if one.get("type") != "null")
        return " or ".join(dict.fromkeys(kinds))
    if "$ref" in schema:
        return "a table"
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    kind = schema.get("type", "any value")
    words = {
        "string": "text",
        "integer": "whole number",
        "number": "number",
        "boolean": "`true` or `false`",
        "array": "list",
        "object": "table of texts",
    }
    described: str = schema.get("description") or words.get(kind, kind)
    return described


def _scenarios(scenarios: Mapping[str, Scenario]) -> list[str]:
    """Return which scenarios a described system can be asked, and why not the others."""
    runs: dict[str, list[str]] = {}
    never: list[str] = []
    for scenario in scenarios.values():
        wanted = scenario.wanted
        if lacking := [one.value for one in Capability if one in wanted - OF_A_FILE]:
            never.append(f"| `{scenario.name}` | {', '.join(lacking)} |")
        else:
            by = " and ".join(_BY[one] for one in Capability if one in wanted)
            runs.setdefault(by or "`[batch]`", []).append(f"`{scenario.name}`")
    return [
        "## Scenarios that run\n",
        "A page's recorder is held to delivery, whatever the presets of the reference's recorder "
        "promise beside it; its arm is `preset=own`.\n",
        "| With | Scenarios |",
        "|---|---|",
        *(f"| {by} | {', '.join(names)} |" for by, names in sorted(runs.items())),
        "",
        "## Scenarios that do not run\n",
        "A target file cannot describe what they act through.\n",
        "| Scenario | What the target would have to offer |",
        "|---|---|",
        *never,
        "",
    ]
