"""Where Apache Flink is, for the tests that drive its own clients, or are driven by them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

_INSTALLED = Path(__file__).parents[1] / ".flink"
"""Where ``make flink`` puts it."""


def flink_home() -> Path:
    """Flink 2.3 with its command line, SQL client and SQL gateway: what ``FLINK_HOME`` names, or ``make flink`` has
    installed. Skips the test where there is none, or no Java to run it."""
    if shutil.which("java") is None:
        pytest.skip("there is no Java to run Flink")
    home = Path(os.environ.get("FLINK_HOME", _INSTALLED))
    for part in ("bin/flink", "opt/flink-sql-client-*.jar", "opt/flink-sql-gateway-*.jar"):
        if not any(home.glob(part)):
            pytest.skip(f"{home} has no {part}: 'make flink' installs Flink")
    return home


def flink_environment(home: Path, scratch: Path) -> dict[str, str]:
    """What Flink's scripts are run with: whatever they write goes to ``scratch``, a directory of the test's own."""
    return {**os.environ, "FLINK_HOME": str(home), "FLINK_LOG_DIR": str(scratch), "HOME": str(scratch)}
