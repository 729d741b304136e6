"""The recorder's scripts for tests: as they are, and with something wrong."""

from __future__ import annotations

from harness.compose.simulate import page_sources

SOUND = page_sources()


def broken(file: str, old: str, new: str) -> dict[str, str]:
    """Return the scripts with one text replaced, which must be there once."""
    assert SOUND[file].count(old) == 1, old
    return {**SOUND, file: SOUND[file].replace(old, new)}


LOSES_THE_REST = broken("recorder.js", "await this.#queue?.put(lengths.keys());", "await null;")
"""Nothing is written to the disk, and every id is reported to be there."""
