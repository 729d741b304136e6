"""The display page and its files, read from the folder beside this package."""

from __future__ import annotations

from html import escape
from pathlib import Path

from aiohttp import web

import servers

CLIENT = Path(servers.__file__).parent / "client"
# no-cache means "ask before using": a fresh recorder every time. no-store would also keep the
# page out of the back/forward cache, and change what is under test.
_NAME = r"{name:[A-Za-z0-9_-][A-Za-z0-9_.-]*\.(?:js|mjs|css)}"
_HEADERS = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
# Nothing of elsewhere, nothing inline, no frame around it, no copy kept.
_ADMIN_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class DisplayPage:
    """The page; its options are in the query, which only the page reads.

    Its head says where errors of its recorder are reported and what is running, if anywhere: such
    a DSN is public.
    """

    def __init__(self, sentry: str = "", release: str = "") -> None:
        names = {"sentry-dsn": sentry, "release": release} if sentry else {}
        self._head = "".join(
            f'\n    <meta name="{name}" content="{escape(value)}">' for name, value in names.items()
        )

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Return the page."""
        if not self._head:
            return _file("display.html")
        page = (CLIENT / "display.html").read_text(encoding="utf-8")
        text = page.replace("\n    <title>", f"{self._head}\n    <title>", 1)
        return web.Response(text=text, content_type="text/html", headers=_HEADERS)


async def client_file(request: web.Request) -> web.StreamResponse:
    """Return one of the page's files; the route allows plain .js, .mjs and .css names only."""
    return _file(request.match_info["name"])


async def history(request: web.Request) -> web.StreamResponse:
    """Return the page of what the signed-in user has seen."""
    return _file("product/history.html")


async def shared(request: web.Request) -> web.StreamResponse:
    """Return the page of a shared collection; only the page reads which one."""
    return _file("product/shared.html")


async def product_file(request: web.Request) -> web.StreamResponse:
    """Return one of the files of the product's pages."""
    return _file(f"product/{request.match_info['name']}")


def admin_page() -> web.StreamResponse:
    """Return the dashboard's page."""
    return web.FileResponse(CLIENT / "admin/impressions.html", headers=_ADMIN_HEADERS)


def admin_sign_in(status: int) -> web.StreamResponse:
    """Return the page on which an admin signs in, in the place of one that was refused."""
    text = (CLIENT / "admin/sign_in.html").read_text(encoding="utf-8")
    return web.Response(text=text, status=status, content_type="text/html", headers=_ADMIN_HEADERS)


async def admin_file(request: web.Request) -> web.StreamResponse:
    """Return one of the files of the dashboard's page; there is nothing of anybody's in them."""
    return _file(f"admin/{request.match_info['name']}")


def _file(name: str) -> web.StreamResponse:
    path = CLIENT / name
    if not path.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(path, headers=_HEADERS)


def routes(*, sentry: str = "", release: str = "") -> list[web.RouteDef]:
    """Return the routes of the page, which reports its recorder's errors to the DSN ``sentry``."""
    return [
        web.get("/display", DisplayPage(sentry, release).get),
        web.get(rf"/client/{_NAME}", client_file),
    ]


def product_routes() -> list[web.RouteDef]:
    """Return the routes of the product's pages."""
    return [
        web.get("/gallery/history", history),
        web.get("/gallery/shared", shared),
    ]


def product_files() -> list[web.RouteDef]:
    """Return the route of the files of the product's pages, and of what is loaded ahead."""
    return [web.get(rf"/client/product/{_NAME}", product_file)]


def admin_files() -> list[web.RouteDef]:
    """Return the route of the files of the dashboard's page."""
    return [web.get(rf"/client/admin/{_NAME}", admin_file)]
