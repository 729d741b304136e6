"""The connection string of somebody's PostgreSQL: complete, free of mistakes, and shown in part.

libpq's own parser reads it, so that every form that psql takes is understood. Only an allow-list of
its fields is ever written down or printed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from psycopg import ProgrammingError, pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from harness.core.errors import UsageError

SHOWN = ("host", "hostaddr", "port", "dbname", "user", "service", "sslmode")
_PLAIN = re.compile(r"[\w.,:/%+@ -]*")
_WITH_A_SERVICE = ("service", "servicefile", "password", "passfile")
_UNREADABLE = "a connection string that cannot be read"
_HINT = (
    "Write postgresql://USER@HOST:PORT/DATABASE, or host=… user=…, with quotes around a value with "
    "spaces. In a URL write @ : / ? of a password as %40 %3A %2F %3F; or leave it out and set "
    "PGPASSWORD"
)


def complete(conninfo: str, environ: Mapping[str, str]) -> str:
    """Return the connection string with what it leaves out taken from libpq's variables.

    Raises UsageError for one that cannot be read; the message repeats no part of it.
    """
    given = _parsed(conninfo)
    variables = {
        option.keyword.decode(): environ[option.envvar.decode()]
        for option in pq.Conninfo.get_defaults()
        if option.envvar and environ.get(option.envvar.decode())
    }
    if "service" in variables | given:  # it goes before every variable, and libpq reads it itself
        variables = {key: text for key, text in variables.items() if key in _WITH_A_SERVICE}
    return make_conninfo("", **(variables | given))


def shown(conninfo: str) -> str:
    """Return the fields that may be shown, ``keyword=value``; never raises."""
    try:
        fields = _parsed(conninfo)
    except UsageError:
        return _UNREADABLE
    found = {name: fields[name] for name in SHOWN if fields.get(name)}
    safe = {name: text if _PLAIN.fullmatch(text) else "***" for name, text in found.items()}
    return make_conninfo("", **safe) or "the default PostgreSQL of this user"


def has_password(conninfo: str) -> bool:
    """Return whether a connection string holds a password. Raises UsageError as ``complete``."""
    return bool(_parsed(conninfo).get("password"))


def _parsed(conninfo: str) -> dict[str, str]:
    try:
        fields = {name: str(value) for name, value in conninfo_to_dict(conninfo).items() if value}
    except ProgrammingError:
        raise UsageError(f"the database is {_UNREADABLE}", hint=_HINT) from None
    _, is_url, rest = conninfo.partition("://")
    before, _, after = rest.partition("@")
    ports = fields.get("port", "").replace(",", "")
    if (ports and not ports.isdigit()) or (is_url and ("@" in after or ("/" in before and after))):
        # A sign of a password has been taken for the end of it: its rest would be shown as a host.
        raise UsageError(f"the database is {_UNREADABLE}", hint=_HINT)
    return fields
