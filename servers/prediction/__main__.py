"""``python -m servers.prediction``: trains the models that predict what a user sees next."""

from __future__ import annotations

import sys

from servers.prediction.command import main

if __name__ == "__main__":
    sys.exit(main())
