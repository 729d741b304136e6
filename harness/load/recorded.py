"""Traffic that was recorded elsewhere, as a load: a HAR file, or a web server's access log.

Only figures are taken of it: how many requests carry views, whose, when, how many ids each has.
Nothing that it holds is sent; a load makes ids and users of its own.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from harness.core.errors import UsageError
from harness.target.described.dialect import DescribedDialect

BYTES_MAX = 512 << 20
_NAMED = 5
_LINE = re.compile(
    r'(?P<host>\S+) \S+ (?P<user>\S+) \[(?P<at>[^\]]+)\] "(?P<method>[A-Z]+) (?P<url>\S+)[^"]*" '
    r"(?P<status>\d{3})\b"
)
"""The common log format, and the combined one, which goes on after it (Apache mod_log_config,
nginx's default)."""
_SESSION = ("authorization", "cookie")


class RecordedRequest(NamedTuple):
    """One request that carries views. ``ids`` is None where the recording has no body."""

    at: dt.datetime
    user: str
    ids: int | None
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """The requests of a recording that carry views, in their order; never empty."""

    requests: Sequence[RecordedRequest]

    @property
    def users(self) -> int:
        """Return how many users, sessions or addresses they came from."""
        return len({one.user for one in self.requests})

    @property
    def seconds(self) -> float:
        """Return the time from the first to the last, one second at least."""
        passed = self.requests[-1].at - self.requests[0].at
        return max(1.0, passed.total_seconds())

    @property
    def ids(self) -> int:
        """Return how many ids the requests with a body carry."""
        return sum(one.ids or 0 for one in self.requests)

    @property
    def without_body(self) -> int:
        """Return how many requests have no body in the recording."""
        return sum(one.ids is None for one in self.requests)

    @property
    def ids_each(self) -> float:
        """Return how many ids a request has, on average of those with a body; 1 where none has."""
        known = len(self.requests) - self.without_body
        return self.ids / known if known and self.ids else 1.0

    @property
    def busiest_second(self) -> int:
        """Return the most requests that began in one second of the clock."""
        return max(Counter(one.at.replace(microsecond=0) for one in self.requests).values())

    @property
    def statuses(self) -> Mapping[int, int]:
        """Return status → requests that were answered so."""
        return dict(sorted(Counter(one.status for one in self.requests).items()))

    def options(self) -> dict[str, str]:
        """Return the options of ``harness run`` that send as much: as many sessions, ids a second
        and ids in a request, evenly over the same time."""
        batch = max(1, round(self.ids_each))
        rate = len(self.requests) * self.ids_each / self.seconds
        return {
            "--sessions": str(self.users),
            "--rate": f"{rate:.3g}",
            "--duration": f"{self.seconds:.0f}",
            "--batch": str(batch),
        }


def read_recording(file: Path, dialect: DescribedDialect) -> Recording:
    """Read the requests of a HAR file or an access log that the target file's [batch] describes.

    Raises UsageError for a file that is neither, and for one without such a request.
    """
    text = _text(file)
    others: Counter[str] = Counter()
    requests = []
    for method, url, found in _har(file, text, dialect) if _is_har(text) else _log(file, text):
        path = urlsplit(url).path
        if method == dialect.batch_method and dialect.is_batch_path(path):
            requests.append(found)
        else:
            others[f"{method} {path}"] += 1
    if not requests:
        seen = ", ".join(name for name, _ in others.most_common(_NAMED)) or "nothing"
        raise UsageError(
            f"{file}: no request is {dialect.batch_method} {dialect.batch.path}, as [batch] has it",
            hint=f"It has {seen}",
        )
    return Recording(requests=sorted(requests, key=lambda one: one.at))


def _text(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            content = stream.read(BYTES_MAX + 1)
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from error
    if len(content) > BYTES_MAX:
        raise UsageError(f"{file} is larger than {BYTES_MAX >> 20} MiB", hint="Take a part of it")
    return content.decode("utf-8", "replace")


def _is_har(text: str) -> bool:
    return text.lstrip("\ufeff \t\r\n").startswith("{") and '"entries"' in text


def _har(
    file: Path, text: str, dialect: DescribedDialect
) -> Iterator[tuple[str, str, RecordedRequest]]:
    """Yield every request of a HAR file (HTTP Archive 1.2): its method, its URL, what it is."""
    try:
        entries = json.loads(text.lstrip("\ufeff"))["log"]["entries"]
        for entry in entries:
            request = entry["request"]
            body = str((request.get("postData") or {}).get("text") or "")
            yield (
                str(request["method"]),
                str(request["url"]),
                RecordedRequest(
                    at=_moment(entry["startedDateTime"]),
                    user=_whose(request, body, dialect),
                    ids=len(dialect.ids_of(body.encode())) if body else None,
                    status=int((entry.get("response") or {}).get("status") or 0),
                ),
            )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(
            f"{file} is no HAR file that can be read: {type(error).__name__}"
        ) from error


def _whose(request: Mapping[str, Any], body: str, dialect: DescribedDialect) -> str:
    """Return what tells one user's requests from others: the name in the body, or the session."""
    if (named := dialect.user_of(body.encode())) is not None:
        return named
    fields = {str(one["name"]).lower(): str(one["value"]) for one in request.get("headers") or ()}
    return next((fields[name] for name in _SESSION if name in fields), "")


def _log(file: Path, text: str) -> Iterator[tuple[str, str, RecordedRequest]]:
    """Yield every request of an access log; a line that is none is an error if all are."""
    read = 0
    for line in text.splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        read += 1
        try:
            at = dt.datetime.strptime(found["at"], "%d/%b/%Y:%H:%M:%S %z")
        except ValueError as error:
            raise UsageError(f"{file}: {found['at']!r} is no time of an access log") from error
        user = found["host"] if found["user"] == "-" else found["user"]
        status = int(found["status"])
        request = RecordedRequest(at=at, user=user, ids=None, status=status)
        yield found["method"], found["url"], request
    if not read:
        raise UsageError(
            f"{file} is neither a HAR file nor an access log",
            hint="An access log is in the common or the combined format",
        )


def _moment(text: str) -> dt.datetime:
    at = dt.datetime.fromisoformat(text)
    return at if at.tzinfo is not None else at.replace(tzinfo=dt.UTC)
