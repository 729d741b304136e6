"""How a system speaks HTTP: requests are made, replies understood.

A ``Dialect`` does no I/O and keeps no state. Load generators, gateway, witnesses and runs ask it
for every path, body and header that they send, and for the meaning of what comes back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol
from urllib.parse import urljoin, urlsplit

from harness.core.errors import UsageError
from harness.core.outcome import Outcome

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One request; ``path`` includes the query, ``headers`` lack Host and Content-Length."""

    method: str
    path: str
    headers: Headers = field(default_factory=dict)
    body: bytes = b""

    def wire(self, host: str, session_lines: str = "") -> bytes:
        """Return the request as HTTP/1.1 sends it; ``session_lines`` are ``Session.lines``."""
        fields = {"Host": host, **self.headers, "Content-Length": str(len(self.body))}
        head = f"{self.method} {self.path} HTTP/1.1\r\n{header_lines(fields)}{session_lines}\r\n"
        return head.encode("latin-1") + self.body


class Reply(NamedTuple):
    """What came back. ``status`` is 0 when no reply came, and ``error`` says why.

    ``head`` is the status line and the header fields as they were sent, without the blank line.
    """

    status: int
    body: bytes = b""
    head: bytes = b""
    error: str | None = None

    def headers(self, name: str) -> list[str]:
        """Return the values of every header field of that name, in their order."""
        wanted = name.lower().encode()
        fields = (line.partition(b":") for line in self.head.split(b"\r\n")[1:])
        return [
            value.strip().decode("latin-1") for key, _, value in fields if key.lower() == wanted
        ]

    def header(self, name: str) -> str | None:
        """Return the first header field of that name, or None."""
        return next(iter(self.headers(name)), None)

    def in_words(self, asked: str) -> str:
        """Return what came back from a URL, as a sentence goes on: ``answered 500``, with the host
        of a redirect, or why there was no answer."""
        if not self.status:
            return f"had no answer: {self.error}"
        there = self.leads_to(asked)
        redirect = f" with a redirect to {there}, which is not followed" if there else ""
        return f"answered {self.status}{redirect}"

    def leads_to(self, asked: str) -> str:
        """Return scheme and host to which a redirect leads, ``asked`` being the URL that answered;
        empty for any other answer."""
        location = self.header("Location")
        if not 300 <= self.status < 400 or location is None:
            return ""
        return origin_of(urljoin(asked, location))


def origin_of(url: str) -> str:
    """Return scheme, host and port of a URL, without a user's name in it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What makes a request a user's: ``cookies`` for browsers, ``headers`` for everything else."""

    cookies: Mapping[str, str] = field(default_factory=dict)
    headers: Headers = field(default_factory=dict)

    @property
    def lines(self) -> str:
        """Return the headers as HTTP/1.1 sends them, each line with its end."""
        return header_lines(self.headers)


class Meaning(NamedTuple):
    """What a reply says about the batch that was sent.

    ``inserted`` and ``duplicate`` count ids, None where the reply does not tell. ``may_resend``
    says whether the same batch may be sent again, ``retry_after_s`` how long the server asks to
    wait before that, None where it does not ask.
    """

    outcome: Outcome
    inserted: int | None = None
    duplicate: int | None = None
    may_resend: bool = False
    retry_after_s: float | None = None


NO_REPLY = Meaning(Outcome.UNKNOWN, may_resend=True)
"""What silence says, whatever the dialect: the batch may have been stored."""


class SendableBatch(Protocol):
    """What one request carries: ``artworks`` that ``user`` saw, in the batch ``name``.

    ``sequence`` numbers the batches of a user, from 0.
    """

    @property
    def name(self) -> str:
        """Return the id that the batch keeps on every resend."""

    @property
    def user(self) -> str:
        """Return who saw the artworks."""

    @property
    def sequence(self) -> int:
        """Return the batch's number."""

    @property
    def artworks(self) -> Sequence[str]:
        """Return the ids."""


BatchEncoder = Callable[[SendableBatch, int, str], tuple[bytes, int]]
"""Takes a batch, the attempt (from 1) and ``Session.lines``; returns the request as HTTP/1.1 sends
it and the length of its body in bytes."""


class BatchFields(NamedTuple):
    """What a batch request tells of itself, None where it does not.

    ``batch`` is the id that it keeps on a resend, ``attempt`` counts from 1, ``transport`` is how
    the page sends it, ``tab`` is the tab that showed the artworks, and ``artworks`` are its ids.
    """

    batch: str | None = None
    attempt: int | None = None
    transport: str | None = None
    tab: str | None = None
    artworks: tuple[str, ...] | None = None


