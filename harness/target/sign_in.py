"""Signing in: how a simulated person becomes a user of the target."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from http.cookies import SimpleCookie

import aiohttp

from harness.core.errors import TargetNotReady

_AT_ONCE = 16


async def sign_in(direct_url: str, user: str) -> dict[str, str]:
    """Sign a user in straight at the server; return the session's cookies by name.

    Raises TargetNotReady when the server refuses.
    """
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        return await _sign_in(session, direct_url, user)


async def sign_in_all(direct_url: str, users: Sequence[str]) -> dict[str, str]:
    """Sign many users in, some at a time; return user → Cookie header.

    Raises TargetNotReady when the server refuses one.
    """
    headers: dict[str, str] = {}
    waiting = iter(users)

    async def sign_in_some(session: aiohttp.ClientSession) -> None:
        for user in waiting:
            cookies = await _sign_in(session, direct_url, user)
            headers[user] = "; ".join(f"{name}={value}" for name, value in cookies.items())

    try:
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
            asyncio.TaskGroup() as group,
        ):
            for _ in range(_AT_ONCE):
                group.create_task(sign_in_some(session))
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from errors
    return headers


async def _sign_in(session: aiohttp.ClientSession, direct_url: str, user: str) -> dict[str, str]:
    try:
        async with session.post(f"{direct_url}/api/session", json={"userId": user}) as answer:
            if answer.status >= 300:
                raise TargetNotReady(f"sign-in answered {answer.status}")
            cookies = SimpleCookie()
            for header in answer.headers.getall("Set-Cookie", []):
                cookies.load(header)
    except aiohttp.ClientError as error:
        raise TargetNotReady(f"sign-in failed: {error}") from error
    return {name: morsel.value for name, morsel in cookies.items()}
