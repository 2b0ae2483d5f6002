"""The versions of the REST API, and what came with which.

Source: Flink's REST specifications of the SQL gateway, v1 to v4.
"""

from __future__ import annotations

from enum import IntEnum


class ApiVersion(IntEnum):
    """V2 brought ``rowFormat``, ``configure-session``, ``complete-statement``, V3 materialized tables, V4 scripts."""

    V1 = 1
    V2 = 2
    V3 = 3
    V4 = 4

    @property
    def prefix(self) -> str:
        return f"/v{self.value}"


DEFAULT = ApiVersion.V4
"""What a path without a version means."""
