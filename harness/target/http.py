"""Requests of a dialect over aiohttp, for what is not a load."""

from __future__ import annotations

import ssl

import aiohttp

from harness.core.errors import HarnessError
from harness.target.dialect import Dialect, HttpRequest, Reply, authority_of

CLIENT_TIMEOUT_S = 300.0


def trusted(authority: str) -> ssl.SSLContext | bool:
    """Return what aiohttp verifies a certificate with: the file of an authority alone or, where
    none is named, those that this machine trusts."""
    return ssl.create_default_context(cafile=authority) if authority else True


def client_of(
    dialect: Dialect, *, timeout: aiohttp.ClientTimeout | None = None
) -> aiohttp.ClientSession:
    """Return a client of a system that keeps no cookies."""
    return client(authority_of(dialect), timeout=timeout)


def client(
    authority: str, *, timeout: aiohttp.ClientTimeout | None = None
) -> aiohttp.ClientSession:
    """Return a client that keeps no cookies, and trusts an authority as ``trusted`` says."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=trusted(authority)),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=timeout or aiohttp.ClientTimeout(total=CLIENT_TIMEOUT_S),
    )


async def send(session: aiohttp.ClientSession, base_url: str, request: HttpRequest) -> Reply:
    """Send a request and return the reply; status 0 and the error when none came.

    Redirects are not followed: a dialect sees what the server answered.
    """
    try:
        async with session.request(
            request.method,
            f"{base_url}{request.path}",
            headers=request.headers,
            data=request.body or None,
            allow_redirects=False,
        ) as answer:
            body = await answer.read()
            return Reply(answer.status, body, head_of(answer))
    except (aiohttp.ClientError, TimeoutError) as error:
        return Reply(0, error=str(error) or type(error).__name__)


async def batches_in_flight(
    dialect: Dialect, base_url: str, *, timeout_s: float | None = None
) -> int:
    """Ask the readiness probe, which the dialect must have; return the batches in flight.

    Raises HarnessError when it does not tell.
    """
    request = HttpRequest(method="GET", path=dialect.readiness_path)
    timeout = aiohttp.ClientTimeout(total=timeout_s)
    async with client_of(dialect, timeout=timeout) as session:
        reply = await send(session, base_url, request)
    try:
        return dialect.in_flight(reply)
    except ValueError as error:
        reason = reply.error or str(error)
        raise HarnessError(f"{request.path} does not tell what is in flight: {reason}") from error


def head_of(answer: aiohttp.ClientResponse) -> bytes:
    """Return an answer's status line and header fields, as a ``Reply`` has them."""
    lines = [f"HTTP/1.1 {answer.status}".encode()]
    lines += [name + b": " + value for name, value in answer.raw_headers]
    return b"\r\n".join(lines)
