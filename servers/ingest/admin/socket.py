"""The WebSocket of the feed: one viewer, until either side ends it or the admin's role does."""

from __future__ import annotations

import asyncio
import contextlib

from aiohttp import WSCloseCode, web

from servers.ingest.admin.access import Admin
from servers.ingest.admin.feed import Feed, FeedViewer
from servers.ingest.batch import check_text
from servers.ingest.refusal import Refusal

VIEWERS_MAX = 200
HEARTBEAT_S = 15.0
ROLE_OVER = 4401
"""The close code of a viewer whose role has ended."""
_MESSAGE_BYTES = 1024
_CLOSE_S = 2.0


def viewer_of(request: web.Request, feed: Feed, id_bytes: int) -> FeedViewer:
    """Return the viewer that a request asks to be; raise Refusal 400."""
    user, artwork = request.query.get("user", ""), request.query.get("artwork", "")
    for name, text in (("user", user), ("artwork", artwork)):
        if text:
            check_text(name, text, id_bytes)
    after = request.query.get("after")
    if after is None:
        return feed.viewer(user=user, artwork=artwork)
    if not (after.isascii() and after.isdigit() and len(after) <= 15):
        raise Refusal(400, "bad_query", "after is not a number of the feed")
    lifetime = request.query.get("lifetime", "")
    return feed.viewer(user=user, artwork=artwork, after=int(after), lifetime=lifetime)


async def serve_feed(
    request: web.Request, feed: Feed, viewer: FeedViewer, admin: Admin
) -> web.WebSocketResponse:
    """Send frames until the viewer goes, the role ends or the server stops; raise Refusal 503 when
    there are too many viewers."""
    if feed.viewers >= VIEWERS_MAX:
        raise Refusal(503, "too_many_viewers", "too many watch the feed", retry_after_s=5)
    socket = web.WebSocketResponse(
        heartbeat=HEARTBEAT_S, compress=False, max_msg_size=_MESSAGE_BYTES, timeout=_CLOSE_S
    )
    feed.viewers += 1
    try:
        await socket.prepare(request)
        sending = asyncio.create_task(_send(socket, feed, viewer, admin))
        try:
            async for _ in socket:
                pass  # a viewer has nothing to say; reading is how its end is noticed
        finally:
            sending.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await sending
    finally:
        feed.viewers -= 1
    return socket


async def _send(
    socket: web.WebSocketResponse, feed: Feed, viewer: FeedViewer, admin: Admin
) -> None:
    """Send what is new at each tick. A viewer that does not read holds up this alone."""
    await socket.send_bytes(feed.greeting(viewer))
    while not socket.closed:
        if feed.closing:
            await socket.close(code=WSCloseCode.GOING_AWAY, message=b"the server stops")
        elif admin.is_over:
            await socket.close(code=ROLE_OVER, message=b"the admin's session has ended")
        else:
            frame = feed.frame(viewer)
            if frame is not None:
                await socket.send_bytes(frame)
            await feed.ticked()
