"""A property is red when an example contradicts it, never because the machine was slow."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "any machine",
    settings.default,
    deadline=None,
    suppress_health_check=(*settings.default.suppress_health_check, HealthCheck.too_slow),
)
settings.load_profile("any machine")
