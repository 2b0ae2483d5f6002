"""Where operators that are driven by hand have their keyed state."""

from __future__ import annotations

from sqlstream.state.disk import ManagedState

managed_state: ManagedState | None = None
"""None: in memory."""
