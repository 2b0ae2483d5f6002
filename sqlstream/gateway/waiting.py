"""Waiting for a change without holding a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sqlstream.gateway.changes import Changes


async def wait_until(condition: Callable[[], bool], changes: Changes, timeout: float) -> None:
    """Until ``condition`` holds, or ``timeout`` seconds have passed; it is looked at whenever ``changes`` are told."""
    if condition():
        return
    loop = asyncio.get_running_loop()
    changed = asyncio.Event()

    def listener() -> None:
        loop.call_soon_threadsafe(changed.set)

    changes.listen(listener)
    try:
        async with asyncio.timeout(timeout):
            while not condition():
                await changed.wait()
                changed.clear()
    except TimeoutError:
        pass
    finally:
        changes.forget(listener)
