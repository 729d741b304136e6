"""``python -m servers.queue``: workers that store what was published."""

from __future__ import annotations

import sys

from servers.queue.command import main

if __name__ == "__main__":
    sys.exit(main())
