"""Signing in: how a simulated person becomes a user of the target."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import aiohttp

from harness.core.errors import TargetNotReady
from harness.target.dialect import Dialect, Session, session_without_sign_in
from harness.target.http import client_of, send

_AT_ONCE = 16


async def sign_in(dialect: Dialect, direct_url: str, user: str) -> Session:
    """Sign a user in straight at the server; return the session.

    Raises TargetNotReady when the server refuses.
    """
    async with client_of(dialect) as session:
        return await _sign_in(session, dialect, direct_url, user)


async def sign_in_all(
    dialect: Dialect, direct_url: str, users: Sequence[str]
) -> dict[str, Session]:
    """Sign many users in, some at a time; return user → session.

    Raises TargetNotReady when the server refuses one.
    """
    sessions: dict[str, Session] = {}
    waiting = iter(users)

    async def sign_in_some(session: aiohttp.ClientSession) -> None:
        for user in waiting:
            sessions[user] = await _sign_in(session, dialect, direct_url, user)

    try:
        async with (
            client_of(dialect) as session,
            asyncio.TaskGroup() as group,
        ):
            for _ in range(_AT_ONCE):
                group.create_task(sign_in_some(session))
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from errors
    return sessions


async def _sign_in(
    session: aiohttp.ClientSession, dialect: Dialect, direct_url: str, user: str
) -> Session:
    request = dialect.sign_in(user)
    if request is None:
        return session_without_sign_in(dialect, user)
    reply = await send(session, direct_url, request)
    if not reply.status:
        raise TargetNotReady(f"sign-in failed: {reply.error}")
    return dialect.session_of(reply)
