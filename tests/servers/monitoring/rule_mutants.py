"""Every small change of the alert rules that a test must notice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

_ALERT = re.compile(r"^      - alert: (\w+)$", re.M)
_BOUND = re.compile(r"> (\d+(?:\.\d+)?)")
_RANGE = re.compile(r"\[(\d+)([mh])\]")
_FOR = re.compile(r"^        for: (\d+)m\n", re.M)
_SECONDS = {"m": 60, "h": 3600}
_WORDS = (
    ("sum(", "max("),
    ("max(", "sum("),
    ("max(", "min("),
    ("sum(", "avg("),
    ("sum by (le) (", "sum by (instance) ("),
    ("absent(", "count("),
    (" and ", " or "),
    (" / ", " * "),
    (" or vector(0)", ""),
    ('"5.."', '"503"'),
    ('"5.."', '"[45].."'),
    ('{fate="duplicate"}', ""),
    ("0.95,", "0.94,"),
    ("0.95,", "0.96,"),
    ("rate(", "irate("),
    ("increase(", "delta("),
)


class Mutant(NamedTuple):
    """One change of the rules of one alert."""

    alert: str
    what: str
    rules: str


def alerts_in(rules: str) -> list[str]:
    """Return the names of all alerts, in order."""
    return _ALERT.findall(rules)


def mutants(rules: str) -> Iterator[Mutant]:
    """Yield the mutants: bounds, operators, ranges, waits, aggregations, selectors."""
    starts = [*(found.start() for found in _ALERT.finditer(rules)), len(rules)]
    for start, end in pairwise(starts):
        block = rules[start:end]
        (alert,) = alerts_in(block)
        for what, changed in dict(_changes(block)).items():
            yield Mutant(alert, what, rules[:start] + changed + rules[end:])


def _changes(block: str) -> Iterator[tuple[str, str]]:
    for found in _BOUND.finditer(block):
        bound = float(found[1])
        others = [f">= {found[1]}", f"< {found[1]}", f"> {bound + (bound or 100) * 0.01:g}"]
        if bound:
            others.append(f"> {bound * 0.99:g}")
        for other in others:
            yield _swap(block, found.start(), found.end(), other)
    for found in _RANGE.finditer(block):
        seconds = int(found[1]) * _SECONDS[found[2]]
        for factor in (0.8, 1.25):
            yield _swap(block, found.start(), found.end(), f"[{round(seconds * factor)}s]")
    for found in _FOR.finditer(block):
        yield _swap(block, found.start(), found.end(), "")
        for seconds in (-15, 15):
            other = f"        for: {int(found[1]) * 60 + seconds}s\n"
            yield _swap(block, found.start(), found.end(), other)
    for old, new in _WORDS:
        for found in re.finditer(
            rf"(?<![a-z]){re.escape(old)}" if old[0].isalpha() else re.escape(old), block
        ):
            if _in_expression(block, found.start()):
                yield _swap(block, found.start(), found.end(), new)


def _swap(block: str, start: int, end: int, other: str) -> tuple[str, str]:
    line = block.count("\n", 0, start)
    what = f"line {line}, column {start - block.rfind(chr(10), 0, start)}: "
    what += f"{block[start:end].strip()!r} becomes {other.strip()!r}"
    return what, block[:start] + other + block[end:]


def _in_expression(block: str, place: int) -> bool:
    expression = block.index("expr:")
    rest = re.compile(r"^        (?:for|labels):", re.M).search(block, expression)
    assert rest is not None
    return expression < place < rest.start()
