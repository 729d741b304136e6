"""The API's own description, OpenAPI 3.1, made from the limits that are really in force."""

from __future__ import annotations

from collections.abc import Collection

from servers.ingest import openapi_parts as part
from servers.ingest.batch import COUNT_MAX
from servers.ingest.config import Limits
from servers.ingest.experiments.definition import EXPERIMENTS_MAX
from servers.ingest.http.reads import ARTWORKS_MAX
from servers.ingest.http.session import COOKIE
from servers.ingest.openapi_parts import Json
from servers.ingest.product.openapi import product_paths


def describe(
    limits: Limits, tiers: Collection[str] = (), improvements: Collection[str] = ()
) -> Json:
    """Return the OpenAPI document of a server with ``limits``, these tiers of users and what these
    improvements bring."""
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
            "/healthz": {
                "get": part.get("healthz", "The process lives", {"200": part.json_of(_HEALTH)})
            },
            "/readyz": {"get": _ready()},
            "/metrics": {"get": part.get("metrics", "Prometheus' text format", {"200": _TEXT})},
            "/openapi.json": {
                "get": part.get(
                    "openapi", "This document", {"200": part.json_of({"type": "object"})}
                )
            },
            **product_paths(limits, improvements),
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


def _sign_in() -> Json:
    return {
        "operationId": "signIn",
        "summary": "Sign in as anybody: a sign-in for tests",
        "requestBody": part.body_of(part.ref("SignIn")),
        "responses": {
            "204": {
                "description": "Signed in",
                "headers": {"Set-Cookie": {"schema": {"type": "string"}}},
            },
            **part.errors(
                {**part.BODY_ERRORS, "429": "Too many sessions; after `Retry-After` seconds"}
            ),
        },
    }


def _who_am_i() -> Json:
    answer: Json = {
        "type": "object",
        "required": ["userId"],
        "properties": {"userId": {"type": "string"}},
    }
    responses = {"200": part.json_of(answer), **part.errors(part.SIGNED_OUT)}
    return {**part.get("whoAmI", "Who is signed in", responses), "security": part.SESSION}


def _batch() -> Json:
    errors = {
        **part.BODY_ERRORS,
        **part.SIGNED_OUT,
        "409": "`subject` is not the signed-in user; nothing was stored",
        "422": "The database does not accept these ids",
        "503": "Try again after `Retry-After` seconds; the ids may have been stored",
    }
    return {
        "operationId": "storeBatch",
        "summary": "Store that the signed-in user saw these artworks",
        "description": "Answers 200 after COMMIT; with --queue 202 once a broker has the batch on "
        "its disk, before it is stored. Sending the same ids again is harmless.",
        "security": part.SESSION,
        "requestBody": part.body_of(part.ref("Batch")),
        "responses": {
            "200": part.json_of(part.ref("Stored")),
            "202": part.json_of(part.ref("Accepted")),
            **part.errors(errors),
        },
    }


def _artworks(limits: Limits) -> Json:
    responses = {
        "200": part.json_of(part.ref("Artworks")),
        **part.errors({"400": "Bad query", **part.AWAY}),
    }
    seed: Json = {
        "name": "seed",
        "in": "query",
        "description": "The same seed gives the same order.",
        "schema": {**part.text(limits), "default": "0"},
    }
    pictures: Json = {
        "name": "pictures",
        "in": "query",
        "description": "`linked`: the address of each picture instead of the picture.",
        "schema": {"enum": ["linked"]},
    }
    return {
        **part.get("artworks", "Active artworks in a seeded order", responses),
        "parameters": [_limit(), seed, pictures],
    }


def _fresh() -> Json:
    errors = part.errors({"400": "Bad query", **part.SIGNED_OUT, **part.AWAY})
    return {
        **part.get(
            "fresh", "Artworks not seen yet", {"200": part.json_of(part.ref("Artworks")), **errors}
        ),
        "security": part.SESSION,
        "parameters": [_limit()],
    }


def _freshness() -> Json:
    responses = {
        "200": part.json_of(part.ref("Freshness")),
        **part.errors({**part.SIGNED_OUT, **part.AWAY}),
    }
    return {**part.get("freshness", "How much is left to see", responses), "security": part.SESSION}


def _recorder_config() -> Json:
    responses = {"200": part.json_of(part.ref("RecorderConfig")), **part.errors(part.SIGNED_OUT)}
    summary = "What the signed-in user's recorder is to do, by tier and by experiment"
    return {**part.get("recorderConfig", summary, responses), "security": part.SESSION}


def _ready() -> Json:
    responses: Json = {"200": part.json_of(_READINESS), "503": part.json_of(_READINESS)}
    return part.get("readyz", "Would a batch be stored now?", responses)


def _schemas(limits: Limits, tiers: Collection[str]) -> Json:
    id_text = part.text(limits)
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
        "SignIn": part.an_object(
            {"userId": id_text, "tier": {"enum": [*sorted(tiers), None]}}, required=["userId"]
        ),
        "RecorderConfig": _recorder_config_schema(),
        "Batch": part.an_object(batch, required=["artworkIds"]),
        "Accepted": part.an_object({"received": number}),
        "Stored": part.an_object(dict.fromkeys(("received", "inserted", "duplicate"), number)),
        "Artworks": part.an_object(
            {
                "artworks": {
                    "type": "array",
                    "maxItems": ARTWORKS_MAX,
                    "items": part.an_object(
                        {
                            key: {"type": "string"}
                            for key in ("id", "title", "picture", "pictureUrl")
                        },
                        required=["id", "title"],
                    ),
                }
            }
        ),
        "Freshness": part.an_object(
            {
                "viewed": number,
                "total": number,
                "unseenPercent": {"type": ["number", "null"]},
                "source": {"enum": ["primary", "replica"]},  # only where there is a replica
            },
            required=["viewed", "total", "unseenPercent"],
        ),
        "Error": part.an_object(
            {"error": {"type": "string"}, "message": {"type": "string"}, "item": number},
            required=["error", "message"],
        ),
    }


def _recorder_config_schema() -> Json:
    options: Json = {
        "type": "object",
        "additionalProperties": {"type": ["integer", "boolean"]},
    }
    variant = part.an_object({"variant": {"type": "string"}, "options": options})
    return part.an_object(
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


def _limit() -> Json:
    return {
        "name": "limit",
        "in": "query",
        "schema": {"type": "integer", "minimum": 1, "maximum": ARTWORKS_MAX, "default": 10},
    }
