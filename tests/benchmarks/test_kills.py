"""The kills are counted as they went."""

from __future__ import annotations

from benchmarks.kills import Kills, counted


def test_a_failed_seed_is_not_kept_and_a_skipped_one_not_tried() -> None:
    junit = """<testsuites><testsuite>
      <testcase name="a"/>
      <testcase name="b"><failure message="lost"/></testcase>
      <testcase name="c"><error message="no database"/></testcase>
      <testcase name="d"><skipped/></testcase>
    </testsuite></testsuites>"""
    assert counted(junit) == Kills(tried=3, kept=1)
