"""The page: every figure with its goal, its spread and its n, or the reason why it is not there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.figures import Spread, spread
from benchmarks.load import analysis as big
from benchmarks.load.cost import BARE_USERS, BESIDE_GOAL, RATIO_GOAL, Cost, PeerCosts
from benchmarks.load.fidelity import LAG_GOAL_MS, OFFERED_GOAL, SHORTEST_S, Fidelity
from benchmarks.load.peers import InstalledPeer
from benchmarks.load.service import NEAR_MS, Service, nearness
from benchmarks.load.stall import (
    CLOSED_USERS,
    PERIOD_S,
    RATE_PER_S,
    STALL_S,
    Stall,
    slow_share,
    waits_ms,
)
from benchmarks.load.stall import NEAR_MS as STALL_NEAR_MS
from benchmarks.load.tools import OURS, Timings
from benchmarks.markdown import facts_table, mark, page, table

PAIRS_LEAST = 10
_REASON_LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Everything of one run. A text in place of a trial says why there is none."""

    when: str
    facts: Mapping[str, str]
    peers: Mapping[str, InstalledPeer | str]
    fidelity: Fidelity | str
    cost: Cost | str
    beside: PeerCosts | str
    service: Service | str
    stall: Stall | str
    analysis: big.Analysis | str


def as_json(results: Results) -> dict[str, Any]:
    """Return everything that was measured, round by round."""
    content = asdict(results)
    for peer in content["peers"].values():
        if isinstance(peer, dict):
            del peer["program"]  # a path of this machine
    return {"format": 1, **content}


def as_markdown(results: Results) -> str:
    """Return the page."""
    return page(
        f"# The load generator as an instrument, {results.when}",
        "Made by `make bench-load`; every round is in the JSON file beside this page.",
        _summary(results),
        _HOW_SUMMARY,
        "## The same server, the same requests, three tools",
        _service(results),
        _HOW_SERVICE,
        "## A server that stalls",
        _stall(results.stall),
        _HOW_STALL,
        _facts(results),
    )


def _summary(results: Results) -> str:
    columns = ("figure", "measured:", "n:", "goal:", "")
    lines: list[str] = []
    lines += _fidelity(results.fidelity)
    lines.append(_cost(results.cost))
    lines += _beside(results.beside)
    lines.append(_stalled(results.stall))
    lines.append(_analysis(results.analysis))
    return table(columns, lines)


def _fidelity(trial: Fidelity | str) -> list[str]:
    figure = "scale target, 10,000 sessions, 1,667 impressions/s"
    if isinstance(trial, str):
        return [_missing(figure, trial)]
    offered, lag = trial.offered_share, trial.lag_p99_ms
    slots = f"{trial.slots:,}" if trial.slots is not None else "?"
    p95 = _ms(trial.p95_ms)
    why = "" if trial.verdict == "pass" else f": {_cut(trial.reason)}"
    return [
        f"| {figure}: requests sent of those scheduled | **{_percent(offered)}** | {slots} "
        f"| ≥ {OFFERED_GOAL:.1%} | {_mark(offered, offered is not None and offered >= OFFERED_GOAL)} |",  # noqa: E501
        f"| its schedule lag, p99 (response p95 {p95}) | **{_ms(lag)}** | {slots} "
        f"| ≤ {LAG_GOAL_MS:g} ms | {_mark(lag, lag is not None and lag <= LAG_GOAL_MS)} |",
        f"| its verdict after {trial.seconds:g} s{why} | **{trial.verdict}** | 1 "
        f"| pass, ≥ {SHORTEST_S:g} s "
        f"| {_mark(trial.verdict, trial.verdict == 'pass' and trial.seconds >= SHORTEST_S)} |",
    ]


