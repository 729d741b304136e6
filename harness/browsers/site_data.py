"""Clear a site's data as a user does: cookies, databases and all other storage.

Chromium does it over CDP (``Storage.clearDataForOrigin``, every type), the equivalent of "clear
browsing data" for one origin. The drivers of Firefox and WebKitGTK have no such command. There a
page that is opened in another tab sends ``Clear-Site-Data: "cookies", "storage"``: the browser then
removes the data while the other pages stay open.
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
    """Clear all data of this origin, which signs its user out, and record how.

    ``plain_path`` is the path of a page without side effects that may be opened for it. Returns
    that page, which is in front and which the caller closes, or None if none was needed.
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
