"""The role of an admin lasts as long as the session."""

from __future__ import annotations

from collections.abc import Callable

from defects.base import ServerDefect, Switch, Trial
from servers.ingest.admin.access import Admin


def is_over(switch: Switch, original: Callable[[Admin], bool], admin: Admin) -> bool:
    """Return that no role has ended."""
    return original(admin) and not switch.reached()


DEFECT = ServerDefect(
    about="The role of an admin never ends.",
    expected={"admins_alone"},
    trials=[Trial("dashboard_access", improvement="admin")],
    overrides={"servers.ingest.admin.access:Admin.is_over": is_over},
)
