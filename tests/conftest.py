"""What holds for all tests: hypothesis does not judge by the clock, which says more about the machine than the code."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("sqlstream", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("sqlstream")
