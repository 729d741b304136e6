"""What pages report to have read, beside what a gateway before them gave: two against one.

A page alone, which says otherwise than the gateway that answered it and the server behind, is no
evidence against the server. A recorder that calls something an answer before there is one reports
the real one as well: such reports count as the recorder's, and stay its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from harness.ledger.kinds.client import Acknowledged, BatchRefused, Held, RecorderEvent, Unanswered
from reports.core import text
from reports.core.kinds import decoded, is_a
from reports.evidence.reported.sightings import Sighting, Sightings

_ANSWERS = (Acknowledged, BatchRefused, Held, Unanswered)
Row = dict[str, Any]


def other_answers(rows: Sequence[Row], others: Sightings) -> Iterator[str]:
    """Yield that one page's events, ``rows``, tell of answers with another status or other counts
    than a gateway gave and the receipts have, or of one before it was given."""
    ends = [row for row in rows if is_a(row, *_ANSWERS) and row["attempt"] is not None]
    count = Counter((row["batch"], row["attempt"]) for row in ends)
    statuses = counts = early = 0
    for row in ends:
        if count[row["batch"], row["attempt"]] > 1:
            continue
        seen = others.of(str(row["batch"]), int(row["attempt"]))
        given = [one for one in seen if one.passed and one.status is not None]
        if len(given) != 1 or others.senders(str(row["batch"])) > 1:
            continue
        [one] = given
        written = [other for other in seen if not other.passed]
        statuses += _is_other_status(row, one, written)
        counts += _is_other_count(row, one, written)
        # Who gives up waiting reports no status, and may well do so before there is an answer.
        early += row["status"] is not None and int(row["mono_ns"]) < (one.at_ns or 0)
    for number, what in (
        (statuses, "with another status than a gateway gave it"),
        (counts, "with other counts than a gateway gave it"),
        (early, "before a gateway gave it"),
    ):
        if number:
            yield f"reported {text.count(number, 'answer')} {what}"


def _is_other_status(row: Row, given: Sighting, written: Sequence[Sighting]) -> bool:
    """Return whether a page read another status than was given: a success where there was none, or
    where a receipt, if there is one, has what was given."""
    read = row["status"]
    if read is None or read == given.status or _redirects(given.status):
        return False
    return given.status == 0 or not written or any(one.status == given.status for one in written)


def _redirects(status: int | None) -> bool:
    """Return whether an answer sends the page elsewhere: who follows it reads what is there."""
    return status is not None and 300 <= status < 400


def _is_other_count(row: Row, given: Sighting, written: Sequence[Sighting]) -> bool:
    """Return whether a page read other counts than were given, and a receipt has these."""
    event = decoded(row, RecorderEvent)
    if event.inserted is None or given.inserted is None or row["status"] != given.status:
        return False
    own = (given.inserted, given.duplicate)
    if (event.inserted, event.duplicate) == own:
        return False
    return any((one.inserted, one.duplicate) == own for one in written)