def _cost(trial: Cost | str) -> str:
    figure = "requests per CPU second of the generator, ours over bare Locust"
    if isinstance(trial, str):
        return _missing(figure, trial)
    ratio = trial.ratio
    ours = spread([one.cpu_us for one in trial.ours])
    bare = spread([one.cpu_us for one in trial.bare])
    return (
        f"| {figure} (a request costs {ours.median:.0f} µs, {bare.median:.0f} µs) "
        f"| **{_range(ratio)}** | {ratio.n} pairs | ≥ {RATIO_GOAL} "
        f"| {_mark(ratio, ratio.median >= RATIO_GOAL)} |"
    )


def _beside(trial: PeerCosts | str) -> list[str]:
    figure = "CPU of a request at the same rate, ours with its whole ledger over"
    if isinstance(trial, str):
        return [_missing(f"{figure} vegeta's and k6's", trial)]
    lines = []
    for name in trial.peers:
        ratio = trial.ratio(name)
        ours, theirs = (spread(trial.cpu_us[one]) for one in (OURS, name))
        lines.append(
            f"| {figure} {name}'s, {trial.rate_per_s:,}/s (a request costs {ours.median:.0f} µs, "
            f"{theirs.median:.0f} µs) | **{_range(ratio)}** | {ratio.n} blocks | < {BESIDE_GOAL:g} "
            f"| {_mark(ratio, ratio.median < BESIDE_GOAL)} |"
        )
    return lines


def _stalled(trial: Stall | str) -> str:
    figure = f"p99 of a server that stalls {STALL_S:g} s in every {PERIOD_S:g} s"
    if isinstance(trial, str):
        return _missing(figure, trial)
    ours, expected = trial.open[OURS], trial.expected_p99_ms
    return (
        f"| {figure}, {expected:,.0f} ms by arithmetic | **{ours.p99_ms:,.1f} ms** | {ours.n:,} "
        f"| ± {STALL_NEAR_MS:g} ms, and a closed loop does not show it "
        f"| {_mark(ours, trial.reached)} |"
    )


def _analysis(trial: big.Analysis | str) -> str:
    figure = "`harness report` of a large ledger"
    if isinstance(trial, str):
        return _missing(figure, trial)
    return (
        f"| {figure}, verdict {trial.verdict} | **{trial.seconds:.1f} s, "
        f"{trial.rss_bytes / 1e9:.2f} GB** | {trial.observations:,} observations "
        f"| < {big.GOAL_S:g} s, < {big.GOAL_BYTES / 1e9:g} GB, of {big.GOAL_OBSERVATIONS:,} "
        f"| {_mark(trial, trial.reached)} |"
    )


def _service(results: Results) -> str:
    trial = results.service
    if isinstance(trial, str):
        return f"Not run: {trial}."
    tools = ("tool", "p50, ms:", "p95, ms:", "p99, ms:", "worst, ms:", "requests sent:")
    timed = [_tool_line(name, rounds, trial.scheduled) for name, rounds in trial.rounds.items()]
    lines = []
    for name in trial.peers:
        close = nearness(trial.rounds[OURS], trial.rounds[name])
        enough = close.p50.n >= PAIRS_LEAST
        lines.append(
            f"| {name} | **{_range(close.p50, sign='+')}** | **{_range(close.p95, sign='+')}** "
            f"| {close.p50.n} | ± {NEAR_MS:g} ms | {_mark(close, close.near and enough)} "
            f"| **{_range(close.our_p99)}** | {_range(close.peer_p99)} "
            f"| {_mark(close, close.p99_inside and enough)} |"
        )
    lines += [
        f"| {name} | not run: {reason} | | | | | | | |"
        for name, reason in results.peers.items()
        if isinstance(reason, str)
    ]
    near = ("p50, ours less the peer's:", "p95:", "pairs:", "goal:", "")
    beside = ("beside", *near, "our p99:", "the peer's own p99:", "")
    return "\n\n".join([table(tools, timed), table(beside, lines)])


