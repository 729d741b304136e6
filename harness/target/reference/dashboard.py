"""The dashboard of the reference system: its parts, how one signs in, what it keeps of accesses."""

from __future__ import annotations

IMPROVEMENT = "admin"
"""The level of the factor ``improvement`` with which the server has it."""
ADMIN = "boss"
"""The admin of a run."""
SESSION_COOKIE = "impressions_session"
SECRET_VARIABLE = "INGEST_ADMIN_SECRET"  # noqa: S105 - the variable's name
PAGE_PATH = "/admin/impressions"
SIGN_IN_PATH = "/admin/session"
FEED_PATH = "/admin/impressions/feed"
USERS_PATH = "/admin/impressions/users"
EXPORT_PATH = "/admin/impressions/users.csv"
SIGN_IN, FEED = "sign_in", "feed"
PARTS = {
    "page": PAGE_PATH,
    "figures": f"{PAGE_PATH}/figures",
    "users": USERS_PATH,
    "timeline": f"{USERS_PATH}/timeline",
    "export": EXPORT_PATH,
    FEED: FEED_PATH,
}
"""Part → where it is."""

ACCESSES = """
SELECT coalesce(actor, ''), part, outcome = 'admitted', count(*) FROM admin_accesses
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""

USER_FIELD, SECRET_FIELD, SIGN_IN_BUTTON = "#user-id", "#secret", "#sign-in button"
"""What is filled in and clicked to sign in on the page."""
IS_UP = "() => document.querySelectorAll('#heat [role=gridcell]').length > 0"
"""Returns whether the page lists a user."""
LISTED_USERS = """() => [...document.querySelectorAll("#heat [role=gridcell] b")]
  .map((one) => one.textContent)"""
