"""Names that a spreadsheet runs are exported as they are."""

from __future__ import annotations

from collections.abc import Callable

from defects.base import ServerDefect, Switch, Trial


def cell(switch: Switch, original: Callable[[str], str], text: str) -> str:
    """Return the text itself."""
    return text if switch.reached() else original(text)


DEFECT = ServerDefect(
    about="A user's name that begins with = is a formula in the export.",
    expected={"export_is_text"},
    trials=[Trial("dashboard_access", improvement="admin")],
    overrides={"servers.ingest.admin.users:cell": cell},
)
