"""A server that stores every impression for somebody else."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from servers.ingest.__main__ import main
from servers.ingest.storage.store import Share, Store, Written


class Confused(Store):
    """Re-labels the owner of what it stores."""

    async def write(self, shares: Sequence[Share]) -> list[Written]:
        return await super().write([share._replace(user="somebody-else") for share in shares])


if __name__ == "__main__":
    sys.exit(main(store_type=Confused))
