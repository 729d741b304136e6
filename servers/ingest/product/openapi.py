"""The description of what the product, the prediction and the dashboard answer."""

from __future__ import annotations

from collections.abc import Collection

from servers.ingest import openapi_parts as part
from servers.ingest.admin.users import USERS_MAX
from servers.ingest.config import Limits
from servers.ingest.openapi_parts import Json
from servers.ingest.product.history import ENTRIES_MAX
from servers.ingest.product.predictions import TOP
from servers.ingest.product.session import CHANGES_MAX

_FOREIGN = {"403": "From a page of another site, or not an admin"}
_ADMIN = {**part.SIGNED_OUT, **_FOREIGN, **part.AWAY}


def product_paths(limits: Limits, improvements: Collection[str]) -> dict[str, Json]:
    """Return the paths of the parts that a server with these improvements has besides."""
    found: dict[str, Json] = {}
    if "product" in improvements:
        found |= _product(limits)
    if "prediction" in improvements:
        found["/api/predictions"] = {"get": _predictions()}
        found["/api/pictures"] = {"get": _picture(limits)}
    if "admin" in improvements:
        found |= _dashboard(limits)
    return found


def _product(limits: Limits) -> dict[str, Json]:
    id_text = part.text(limits)
    replay = part.an_object({"id": id_text, "artworkId": id_text})
    heart = part.an_object({"id": id_text, "artworkId": id_text, "favourite": {"type": "boolean"}})
    count: Json = {"type": "integer", "minimum": 0}
    shares = part.an_object(
        {"shares": {"type": "array", "items": part.an_object({"id": _TEXT, "createdAtUs": count})}}
    )
    return {
        "/api/history": {"get": _history(limits)},
        "/api/history/replays": {
            "post": _change("countReplays", "Count artworks that were shown again", "counted",
                            {"changes": _changes(replay)}, limits)
        },
        "/api/favourites": {
            "post": _change("changeFavourites", "Set hearts or take them back", "changed",
                            {"changes": _changes(heart)}, limits)
        },
        "/api/shares": {
            "get": _signed_in("shares", "The links that work", part.json_of(shares)),
            "post": _sent(
                "share", "Make a link to the favourites", _subject(limits, {}),
                {"201": part.json_of(part.an_object({"id": _TEXT, "token": _TEXT}))},
                {"409": "Too many links, or `subject` is not the signed-in user"},
            ),
        },
        "/api/shares/revoke": {
            "post": _sent(
                "revokeShare", "End a link", _subject(limits, {"id": id_text}),
                {"200": part.json_of(part.an_object({"revoked": _TEXT}))},
                {"404": "No such link of the user",
                 "409": "`subject` is not the signed-in user; nothing was done"},
            )
        },
        "/api/shared": {
            "post": {
                **_sent(
                    "shared", "The artworks behind a link", part.an_object({"token": _TEXT}),
                    {"200": part.json_of(_artworks(["id", "title"]))},
                    {"404": "No such link, or it was revoked"},
                ),
                "security": [],
            }
        },
        "/api/users/me/erasure": {
            "post": _change("erase", "Remove all that is kept of the signed-in user", "erased",
                            {}, limits)
        },
        "/gallery/history": {"get": _page("historyPage", "What the signed-in user has seen")},
        "/gallery/shared": {"get": _page("sharedPage", "A shared collection")},
    }  # fmt: skip


def _dashboard(limits: Limits) -> dict[str, Json]:
    id_text = part.text(limits)
    sign_in: Json = {
        "operationId": "signInAdmin",
        "summary": "Sign in as an admin",
        "requestBody": part.body_of(
            part.an_object({"userId": id_text, "secret": {"type": "string"}})
        ),
        "responses": {
            "204": {"description": "Signed in"},
            **part.errors({**part.BODY_ERRORS, **part.AWAY, "429": "Too many wrong secrets"}),
        },
    }
    any_object: Json = {"type": "object"}
    limit = _number("limit", USERS_MAX, 500)
    return {
        "/admin/session": {"post": sign_in},
        "/admin/impressions": {
            "get": {
                **_page("dashboard", "The dashboard; for others the form to sign in"),
                "responses": {
                    status: {"description": "HTML", "content": {"text/html": {"schema": _TEXT}}}
                    for status in ("200", "401", "403")
                },
            }
        },
        "/admin/impressions/figures": {
            "get": _of_admins("figures", "The live panel", part.json_of(any_object))
        },
        "/admin/impressions/users": {
            "get": {
                **_of_admins("users", "Users by id", part.json_of(any_object), bad_query=True),
                "parameters": [limit, *(_query(name, id_text) for name in ("after", "from"))],
            }
        },
        "/admin/impressions/users/timeline": {
            "get": {
                **_of_admins("timeline", "What one user has seen", part.json_of(any_object),
                             bad_query=True),
                "parameters": [_query("user", id_text, required=True), *_page_key(id_text)],
            }
        },
        "/admin/impressions/users.csv": {
            "get": _of_admins(
                "export", "All users as CSV",
                {"description": "CSV", "content": {"text/csv": {"schema": _TEXT}}},
            )
        },
        "/admin/impressions/feed": {
            "get": {
                **_of_admins("feed", "A WebSocket of batches as they are stored",
                             {"description": "Not asked to upgrade"}, bad_query=True),
                "parameters": [_query(name, id_text) for name in ("user", "artwork")],
            }
        },
    }  # fmt: skip


