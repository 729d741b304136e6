"""Pages of other sites may ask for the dashboard."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from defects.base import ServerDefect, Switch, Trial
from servers.ingest.admin.access import AdminPart

CheckOrigin = Callable[[web.Request, AdminPart], None]


def check_origin(
    switch: Switch, original: CheckOrigin, request: web.Request, part: AdminPart
) -> None:
    """Let every site's pages ask."""
    if not switch.reached():
        original(request, part)


DEFECT = ServerDefect(
    about="Whichever site's page asks with an admin's cookie is answered.",
    expected={"admins_alone"},
    trials=[Trial("dashboard_access", improvement="admin")],
    overrides={"servers.ingest.admin.access:check_origin": check_origin},
)
