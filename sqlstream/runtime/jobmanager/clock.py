"""Milliseconds since the epoch that never run backwards, whatever is done to the system's clock."""

from __future__ import annotations

import time

_OFFSET = time.time() - time.monotonic()


def now_ms() -> int:
    return int((time.monotonic() + _OFFSET) * 1000)
