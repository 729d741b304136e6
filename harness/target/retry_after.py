"""The header field Retry-After."""

from __future__ import annotations

import datetime as dt
from email.utils import parsedate_to_datetime


def seconds_of(retry_after: str | None, now: dt.datetime | None = None) -> float | None:
    """Return the seconds that a Retry-After field asks for, given as a number or as a date.

    None for no field or a malformed one (RFC 9110, 10.2.3). A date counts from ``now``.
    """
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return max(0.0, (moment - (now or dt.datetime.now(dt.UTC))).total_seconds())
