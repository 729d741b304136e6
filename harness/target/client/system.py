"""The system around a client: the collector's page, the client's endpoint and its promise."""

from __future__ import annotations

from pathlib import Path

from harness.core.errors import UsageError
from harness.target.capabilities import Capability, Promise
from harness.target.client.dialect import ClientDialect
from harness.target.client.file import (
    CLIENT_PREFIX,
    SETTINGS_MEANING,
    ClientFacts,
    read_client_file,
)
from harness.target.page import PageContract
from harness.target.system import System

CAPABILITIES = frozenset(
    {
        Capability.RECEIPTS,
        Capability.READINESS,
        Capability.FREE_IDS,
        Capability.HIDDEN_VIEWS,
        Capability.PAGE,
        Capability.FLUSH,
        Capability.NUMBERED_REQUESTS,
        Capability.DATABASE,
        Capability.TABLE,
        Capability.VIEWED_TIME,
        Capability.OWN_ROW,
        Capability.DATABASE_ACTIVITY,
    }
)
"""What is there for any client; events, a queue or counters of its own are not."""

PAGE = PageContract(
    path="/page",
    is_up="() => Boolean(window.trial)",
    ready="() => window.trial.ready",
    tab_id="() => window.trial.tabId",
    show="(ids) => window.trial.show(...ids)",
    flush="() => window.trial.flush()",
    paths=("/client",),
    preset_option=SETTINGS_MEANING,
    blank_options={"view": "blank"},
)


def client_system(name: str) -> System:
    """Return the system that ``client:PATH`` names, PATH being a client file.

    Raises UsageError when the file is missing or says something impossible.
    """
    path = Path(name.removeprefix(CLIENT_PREFIX))
    facts = read_client_file(path)
    return System(
        dialect=ClientDialect(facts.endpoint),
        page=PAGE,
        capabilities=CAPABILITIES,
        name=name,
        promise=_promise(facts),
        settings=tuple(facts.settings),
        settings_on_request=facts.only_asked_for,
    )


def _promise(facts: ClientFacts) -> Promise:
    try:
        return Promise(facts.promise)
    except ValueError as error:
        known = ", ".join(promise.value for promise in Promise)
        raise UsageError(
            f"{facts.adapter}: {facts.promise!r} is no promise of delivery", hint=f"Write {known}"
        ) from error
