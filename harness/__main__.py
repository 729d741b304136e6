"""`python -m harness` is `harness`; Ctrl-C while it is still loading ends it as at any moment."""

from __future__ import annotations

import sys

INTERRUPTED = 130  # harness.core.errors.ExitCode says what it means; nothing may be loaded yet


def start() -> None:
    """Load the command line and run it, in an environment of the harness's own."""
    try:
        from harness.core.environment import take_own_environment
        from harness.core.loading import loading

        take_own_environment()
        with loading():
            from harness.cli.main import main

        main()
    except KeyboardInterrupt:
        sys.stderr.write("harness: interrupted\n")
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    start()
