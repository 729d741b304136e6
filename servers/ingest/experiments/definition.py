"""Tiers and experiments as values, and what a user's recorder is given by them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from servers.ingest.experiments.buckets import choose
from servers.ingest.experiments.options import Options

ROADMAP_TIERS: Mapping[str, Options] = {
    "free": {"flushDelayMs": 5_000},
    "plus": {"flushDelayMs": 2_000},
    "pro": {"flushDelayMs": 1_000},
}
EXPERIMENTS_MAX = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedVariant:
    """One variant: its share of the users, and the options that it sets."""

    share: float
    options: Options


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedExperiment:
    """One experiment. Every variant sets the same options, each to a value of its own."""

    salt: str
    variants: Mapping[str, ServedVariant]

    def variant_of(self, user: str) -> str:
        """Return the name of the user's variant."""
        return choose(self.salt, user, ((name, v.share) for name, v in self.variants.items()))


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedExperiments:
    """All that decides what a recorder is given; the default is the roadmap's tiers alone."""

    tiers: Mapping[str, Options] = field(default_factory=lambda: ROADMAP_TIERS)
    experiments: Mapping[str, ServedExperiment] = field(default_factory=dict)

    def configuration(self, user: str, tier: str | None) -> dict[str, object]:
        """Return what ``GET /api/recorder-config`` answers to a user of ``tier``.

        A tier that is not known, as that of a session from before a change, sets nothing.
        """
        chosen = {name: one.variant_of(user) for name, one in self.experiments.items()}
        return {
            "userId": user,
            "tier": tier,
            "options": dict(self.tiers.get(tier, {})) if tier is not None else {},
            "experiments": {
                name: {
                    "variant": variant,
                    "options": dict(self.experiments[name].variants[variant].options),
                }
                for name, variant in chosen.items()
            },
        }
