"""What an OpenAPI document tells of a target file, and what it leaves to be asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from harness.cli.commands.target.init import init_command
from harness.cli.commands.target.openapi import draft_of, toml_of
from harness.core.errors import UsageError
from harness.target.described.loading import described_system
from harness.target.target import load_target

VIEW = {
    "type": "object",
    "required": ["picture_id", "seen_at_ms", "source"],
    "properties": {
        "seen_at_ms": {"type": "integer"},
        "picture_id": {"type": "string", "format": "uuid"},
        "source": {"type": "string", "enum": ["wall", "mail"]},
        "note": {"type": "string"},
    },
}


def document(batch: dict[str, Any], path: str = "/views", **more: Any) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Batch"}}}
    operation = {
        "requestBody": {"content": content},
        "responses": {"201": {}, "422": {}, "default": {}},
    }
    return {
        "openapi": "3.1.0",
        "servers": [{"url": "http://127.0.0.1:9000/v1/"}],
        "paths": {path: {"post": operation, "get": {}}, "/login": {"post": {}}, **more},
        "components": {"schemas": {"Batch": batch, "View": VIEW}},
    }


def written(folder: Path, content: Any) -> Path:
    path = folder / "openapi.json"
    path.write_text(json.dumps(content))
    return path


OBJECTS = {
    "type": "object",
    "required": ["views"],
    "properties": {
        "views": {
            "type": "array",
            "maxItems": 250,
            "items": {"$ref": "#/components/schemas/View"},
        },
        "visitor": {"type": "string"},
        "comment": {"type": "string"},
    },
}


def test_a_list_of_objects_becomes_body_and_item(tmp_path: Path) -> None:
    found = draft_of(written(tmp_path, document(OBJECTS)))
    assert (found.method, found.path) == ("POST", "/views")
    assert found.base_url == "http://127.0.0.1:9000/v1"
    assert found.body == {"views": "{ids}", "visitor": "{user}"}
    assert found.item == {"seen_at_ms": "{now_ms}", "picture_id": "{id}", "source": "wall"}
    assert (found.kind, found.most, found.accepted) == ("uuid", 250, (201,))


def test_a_body_that_is_a_list_of_numbers(tmp_path: Path) -> None:
    found = draft_of(written(tmp_path, document({"type": "array", "items": {"type": "integer"}})))
    assert (found.body, found.item, found.kind, found.most) == ("{ids}", "{id}", "integer", None)


def test_of_several_operations_one_is_named(tmp_path: Path) -> None:
    content = document(OBJECTS)
    content["paths"]["/events"] = content["paths"]["/views"]
    path = written(tmp_path, content)
    with pytest.raises(UsageError, match="POST /views, POST /events"):
        draft_of(path)
    assert draft_of(path, "post  /events").path == "/events"
    with pytest.raises(UsageError, match="operations that take a list: none"):
        draft_of(path, "PUT /events")


@pytest.mark.parametrize("content", [[], {"swagger": "2.0"}, {"openapi": "3.1.0"}])
def test_what_is_no_document_is_one_line(content: Any, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no OpenAPI document"):
        draft_of(written(tmp_path, content))
    (tmp_path / "openapi.json").write_text("openapi: 3.1.0")
    with pytest.raises(UsageError, match="is no JSON"):
        draft_of(tmp_path / "openapi.json")


def test_a_reference_that_leads_nowhere_is_no_list(tmp_path: Path) -> None:
    content = document({"$ref": "#/components/schemas/Batch"})
    with pytest.raises(UsageError, match="none"):
        draft_of(written(tmp_path, content))


def test_values_are_written_as_toml() -> None:
    assert toml_of({"a": [1, True, 'x"'], "b": {}}) == '{ "a" = [1, true, "x\\""], "b" = {} }'


def test_the_file_that_is_written_can_be_read(tmp_path: Path) -> None:
    openapi = written(tmp_path, document(OBJECTS))
    path = tmp_path / "target.toml"
    argv = [str(path), "--openapi", str(openapi)]
    done = CliRunner().invoke(init_command, argv, input="\n" * 12)
    assert done.exit_code == 0, done.output
    assert "Which path takes a batch" not in done.output
    text = path.read_text()
    assert 'body = { "views" = "{ids}", "visitor" = "{user}" }' in text
    assert "accepted = [201]" in text
    dialect = described_system(load_target(path).system).dialect
    request = dialect.batch_request([dialect.artwork_id(1)], "t")
    assert request.path == "/v1/views"
    assert json.loads(request.body)["views"][0]["source"] == "wall"
