"""The tests of all four trees."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The checkout: what tests read or run beside the packages."""
