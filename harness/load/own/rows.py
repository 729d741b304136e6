"""The rows of a locustfile of somebody's own: what it intended, sent, and read as an answer.

A plain client sends nothing again. So a view counts as shown when the system has acknowledged it:
what is refused, or remains without an answer, was intended, and it is no loss if it is not stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from harness.core.clock import Instant
from harness.core.outcome import Outcome
from harness.ledger.files import WitnessFile
from harness.ledger.json_files import write_json
from harness.ledger.kinds import LOAD, VIEWER
from harness.ledger.kinds.load import LoadRow
from harness.ledger.kinds.viewer import ViewerRow, ViewIntent, ViewShown
from harness.load.own.plan import ROWS_FILE


class Answered(NamedTuple):
    """A request that carried views (user, artwork, when its id was given out), and its answer."""

    views: Sequence[tuple[str, str, Instant]]
    outcome: Outcome
    inserted: int | None
    status: int
    error: str | None
    bytes: int
    took_ns: int
    done: Instant


class OwnRows:
    """Writes them into the run directory.

    ``requests`` counts all of Locust's, whatever they carry.
    """

    def __init__(self, directory: str) -> None:
        self._directory = Path(directory)
        self._viewer: WitnessFile[ViewerRow] = WitnessFile(
            self._directory / "viewer-load.arrows", VIEWER
        )
        self._load: WitnessFile[LoadRow] = WitnessFile(self._directory / "load.arrows", LOAD)
        self._shown: set[tuple[str, str]] = set()
        self._attempts: dict[tuple[tuple[str, str], ...], int] = {}
        self.requests = 0

    def intended(self, user: str, artwork: str, at: Instant) -> None:
        """Write that an id was given out."""
        self._viewer.saw(ViewIntent(user=user, tab=user, artwork=artwork), at=at)

    def answered(self, request: Answered) -> None:
        """Write a request; its views are shown once the system has acknowledged them."""
        keys = tuple((user, artwork) for user, artwork, _ in request.views)
        self._attempts[keys] = attempt = self._attempts.get(keys, 0) + 1
        user = request.views[0][0]
        sent = Instant(
            request.done.mono_ns - request.took_ns, request.done.wall_ns - request.took_ns
        )
        self._load.saw(
            LoadRow(
                scheduled_ns=sent.mono_ns,
                sent_ns=sent.mono_ns,
                done_ns=request.done.mono_ns,
                user=user,
                tab=user,
                batch=f"{user}-{keys[0][1]}",
                attempt=attempt,
                outcome=request.outcome,
                status=request.status,
                error=request.error,
                body_bytes=request.bytes,
                inserted=request.inserted,
                artworks=tuple(artwork for _, artwork in keys),
            ),
            at=sent,
        )
        if request.outcome is Outcome.ACKNOWLEDGED:
            for owner, artwork, at in request.views:
                if (owner, artwork) not in self._shown:
                    self._shown.add((owner, artwork))
                    self._viewer.saw(ViewShown(user=owner, tab=owner, artwork=artwork), at=at)

    def flush(self) -> None:
        """Write what was seen since the last time."""
        self._viewer.flush()
        self._load.flush()

    def close(self) -> None:
        """Write what is left, and how many rows there are."""
        files = (self._viewer, self._load)
        for file in files:
            file.close()
        rows = {file.path.name: file.rows for file in files}
        write_json(self._directory / ROWS_FILE, {"rows": rows, "requests": self.requests})
