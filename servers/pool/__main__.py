"""``python -m servers.pool``: a worker that carries out the jobs for new artworks."""

from __future__ import annotations

import sys

from servers.pool.command import main

if __name__ == "__main__":
    sys.exit(main())
