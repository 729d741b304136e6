"""The network: faults and lines as they really were, and how the run went."""

from __future__ import annotations

from typing import Annotated, Literal

import pyarrow as pa
from msgspec import Meta, field

from harness.ledger.kinds.base import (
    DETAIL,
    KIND_COLUMN,
    MONO_NS,
    WALL_NS,
    Column,
    LedgerRow,
    Witness,
)


class NetworkRow(LedgerRow):
    """Faults and lines as they really were, what was measured of them, and the course of the run:
    its browsers, its load, its end."""


# --- faults, and changes that break nothing -------------------------------------------------------


class FaultRow(NetworkRow):
    """A moment in the life of a fault."""

    fault: str


class FaultInjecting(FaultRow, tag="fault_injecting"):
    """The injection of a fault begins."""


class FaultStart(FaultRow, tag="fault_start"):
    """A fault is injected."""


class FaultEnd(FaultRow, tag="fault_end"):
    """A fault is healed."""


class ChangeInjecting(FaultRow, tag="change_injecting"):
    """The injection of a change that breaks nothing begins."""


class ChangeStart(FaultRow, tag="change_start"):
    """A change that breaks nothing, and excuses no wait, is made."""


class ChangeEnd(FaultRow, tag="change_end"):
    """A change that breaks nothing is taken back."""


class SentinelArmed(FaultRow, tag="sentinel_armed"):
    """The fault is felt only by the requests that it acts on; its sentinel looks before healing."""

    why: Annotated[str, Meta(description="what it waits for")] = field(name=DETAIL)


class SentinelBitten(FaultRow, tag="sentinel_bitten"):
    """The sentinel felt the fault, through the path of the clients."""

    seen: Annotated[str, Meta(description="when it looked, and what it saw")] = field(name=DETAIL)


class SentinelUnharmed(FaultRow, tag="sentinel_unharmed"):
    """The sentinel saw no effect of the fault."""

    seen: Annotated[str, Meta(description="when it looked")] = field(name=DETAIL)


class ServerKilled(FaultRow, tag="server_killed"):
    """The server is killed now: its receipts will have no end."""


class DatabaseKilled(FaultRow, tag="database_killed"):
    """PostgreSQL is killed now."""


class PartKilled(FaultRow, tag="part_killed"):
    """A part that is neither server nor database is killed now: a balancer, a pooler."""


# --- single requests, at the gateway --------------------------------------------------------------


class GatewayRow(NetworkRow):
    """A request at the gateway, and what its batch says of itself."""

    method: Annotated[str, Meta(description="the HTTP method")]
    path: Annotated[str, Meta(description="the path, without the query")]
    batch: Annotated[str | None, Meta(description="the batch's id")] = None
    attempt: Annotated[int | None, Meta(description="which attempt it is")] = None
    transport: Annotated[str | None, Meta(description="the transport that it names")] = None


class RequestArrived(GatewayRow, tag="request"):
    """A request arrived whole at a gateway that records."""

    origin: Annotated[str | None, Meta(description="its `Origin`")] = None
    content_type: Annotated[str | None, Meta(description="its `Content-Type`")] = None
    to_batches: Annotated[bool, Meta(description="it went to where batches are sent")] = False


class RequestAnswered(GatewayRow, tag="answered"):
    """A gateway gave a visitor the answer to a batch, or none: the time is that of its beginning,
    when it has passed every fault."""

    artworks: Annotated[
        tuple[str, ...] | None, Meta(description="the ids that the request carried")
    ] = None
    status: Annotated[int, Meta(description="the HTTP status that was given, 0 without an answer")]
    is_whole: Annotated[bool, Meta(description="the answer was given to its end")] = True
    inserted: Annotated[int | None, Meta(description="ids that the answer calls new")] = None
    duplicate: Annotated[int | None, Meta(description="ids that the answer calls known")] = None


class RequestActedOn(GatewayRow, tag="acted"):
    """A fault acted on a request."""

    fault: str
    did: Annotated[str, Meta(description="what was done to it")]
    answered: Annotated[
        int | None,
        Meta(description="the status of an answer that the fault made itself, the target's aside"),
    ] = None


class RequestChanged(GatewayRow, tag="changed"):
    """A change that breaks nothing acted on a request."""

    fault: str
    did: Annotated[str, Meta(description="what was done to it")]


