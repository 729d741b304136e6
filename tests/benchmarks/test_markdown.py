"""Tables in Markdown."""

from __future__ import annotations

from benchmarks.markdown import facts_table, mark, page, table


def test_a_column_with_a_colon_stands_to_the_right() -> None:
    assert table(("figure", "n:", ""), ["| p95 | 3 | reached |"]) == (
        "| figure | n | |\n|---|---:|---|\n| p95 | 3 | reached |"
    )


def test_facts_come_with_what_belongs_to_them() -> None:
    found = facts_table({"CPU": "2 × Some"}, ("server", "`x`"))
    assert found.splitlines() == [
        "| machine | |",
        "|---|---|",
        "| CPU | 2 × Some |",
        "| server | `x` |",
    ]


def test_a_goal_that_is_missed_is_bold() -> None:
    assert (mark(True), mark(False)) == ("reached", "**missed**")
    assert mark(False, ("kept", "not kept")) == "**not kept**"


def test_parts_have_a_blank_line_between_them() -> None:
    assert page("# a", "b") == "# a\n\nb\n"
