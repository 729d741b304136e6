"""The file that says which client is under test, written when its package has been fetched.

The collector reads the same file; paths in it are absolute.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from harness.core.errors import UsageError

CLIENT_PREFIX = "client:"
"""How the name of a system begins whose recorder is a client's."""
SETTINGS_MEANING = "preset"
"""The factor of an arm, and the option of the page, that choose a client's settings."""


class ClientFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A client as its adapter describes it.

    ``package`` is the folder of the unpacked npm package, empty where the adapter is all there is;
    ``script`` or ``module`` is the file of it that a page loads, ``globals`` are the names under
    which a script offers itself. ``endpoint`` is how the path of every request with views begins.
    ``promise`` is the delivery that the client promises and ``why`` what that rests on.
    ``settings`` is name → options of the client; ``only_asked_for`` are those that are run only
    when they are named.
    """

    name: str
    version: str = ""
    licence: str = ""
    adapter: str
    package: str = ""
    script: str = ""
    module: str = ""
    globals: tuple[str, ...] = ()
    endpoint: str
    promise: str
    why: str = ""
    settings: Mapping[str, Mapping[str, Any]]
    only_asked_for: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Return name and version, e.g. ``posthog-js@1.449.2``."""
        return f"{self.name}@{self.version}" if self.version else self.name


def read_client_file(path: Path) -> ClientFacts:
    """Return what a client file says. Raises UsageError when it cannot be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=ClientFacts)
    except (OSError, msgspec.MsgspecError) as error:
        raise UsageError(
            f"{path} describes no client: {error}", hint="harness run --client NAME writes it"
        ) from error