class RequestReleased(GatewayRow, tag="released"):
    """A barrier that held a request back lets it go on now, together with others: all rows of one
    release have the same time."""

    fault: str
    tab: Annotated[str | None, Meta(description="the tab that the batch names")] = None
    parties: Annotated[int, Meta(description="how many requests go on together")] = 1


# --- the line -------------------------------------------------------------------------------------


class LineStart(NetworkRow, tag="line_start"):
    """The path of the visitors has the shape of a profile from now on."""

    profile: Annotated[str, Meta(description="the name of the profile")] = field(name="fault")


class LineEnd(NetworkRow, tag="line_end"):
    """The path of the visitors loses the shape of a profile."""

    profile: Annotated[str, Meta(description="the name of the profile")] = field(name="fault")


class LineProfile(NetworkRow, tag="profile"):
    """What a fault profile is meant to be, and what makes it so."""

    profile: Annotated[str, Meta(description="the name of the profile")] = field(name="fault")
    title: Annotated[str, Meta(description="the roadmap's name of it")]
    nominal: Annotated[str, Meta(description="its numbers in words")]
    backend: Annotated[str, Meta(description="what shapes the path")]
    rtt_ms: Annotated[float, Meta(description="the round trip, ms")] = 0.0
    up_kbps: Annotated[float | None, Meta(description="1000 bits/s to the server")] = None
    down_kbps: Annotated[float | None, Meta(description="1000 bits/s to the client")] = None
    loss: Annotated[float, Meta(description="share of packets lost each way, 0 … 1")] = 0.0
    queue_bytes: Annotated[int | None, Meta(description="where a rate drops what follows")] = None
    deviations: Annotated[
        tuple[str, ...], Meta(description="what the backend cannot do by its nature")
    ] = ()


class Calibration(NetworkRow, tag="calibration"):
    """One number of the path, measured through it. A bound without a value is none."""

    backend: Annotated[str, Meta(description="what shapes the path")] = field(name="fault")
    value: Annotated[
        float, Meta(description="what was measured, in the unit that `what` ends with; NaN: failed")
    ]
    what: Annotated[str, Meta(description="what was measured, its unit last")]
    when: Annotated[str, Meta(description="`before` or `after` the visit")]
    nominal: Annotated[float | None, Meta(description="what it should be")] = None
    low: Annotated[float | None, Meta(description="the least that is tolerated")] = None
    high: Annotated[float | None, Meta(description="the most that is tolerated")] = None
    judged: Annotated[bool, Meta(description="false: the backend misses it by its nature")] = True
    n: Annotated[int, Meta(description="number of samples")] = 1
    note: Annotated[str, Meta(description="how it was measured, or why it failed")] = ""


class ReferenceRequest(NetworkRow, tag="reference"):
    """A plain client sent a request over the same line, to compare the recorder with."""

    took_s: Annotated[float, Meta(description="time until its answer, s; NaN: none came")] = field(
        name="value"
    )
    sent_mono_ns: Annotated[int, Meta(description="when it was sent, ns of CLOCK_MONOTONIC")]
    how: Annotated[str, Meta(description="how it was sent")] = ""


# --- browsers and devices -------------------------------------------------------------------------


class BrowserUsed(NetworkRow, tag="browser"):
    """What visits: a browser that the harness drives, or a device that came by itself."""

    name: Annotated[str, Meta(description="the level of the arm's factor `browser`")]
    product: Annotated[str, Meta(description="what its maker calls it")]
    version: Annotated[str, Meta(description="its version")]
    platform: Annotated[str, Meta(description="the system that it runs on")]
    kind: Annotated[str, Meta(description="stock, playwright, emulated, device or remote")]
    user_agent: Annotated[str, Meta(description="its `User-Agent`")] = ""


class BrowserKilled(NetworkRow, tag="browser_killed"):
    """The browser is killed now with all its tabs."""

    tabs: Annotated[int, Meta(description="how many tabs it has")] = field(name="value")


class BrowserRestored(NetworkRow, tag="browser_restored"):
    """The browser was started again and brought tabs back by itself."""

    tabs: Annotated[int, Meta(description="how many tabs it brought back")] = field(name="value")


class PageCrashed(NetworkRow, tag="page_crashed"):
    """The process of a page is killed now; the page is loaded again."""

    pages: Annotated[int, Meta(description="how many pages")] = field(name="value", default=1)


class StorageCleared(NetworkRow, tag="storage_cleared"):
    """The user cleared what the browser holds for the site."""

    how: Annotated[str, Meta(description="the command, or the header")] = field(name=DETAIL)


