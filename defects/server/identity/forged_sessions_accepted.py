"""The signature of a session is not looked at."""

from __future__ import annotations

from collections.abc import Callable

from defects.base import ServerDefect, Switch, Trial
from servers.ingest.http.session import Claim, Signer


def claim(
    switch: Switch, original: Callable[[Signer, str], Claim | None], signer: Signer, value: str
) -> Claim | None:
    """Read a session whose signature does not fit as if it did."""
    found = original(signer, value)
    text = value.rpartition(".")[0]
    if found is not None or not text or not switch.reached():
        return found
    return original(signer, f"{text}.{signer._mac(text)}")


DEFECT = ServerDefect(
    about="A session that the server never gave is taken for one of whom it names.",
    expected={"claims_refused", "nothing_unshown", "phantom"},
    trials=[Trial("claimed_subject", browser="chromium")],
    overrides={"servers.ingest.http.session:Signer.claim": claim},
)