def _tool_line(name: str, rounds: list[Timings], scheduled: int) -> str:
    figures = [
        _range(spread([getattr(one, field) for one in rounds]))
        for field in ("p50_ms", "p95_ms", "p99_ms", "max_ms")
    ]
    sent = f"{sum(one.n for one in rounds):,} of {scheduled * len(rounds):,}"
    return f"| {name} | {' | '.join(figures)} | {sent} |"


def _stall(trial: Stall | str) -> str:
    if isinstance(trial, str):
        return f"Not run: {trial}."
    expected = [f"{waits_ms(q):,.0f}" for q in (0.5, 0.95, 0.99, 1.0)]
    columns = (
        "model",
        "tool",
        "p50, ms:",
        "p95, ms:",
        "p99, ms:",
        "worst, ms:",
        "requests:",
        "the stall",
    )
    lines: list[str] = [f"| open | *by arithmetic* | {' | '.join(expected)} | | |"]
    for model, tools in (("open", trial.open), ("closed", trial.closed)):
        for name, one in tools.items():
            shown = "shown" if trial.shows(one) else "not shown"
            lines.append(
                f"| {model} | {name} | {one.p50_ms:,.1f} | {one.p95_ms:,.1f} "
                f"| **{one.p99_ms:,.1f}** | {one.max_ms:,.0f} | {one.n:,} | {shown} |"
            )
    return table(columns, lines)


_HOW_SUMMARY = f"""\
The scale target is a run of the harness itself, with the ingest server and PostgreSQL on the same
cores; its figures are those of its verdict. For the second figure our generator sends at a rate
that fills most of a core, with its whole ledger; bare Locust is a closed loop of {BARE_USERS}
FastHttpUsers that post the same bodies, prepared, and keep nothing but Locust's own statistics.
Both against a server that does nothing, in neighbouring rounds (ABBA); CPU is the generator's
process alone, its start left out. Beside vegeta and k6 all send at the same rate to that server, in
blocks in which each tool has a turn; a peer's CPU is what a longer round uses more than a short
one."""

_HOW_SERVICE = """\
Service time: from the sending to the last byte of the answer. The same bodies and cookies, evenly,
each round on an empty table of the ingest server with PostgreSQL; the order of the tools changes
from block to block. Figures are medians of the rounds with the least and the greatest; the pairs
are of one block. Our p99 is within the peer's own spread when its median lies between the least and
the greatest p99 that the peer measured itself."""

_HOW_STALL = f"""\
The server answers at once, but whatever comes in the first {STALL_S:g} s of every {PERIOD_S:g} s is
answered when they are over. At {RATE_PER_S} even requests a second the share that waits longer than
w is ({STALL_S:g} s - w) / {PERIOD_S:g} s: that is the line "by arithmetic". A closed loop of
{CLOSED_USERS} users at the same rate stops asking while it waits, so only
{slow_share(CLOSED_USERS, RATE_PER_S):.1%} of its requests are slow: its p99 knows of no stall.
Our figures count from the scheduled moment, vegeta's and k6's from their sending."""


def _facts(results: Results) -> str:
    peers = [
        (name, peer if isinstance(peer, str) else peer.version)
        for name, peer in results.peers.items()
    ]
    run = results.fidelity
    command = [("scale target", f"`{run.command}`")] if isinstance(run, Fidelity) else []
    return facts_table(results.facts, *peers, *command)


def _cut(text: str) -> str:
    words = text.replace("|", "/")
    return words if len(words) <= _REASON_LONGEST else f"{words[:_REASON_LONGEST]}…"


def _missing(figure: str, reason: str) -> str:
    return f"| {figure} | not run: {reason} | | | |"


def _range(values: Spread, *, sign: str = "") -> str:
    return f"{values.median:{sign}.2f} ({values.least:{sign}.2f} – {values.greatest:{sign}.2f})"


def _percent(share: float | None) -> str:
    return "unknown" if share is None else f"{share:.3%}"


def _ms(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.1f} ms"


def _mark(evidence: object, reached: bool) -> str:
    if evidence is None:
        return "**unknown**"
    return mark(reached)
