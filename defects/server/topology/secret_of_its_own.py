"""Each server signs sessions with a secret of its own."""

from __future__ import annotations

from collections.abc import Callable

from defects.base import ServerDefect, Switch
from defects.overrides.topology import BALANCED, is_second_server
from servers.ingest.http.session import Signer


def signer(
    switch: Switch, original: Callable[[Signer, bytes], None], new: Signer, secret: bytes
) -> None:
    """Give the second server another secret."""
    is_other = is_second_server() and switch.reached()
    original(new, b"another " + secret if is_other else secret)


DEFECT = ServerDefect(
    about="A session that one server opened is none to the other.",
    expected={"signed_in_is_served"},
    trials=[BALANCED],
    overrides={"servers.ingest.http.session:Signer.__init__": signer},
)
