"""A Chromium's tabs, seen over CDP before Playwright joins it.

Playwright asks each page for its frames as it joins. Where one is still on the empty document that
every tab begins with, it waits for the event of the first navigation, and Chromium now and then
never sends that one: the join hangs though every call was answered (about 1 of 200 restarts on a
busy machine, Chromium 156 and playwright 1.64.1). A tab that a browser brought back and did not
load yet is no page to Playwright at all. So every tab gets its document first.
"""

from __future__ import annotations

from harness.browsers.base import BrowserLost
from harness.browsers.drivers.protocols.socket_connection import SocketLine
from harness.core.errors import TargetNotReady
from harness.core.wait import wait_until

_ANSWER_S = 0.5
"""A tab without a document of its own answers no call before it has one."""


def has_site(url: str) -> bool:
    """Return whether a tab shows a site, not a blank page or one of the browser's own."""
    return url.startswith("http")


async def put_in_front(socket: str, *, timeout_s: float) -> int:
    """Put every tab in front once, so that it loads; return how many have a site.

    ``socket`` is the browser's own CDP address (``ws://``). Returns when each tab has a document.
    A tab that goes away meanwhile is not waited for. Raises WaitTimeout when one that stays has no
    document within the time, BrowserLost when the browser is gone.
    """
    async with SocketLine(socket) as line:
        shown: set[str] = set()
        sites = 0

        async def all_have_documents() -> bool:
            nonlocal sites
            targets = (await line.call("Target.getTargets"))["targetInfos"]
            tabs = [one for one in targets if one["type"] == "page"]
            sites = sum(has_site(one["url"]) for one in tabs)
            try:
                for tab in tabs:
                    if tab["targetId"] not in shown:
                        await line.call("Target.activateTarget", targetId=tab["targetId"])
                        shown.add(tab["targetId"])
                # Not a generator: a tab that waits must not keep the others from being asked.
                have = [await _has_document(line, one["targetId"]) for one in tabs]
            except TargetNotReady:
                return False  # a tab went away since they were listed
            return bool(have) and all(have)

        await wait_until(
            "every tab of the browser has a document", all_have_documents, timeout_s=timeout_s
        )
    return sites


async def _has_document(line: SocketLine, target: str) -> bool:
    attached = await line.call("Target.attachToTarget", targetId=target, flatten=True)
    session = attached["sessionId"]
    try:
        tree = await line.call("Page.getFrameTree", _ANSWER_S, session=session)
    except BrowserLost:
        return False  # where it is the browser that is gone, the next call says so
    finally:
        await line.call("Target.detachFromTarget", sessionId=session)
    return tree["frameTree"]["frame"]["url"] not in ("", ":")
