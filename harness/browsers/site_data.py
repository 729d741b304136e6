"""A user clears what the browser holds for a site: cookies, databases and all other storage.

Chromium does it over CDP (``Storage.clearDataForOrigin``, every type): that is what "clear browsing
data" does to an origin. No driver of Firefox or WebKitGTK has such a command. There the site itself
asks for it, ``Clear-Site-Data: "cookies", "storage"`` on a page that the user opens in another tab:
the browser, not the page, then removes the data, under the feet of every open page.
"""

from __future__ import annotations

from harness.browsers.base import Browser, ClearsSites, Page
from harness.faults.base import held
from harness.faults.request.gateway import Gateway
from harness.faults.request.pages import Headers
from harness.ledger.files import WitnessFile
from harness.ledger.kinds.network import NetworkRow, StorageCleared

_HEADER = {"Clear-Site-Data": '"cookies", "storage"'}


async def clear_site_data(
    browser: Browser,
    url: str,
    gateway: Gateway,
    network: WitnessFile[NetworkRow],
    *,
    plain_path: str,
) -> Page | None:
    """Clear everything of this origin, and record how; no user is signed in there any more.

    ``plain_path`` leads to a page without effect, which may be opened to ask for it. Returns the
    page that it took, which is in front and which the caller closes; None for none.
    """
    if isinstance(browser, ClearsSites):
        await browser.clear_site(url)
        network.saw(StorageCleared(how="Storage.clearDataForOrigin"))
        return None
    page = await browser.open_page(lambda _: None)
    async with held(Headers(gateway, plain_path, _HEADER), network):
        await page.go(f"{url}{plain_path}")
    network.saw(StorageCleared(how=f"Clear-Site-Data: {_HEADER['Clear-Site-Data']}"))
    return page
