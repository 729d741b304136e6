"""Load all tabs of a Chromium over CDP before Playwright connects to it.

Playwright asks each page for its frames when it connects. If one is still on the initial empty
document, it waits for the event of the first navigation, which Chromium sometimes never sends:
the connection hangs although every call was answered (about 1 of 200 restarts on a busy machine,
Chromium 156 and playwright 1.64.1). A restored tab that has not loaded yet is no page to Playwright
at all. So every tab gets its document first.
"""

from __future__ import annotations

from harness.browsers.base import BrowserLost
from harness.browsers.drivers.protocols.socket_connection import SocketConnection
from harness.core.errors import TargetNotReady
from harness.core.wait import wait_until

_ANSWER_S = 0.5
"""Timeout of a call to a tab; one without a document answers no call until it has one."""


def has_site(url: str) -> bool:
    """Return whether a URL is a site's, not a blank page's or an internal one of the browser."""
    return url.startswith("http")


async def put_in_front(socket: str, *, timeout_s: float) -> int:
    """Activate every tab once, so that it loads; return how many have a site.

    ``socket`` is the browser's own CDP address (``ws://``). Returns when each tab has a document.
    A tab that goes away meanwhile is not waited for. Raises WaitTimeout when one that stays has no
    document within the time, BrowserLost when the browser is gone.
    """
    async with SocketConnection(socket) as connection:
        shown: set[str] = set()
        sites = 0

        async def all_have_documents() -> bool:
            nonlocal sites
            targets = (await connection.call("Target.getTargets"))["targetInfos"]
            tabs = [one for one in targets if one["type"] == "page"]
            sites = sum(has_site(one["url"]) for one in tabs)
            try:
                for tab in tabs:
                    if tab["targetId"] not in shown:
                        await connection.call("Target.activateTarget", targetId=tab["targetId"])
                        shown.add(tab["targetId"])
                # Not a generator: a tab that does not answer must not delay the others' calls.
                have = [await _has_document(connection, one["targetId"]) for one in tabs]
            except TargetNotReady:
                return False  # a tab went away since they were listed
            return bool(have) and all(have)

        await wait_until(
            "every tab of the browser has a document", all_have_documents, timeout_s=timeout_s
        )
    return sites


async def _has_document(connection: SocketConnection, target: str) -> bool:
    attached = await connection.call("Target.attachToTarget", targetId=target, flatten=True)
    session = attached["sessionId"]
    try:
        tree = await connection.call("Page.getFrameTree", _ANSWER_S, session=session)
    except BrowserLost:
        return False  # if the browser itself is gone, the next call raises
    finally:
        await connection.call("Target.detachFromTarget", sessionId=session)
    return tree["frameTree"]["frame"]["url"] not in ("", ":")
