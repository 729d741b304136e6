"""Every batch is refused at its first attempt, and taken at its second."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from defects.base import ServerDefect, Switch, Trial
from servers.ingest.combiner import Combiner
from servers.ingest.receipts import Receipt
from servers.ingest.refusal import Refusal

Tell = Callable[[Refusal | None], None]
Submit = Callable[[Combiner, str, Sequence[str], Receipt, Tell], None]


def submit(
    switch: Switch,
    original: Submit,
    combiner: Combiner,
    user: str,
    artworks: Sequence[str],
    receipt: Receipt,
    tell: Tell,
) -> None:
    """Refuse it with 503 if it is the first attempt."""
    if receipt.attempt in (None, 1) and switch.reached():
        raise Refusal(503, "first_attempt", "try again", retry_after_s=1)
    original(combiner, user, artworks, receipt, tell)


DEFECT = ServerDefect(
    about="Nothing is lost and no one is served at once: availability is none.",
    expected={"error_budget"},
    trials=[Trial("error_budget", topology="balanced", workload="five-minutes")],
    overrides={"servers.ingest.combiner:Combiner.submit": submit},
)
