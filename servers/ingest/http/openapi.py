"""The API's own description, OpenAPI 3.1, made from the limits that are really in force."""

from __future__ import annotations

from collections.abc import Collection

from servers.ingest.batch import COUNT_MAX
from servers.ingest.config import Limits
from servers.ingest.experiments.definition import EXPERIMENTS_MAX
from servers.ingest.http.reads import ARTWORKS_MAX
from servers.ingest.http.session import COOKIE

Json = dict[str, object]

# JSON Schema counts characters, the server UTF-8 bytes: the maximum is what no text may pass, the
# description says the rest.
_NO_CONTROL = r"^[^\u0000-\u001f\u007f-\u009f]+$"


def describe(limits: Limits, tiers: Collection[str] = ()) -> Json:
    """Return the OpenAPI document of a server with ``limits`` and these tiers of users."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Reference ingest server",
            "version": "1",
            "description": "Stores which artworks a signed-in user has seen, each exactly once.",
        },
        "paths": {
            "/api/session": {"post": _sign_in(), "get": _who_am_i()},
            "/api/artworks/batch-impressions": {"post": _batch()},
            "/api/artworks": {"get": _artworks(limits)},
            "/api/artworks/fresh": {"get": _fresh()},
            "/api/users/me/freshness": {"get": _freshness()},
            "/api/recorder-config": {"get": _recorder_config()},
            "/healthz": {"get": _get("healthz", "The process lives", {"200": _json(_HEALTH)})},
            "/readyz": {"get": _ready()},
            "/metrics": {"get": _get("metrics", "Prometheus' text format", {"200": _TEXT})},
            "/openapi.json": {
                "get": _get("openapi", "This document", {"200": _json({"type": "object"})})
            },
        },
        "components": {
            "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": COOKIE}},
            "schemas": _schemas(limits, tiers),
        },
    }


_HEALTH: Json = {
    "type": "object",
    "required": ["status", "lifetime"],
    "properties": {"status": {"const": "ok"}, "lifetime": {"type": "string"}},
}
_READINESS: Json = {
    "type": "object",
    "required": ["ready", "in_flight", "lifetime"],
    "properties": {
        "ready": {"type": "boolean"},
        "in_flight": {"type": "integer", "minimum": 0},
        "lifetime": {"type": "string"},
    },
}
_TEXT: Json = {"description": "Text", "content": {"text/plain": {"schema": {"type": "string"}}}}
_BODY_ERRORS = {
    "400": "Not JSON, a wrong field, or an id that cannot be stored; `item` is its index",
    "403": "From a page that may not speak to this server",
    "408": "The body did not arrive in time",
    "413": "The body is too large after decompression",
    "415": "Another content type, charset or content encoding",
}
_AWAY = {"503": "The database is away"}
_SIGNED_OUT = {"401": "No valid session"}
_SESSION: list[Json] = [{"session": []}]


def _sign_in() -> Json:
    return {
        "operationId": "signIn",
        "summary": "Sign in as anybody: a sign-in for tests",
        "requestBody": _body("SignIn"),
        "responses": {
            "204": {
                "description": "Signed in",
                "headers": {"Set-Cookie": {"schema": {"type": "string"}}},
            },
            **_errors({**_BODY_ERRORS, "429": "Too many sessions; after `Retry-After` seconds"}),
        },
    }


def _who_am_i() -> Json:
    answer: Json = {
        "type": "object",
        "required": ["userId"],
        "properties": {"userId": {"type": "string"}},
    }
    responses = {"200": _json(answer), **_errors(_SIGNED_OUT)}
    return {**_get("whoAmI", "Who is signed in", responses), "security": _SESSION}


def _batch() -> Json:
    errors = {
        **_BODY_ERRORS,
        **_SIGNED_OUT,
        "409": "`subject` is not the signed-in user; nothing was stored",
        "422": "The database does not accept these ids",
        "503": "Try again after `Retry-After` seconds; the ids may have been stored",
    }
    return {
        "operationId": "storeBatch",
        "summary": "Store that the signed-in user saw these artworks",
        "description": "Answers 200 after COMMIT; with --queue 202 once a broker has the batch on "
        "its disk, before it is stored. Sending the same ids again is harmless.",
        "security": _SESSION,
        "requestBody": _body("Batch"),
        "responses": {
            "200": _json(_ref("Stored")),
            "202": _json(_ref("Accepted")),
            **_errors(errors),
        },
    }


def _artworks(limits: Limits) -> Json:
    responses = {"200": _json(_ref("Artworks")), **_errors({"400": "Bad query", **_AWAY})}
    seed: Json = {
        "name": "seed",
        "in": "query",
        "description": "The same seed gives the same order.",
        "schema": {**_text(limits), "default": "0"},
    }
    return {
        **_get("artworks", "Active artworks in a seeded order", responses),
        "parameters": [_limit(), seed],
    }


def _fresh() -> Json:
    errors = _errors({"400": "Bad query", **_SIGNED_OUT, **_AWAY})
    return {
        **_get("fresh", "Artworks not seen yet", {"200": _json(_ref("Artworks")), **errors}),
        "security": _SESSION,
        "parameters": [_limit()],
    }


def _freshness() -> Json:
    responses = {"200": _json(_ref("Freshness")), **_errors({**_SIGNED_OUT, **_AWAY})}
    return {**_get("freshness", "How much is left to see", responses), "security": _SESSION}


def _recorder_config() -> Json:
    responses = {"200": _json(_ref("RecorderConfig")), **_errors(_SIGNED_OUT)}
    summary = "What the signed-in user's recorder is to do, by tier and by experiment"
    return {**_get("recorderConfig", summary, responses), "security": _SESSION}


def _ready() -> Json:
    responses: Json = {"200": _json(_READINESS), "503": _json(_READINESS)}
    return _get("readyz", "Would a batch be stored now?", responses)


def _schemas(limits: Limits, tiers: Collection[str]) -> Json:
    id_text = _text(limits)
    label = {"anyOf": [id_text, {"type": "null"}]}
    count = {"anyOf": [{"type": "integer", "minimum": 0, "maximum": COUNT_MAX}, {"type": "null"}]}
    batch: Json = {
        "artworkIds": {"type": "array", "minItems": 1, "maxItems": limits.ids, "items": id_text},
        **dict.fromkeys(("batchId", "tabId", "transport", "subject"), label),
        **dict.fromkeys(("seq", "attempt"), count),
        "counters": {"type": ["object", "null"]},
        "experiments": {
            "type": ["object", "null"],
            "description": "Experiment to variant: whose options this page uses.",
        },
    }
    number: Json = {"type": "integer", "minimum": 0}
    return {
        "SignIn": _object(
            {"userId": id_text, "tier": {"enum": [*sorted(tiers), None]}}, required=["userId"]
        ),
        "RecorderConfig": _recorder_config_schema(),
        "Batch": _object(batch, required=["artworkIds"]),
        "Accepted": _object({"received": number}),
        "Stored": _object(dict.fromkeys(("received", "inserted", "duplicate"), number)),
        "Artworks": _object(
            {
                "artworks": {
                    "type": "array",
                    "maxItems": ARTWORKS_MAX,
                    "items": _object(
                        {key: {"type": "string"} for key in ("id", "title", "picture")},
                        required=["id", "title"],
                    ),
                }
            }
        ),
        "Freshness": _object(
            {
                "viewed": number,
                "total": number,
                "unseenPercent": {"type": ["number", "null"]},
                "source": {"enum": ["primary", "replica"]},  # only where there is a replica
            },
            required=["viewed", "total", "unseenPercent"],
        ),
        "Error": _object(
            {"error": {"type": "string"}, "message": {"type": "string"}, "item": number},
            required=["error", "message"],
        ),
    }


def _recorder_config_schema() -> Json:
    options: Json = {
        "type": "object",
        "additionalProperties": {"type": ["integer", "boolean"]},
    }
    variant = _object({"variant": {"type": "string"}, "options": options})
    return _object(
        {
            "userId": {"type": "string"},
            "tier": {"type": ["string", "null"]},
            "options": options,
            "experiments": {
                "type": "object",
                "maxProperties": EXPERIMENTS_MAX,
                "additionalProperties": variant,
            },
        }
    )


def _text(limits: Limits) -> Json:
    return {
        "type": "string",
        "minLength": 1,
        "maxLength": limits.id_bytes,
        "pattern": _NO_CONTROL,
        "description": f"Up to {limits.id_bytes} UTF-8 bytes, no control character.",
    }


def _object(properties: Json, *, required: list[str] | None = None) -> Json:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(properties) if required is None else required,
        "properties": properties,
    }


def _limit() -> Json:
    return {
        "name": "limit",
        "in": "query",
        "schema": {"type": "integer", "minimum": 1, "maximum": ARTWORKS_MAX, "default": 10},
    }


def _get(operation: str, summary: str, responses: Json) -> Json:
    return {"operationId": operation, "summary": summary, "responses": responses}


def _body(schema: str) -> Json:
    return {"required": True, "content": {"application/json": {"schema": _ref(schema)}}}


def _json(schema: Json) -> Json:
    return {"description": "JSON", "content": {"application/json": {"schema": schema}}}


def _errors(meanings: dict[str, str]) -> Json:
    content = {"application/json": {"schema": _ref("Error")}}
    return {status: {"description": text, "content": content} for status, text in meanings.items()}


def _ref(schema: str) -> Json:
    return {"$ref": f"#/components/schemas/{schema}"}
