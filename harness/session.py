"""Signing in: how a simulated person becomes a user of the target."""

from __future__ import annotations

import aiohttp

from harness.errors import TargetNotReady


async def sign_in(direct_url: str, user: str) -> dict[str, str]:
    """Sign a user in straight at the server; return the session's cookies by name.

    Raises TargetNotReady when the server refuses.
    """
    jar = aiohttp.CookieJar(unsafe=True)  # unsafe: cookies for an IP address
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        try:
            async with session.post(f"{direct_url}/api/session", json={"userId": user}) as answer:
                if answer.status >= 300:
                    raise TargetNotReady(f"sign-in answered {answer.status}")
        except aiohttp.ClientError as error:
            raise TargetNotReady(f"sign-in failed: {error}") from error
        return {cookie.key: cookie.value for cookie in jar}