NUMBERS = (
    "in_flight",
    "queue_depth",
    "pool_in_use",
    "pool_size",
    "ids_inserted",
    "ids_duplicate",
    "batches_503",
    "lost_races",
    "pool_artworks",
    "active_users",
    "users_at_risk",
    "users_exhausted",
    "unseen_share",
)
"""The figures of a server that are numbers: gauges, and counters since its start."""
DURATIONS = ("queue_wait", "write")
"""The figures of a server that are durations: how long an id waits for a writer, and a write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricNames:
    """Where a server shows its metrics, and what they are to the activity witness.

    Each mapping leads from the server's name to the witness's figure: ``gauges`` by name,
    ``counters`` by name, label and the label's value (both empty: any), ``histograms`` (seconds) by
    name without ``_bucket``. Gauges and counters lead to ``NUMBERS``, histograms to ``DURATIONS``.
    The text is in Prometheus' exposition format.
    """

    path: str
    gauges: Mapping[str, str] = field(default_factory=dict)
    counters: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    histograms: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raise UsageError for a figure that the witness does not have."""
        numbers = {*self.gauges.values(), *self.counters.values()} - {*NUMBERS}
        durations = {*self.histograms.values()} - {*DURATIONS}
        for unknown, known in ((numbers, NUMBERS), (durations, DURATIONS)):
            if unknown:
                raise UsageError(
                    f"the metrics lead to figures that do not exist: {', '.join(sorted(unknown))}",
                    hint=f"Known are {', '.join(known)}",
                )


class Dialect(Protocol):
    """One system's HTTP. Implementations are frozen; nothing here does I/O."""

    @property
    def health_path(self) -> str:
        """Return a path that answers GET at once, without a session or an effect."""

    @property
    def readiness_path(self) -> str:
        """Return the path of the probe that counts batches in flight; empty where there is none."""

    @property
    def metrics(self) -> MetricNames | None:
        """Return how the server's metrics are read; None where it has none."""

    @property
    def batch_method(self) -> str:
        """Return the method of requests that carry a batch; others to its path are preflights."""

    def artwork_id(self, number: int) -> str:
        """Return the id of an artwork of the pool, which is numbered from 1."""

    def load_artwork_id(self, number: int) -> str:
        """Return the id of an artwork that a load shows, numbered from 0; no visitor sees these."""

    def sign_in(self, user: str) -> HttpRequest | None:
        """Return the request that signs a user in; None where the system has no sign-in."""

    def session_of(self, reply: Reply) -> Session:
        """Return the session that a reply to ``sign_in`` opens.

        Raises TargetNotReady when the server refused.
        """

    def batch_request(self, artworks: Sequence[str], tab: str) -> HttpRequest:
        """Return a batch as a page sends it by a script, with no more than these ids and a tab."""

    def claimed_batch(self, artworks: Sequence[str], tab: str, subject: str) -> HttpRequest | None:
        """Return a batch as ``batch_request`` does that names the user ``subject``, whatever user
        the session is of; None where a system's batches name no user."""

    def batch_encoder(self, host: str, *, coding: str = "identity") -> BatchEncoder:
        """Return what makes a load generator's requests to ``host``: its hot path.

        ``coding`` is how their bodies travel, ``identity`` or ``gzip``. Raises UsageError for one
        that the system does not take.
        """

    def understand(self, reply: Reply) -> Meaning:
        """Return what a reply to a batch says; ``status`` is never 0."""

    def is_batch_path(self, path: str) -> bool:
        """Return whether batches are sent to a path (without the query)."""

    def batch_fields(self, body: bytes) -> BatchFields:
        """Return what the body of a batch request tells of itself; never raises."""

    def in_flight(self, reply: Reply) -> int:
        """Return how many batches the readiness probe says are accepted and not yet answered.

        Raises ValueError when the reply does not tell.
        """


def silence_of(dialect: Dialect) -> Meaning:
    """Return what no reply means to a client of a system: the batch may be sent again, unless the
    dialect has an attribute ``silence`` that forbids it."""
    found: Meaning = getattr(dialect, "silence", NO_REPLY)
    return NO_REPLY._replace(may_resend=found.may_resend)


def ids_at_most_of(dialect: Dialect) -> int | None:
    """Return how many ids a request takes, from the dialect's attribute ``ids_at_most``; None where
    it has none."""
    found: int | None = getattr(dialect, "ids_at_most", None)
    return found


def authority_of(dialect: Dialect) -> str:
    """Return the file of the certificate authority that signed the system's certificate; empty:
    one that this machine trusts."""
    found: str = getattr(dialect, "authority", "")
    return found


def session_without_sign_in(dialect: Dialect, user: str) -> Session:
    """Return the session of a user of a system without a sign-in, from the dialect's method of that
    name; an empty one where it has none."""
    make: Callable[[str], Session] | None = getattr(dialect, "session_without_sign_in", None)
    return make(user) if make else Session()


def plain_load_id(number: int) -> str:
    """Return the id of a load's artwork where a system takes any text, e.g. ``load-000012``."""
    return f"load-{number:06d}"


def load_user(seed: int, session: int) -> str:
    """Return the user of a session of a load, e.g. ``load-7-00012``."""
    return f"load-{seed}-{session:05d}"


def header_lines(fields: Headers) -> str:
    """Return header fields as HTTP/1.1 sends them. Raises ValueError for one that breaks a line."""
    for name, value in fields.items():
        if not {"\r", "\n"}.isdisjoint(name + value):
            raise ValueError(f"the header field {name!r} contains a line break")
    return "".join(f"{name}: {value}\r\n" for name, value in fields.items())
