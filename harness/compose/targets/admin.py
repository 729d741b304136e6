"""What opens the dashboard of a stack of ours: made for the run, kept in no file."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

from harness.core.clock import NS_PER_S, now
from harness.target.reference.dashboard import ADMIN, IMPROVEMENT, SECRET_VARIABLE
from harness.target.target import AdminKeys
from servers.ingest.__main__ import SECRET_VARIABLE as SESSION_VARIABLE
from servers.ingest.admin.access import ROLE
from servers.ingest.http.session import Signer

_LONG_AGO_S = 9 * 3600
"""The role of an admin lasts eight hours."""


def admin_environment(arguments: Sequence[str]) -> dict[str, str]:
    """Return what the server's environment must hold where its arguments ask for the dashboard."""
    if IMPROVEMENT not in arguments:
        return {}
    return {SECRET_VARIABLE: secrets.token_hex(16), SESSION_VARIABLE: secrets.token_hex(16)}


def keys_of(environment: Mapping[str, str]) -> AdminKeys | None:
    """Return what opens the dashboard of a server with this environment; None: nothing does."""
    if SECRET_VARIABLE not in environment:
        return None
    signer = Signer(environment[SESSION_VARIABLE].encode())
    expired = signer.sign(ADMIN, at_s=now().wall_ns // NS_PER_S - _LONG_AGO_S, role=ROLE)
    return AdminKeys(environment[SECRET_VARIABLE], expired)