_TEXT: Json = {"type": "string"}


def _history(limits: Limits) -> Json:
    entry = part.an_object(
        {
            "artworkId": _TEXT,
            "title": _TEXT,
            "picture": {"type": ["string", "null"]},
            "viewedAtUs": {"type": "integer"},
            "replayCount": {"type": "integer", "minimum": 0},
            "lastReplayedAtUs": {"type": ["integer", "null"]},
            "favourite": {"type": "boolean"},
        }
    )
    key = {"anyOf": [part.an_object({"before": _TEXT, "beforeId": _TEXT}), {"type": "null"}]}
    page = part.an_object(
        {
            "userId": _TEXT,
            "entries": {"type": "array", "maxItems": ENTRIES_MAX, "items": entry},
            "next": key,
        }
    )
    errors = part.errors({"400": "Bad query", **part.SIGNED_OUT, **part.AWAY})
    return {
        **part.get("history", "What the user has seen", {"200": part.json_of(page), **errors}),
        "security": part.SESSION,
        "parameters": [
            *_page_key(part.text(limits)),
            _moment("from"),
            _query("fromId", part.text(limits)),
        ],
    }


def _predictions() -> Json:
    artwork = part.an_object(
        {
            "artworkId": _TEXT,
            "title": _TEXT,
            "picture": {"type": ["string", "null"]},
            "ranking": {"enum": ["model", "popularity"]},
        }
    )
    answer = part.an_object(
        {
            "userId": _TEXT,
            "version": {"type": ["integer", "null"]},
            "artworks": {"type": "array", "maxItems": TOP, "items": artwork},
        }
    )
    errors = part.errors({"400": "Bad query", **part.SIGNED_OUT, **part.AWAY})
    responses = {"200": part.json_of(answer), **errors}
    return {
        **part.get("predictions", "What the user may like next", responses),
        "security": part.SESSION,
        "parameters": [_query("pictures", {"enum": ["linked"]})],
    }


def _picture(limits: Limits) -> Json:
    svg: Json = {"description": "SVG", "content": {"image/svg+xml": {"schema": _TEXT}}}
    errors = part.errors({"400": "Bad query", "404": "No such picture", **part.AWAY})
    return {
        **part.get("picture", "The picture of an artwork", {"200": svg, **errors}),
        "parameters": [_query("id", part.text(limits), required=True)],
    }


def _change(operation: str, summary: str, counted: str, more: Json, limits: Limits) -> Json:
    count: Json = {"type": "integer", "minimum": 0}
    answer = part.json_of(part.an_object({counted: count}))
    other = {"409": "`subject` is not the signed-in user; nothing was done"}
    return _sent(operation, summary, _subject(limits, more), {"200": answer}, other)


def _sent(operation: str, summary: str, body: Json, answers: Json, more: dict[str, str]) -> Json:
    meanings = {**part.BODY_ERRORS, **part.SIGNED_OUT, **part.AWAY, **more}
    return {
        "operationId": operation,
        "summary": summary,
        "security": part.SESSION,
        "requestBody": part.body_of(body),
        "responses": {**answers, **part.errors(meanings)},
    }


def _signed_in(operation: str, summary: str, answer: Json) -> Json:
    responses = {"200": answer, **part.errors({**part.SIGNED_OUT, **part.AWAY})}
    return {**part.get(operation, summary, responses), "security": part.SESSION}


def _of_admins(operation: str, summary: str, answer: Json, *, bad_query: bool = False) -> Json:
    meanings = {**({"400": "Bad query"} if bad_query else {}), **_ADMIN}
    responses = {"200": answer, **part.errors(meanings)}
    return {**part.get(operation, summary, responses), "security": part.SESSION}


def _page(operation: str, summary: str) -> Json:
    html: Json = {"description": "HTML", "content": {"text/html": {"schema": _TEXT}}}
    return part.get(operation, summary, {"200": html})


def _subject(limits: Limits, more: Json) -> Json:
    return part.an_object({"subject": part.text(limits), **more})


def _changes(one: Json) -> Json:
    return {"type": "array", "minItems": 1, "maxItems": CHANGES_MAX, "items": one}


def _artworks(required: list[str]) -> Json:
    one = part.an_object(dict.fromkeys(("id", "title", "picture"), _TEXT), required=required)
    return part.an_object({"artworks": {"type": "array", "items": one}})


def _page_key(id_text: Json) -> list[Json]:
    return [_number("limit", ENTRIES_MAX, 50), _moment("before"), _query("beforeId", id_text)]


def _moment(name: str) -> Json:
    return _query(name, {"type": "string", "pattern": "^[0-9]{1,16}$"})


def _number(name: str, most: int, default: int) -> Json:
    return _query(name, {"type": "integer", "minimum": 1, "maximum": most, "default": default})


def _query(name: str, schema: Json, *, required: bool = False) -> Json:
    return {"name": name, "in": "query", "required": required, "schema": schema}
