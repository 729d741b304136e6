"""The page: every promise beside what was measured, with the exact interval of each share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.experiments.rates import Rate
from benchmarks.trend.costs import HistoryCosts
from benchmarks.trend.rates import AgainstBaseline, DatedStep, UnchangedSeries, WholeTrend


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendFigures:
    """Everything of one run."""

    when: str
    facts: Mapping[str, str]
    unchanged: list[UnchangedSeries]
    dated: list[DatedStep]
    whole: list[WholeTrend]
    against: list[AgainstBaseline]
    costs: list[HistoryCosts]


def as_json(results: TrendFigures) -> dict[str, Any]:
    """Return every figure."""
    return {"format": 1, **asdict(results)}


def as_markdown(results: TrendFigures) -> str:
    """Return the page."""
    parts = [
        f"# Trends whose truth is known, {results.when}",
        _HOW,
        "## Series without a change",
        _unchanged(results.unchanged),
        "## A planted step",
        _dated(results.dated),
        "## Whole histories",
        _whole(results.whole),
        "## A suite against a baseline",
        _against(results.against),
        "## What a history costs",
        _costs(results.costs),
        "\n".join(f"- {name}: {fact}" for name, fact in results.facts.items()),
    ]
    return "\n\n".join(parts) + "\n"


_HOW = """\
Made by `make bench-trend`; every figure is in the JSON file beside this page. A series has a value
a night, with noise of 3 % unless a column says otherwise. Shares come with their exact 95 %
interval. A change is promised in one series of a thousand that has none, of normal noise without
memory."""


def _unchanged(rows: list[UnchangedSeries]) -> str:
    lines = ["| noise | nights | has a change | is suspect | n |", "|---|---:|---:|---:|---:|"]
    lines += [
        f"| {one.name} | {one.nights} | **{_share(one.changed)}** | {_share(one.suspect)} "
        f"| {one.changed.n:,} |"
        for one in rows
    ]
    return "\n".join(lines)


def _dated(rows: list[DatedStep]) -> str:
    lines = [
        "| step | noise | nights | nights after it | dated within a night, and nothing else "
        "| suspect | n |",
        "|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {one.factor - 1:+.0%} | {one.noise:.0%} | {one.nights} | {one.after} "
        f"| **{_share(one.dated)}** | {_share(one.suspect)} | {one.dated.n:,} |"
        for one in rows
    ]
    return "\n".join(lines)


def _whole(rows: list[WholeTrend]) -> str:
    lines = [
        "| histories | nights | steps of +20 % to +30 % dated | fates dated to the night "
        "| unchanged series | of them changed | suspect |",
        "|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {one.histories} | {one.nights} | **{_share(one.dated)}** | **{_share(one.fates)}** "
        f"| {one.unchanged:,} | **{_share(one.alarms)}** | {_share(one.suspects)} |"
        for one in rows
    ]
    return "\n".join(lines)


def _against(rows: list[AgainstBaseline]) -> str:
    lines = [
        "| suites of the baseline | nothing planted: any of 15 figures worse | promised | "
        "step in one figure | found | n |",
        "|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {one.suites} | **{_share(one.worse)}** | ≤ 5 % | {one.factor - 1:+.0%} "
        f"| **{_share(one.found)}** | {one.worse.n:,} |"
        for one in rows
    ]
    return "\n".join(lines)


def _costs(rows: list[HistoryCosts]) -> str:
    lines = [
        "| cells a suite | suites | a suite's file | to add it | index, of all | to make the index "
        "| the trend of all |",
        "|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {one.cells:,} | {one.suites} | {one.file_bytes / 1e3:,.0f} kB "
        f"| {1000 * one.add_s:,.0f} ms | {one.index_bytes / 1e6:,.1f} MB | {one.index_s:,.1f} s "
        f"| {one.trend_s:,.1f} s |"
        for one in rows
    ]
    return "\n".join(lines)


def _share(one: Rate) -> str:
    return f"{one.share:.1%} ({one.low:.1%} – {one.high:.1%})"
