"""A server that answers success and stores nothing."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from servers.ingest.__main__ import main
from servers.ingest.storage.store import Share, Store, Written


class Forgetful(Store):
    """Says that every id is new; there is no INSERT."""

    async def write(self, shares: Sequence[Share]) -> list[Written]:
        return [Written(inserted=len(share.artworks), duplicate=0) for share in shares]


if __name__ == "__main__":
    sys.exit(main(store_type=Forgetful))
