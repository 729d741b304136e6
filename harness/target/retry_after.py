"""The header field Retry-After."""

from __future__ import annotations

import datetime as dt
from email.utils import parsedate_to_datetime


def seconds_of(
    retry_after: str | None, date: str | None = None, *, now: dt.datetime | None = None
) -> float | None:
    """Return the seconds that a Retry-After field asks for, given as a number or as a date.

    None for no field or a malformed one (RFC 9110, 10.2.3). A date counts from the answer's own
    ``date``, the field Date, so that the clocks of both machines need not agree; without one from
    ``now``.
    """
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    moment = _moment(text)
    if moment is None:
        return None
    since = _moment((date or "").strip()) or now or dt.datetime.now(dt.UTC)
    return max(0.0, (moment - since).total_seconds())


def _moment(text: str) -> dt.datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
