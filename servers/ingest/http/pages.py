"""The display page and its files, read from the folder beside this package."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

import servers

CLIENT = Path(servers.__file__).parent / "client"
# no-cache means "ask before using": a fresh recorder every time. no-store would also keep the
# page out of the back/forward cache, and change what is under test.
_NAME = r"{name:[A-Za-z0-9_-][A-Za-z0-9_.-]*\.(?:js|mjs|css)}"
_HEADERS = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}


async def display(request: web.Request) -> web.StreamResponse:
    """Return the page; its options are in the query, which only the page reads."""
    return _file("display.html")


async def client_file(request: web.Request) -> web.StreamResponse:
    """Return one of the page's files; the route allows plain .js, .mjs and .css names only."""
    return _file(request.match_info["name"])


async def history(request: web.Request) -> web.StreamResponse:
    """Return the page of what the signed-in user has seen."""
    return _file("product/history.html")


async def product_file(request: web.Request) -> web.StreamResponse:
    """Return one of the files of the product's pages."""
    return _file(f"product/{request.match_info['name']}")


def _file(name: str) -> web.StreamResponse:
    path = CLIENT / name
    if not path.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(path, headers=_HEADERS)


def routes() -> list[web.RouteDef]:
    """Return the routes of the page."""
    return [
        web.get("/display", display),
        web.get(rf"/client/{_NAME}", client_file),
    ]


def product_routes() -> list[web.RouteDef]:
    """Return the routes of the product's pages."""
    return [
        web.get("/gallery/history", history),
        web.get(rf"/client/product/{_NAME}", product_file),
    ]
