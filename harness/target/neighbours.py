"""Neighbours: pairs of ids that a system must keep apart and a careless one takes for the same.

Whatever folds case, trims, normalises, unescapes, converts or truncates an id anywhere between the
page and the table makes one row of two impressions, and one of them is then lost. A run therefore
shows such pairs among its artworks, both to the same visitor (``with_neighbours``), and gives the
names of a pair to two of its users (``pair_of``). Which kinds a seed shows is a matter of counting,
not of chance: successive turns go through all of them.

Every id has 1 to 512 UTF-8 bytes and no control character. A dialect whose system takes fewer
declares ``neighbours`` (docs/target-contract.md, section 8).
"""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable, Sequence

LONGEST_BYTES = 512
EVERY = 3
"""One pair among each three artworks that a visitor sees."""

_STEM = "~"


class Likeness(enum.Enum):
    """A way in which two different ids are alike; the value names it for readers."""

    CASE = "they differ by case"
    SPACE = "they differ by a space"
    INVISIBLE = "they differ by a character that is not seen"
    NORMAL_FORM = "they differ by Unicode normal form"
    BEYOND_BMP = "they differ beyond the Basic Multilingual Plane"
    AFTER_64 = "they differ in the character after 64 others"
    AFTER_255 = "they differ in the character after 255 others"
    AFTER_500 = "they differ in the character after 500 others"
    LONGEST = "they differ in the last of 512 bytes"
    NUMBER = "they are the same number"
    JSON = "they differ by JSON's quotes and escapes"
    SQL = "they differ by SQL's quotes, escapes and wildcards"
    PATH = "they differ as a URL's path does"
    MARKUP = "they differ by HTML's escapes"
    SEPARATOR = "they differ by a separator and what follows it"


_VARIANTS: dict[Likeness, tuple[tuple[str, str], ...]] = {
    Likeness.CASE: (
        ("~a", "~A"),
        ("~\u00e9", "~\u00c9"),
        ("~ss", "~\u00df"),
        ("~\u03c3", "~\u03c2"),
    ),
    Likeness.SPACE: (
        ("~", "~ "),
        ("~", " ~"),
        ("~ x", "~  x"),
        ("~ x", "~\u00a0x"),
        ("~", "~\u3000"),
        ("~x", "~ x"),
    ),
    Likeness.INVISIBLE: (("~", "~\u200b"), ("~x", "~\u00adx"), ("~", "\ufeff~"), ("~", "~\ufe0f")),
    Likeness.NORMAL_FORM: (
        ("~\u00e9", "~e\u0301"),
        ("~\u212b", "~\u00c5"),
        ("~fi", "~\ufb01"),
        ("~\uac00", "~\u1100\u1161"),
        ("~a\u0301\u0323", "~a\u0323\u0301"),
        ("~1", "~\uff11"),
    ),
    Likeness.BEYOND_BMP: (
        ("~\U0001f600", "~\U0001f601"),  # the same high surrogate
        ("~\U0001f600", "~\U0001fa00"),  # the same low surrogate
        ("~\u0400", "~\U00010400"),  # the same lowest 16 bits
        ("~", "~\U0001f600"),  # what a three-byte UTF-8 drops
    ),
    Likeness.JSON: (
        ('{"id":"~"}', '{"id": "~"}'),
        ("~", '"~"'),
        ("~", '["~"]'),
        ("~A", "~\\u0041"),
        ('~"', '~\\"'),
        ("~\\n", "~\\\\n"),
        ("~/", "~\\/"),
    ),
    Likeness.SQL: (
        ("~'", "~''"),
        ("~_", "~x"),
        ("~%", "~%%"),
        ("~", "~'; --"),
        ("~'", "~\\'"),
        ("~$1", "~$2"),
    ),
    Likeness.PATH: (
        ("~/x", "~%2Fx"),
        ("~%2Fx", "~%2fx"),
        ("~", "x/../~"),
        ("~", "~/"),
        ("~ x", "~+x"),
        ("~ x", "~%20x"),
        ("~", "~?x"),
        ("~", "~#x"),
        ("~/x", "~\\x"),
    ),
    Likeness.MARKUP: (("~&", "~&amp;"), ("~", "<b>~</b>"), ("~<", "~&lt;")),
    Likeness.SEPARATOR: (
        ("~", "~,x"),
        ("~,x", "~;x"),
        ("~", "~;x"),
        ("~", "~|x"),
        ("~", "~:x"),
        ("~", "~=x"),
    ),
}
_LENGTHS = {Likeness.AFTER_64: 64, Likeness.AFTER_255: 255, Likeness.AFTER_500: 500}