class DeviceClock(NetworkRow, tag="device_clock"):
    """How far a device's clock is from this machine's."""

    error_ms: Annotated[float, Meta(description="how well that is known, ±ms")] = field(
        name="value"
    )
    offset_ms: Annotated[float | None, Meta(description="the device's clock minus ours, ms")] = (
        field(name="offsetMs", default=None)
    )
    trips: Annotated[int | None, Meta(description="round trips that were measured")] = None


# --- load -----------------------------------------------------------------------------------------


class LoadStepRow(NetworkRow):
    """An edge of one step of a load."""

    rate_per_s: Annotated[float, Meta(description="offered impressions a second")] = field(
        name="value"
    )
    step: Annotated[int | None, Meta(description="the number of the step, from 0")] = None


class LoadStepStart(LoadStepRow, tag="load_step_start"):
    """A step of the load begins."""


class LoadStepEnd(LoadStepRow, tag="load_step_end"):
    """A step of the load ends."""


class LoadStopped(NetworkRow, tag="load_stopped"):
    """The load was given up before its end."""

    why: Annotated[str, Meta(description="why")] = field(name=DETAIL)


class WorkerTrouble(NetworkRow):
    """A worker of the load that did not do its part."""

    what: Annotated[str, Meta(description="which worker, and what happened")] = field(name=DETAIL)


class WorkerLost(WorkerTrouble, tag="worker_lost"):
    """A worker was silent for too long, broke, or sent rows that never came."""

    worker: Annotated[int | None, Meta(description="its number")] = field(
        name="value", default=None
    )


class WorkerLag(WorkerTrouble, tag="worker_lag"):
    """A worker reported too late."""

    late_s: Annotated[float | None, Meta(description="by how much, s")] = field(
        name="value", default=None
    )


class WorkerClock(NetworkRow, tag="worker_clock"):
    """How well a worker's clock is known."""

    error_ms: Annotated[float, Meta(description="±ms; 0 on the same machine")] = field(name="value")
    worker: Annotated[int | None, Meta(description="its number")] = None
    host: Annotated[str, Meta(description="its machine")] = ""
    same_clock: Annotated[bool | None, Meta(description="it is on the master's machine")] = None
    offset_ns: Annotated[int | None, Meta(description="its clock minus the master's, ns")] = None
    error_ns: Annotated[int | None, Meta(description="how well that is known, ±ns")] = None


class WorkerCount(NetworkRow, tag="workers"):
    """How many workers the load was dealt out to."""

    workers: Annotated[int, Meta(description="their number")] = field(name="value")


# --- the self-test --------------------------------------------------------------------------------


class HarnessDefectReached(NetworkRow, tag="defect_reached"):
    """The switch of a defect that was put into the harness, or its faults, was reached."""

    defect: str = field(name="fault")
    hits: Annotated[int, Meta(description="how often since the row before")] = field(name="value")


# --- the end of the run ---------------------------------------------------------------------------


class ProcessDied(NetworkRow, tag="process_died"):
    """A process of the run ended by itself, and with it the run."""

    part: Annotated[str, Meta(description="what it is")]
    owner: Annotated[
        Literal["target", "instrument"], Meta(description="whose it is: `target` or `instrument`")
    ]
    exit_code: Annotated[
        int | None, Meta(description="its exit code; negative: the signal that ended it")
    ] = None
    accuses_target: Annotated[
        bool, Meta(description="it is the target's, and nothing else is known to be the cause")
    ] = False
    why: Annotated[str, Meta(description="how it ended, and its last words")] = ""


class RestRow(NetworkRow):
    """Whether the system was at rest before the final read."""

    rows: Annotated[int | None, Meta(description="rows that the final read found")] = field(
        name="value", default=None
    )
    why: Annotated[str, Meta(description="how that is known")] = field(name=DETAIL)


class Quiet(RestRow, tag="quiescence"):
    """The system was at rest before the final read."""


class Unquiet(RestRow, tag="unquiet"):
    """The system was not at rest before the final read."""


NETWORK = Witness(
    "network",
    NetworkRow,
    (
        MONO_NS,
        WALL_NS,
        KIND_COLUMN,
        Column("fault", pa.string(), "the name of the fault, the profile or the backend"),
        Column("value", pa.float64(), "a number; the kind says which"),
        Column(DETAIL, pa.string(), "text, or a JSON object; the kind says which"),
    ),
)
