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
    ACCENT = "they differ by an accent, or by the letter that stands for another"
    TYPOGRAPHY = "they differ by a typographic sign"
    EMOJI = "they differ by a part of an emoji"
    BEYOND_BMP = "they differ beyond the Basic Multilingual Plane"
    AFTER_64 = "they differ in the character after 64 others"
    AFTER_255 = "they differ in the character after 255 others"
    AFTER_500 = "they differ in the character after 500 others"
    LONGEST = "they differ in the last of 512 bytes"
    FIRST = "they differ in the first of 512 bytes"
    MIDDLE = "they differ in the middle of 512 bytes"
    NUMBER = "they are the same number"
    DIGIT = "they differ by the script of their digits"
    UUID = "they are the same UUID"
    JSON = "they differ by JSON's quotes and escapes"
    SQL = "they differ by SQL's quotes, escapes and wildcards"
    PATH = "they differ as a URL's path does"
    MARKUP = "they differ by HTML's escapes"
    SEPARATOR = "they differ by a separator and what follows it"
    PUNCTUATION = "they differ by a punctuation mark"


_VARIANTS: dict[Likeness, tuple[tuple[str, str], ...]] = {
    Likeness.CASE: (
        ("~a", "~A"),
        ("~\u00e9", "~\u00c9"),
        ("~ss", "~\u00df"),
        ("~\u03c3", "~\u03c2"),
        ("~I", "~\u0131"),  # lower case in Turkish
        ("~i", "~\u0130"),  # upper case in Turkish
        ("~k", "~\u212a"),
        ("~s", "~\u017f"),
        ("~\u01c6", "~\u01c5"),  # title case
        ("~\U00010428", "~\U00010400"),
    ),
    Likeness.SPACE: (
        ("~", "~ "),
        ("~", " ~"),
        ("~ x", "~  x"),
        ("~ x", "~\u00a0x"),
        ("~", "~\u3000"),
        ("~x", "~ x"),
        ("~ x", "~\u2003x"),
        ("~", "~\u2028"),
    ),
    Likeness.INVISIBLE: (
        ("~", "~\u200b"),
        ("~x", "~\u00adx"),
        ("~", "\ufeff~"),
        ("~", "~\ufe0f"),
        ("~x", "~\u200cx"),
        ("~", "~\u2060"),
        ("~", "~\u200e"),  # left-to-right and right-to-left marks
        ("~", "\u200f~"),
        ("~x", "~\u202ex"),
        ("~x", "~\u2066x\u2069"),
        ("~", "~\u034f"),
        ("~", "~\U000e0001"),
        ("~", "~\ue000"),  # private use
        ("~", "~\ufffd"),
    ),
    Likeness.NORMAL_FORM: (
        ("~\u00e9", "~e\u0301"),
        ("~\u212b", "~\u00c5"),
        ("~fi", "~\ufb01"),
        ("~\uac00", "~\u1100\u1161"),
        ("~a\u0301\u0323", "~a\u0323\u0301"),
        ("~1", "~\uff11"),
        ("~A", "~\uff21"),
        ("~2", "~\u00b2"),
        ("~ffl", "~\ufb04"),
        ("~\u30ab", "~\uff76"),
        ("~IV", "~\u2163"),
        ("~1\u20442", "~\u00bd"),
        ("~\u03bc", "~\u00b5"),
        ("~TM", "~\u2122"),
    ),
    Likeness.ACCENT: (
        ("~e", "~\u00e9"),
        ("~o", "~\u00f8"),
        ("~ae", "~\u00e6"),
        ("~n", "~n\u0303"),
        ("~l", "~\u0142"),
        ("~\u0435", "~\u0451"),
        ("~a", "~\u0430"),  # Latin and Cyrillic
        ("~\u00e9", "~\u00f1"),  # each a question mark in ASCII
        ("~\u753b", "~\u7d75"),  # each a question mark in Latin-1
    ),
    Likeness.TYPOGRAPHY: (
        ("~'", "~\u2019"),
        ('~"', "~\u201d"),
        ("~-", "~\u2013"),
        ("~...", "~\u2026"),
        ("~`", "~\u00b4"),
    ),
    Likeness.EMOJI: (
        ("~\U0001f44d", "~\U0001f44d\U0001f3fd"),  # a skin tone
        ("~\U0001f44d\U0001f3fb", "~\U0001f44d\U0001f3ff"),
        ("~\U0001f469\U0001f680", "~\U0001f469\u200d\U0001f680"),  # joined to one sign
        ("~\u2764", "~\u2764\ufe0f"),
        ("~\U0001f1e9\U0001f1ea", "~\U0001f1e9"),  # a flag, and a half of it
        ("~1", "~1\ufe0f\u20e3"),
    ),
    Likeness.BEYOND_BMP: (
        ("~\U0001f600", "~\U0001f601"),  # the same high surrogate
        ("~\U0001f600", "~\U0001fa00"),  # the same low surrogate
        ("~\u0400", "~\U00010400"),  # the same lowest 16 bits
        ("~", "~\U0001f600"),  # what a three-byte UTF-8 drops
    ),
    Likeness.DIGIT: (("~1", "~\u0661"), ("~1", "~\u0967"), ("~1", "~\U0001d7cf")),
    Likeness.JSON: (
        ('{"id":"~"}', '{"id": "~"}'),
        ("~", '"~"'),
        ("~", '["~"]'),
        ("~A", "~\\u0041"),
        ('~"', '~\\"'),
        ("~\\n", "~\\\\n"),
        ("~/", "~\\/"),
        ("~", "~\\"),
        ("~\\x41", "~A"),
        ('{"id":"~","n":1}', '{"n":1,"id":"~"}'),
    ),
    Likeness.SQL: (
        ("~'", "~''"),
        ("~_", "~x"),
        ("~%", "~%%"),
        ("~", "~'; --"),
        ("~'", "~\\'"),
        ("~$1", "~$2"),
        ("~", "~/**/"),
        ("~", "~--"),
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
        ("~%20x", "~%2520x"),
        ("~", "~%00"),
        ("~", "./~"),
        ("~/x", "~//x"),
        ("~x", "~%x"),
        ("~\u00e9", "~%C3%A9"),
    ),
    Likeness.MARKUP: (
        ("~&", "~&amp;"),
        ("~", "<b>~</b>"),
        ("~<", "~&lt;"),
        ("~'", "~&#39;"),
        ("~A", "~&#x41;"),
        ("~\u00a0x", "~&nbsp;x"),
        ("~", "~<br>"),
        ("~", "~<!-- x -->"),
    ),
    Likeness.SEPARATOR: (
        ("~", "~,x"),
        ("~,x", "~;x"),
        ("~", "~;x"),
        ("~", "~|x"),
        ("~", "~:x"),
        ("~", "~=x"),
        ("~", "~&x"),
        ("~", "~="),
        ("~+x", "~-x"),  # base64 and its form for URLs
        ("~", "~@x"),
    ),
    Likeness.PUNCTUATION: (
        ("~x", "~-x"),
        ("~-x", "~_x"),
        ("~ x", "~-x"),
        ("~", "~."),
        ("~", "~!"),
        ("~x", "~'x"),
        ("~", "(~)"),
        ("~", "=~"),
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

    ``number``, from 0, chooses among the pairs of the kind. Where the kind is ``NUMBER`` or
    ``UUID`` it takes the place of the stem, and other numbers give other ids.
    """
    if likeness is Likeness.NUMBER:
        return _numbers(number)
    if likeness is Likeness.UUID:
        return _uuids(number)
    if likeness in _LENGTHS:
        head = stem.ljust(_LENGTHS[likeness], "x")
        return f"{head}1", f"{head}2"
    if likeness is Likeness.LONGEST:
        room = LONGEST_BYTES - len(stem.encode())
        head = stem + "." * (room % 2) + "\u00e9" * (room // 2 - 1)
        return f"{head}\u00e8", f"{head}\u00e9"
    if likeness is Likeness.FIRST:
        tail = stem.rjust(LONGEST_BYTES - 1, "x")
        return f"1{tail}", f"2{tail}"
    if likeness is Likeness.MIDDLE:
        before, after = stem.ljust(LONGEST_BYTES // 2, "x"), "x" * (LONGEST_BYTES // 2 - 1)
        return f"{before}1{after}", f"{before}2{after}"
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
    number = turn if likeness in _WITHOUT_STEM else turn // len(likenesses)
    return pair(likeness, stem, number)


def every_pair(likenesses: Sequence[Likeness], stem: str) -> list[tuple[str, str]]:
    """Return every pair of every kind, each made of ``stem`` and its place among them."""
    numbered = [
        (likeness, number) for likeness in likenesses for number in range(pairs_of(likeness))
    ]
    return [
        pair(likeness, f"{stem}{place:03d}", number)
        for place, (likeness, number) in enumerate(numbered)
    ]


def one_pair_each(likenesses: Sequence[Likeness], stem: str) -> list[str]:
    """Return the ids of the first pair of every kind, each made of ``stem`` and its kind's name."""
    return [one for likeness in likenesses for one in pair(likeness, f"{stem}{likeness.name}-", 0)]


def pairs_of(likeness: Likeness) -> int:
    """Return how many different pairs a kind has."""
    if likeness in _WITHOUT_STEM:
        return _WITHOUT_STEM[likeness]
    return len(_VARIANTS.get(likeness, ("",)))


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
        (plain, str(70_000 + number + 2**64)),
        (str(2**63 + number), str(2**64 + number)),  # each the largest of 64 bits
        (str(2**24 + 4 * number), str(2**24 + 4 * number + 1)),  # as above, of a single
        (f"{plain}.5", f"{plain}.50"),
        (plain, f"{plain[:2]},{plain[2:]}"),
        (f"-{plain}", f"\u2212{plain}"),
        (f"{plain}e400", f"{plain}e500"),  # each infinite
        (plain, f"{plain}n"),
    )
    return variants[number % len(variants)]


def _uuids(number: int) -> tuple[str, str]:
    """Return two texts of one UUID."""
    digits = f"abcdef00-0000-4000-8000-{number:012d}"
    variants = (
        (digits, digits.replace("-", "")),
        (digits, digits.upper()),
        (digits, f"{{{digits}}}"),
        (digits, f"urn:uuid:{digits}"),
    )
    return variants[number % len(variants)]


_WITHOUT_STEM = {Likeness.NUMBER: 16, Likeness.UUID: 4}
"""The kinds whose pairs have no stem, and how many different ones there are."""

__all__ = [
    "EVERY",
    "LONGEST_BYTES",
    "Likeness",
    "every_pair",
    "first_turn",
    "likenesses_of",
    "one_pair_each",
    "pair",
    "pair_of",
    "pairs_among",
    "pairs_of",
    "with_neighbours",
]
