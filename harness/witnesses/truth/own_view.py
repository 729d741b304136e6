"""A view of the harness's own: what is accepted before anybody looks must be there to be read.

Truth that reads another place shows nothing, and would make the system lose everything. So a batch
with one id that no visitor shows is sent first, and nothing is tried before truth shows it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from harness.core.clock import pause
from harness.core.errors import HarnessError
from harness.core.outcome import Outcome
from harness.target.described.dialect import DescribedDialect
from harness.target.described.ids import RunMark
from harness.target.dialect import Reply
from harness.target.http import client_of, send
from harness.target.sign_in import sign_in
from harness.witnesses.truth.stored import StoredView

_TRIES = 5
_PAUSE_S = 0.5


class OwnView(NamedTuple):
    """Whose view it is, the id by which the harness knows its artwork, and the id as it is sent."""

    user: str
    artwork: str
    sent: str


class OwnViews:
    """Sends views of ids that bear a mark of their own, and finds them in what is stored."""

    def __init__(self, dialect: DescribedDialect, direct_url: str) -> None:
        """``dialect`` is the run's, ``direct_url`` where its system listens."""
        seed = dialect.ids.mark.seed
        self._dialect = replace(dialect, ids=replace(dialect.ids, mark=RunMark.new(seed)))
        self._direct_url = direct_url
        self._user = f"visitor-{seed}"
        self._sent = 0

    async def send(self) -> OwnView:
        """Send one more; return it when it was accepted.

        Raises HarnessError when the system does not accept it.
        """
        self._sent += 1
        dialect, artwork = self._dialect, self._dialect.artwork_id(self._sent)
        session = await sign_in(dialect, self._direct_url, self._user)
        async with client_of(dialect) as client:
            for attempt in range(1, _TRIES + 1):
                request = dialect.request(
                    self._user, [artwork], batch=f"own-{self._sent:012d}", attempt=attempt
                )
                whole = replace(request, headers={**request.headers, **session.headers})
                reply = await send(client, self._direct_url, whole)
                if dialect.understand(reply).outcome is Outcome.ACKNOWLEDGED:
                    sent = str(dialect.ids.sent(self._user, artwork))
                    return OwnView(self._user, artwork, sent)
                await pause(_PAUSE_S)
        raise HarnessError(
            f"the system does not accept a view: {request.method} {dialect.batch.path} "
            f"{reply.in_words(self._direct_url)}{_as_read(dialect, reply)}",
            hint="`harness target check` tries the file part by part",
        )

    def count(self, views: Iterable[StoredView]) -> int:
        """Return how many of what is stored are such views, of the user who made them."""
        found = (self._dialect.ids.view(view.id, view.user) for view in views)
        return sum(one is not None and one[0] == self._user for one in found)


def _as_read(dialect: DescribedDialect, reply: Reply) -> str:
    """Return how the file's [answers] read a reply; empty where none came."""
    return f", which is read as: {dialect.answers.explained(reply)}" if reply.status else ""
