"""What the harness knows of the dashboard is what the server has."""

from __future__ import annotations

from harness.target.reference import dashboard
from servers.ingest.__main__ import ADMIN_VARIABLE
from servers.ingest.admin.access import AdminPart
from servers.ingest.admin.routes import IMPROVEMENT, PAGE_PATH, SESSION_PATH
from servers.ingest.http.session import COOKIE


def test_paths_parts_and_names_are_the_servers() -> None:
    assert {*dashboard.PARTS, dashboard.SIGN_IN} == {part.value for part in AdminPart}
    assert dashboard.PAGE_PATH == PAGE_PATH
    assert dashboard.SIGN_IN_PATH == SESSION_PATH
    assert dashboard.IMPROVEMENT == IMPROVEMENT
    assert dashboard.SESSION_COOKIE == COOKIE
    assert dashboard.SECRET_VARIABLE == ADMIN_VARIABLE
