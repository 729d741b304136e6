"""The file of experiments: what it means, and one line about each mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from servers.ingest.experiments.definition import ROADMAP_TIERS
from servers.ingest.experiments.file import FILE_BYTES_MAX, ExperimentsError, read_experiments

GOOD = """
format = 1

[tiers]
free = { flushDelayMs = 5000 }
pro = { flushDelayMs = 1000, maxBatchSize = 100 }

[experiments.flush-timing]
salt = "2026-12"

[experiments.flush-timing.variants]
fast = { share = 20, options = { flushDelayMs = 1000 } }
normal = { share = 80.5, options = { flushDelayMs = 2000 } }
"""
SECOND = """
[experiments.jitter]
salt = "another"

[experiments.jitter.variants]
on = { share = 1, options = { fullJitter = true } }
off = { share = 1, options = { fullJitter = false } }
"""


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "experiments.toml"
    file.write_text(text)
    return file


def test_a_good_file_is_what_it_says(tmp_path: Path) -> None:
    read = read_experiments(write(tmp_path, GOOD + SECOND))
    assert read.tiers["pro"] == {"flushDelayMs": 1000, "maxBatchSize": 100}
    flush = read.experiments["flush-timing"]
    assert (flush.salt, flush.variants["normal"].share) == ("2026-12", 80.5)
    assert read.experiments["jitter"].variants["off"].options == {"fullJitter": False}


def test_a_file_without_tiers_keeps_the_roadmaps(tmp_path: Path) -> None:
    assert read_experiments(write(tmp_path, "format = 1\n")).tiers == ROADMAP_TIERS
    assert read_experiments(write(tmp_path, "format = 1\n[tiers]\n")).tiers == {}


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("format = 1", "format = 2", "$.format"),
        ("salt =", "salz =", "salz"),
        ('"2026-12"', '""', "$.experiments[...].salt"),
        ("share = 20", "share = 0", "share"),
        ("share = 20", "share = nan", "share"),
        ("share = 20", 'share = "20"', "share"),
        ("format = 1", "format = 1 1", "line 2"),
        ("flushDelayMs = 5000", "flushDelayMs = 5", "tiers.free: flushDelayMs is a whole number"),
        ("flushDelayMs = 5000", "flushDelayMs = 0.5", "tiers"),
        ("free =", '"Free." =', "a tier has 1 to 32"),
        ("{ flushDelayMs = 2000 }", "{}", "variant normal: it sets no option"),
        ("{ flushDelayMs = 2000 }", "{ maxBatchSize = 9 }", "sets other options than fast"),
        ("flushDelayMs = 2000", "endpoint = 2000", "variant normal: no option endpoint"),
        ("normal =", '"a b" =', "a name has 1 to 64"),
        ("normal = {", "# {", "1 variants; there are 2 to 10"),
        ('"another"', '"2026-12"', "the salt is that of flush-timing; each has its own"),
        ("{ fullJitter = true }", "{ flushDelayMs = 70 }", "variant off: it sets other options"),
    ],
)
def test_a_mistake_is_one_line_with_file_and_place(
    tmp_path: Path, before: str, after: str, line: str
) -> None:
    text = (GOOD + SECOND).replace(before, after, 1)
    assert text != GOOD + SECOND
    file = write(tmp_path, text)
    with pytest.raises(ExperimentsError) as raised:
        read_experiments(file)
    message = str(raised.value)
    assert message.startswith(f"{file}: ")
    assert line in message
    assert "\n" not in message


def test_an_option_belongs_to_one_experiment(tmp_path: Path) -> None:
    second = SECOND.replace("fullJitter = true", "flushDelayMs = 60")
    second = second.replace("fullJitter = false", "flushDelayMs = 70")
    with pytest.raises(ExperimentsError, match="flushDelayMs is set by flush-timing too"):
        read_experiments(write(tmp_path, GOOD + second))


def test_experiments_have_a_limit(tmp_path: Path) -> None:
    more = [SECOND.replace("jitter", f"j{n}").replace("another", f"s{n}") for n in range(21)]
    with pytest.raises(ExperimentsError, match="21 experiments; the limit is 20"):
        read_experiments(write(tmp_path, "format = 1\n" + "".join(more)))


def test_what_is_no_file_or_too_large_is_one_line_too(tmp_path: Path) -> None:
    with pytest.raises(ExperimentsError, match="No such file"):
        read_experiments(tmp_path / "none.toml")
    large = write(tmp_path, "format = 1\n" + "#" * FILE_BYTES_MAX)
    with pytest.raises(ExperimentsError, match="larger than"):
        read_experiments(large)
    (tmp_path / "experiments.toml").write_bytes(b"format = 1 # \xff\n")
    with pytest.raises(ExperimentsError):
        read_experiments(large)
