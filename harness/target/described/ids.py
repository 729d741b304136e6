"""The ids of views that a described system is sent: new ones for every run, found again in truth.

The run's *mark* is part of each, so that what earlier runs or anybody else stored is never taken
for this run's. Where truth names users an id is an artwork's; where it does not, each view has an
id of its own, from which user and artwork are read back.
"""

from __future__ import annotations

import re
import secrets
import uuid
from dataclasses import dataclass
from typing import Literal

from harness.target.dialect import load_user

USERS_MAX = 65_000
"""Users of one run who can be distinguished by the ids of their views."""

_LOAD_FROM = 100_000
"""Artworks below are the pool's, from here on a load's."""
_ARTWORKS = 10**7
_USERS = 10**5
_TEXT = re.compile(r"h([0-9a-f]{8})-(?:(\d+)-)?(\d+)")
_VERSION_4 = 4 << 76
_VARIANT = 2 << 62

Kind = Literal["text", "integer", "uuid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunMark:
    """What tells one run's ids from another's: eight hexadecimal digits, and the run's seed."""

    word: str
    seed: int

    @classmethod
    def new(cls, seed: int) -> RunMark:
        """Return a mark that no other run has."""
        return cls(word=secrets.token_hex(4), seed=seed)

    @classmethod
    def parse(cls, text: str) -> RunMark:
        """Return the mark that ``str`` wrote. Raises ValueError."""
        word, _, seed = text.partition(".")
        if not re.fullmatch("[0-9a-f]{8}", word):
            raise ValueError(f"{text!r} is no mark of a run")
        return cls(word=word, seed=int(seed))

    def __str__(self) -> str:
        return f"{self.word}.{self.seed}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewIds:
    """The ids of one run. ``has_users``: truth names the user of each; else an id does."""

    mark: RunMark
    kind: Kind = "text"
    case_sensitive: bool = True
    has_users: bool = False

    def artwork(self, number: int, *, of_load: bool = False) -> str:
        """Return the id by which the harness knows an artwork; ``number`` is its place in the pool
        of visitors, or of a load."""
        number += _LOAD_FROM * of_load
        return str(self._value(0, number)) if self.has_users else f"view-{number:06d}"

    def sent(self, user: str, artwork: str) -> str | int:
        """Return the id that the system is sent for a user's view of an artwork.

        Raises ValueError for a user or an artwork that is none of this run's.
        """
        if self.has_users:
            return int(artwork) if self.kind == "integer" else artwork
        return self._value(self._number_of(user), int(artwork.removeprefix("view-")))

    def view(self, stored: str, user: str | None) -> tuple[str, str] | None:
        """Return (user, artwork) of an id that was read back; None for one that is not this run's.

        ``user`` is the one that truth names.
        """
        if self.has_users:
            artwork = self._spelt(stored)
            return (str(user), artwork) if self._numbers(artwork) else None
        numbers = self._numbers(self._spelt(stored))
        if numbers is None:
            return None
        return self._user(numbers[0]), f"view-{numbers[1]:06d}"

    # --- numbers and ids ------------------------------------------------------------------------

    @property
    def _marked(self) -> int:
        """Return the mark as a number: what is left of 53 bits, which JSON's numbers have."""
        number = int(self.mark.word, 16)
        return number % 8_000_000 + 1_000_000 if self.has_users else number % 8_000 + 1_000

    def _value(self, user: int, number: int) -> str | int:
        mark = self.mark.word
        if self.kind == "text":
            return f"h{mark}-{number:06d}" if self.has_users else f"h{mark}-{user}-{number:06d}"
        if self.kind == "uuid":
            bits = int(mark, 16) << 96 | user << 80 | _VERSION_4 | _VARIANT | number
            return str(uuid.UUID(int=bits))
        if self.has_users:
            return self._marked * 10**9 + number
        return (self._marked * _USERS + user) * _ARTWORKS + number

    def _numbers(self, stored: str) -> tuple[int, int] | None:
        """Return the user's and the artwork's number of an id of this run; None for another."""
        try:
            found = self._split(stored)
        except ValueError:
            return None
        if found is None or str(self._value(*found)) != stored:
            return None
        return found

    def _split(self, stored: str) -> tuple[int, int] | None:
        if self.kind == "text":
            parts = _TEXT.fullmatch(stored)
            return (int(parts[2] or 0), int(parts[3])) if parts else None
        if self.kind == "uuid":
            bits = uuid.UUID(stored).int
            return bits >> 80 & 0xFFFF, bits & (1 << 48) - 1
        number = int(stored)
        if self.has_users:
            return 0, number % 10**9
        return number // _ARTWORKS % _USERS, number % _ARTWORKS

    def _spelt(self, stored: str) -> str:
        """Return an id as it was sent, where the system may spell it in another way."""
        if self.kind == "text":
            return stored if self.case_sensitive else stored.casefold()
        if self.kind == "uuid":
            try:
                return str(uuid.UUID(stored.strip()))  # in braces, in capitals, without hyphens
            except ValueError:
                return stored
        return stored

    def _number_of(self, user: str) -> int:
        if user == self._user(0):
            return 0
        number = int(user.rpartition("-")[2]) + 1
        if self._user(number) != user or number > USERS_MAX:
            raise ValueError(f"{user!r} is no user of this run's load")
        return number

    def _user(self, number: int) -> str:
        return load_user(self.mark.seed, number - 1) if number else f"visitor-{self.mark.seed}"
