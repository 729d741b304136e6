"""``python -m servers.sharding``: who owns which buckets, and moving them."""

import sys

from servers.sharding.command import main

if __name__ == "__main__":
    sys.exit(main())
