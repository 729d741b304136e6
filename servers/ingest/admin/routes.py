"""All of the dashboard's routes, each behind the same guard: refused unless admitted, and noted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from servers.ingest.admin.access import Access, Admin, AdminPart
from servers.ingest.admin.audit import ADMITTED, Audit
from servers.ingest.admin.feed import Feed
from servers.ingest.admin.figures import AdminFigures
from servers.ingest.admin.sign_in import SignInAdmin
from servers.ingest.admin.socket import serve_feed, viewer_of
from servers.ingest.admin.users import USERS_MAX, Users
from servers.ingest.batch import check_text
from servers.ingest.http import pages
from servers.ingest.product.history import key_of, limit_of
from servers.ingest.product.session import ProductContext
from servers.ingest.refusal import Refusal, json_response

IMPROVEMENT = "admin"
"""The migration whose name in the server's settings turns the dashboard on."""
PAGE_PATH = "/admin/impressions"
SESSION_PATH = "/admin/session"
Guarded = Callable[[web.Request, Admin], Awaitable[web.StreamResponse]]
_PRIVATE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class AdminRoutes:
    """The handlers of the dashboard."""

    def __init__(self, context: ProductContext, access: Access, feed: Feed, key: bytes) -> None:
        self._context = context
        self._access = access
        self._feed = feed
        self._audit = Audit(context.ask, key)
        self._figures = AdminFigures(context.ask)
        self._users = Users(context.ask)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        sign_in = SignInAdmin(self._context, self._access, self._audit)
        return [
            web.post(SESSION_PATH, sign_in.post),
            self._guarded("", AdminPart.PAGE, self._page),
            self._guarded("/figures", AdminPart.FIGURES, self._panel),
            self._guarded("/users", AdminPart.USERS, self._listed),
            self._guarded("/users/timeline", AdminPart.TIMELINE, self._timeline),
            self._guarded("/users.csv", AdminPart.EXPORT, self._export),
            self._guarded("/feed", AdminPart.FEED, self._watch),
            *pages.admin_files(),
        ]

    def _guarded(self, path: str, part: AdminPart, handler: Guarded) -> web.RouteDef:
        """Return a route that admins alone reach; who asks is noted before anything is answered."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            origin = request.headers.get("Origin")
            try:
                admin = self._access.admit(request, part)
            except Refusal as refusal:
                who = self._context.signer.user_of(request)
                await self._audit.write(who, part, refusal.code, origin=origin)
                if part is AdminPart.PAGE:
                    return pages.admin_sign_in(refusal.status)
                raise
            about = request.query.get("user") or None
            await self._audit.write(admin.user, part, ADMITTED, about=about, origin=origin)
            return await handler(request, admin)

        return web.get(PAGE_PATH + path, guarded, allow_head=False)

    async def _page(self, request: web.Request, admin: Admin) -> web.StreamResponse:
        return pages.admin_page()

    async def _panel(self, request: web.Request, admin: Admin) -> web.StreamResponse:
        return json_response(await self._figures.panel(), headers=_PRIVATE)

    async def _listed(self, request: web.Request, admin: Admin) -> web.StreamResponse:
        """Return users after ``after`` or beginning with ``from``, and whether more follow."""
        name = "from" if "from" in request.query else "after"
        key, limit = request.query.get(name, ""), _users_limit(request)
        if key:
            check_text(name, key, self._context.limits.id_bytes)
        page = await self._users.page(key, limit + 1, and_itself=name == "from")
        users = [
            {"user": one.user, "viewed": one.viewed, "unseen": round(one.unseen_percent, 2),
             "band": one.band}
            for one in page[:limit]
        ]  # fmt: skip
        return json_response({"users": users, "more": len(page) > limit}, headers=_PRIVATE)

    async def _timeline(self, request: web.Request, admin: Admin) -> web.StreamResponse:
        """Return a page of what one user has seen, newest first, and where the next begins."""
        user, limit = request.query.get("user", ""), limit_of(request)
        check_text("user", user, self._context.limits.id_bytes)
        moment, artwork = key_of(request, "before", self._context.limits.id_bytes)
        rows = await self._users.timeline(user, moment, artwork, limit + 1)
        entries = [
            {"artworkId": artwork, "title": title, "viewedAtUs": us}
            for artwork, title, us in rows[:limit]
        ]
        following = None
        if len(rows) > limit:
            following = {"before": str(rows[limit - 1][2]), "beforeId": rows[limit - 1][0]}
        body = {"user": user, "entries": entries, "next": following}
        return json_response(body, headers=_PRIVATE)

    async def _export(self, request: web.Request, admin: Admin) -> web.StreamResponse:
        """Send all users as CSV, as they are read."""
        response = web.StreamResponse(
            headers={
                **_PRIVATE,
                "Content-Type": "text/csv; charset=utf-8; header=present",
                "Content-Disposition": 'attachment; filename="users.csv"',
            }
        )
        await response.prepare(request)
        async for part in self._users.export():
            await response.write(part)
        await response.write_eof()
        return response

    async def _watch(self, request: web.Request, admin: Admin) -> web.StreamResponse:
        viewer = viewer_of(request, self._feed, self._context.limits.id_bytes)
        return await serve_feed(request, self._feed, viewer, admin)


def _users_limit(request: web.Request) -> int:
    text = request.query.get("limit", "500")
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and 1 <= int(text) <= USERS_MAX):
        raise Refusal(400, "bad_query", f"limit is not a number from 1 to {USERS_MAX}")
    return int(text)
