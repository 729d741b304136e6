"""Text for readers: figures with units, durations, sizes, and text made safe to show.

Every report writes them the same way.
"""

from __future__ import annotations

import math

from harness.core.terminal import clean

__all__ = [
    "clean",
    "count",
    "duration",
    "figure",
    "measure",
    "one_line",
    "quantity",
    "size",
]

_UNITS = {u: u for u in ("ms", "us", "ns", "s", "bytes")} | {"percent": "%", "mib": "MiB"}


def one_line(text: str) -> str:
    """Return the cleaned text with every run of white space as one blank."""
    return " ".join(clean(text).split())


def figure(value: float) -> str:
    """Return the number for a reader: thousands separated, about four significant digits.

    Only numbers below a ten-thousandth carry an exponent.
    """
    if not math.isfinite(value):
        return "none" if math.isnan(value) else ("∞" if value > 0 else "-∞")
    size = abs(value)
    # A share just below 100 % keeps a third decimal: rounded, 99.996 would seem to reach 100.
    limits = ((1, 4), (10, 3), (99, 2), (100, 3), (1000, 2), (10_000, 1))
    digits = next((d for limit, d in limits if size < limit), 0)
    text = f"{value:,.{digits}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if text.lstrip("-") == "0":
        return f"{value:.2g}" if value else "0"
    return text


def quantity(value: float | None, unit: str) -> str:
    """Return the number with its unit, or an empty text if there is none."""
    if value is None:
        return ""
    return f"{figure(value)} {unit}".rstrip()


def size(number_of_bytes: int) -> str:
    """Return a file's size for a reader: ``812 bytes``, ``14 kB``, ``3.2 MB``."""
    if number_of_bytes < 1000:
        return f"{number_of_bytes} bytes"
    if number_of_bytes < 999_500:
        return f"{number_of_bytes / 1e3:.0f} kB"
    return f"{number_of_bytes / 1e6:,.1f} MB"


def duration(seconds: float | None) -> str:
    """Return a span of time for a reader: ``340 ms``, ``9.1 s``, ``3 min 12 s``, ``1 h 04 min``."""
    if seconds is None:
        return ""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def measure(name: str, value: float) -> tuple[str, str]:
    """Return a measure's label and figure: its name ends in its unit (``p95_ms``)."""
    rate = name.removesuffix("_per_s")
    if rate and rate != name:
        return rate.replace("_", " "), quantity(value, "per s")
    stem, _, unit = name.rpartition("_")
    if stem and unit in _UNITS:
        return stem.replace("_", " "), quantity(value, _UNITS[unit])
    return name.replace("_", " "), figure(value)


def figure_words(name: str, value: float) -> str:
    """Return a measure's figure with its unit and four significant digits."""
    return measure(name, float(f"{value:.4g}"))[1]


def count(number: int, noun: str) -> str:
    """Return the number with its noun, in the plural unless it is one."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
