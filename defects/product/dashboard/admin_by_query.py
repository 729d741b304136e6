"""A query makes anybody an admin."""

from __future__ import annotations

import time

from aiohttp import web

from defects.base import ServerDefect, Switch, Trial
from defects.overrides.dashboard import ADMIT, Admit
from servers.ingest.admin.access import Access, Admin, AdminPart


def admit(
    switch: Switch, original: Admit, access: Access, request: web.Request, part: AdminPart
) -> Admin:
    """Believe a query."""
    if request.query.get("admin") == "1" and switch.reached():
        return Admin(access._signer.user_of(request) or "somebody", time.time() + 60)
    return original(access, request, part)


DEFECT = ServerDefect(
    about="A query makes anybody an admin.",
    expected={"admins_alone"},
    trials=[Trial("dashboard_access", improvement="admin")],
    overrides={ADMIT: admit},
)
