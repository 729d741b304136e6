"""What is overridden in the dashboard, and its type."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from servers.ingest.admin.access import Access, Admin, AdminPart

Admit = Callable[[Access, web.Request, AdminPart], Admin]
Write = Callable[..., Awaitable[None]]
WRITE = "servers.ingest.admin.audit:Audit.write"
ADMIT = "servers.ingest.admin.access:Access.admit"
