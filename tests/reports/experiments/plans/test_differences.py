"""Plans as text, and how an arm's differ from the control's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reports.experiments.plans.differences import difference, plan_differences, statement_plan
from reports.experiments.result import Result, analyse
from tests.reports.stored_experiments import plan_of, store


def node(kind: str, ms: float, *below: dict[str, Any], **more: Any) -> dict[str, Any]:
    usual = {"Node Type": kind, "Actual Loops": 1, "Actual Rows": 10.0, "Actual Total Time": ms}
    return usual | {"Shared Hit Blocks": 30, "Shared Read Blocks": 1, "Plans": list(below)} | more


def explained(root: dict[str, Any]) -> dict[str, Any]:
    return {"Plan": root, "Planning Time": 0.1, "Execution Time": 0.5}


SCAN = node("Seq Scan", 0.1, **{"Relation Name": "art_sessions", "Rows Removed by Filter": 7})
JOINED = {"Join Type": "Left", "Rows Removed by Filter": 1_500}
FILTERED = explained(
    node(
        "Hash Join",
        0.4,
        SCAN,
        node("Index Scan", 0.02, **{"Index Name": "user_id_idx", "Actual Loops": 3}),
        **JOINED,
    )
)
ANTI = explained(
    node(
        "Hash Join",
        0.2,
        SCAN,
        node("Index Only Scan", 0.05, **{"Index Name": "covering", "Heap Fetches": 0}),
        **{"Join Type": "Anti"},
    )
)


def test_a_plan_is_a_line_a_node_with_what_it_reads_and_what_it_took() -> None:
    plan = statement_plan(FILTERED)
    assert plan.shape == (
        "Hash Join (left join)",
        "  Seq Scan on art_sessions",
        "  Index Scan using user_id_idx",
    )
    assert plan.lines == (
        "Hash Join (left join): 10 rows, 0.400 ms, 31 buffers, 1,500 left out",
        "  Seq Scan on art_sessions: 10 rows, 0.100 ms, 31 buffers, 7 left out",
        "  Index Scan using user_id_idx: 10 rows, 3 times, 0.060 ms, 31 buffers",
    )
    assert plan.total == "0.500 ms and 0.100 ms of planning, 31 buffers"
    assert "0 heap fetches" in statement_plan(ANTI).lines[2]


def test_what_never_ran_and_what_writes_say_so() -> None:
    plan = statement_plan(
        explained(
            node("ModifyTable", 2.0, node("Sort", 0, **{"Actual Loops": 0}), **{"WAL Bytes": 9_000})
        )
    )
    assert plan.lines[1] == "  Sort: never run"
    assert plan.total.endswith("9,000 bytes of WAL")


def test_a_difference_has_the_lines_of_both_and_whose_each_is() -> None:
    control, own = statement_plan(FILTERED), statement_plan(ANTI)
    lines = difference(control, own)
    assert [line[:2] for line in lines] == ["- ", "+ ", "  ", "- ", "+ "]
    assert "left join" in lines[0]
    assert "anti join" in lines[1]
    assert lines[2].endswith("7 left out")
    assert {line[:2] for line in difference(own, own)} == {"  "}


def with_plans(directory: Path, *, last: int = 2, **plans: Any) -> Result:
    """Two blocks, in the last of which slots keep these plans, arm → statement → plan."""
    plan = store(directory, plan_of(blocks=2, looks=[(2, 0.05)]), {"a": [1, 2], "b": [3, 4]})
    result = analyse(directory, plan)
    for slot in result.blocks[last - 1].slots:
        for statement, content in plans.get(slot.arm, {}).items():
            file = Path(slot.run) / "plans" / f"{statement}.json"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content if isinstance(content, str) else json.dumps({"plan": content}))
    return result


def test_an_arm_s_plans_stand_beside_the_control_s(tmp_path: Path) -> None:
    result = with_plans(
        tmp_path / "x",
        a={"freshness": ANTI, "insert": FILTERED, "mine": ANTI},
        b={"freshness": FILTERED, "insert": FILTERED},
    )
    found = plan_differences(result)
    assert [(one.part, one.statement, one.arm, one.block) for one in found] == [
        ("load", "freshness", "a", 2),
        ("load", "insert", "a", 2),
    ]
    assert [one.is_same for one in found] == [False, True]
    assert found[0].lines == difference(statement_plan(FILTERED), statement_plan(ANTI))
    assert found[0].sentence.startswith("freshness, a: another plan; 0.500 ms")
    assert "the same nodes" in found[1].sentence


def test_the_last_block_in_which_both_have_plans_is_shown(tmp_path: Path) -> None:
    both = {"a": {"freshness": ANTI}, "b": {"freshness": FILTERED}}
    assert [one.block for one in plan_differences(with_plans(tmp_path / "1", last=1, **both))] == [
        1
    ]
    alone = {"a": {"freshness": ANTI}}
    assert plan_differences(with_plans(tmp_path / "2", **alone)) == []
    assert plan_differences(with_plans(tmp_path / "3")) == []


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"plan": []}', '{"plan": {"Plan": {}}}', '{"plan": {"Plan": 7}}']
)
def test_what_is_no_plan_is_left_out(content: str, tmp_path: Path) -> None:
    found = with_plans(tmp_path / "x", a={"freshness": content}, b={"freshness": FILTERED})
    assert plan_differences(found) == []


def test_links_out_of_a_run_are_not_followed(tmp_path: Path) -> None:
    result = with_plans(tmp_path / "x", b={"freshness": FILTERED})
    [slot] = [slot for slot in result.blocks[1].slots if slot.arm == "a"]
    elsewhere = tmp_path / "freshness.json"
    elsewhere.write_text(json.dumps({"plan": ANTI}))
    plans = Path(slot.run) / "plans"
    plans.mkdir(parents=True)
    (plans / "freshness.json").symlink_to(elsewhere)
    assert plan_differences(result) == []
