"""What a request is read from, and what it can choose from."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.errors import UsageError
from scenarios.catalogue.request import DEFAULT_SUITE, levels_of, load_catalogue


def test_levels_of_one_factor_are_gathered_from_every_option() -> None:
    levels = levels_of(["preset=roadmap", "cut=drop"], {"preset": ("durable",), "browser": ()})
    assert levels == {"preset": ("durable", "roadmap"), "cut": ("drop",)}


@pytest.mark.parametrize("text", ["cut", "cut=", "=drop", ""])
def test_a_text_without_a_level_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="names no level"):
        levels_of([text], {})


def test_the_catalogue_has_the_default_suite_and_the_user_s_targets(tmp_path: Path) -> None:
    assert DEFAULT_SUITE in load_catalogue().suites
    assert not load_catalogue().targets
    file = tmp_path / "mine.toml"
    file.write_text('format = 1\n[targets.p]\nmetric = "response_p95_ms"\nbelow = 7\n')
    assert [line.name for line in load_catalogue(str(file)).targets] == ["p"]
    with pytest.raises(UsageError, match="cannot read the targets file"):
        load_catalogue(str(tmp_path / "none.toml"))
