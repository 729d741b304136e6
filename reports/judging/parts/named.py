"""What a text may name: users, artworks and batches, so that a ledger is read for these alone."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

_MOST_BLANKS = 60
"""A text with more blanks is no name: of what stands between them only single words are names."""


class Named:
    """What some texts may name. It holds everything that they name, and perhaps more."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.texts = tuple(dict.fromkeys(texts))
        self.spans = frozenset(span for text in self.texts for span in _spans(text))

    def has(self, name: str) -> bool:
        """Return whether a user's or an artwork's name stands in one of the texts."""
        return any(name in text for text in self.texts)

    def artworks_of(self, column: pd.Series) -> pd.Series:
        """Return which rows are about an artwork whose name stands in one of the texts."""
        if isinstance(column.dtype, pd.CategoricalDtype):
            return column.isin([name for name in column.cat.categories if self.has(name)])
        return column.isin([name for name in column.dropna().unique() if self.has(name)])

    def batches_of(self, column: pd.Series) -> pd.Series:
        """Return which rows are about a batch whose name is one or more words of a text."""
        return column.isin(self.spans)


def words_of(text: str) -> str:
    """Return a finding's example as words with a blank around each: what names stand in."""
    return f" {re.sub(r'[,;:()]', ' ', text)} "


def _spans(text: str) -> Iterable[str]:
    """Yield what stands between any two blanks of a text."""
    blanks = [at for at, character in enumerate(text) if character == " "]
    if len(blanks) > _MOST_BLANKS:
        yield from text.split(" ")
        return
    for place, first in enumerate(blanks):
        yield from (text[first + 1 : last] for last in blanks[place + 1 :])
