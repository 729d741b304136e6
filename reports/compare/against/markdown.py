"""A comparison as Markdown: the text of a pull request's comment, within the hosts' limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reports.compare.record import ComparedRecord
from reports.compare.words import CompareTable, side_sentence, tables
from reports.core import text
from reports.pages.markdown import escape

COMPARED_LIMIT_BYTES = 65_000
"""GitHub refuses a comment of more than 65,536 characters; GitLab takes a million."""
_GLYPHS = {"worse": "✗", "undecided": "?", "no worse": "✓", "no difference": "✓"}
_NEWS = ("bad", "open", "good")


def render_compared_markdown(
    found: ComparedRecord, *, limit_bytes: int = COMPARED_LIMIT_BYTES
) -> str:
    """Return what changed, what is new and what is slower, in at most ``limit_bytes``.

    What is alike folds away. Too long, it goes first, then what got better or is open, then lines
    from the end; a note says so each time.
    """
    written = ""
    for written in _shorter_and_shorter(found):
        if len(written.encode()) <= limit_bytes:
            return written
    return _cut(written, limit_bytes)


def _shorter_and_shorter(found: ComparedRecord) -> Iterator[str]:
    shown = tables(found)
    alike = sum(1 for one in shown for row in one.rows if row.tone not in _NEWS)
    yield _write(found, shown, _NEWS, folded=True)
    left_out = f"**Shortened:** {text.count(alike, 'row')} that are alike left out."
    yield _write(found, shown, _NEWS, note=left_out)
    left_out = "**Shortened:** only what got worse is shown; `harness compare --page` has the rest."
    yield _write(found, shown, ("bad",), note=left_out)


def _write(
    found: ComparedRecord,
    shown: Sequence[CompareTable],
    tones: Sequence[str],
    *,
    folded: bool = False,
    note: str = "",
) -> str:
    lines = [f"### {_GLYPHS[found.outcome]} {escape(found.sentence)}", ""]
    for mark, side in (("A", found.a), ("B", found.b)):
        lines += [f"**{mark}** {escape(side_sentence(side))}  "]
    lines += [""]
    if found.unsafe:
        lines += [f"**Not comparable in all:** {escape(found.unsafe)}.", ""]
    if found.drift:
        lines += [f"**The machine?** {escape(found.drift)}.", ""]
    if note:
        lines += [note, ""]
    for one in shown:
        news = [row.cells for row in one.rows if row.tone in tones]
        if news:
            lines += [f"#### {escape(one.title)}", "", *_table(one, news), ""]
    alike = [
        (one, rows) for one in shown if (rows := [r.cells for r in one.rows if r.tone not in tones])
    ]
    if folded and alike:
        number = text.count(sum(len(rows) for _, rows in alike), "row")
        lines += [f"<details><summary>{number} without news</summary>", ""]
        for one, rows in alike:
            lines += [f"**{escape(one.title)}**", "", *_table(one, rows), ""]
        lines += ["</details>", ""]
    return "\n".join(lines)


def _table(one: CompareTable, rows: Sequence[tuple[str, ...]]) -> list[str]:
    lines = [f"| {' | '.join(escape(name) for name, _ in one.columns)} |"]
    lines += [f"|{':--|' * len(one.columns)}"]
    return lines + [f"| {' | '.join(escape(cell) for cell in row)} |" for row in rows]


def _cut(written: str, limit_bytes: int) -> str:
    lines = written.splitlines()
    end = "\n\n**Trimmed:** {} more lines; `harness compare --page` has them.\n"
    room = limit_bytes - len(end.encode()) - len(str(len(lines)))
    kept: list[str] = []
    for line in lines:
        room -= len(line.encode()) + 1
        if room < 0:
            break
        kept.append(line)
    return "\n".join(kept) + end.format(f"{len(lines) - len(kept):,}")
