"""What this machine has, for those who plan what to run on it."""

from __future__ import annotations

from harness.setup import available, find_chromium


class ThisMachine:
    """This machine's parts by their names in ``harness doctor``; each is looked for once."""

    def __init__(self) -> None:
        """Nothing is looked for before it is asked for."""
        self._fixes: dict[str, str | None] = {}

    def fix(self, part: str) -> str | None:
        """Return the command that brings a part, or None if it is here.

        Cheap, but for networks, which are made once to see. Chrome or Edge stand in for Chromium.
        """
        if part not in self._fixes:
            is_here = find_chromium() is not None if part == "chromium" else available(part)
            self._fixes[part] = None if is_here else f"harness setup --only {part}"
        return self._fixes[part]
