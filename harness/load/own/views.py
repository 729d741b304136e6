"""What three lines of a locustfile ask for: a user's name, and an id for what the user sees now.

Started by ``harness run own_locustfile`` each request that carries such ids becomes rows of the
ledger. Started by Locust alone the names and ids are new ones too, and nothing is written.
"""

from __future__ import annotations

import functools
from typing import Any

import gevent
from locust import events

from harness.load.own.giver import Giver
from harness.load.own.plan import OwnPlan, handed_over
from harness.load.own.rows import OwnRows
from harness.target.described.dialect import DescribedDialect
from harness.target.described.ids import RunMark, ViewIds
from harness.target.system import system_named

_WRITTEN_EVERY_S = 0.5


def user() -> str:
    """Return the name of a new user, one for each of Locust's users."""
    return _giver().user()


def seen(by: str) -> str | int:
    """Return a new id for what a user of ``user`` sees now, which goes into the user's request.

    It is a number where the target file says that ids are.
    """
    return _giver().seen(by)


@functools.cache
def _giver() -> Giver:
    """Return the one of this process; the first call has Locust tell it of every request."""
    plan = handed_over()
    if plan is None:
        return Giver(ViewIds(mark=RunMark.new(0), has_users=True), None, None)
    return _judged(plan)


def _judged(plan: OwnPlan) -> Giver:
    dialect = system_named(plan.system).dialect
    assert isinstance(dialect, DescribedDialect)
    rows = OwnRows(plan.directory)
    giver = Giver(dialect.ids, dialect, rows)

    @events.request.add_listener  # type: ignore[untyped-decorator]
    def _answered(response: Any, response_time: float, exception: object, **_: Any) -> None:
        giver.answered(response, response_time, exception)

    @events.quit.add_listener  # type: ignore[untyped-decorator]
    def _close(**_: Any) -> None:
        rows.close()

    def write_forever() -> None:
        while True:
            gevent.sleep(_WRITTEN_EVERY_S)
            rows.flush()

    gevent.spawn(write_forever)
    return giver
