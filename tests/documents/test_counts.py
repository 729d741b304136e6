"""How many of something there are, where a page says so."""

from __future__ import annotations

from pathlib import Path

from tests.scenarios.catalogue.asking import planned

README = Path(__file__).parents[2] / "README.md"


def test_the_readme_counts_the_questions_of_the_browser_matrix() -> None:
    asked = {cell.plan.scenario for cell in planned("browsers", seeds=(1,))}
    assert f"`harness run browsers -n 2` asks {len(asked)} questions of " in README.read_text()
