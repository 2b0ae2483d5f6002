"""What a call ends with when nobody answers it."""

from __future__ import annotations

from sqlstream.errors import ClusterError


class UnreachableError(ClusterError):
    """Nobody answers at the address; trying again later may help."""
