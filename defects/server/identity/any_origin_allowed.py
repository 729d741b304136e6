"""The server permits every origin to send JSON in its users' names."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from defects.base import ServerDefect, Switch, Trial
from servers.ingest.http.origins import Origins


def headers(
    switch: Switch,
    original: Callable[[Origins, web.Request], dict[str, str]],
    origins: Origins,
    request: web.Request,
) -> dict[str, str]:
    """Mirror whatever Origin a request has."""
    origin = request.headers.get("Origin")
    if origin is None or not switch.reached():
        return original(origins, request)
    return {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true"}


DEFECT = ServerDefect(
    about="A preflight gives every origin the permission to send batches with the user's cookie.",
    expected={"arrived_as"},
    trials=[Trial("cross_origin", browser="chromium", preset="durable")],
    overrides={"servers.ingest.http.origins:Origins.headers": headers},
)
