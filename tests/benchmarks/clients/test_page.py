"""The page about clients: every figure where it belongs, nothing that was not measured."""

from __future__ import annotations

from msgspec.structs import replace

from benchmarks.clients.__main__ import PAGE, STORED
from benchmarks.clients.cells import ClientCell
from benchmarks.clients.page import KnownBug, clients_page, known_bugs
from benchmarks.stored.cells import stored_cells
from tests.benchmarks.clients.stored import cell

BUG = KnownBug(
    title="It loses",
    client="seen",
    issue="https://example.org/1",
    before="0.9.0",
    after="0.9.1",
    scenario="reloads",
    shows="lost",
)


def lines_with(text: str, *words: str) -> list[str]:
    return [line for line in text.splitlines() if all(word in line for word in words)]


def test_a_cell_says_what_became_of_its_impressions() -> None:
    cells = [
        cell(),
        cell(browser="firefox", verdict="pass", lost=0, sent_again=0, product="Firefox 150"),
        cell(settings="reliable", options={"keep": True}, verdict="unknown", lost=0, sent_again=0),
        cell(scenario="five_tabs", stored_twice=4, lost=0, sent_again=0),
        cell(scenario="five_tabs", browser="firefox", verdict="not run", shown=0),
        cell(scenario="closes", lost=0, sent_again=0, reason="every_view_carried: 8 of 40"),
    ]
    text = clients_page(cells, [])
    assert "| cell | chromium, default | chromium, reliable | firefox, default |" in text
    assert "| `reloads` | **2 of 20 lost, 3 sent again** | all 20 (undecided) | all 20 |" in text
    assert "| `five_tabs` | **all 20, 4 stored twice** | · | ignored us |" in text
    assert "| `closes` | **all 20, `every_view_carried`** | · | · |" in text
    assert '- `reliable`: `{"keep":true}`' in text
    assert "Browsers: Chromium 130, Firefox 150." in text
    assert "Never asked of it, for want of evidence or of a promise: went_over." in text


def test_runs_of_a_case_stand_in_one_cell_with_how_many_came_out_so() -> None:
    same = [cell(seed=seed, lost=0, sent_again=0, verdict="pass") for seed in (1, 2, 3)]
    assert "| `reloads` | all 20 (3 runs) |" in clients_page(same, [])
    text = clients_page([*same[:2], cell(seed=3, sent_again=0)], [])
    expected = "all 20 (2 of 3 runs); **2 of 20 lost** (1 of 3 runs)"
    assert f"| `reloads` | {expected} |" in text


def test_a_bug_is_distinguished_only_by_more_before_than_after() -> None:
    before, after = cell(version="0.9.0"), cell(version="0.9.1", lost=0, verdict="pass")
    text = clients_page([before, after], [BUG])
    [line] = lines_with(text, "It loses")
    assert line.endswith("| seen | 0.9.0: 2 of 20 lost | 0.9.1: 0 of 20 lost | yes |")
    assert "### seen" not in text  # neither side is the version that is judged
    same = clients_page([before, cell(version="0.9.1")], [BUG])
    assert lines_with(same, "It loses", "**no**")
    assert lines_with(clients_page([before], [BUG]), "0.9.1: not run | not run |")
    command = "harness run reloads --client seen@0.9.0 --browser chromium --preset default"
    assert command in text


def test_a_bug_is_distinguished_by_its_fate_alone() -> None:
    bug = replace(BUG, fate="lost_unacked")
    after = cell(version="0.9.1", lost=0, verdict="pass")

    def line(**lost_as: int) -> str:
        before = cell(version="0.9.0", lost_as=lost_as)
        [found] = lines_with(clients_page([before, after], [bug]), "It loses")
        return found

    assert "0.9.0: 2 of 20 lost (2 `lost_unacked`) |" in line(lost_unacked=2)
    assert line(lost_unacked=2).endswith("| yes |")
    assert line(lost_unacked=1, lost_acked=1).endswith("| **another fate** |")
    assert line().endswith("| yes; under which fate was not stored |")


def test_the_page_in_the_documentation_is_that_of_the_stored_results() -> None:
    assert PAGE.read_text(encoding="utf-8") == clients_page(
        stored_cells(STORED, ClientCell), known_bugs()
    )


def test_every_bug_names_two_versions_and_a_public_report() -> None:
    for bug in known_bugs():
        assert bug.before != bug.after
        assert bug.issue.startswith("https://github.com/")
        assert bug.shows in ("lost", "sent_again")
        assert bool(bug.fate) == (bug.shows == "lost")
