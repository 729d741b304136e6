"""What descriptions of requests are made of: schemas, answers, errors."""

from __future__ import annotations

from servers.ingest.config import Limits

Json = dict[str, object]

# JSON Schema counts characters, the server UTF-8 bytes: the maximum is what no text may pass, the
# description says the rest.
_NO_CONTROL = r"^[^\u0000-\u001f\u007f-\u009f]+$"

BODY_ERRORS = {
    "400": "Not JSON, a wrong field, or an id that cannot be stored; `item` is its index",
    "403": "From a page that may not speak to this server",
    "408": "The body did not arrive in time",
    "413": "The body is too large after decompression",
    "415": "Another content type, charset or content encoding",
}
AWAY = {"503": "The database is away"}
SIGNED_OUT = {"401": "No valid session"}
SESSION: list[Json] = [{"session": []}]


def text(limits: Limits) -> Json:
    """Return the schema of an id."""
    return {
        "type": "string",
        "minLength": 1,
        "maxLength": limits.id_bytes,
        "pattern": _NO_CONTROL,
        "description": f"Up to {limits.id_bytes} UTF-8 bytes, no control character.",
    }


def an_object(properties: Json, *, required: list[str] | None = None) -> Json:
    """Return the schema of an object with these properties alone, all required by default."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(properties) if required is None else required,
        "properties": properties,
    }


def get(operation: str, summary: str, responses: Json) -> Json:
    """Return a GET without parameters."""
    return {"operationId": operation, "summary": summary, "responses": responses}


def body_of(schema: Json) -> Json:
    """Return the body of a request, by its schema."""
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def json_of(schema: Json) -> Json:
    """Return an answer in JSON."""
    return {"description": "JSON", "content": {"application/json": {"schema": schema}}}


def errors(meanings: dict[str, str]) -> Json:
    """Return the refusals, status → what it means."""
    content = {"application/json": {"schema": ref("Error")}}
    return {status: {"description": text, "content": content} for status, text in meanings.items()}


def ref(schema: str) -> Json:
    """Return a reference to a schema by its name."""
    return {"$ref": f"#/components/schemas/{schema}"}