def likenesses_of(dialect: object) -> tuple[Likeness, ...]:
    """Return the kinds that a dialect's system takes, in the enum's order.

    All, unless the dialect has an attribute ``neighbours``: the kinds, as any collection.
    """
    taken = getattr(dialect, "neighbours", Likeness)
    return tuple(likeness for likeness in Likeness if likeness in taken)


def pair(likeness: Likeness, stem: str, number: int) -> tuple[str, str]:
    """Return two different ids that are alike in this way; other stems give other ids.

    ``number``, from 0, chooses among the pairs of the kind. Where the kind is ``NUMBER`` it takes
    the place of the stem, and other numbers give other ids.
    """
    if likeness is Likeness.NUMBER:
        return _numbers(number)
    if likeness in _LENGTHS:
        head = stem.ljust(_LENGTHS[likeness], "x")
        return f"{head}1", f"{head}2"
    if likeness is Likeness.LONGEST:
        room = LONGEST_BYTES - len(stem.encode())
        head = stem + "." * (room % 2) + "\u00e9" * (room // 2 - 1)
        return f"{head}\u00e8", f"{head}\u00e9"
    variants = _VARIANTS[likeness]
    one, other = variants[number % len(variants)]
    return one.replace(_STEM, stem), other.replace(_STEM, stem)


def pair_of(likenesses: Sequence[Likeness], stem: str, turn: int) -> tuple[str, str]:
    """Return the pair of a turn: successive turns go through the kinds, and each time round
    through the pairs of each; without kinds two ids that differ plainly."""
    if not likenesses:
        return f"{stem}-1", f"{stem}-2"
    # The turn itself where it stands for the stem, so that no two turns share a number.
    likeness = likenesses[turn % len(likenesses)]
    number = turn if likeness is Likeness.NUMBER else turn // len(likenesses)
    return pair(likeness, stem, number)


def pairs_among(count: int, every: int = EVERY) -> int:
    """Return how many pairs ``with_neighbours`` puts among ``count`` ids."""
    return (count + every - 2) // every


def first_turn(likenesses: Sequence[Likeness], seed: int, offset: int) -> int:
    """Return the turn with which a seed begins: ``offset`` and a step for each seed.

    The step shares no divisor with the number of kinds, so that even runs of one pair each come to
    all kinds in as many seeds; runs of three pairs in half of that.
    """
    kinds = max(1, len(likenesses))
    step = next(step for step in range(EVERY, EVERY + kinds + 1) if math.gcd(step, kinds) == 1)
    return offset + step * seed


def with_neighbours(
    ids: Iterable[str], likenesses: Sequence[Likeness], turn: int, *, every: int = EVERY
) -> list[str]:
    """Return the ids, those at 0 and 1, ``every`` and ``every + 1``, … replaced by neighbours.

    The first pair is that of ``turn``, the next that of the turn after it; each has the first of
    the ids that it replaces as its stem. The ids must be distinct, and so is what is returned.
    """
    found = list(ids)
    if likenesses:
        for number in range(pairs_among(len(found), every)):
            place = number * every
            found[place : place + 2] = pair_of(likenesses, found[place], turn + number)
    return found


def _numbers(number: int) -> tuple[str, str]:
    """Return two texts that some conversion takes for one number."""
    plain = f"{70_000 + number}"
    beyond = 2**53 + 4 * number  # the next one has no double of its own
    variants = (
        (plain, f"00{plain}"),
        (f"{plain}00000", f"{plain}e5"),
        (plain, f"{plain}.0"),
        (plain, f"+{plain}"),
        (str(beyond), str(beyond + 1)),
        (plain, f"{70_000 + number:#x}"),
        (plain, str(70_000 + number + 2**32)),
        (plain, f"{plain[:2]}_{plain[2:]}"),
    )
    return variants[number % len(variants)]


__all__ = [
    "EVERY",
    "LONGEST_BYTES",
    "Likeness",
    "first_turn",
    "likenesses_of",
    "pair",
    "pair_of",
    "pairs_among",
    "with_neighbours",
]
