"""Text that is safe to show: no control character of a stored id reaches a terminal or a page.

An id, a path or a server's error may hold anything, escape sequences too, which a terminal would
obey. ``clean`` is what everything passes that is printed; ``escaped`` writes an id so that it can
be copied from there and read back.
"""

from __future__ import annotations

import re

_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
"""C0, C1 and DEL without tab and newline, what turns the direction of what follows, lone
surrogates, and what XML forbids."""
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_NAMES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_VALUES = {name: value for value, name in _NAMES.items()}
_ESCAPE = re.compile(r"\\(?:[\\nrt]|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})")
_LOST_BLANK = re.compile("(?<= ) |^ | $")
"""A blank that a page drops, or a reader does not see."""


def clean(text: str) -> str:
    """Return the text without terminal colours, its other control characters made visible (�).

    Tab and newline stay. The result can be written as UTF-8 and stands in XML and HTML.
    """
    return _UNPRINTABLE.sub("\ufffd", _ANSI.sub("", text.replace("\r\n", "\n")))


def clean_json(text: str) -> str:
    """Return JSON text whose strings hold such characters escaped: it means the same."""
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def escaped(text: str) -> str:
    """Return the text in one line of printable characters, which ``unescaped`` reads back.

    A backslash is doubled, and what would not survive copying becomes ``\\n``, ``\\x1b`` or
    ``\\u202e``; everything else stays as it is.
    """
    shown = "".join(_NAMES.get(one) or (one if one.isprintable() else _code(one)) for one in text)
    return _LOST_BLANK.sub(r"\\x20", shown)


def unescaped(text: str) -> str:
    """Return what ``escaped`` was given; what is no escape of its stays as it is."""
    return _ESCAPE.sub(_value, text)


def _code(character: str) -> str:
    number = ord(character)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _value(found: re.Match[str]) -> str:
    escape = found[0]
    if escape in _VALUES:
        return _VALUES[escape]
    number = int(escape[2:], 16)
    return chr(number) if number < 0x110000 else escape
