"""What a request must be before anything else of it is looked at; one rule for both ways.

A page of another site can have its own host name lead here (DNS rebinding): it would then read what
its visitor may. So the server answers to its own names alone. An address cannot be led elsewhere,
and is always one of its names.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from functools import lru_cache

from aiohttp.http import HttpVersion, HttpVersion10, HttpVersion11
from multidict import CIMultiDictProxy

from servers.ingest.refusal import Refusal


class Admission:
    """The rules, for a server with further host ``names``."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = frozenset(name.lower().rstrip(".") for name in names)

    def check(self, version: HttpVersion, headers: CIMultiDictProxy[str]) -> None:
        """Raise Refusal 505, 501, 400 or 421 unless the request may be looked at."""
        if version not in (HttpVersion10, HttpVersion11):
            raise Refusal(505, "http_version", "this server speaks HTTP/1.0 and HTTP/1.1")
        codings = headers.getall("Transfer-Encoding", ())
        if codings and [coding.strip(" \t").lower() for coding in codings] != ["chunked"]:
            raise Refusal(501, "transfer_encoding", "send chunked or no Transfer-Encoding")
        hosts = headers.getall("Host", ())
        if len(hosts) > 1 or (not hosts and version == HttpVersion11):
            raise Refusal(400, "bad_host", "send one Host")
        if hosts and not self._is_ours(hosts[0]):
            raise Refusal(
                421, "host_unknown", "this server does not answer to that Host (--allow-host)"
            )

    def _is_ours(self, host: str) -> bool:
        name = _name_of(host)
        return name is not None and (name == "" or name in self._names)


@lru_cache(maxsize=256)
def _name_of(host: str) -> str | None:
    """Return the host name of a Host header, None for what is no host at all.

    Empty for an address and for localhost, which cannot be led elsewhere.
    """
    if len(host) > 261 or not host.isascii():
        return None
    text, port = host, ""
    if host.startswith("["):
        text, bracket, port = host[1:].partition("]")
        if not bracket or (port and not port.startswith(":")):
            return None
        port = port[1:]
    elif host.count(":") == 1:
        text, _, port = host.partition(":")
    if port and not (port.isdigit() and len(port) <= 5):
        return None
    try:
        ipaddress.ip_address(text)
    except ValueError:
        name = text.lower().rstrip(".")
        is_local = name == "localhost" or name.endswith(".localhost")
        return "" if is_local else name or None
    return ""
