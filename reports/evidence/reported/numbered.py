"""Numbers of attempts: a page sends a batch as attempt 1, 2, 3 and so on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reports.evidence.reported.sightings import Sightings


def is_numbered(numbers: Sequence[int]) -> bool:
    """Return whether attempts have the numbers 1, 2, 3 …, in this order."""
    return list(numbers) == list(range(1, len(numbers) + 1))


def misnumbered(
    tab: str, attempts: Mapping[str, Sequence[int]], others: Sightings
) -> Iterator[str]:
    """Yield that a page reports other numbers than 1, 2, 3 … and no other witness saw these: where
    the server or a gateway saw them too, the page numbers so, and its reports are right."""
    wrong = [
        batch
        for batch, numbers in attempts.items()
        if not is_numbered(numbers) and not all(others.of(batch, number) for number in numbers)
    ]
    if wrong:
        yield f"reported attempts of {len(wrong)} batches under numbers that no other witness saw"
