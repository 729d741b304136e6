"""A mutant: the change that it makes, its id, and whether the change is prose."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

KILLED, TIMEOUT, SURVIVED = "killed", "timeout", "survived"
_LITERAL = re.compile(r"""[a-zA-Z]{0,2}(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One mutant of a function.

    ``change`` holds the lines that it replaces and puts in, with ``-`` and ``+`` before them.
    ``key`` is its id: the same as long as these lines and the function's name are.
    """

    module: str
    function: str
    change: tuple[str, ...]
    key: str
    fate: str

    @property
    def is_prose(self) -> bool:
        """Return whether it only rewrites a sentence: a literal that has a space in it."""
        return is_prose(self.change)


def change_of(before: str, after: str) -> tuple[str, ...]:
    """Return the lines in which two sources of a function differ, without their indentation."""
    old, new = before.splitlines(), after.splitlines()
    lines = list(difflib.unified_diff(old, new, lineterm="", n=0))[2:]
    return tuple(f"{line[0]} {line[1:].strip()}" for line in lines if line[0] in "+-")


def keyed(module: str, function: str, found: Iterable[tuple[tuple[str, ...], str]]) -> list[Mutant]:
    """Return the mutants of a function, from their changes and fates in mutmut's order.

    Equal changes at two places of a function get different ids by their order.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    mutants = []
    for change, fate in found:
        text = "\n".join([f"{module}:{function}", *change, str(seen[change])])
        key = hashlib.sha256(text.encode()).hexdigest()[:8]
        seen[change] += 1
        mutants.append(Mutant(module=module, function=function, change=change, key=key, fate=fate))
    return mutants


def is_prose(change: Iterable[str]) -> bool:
    """Return whether a change rewrites one whole literal with a space in it, and nothing else."""
    old, new = (
        " ".join(line[2:] for line in change if line.startswith(sign)) for sign in ("-", "+")
    )
    if _LITERAL.sub("_", old) != _LITERAL.sub("_", new):
        return False
    pairs = zip(_LITERAL.findall(old), _LITERAL.findall(new), strict=True)
    differing = [(one, other) for one, other in pairs if one != other]
    return len(differing) == 1 and " " in differing[0][0] and _is_rewritten(*differing[0])


def _is_rewritten(old: str, new: str) -> bool:
    """Return whether mutmut made the literal of the other as a whole: XX around it, or its case.

    It leaves the text of an f-string alone, and mutates only what stands between its braces.
    """
    quote = old[-1]
    prefix, body = old[: old.index(quote)], old[old.index(quote) + 1 : -1]
    whole = new == f"{prefix}{quote}XX{body}XX{quote}" or new.lower() == old.lower()
    return whole and "f" not in prefix.lower()
