"""Requests of a dialect over aiohttp, for what is not a load."""

from __future__ import annotations

import aiohttp

from harness.core.errors import HarnessError
from harness.target.dialect import Dialect, HttpRequest, Reply


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
            return Reply(answer.status, body, _head(answer))
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
    async with aiohttp.ClientSession(timeout=timeout) as session:
        reply = await send(session, base_url, request)
    try:
        return dialect.in_flight(reply)
    except ValueError as error:
        reason = reply.error or str(error)
        raise HarnessError(f"{request.path} does not tell what is in flight: {reason}") from error


def _head(answer: aiohttp.ClientResponse) -> bytes:
    lines = [f"HTTP/1.1 {answer.status}".encode()]
    lines += [name + b": " + value for name, value in answer.raw_headers]
    return b"\r\n".join(lines)
