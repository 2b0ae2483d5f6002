"""Waiting for a job without holding a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sqlstream.runtime.jobmanager.job_manager import JobManager
from sqlstream.runtime.jobmanager.views import JobView

MAX_WAIT_MS = 30_000
"""The longest that a request is held back."""


async def wait_for_job(
    job_manager: JobManager, job_id: str, until: Callable[[JobView], bool], timeout: float
) -> JobView:
    """The job as it is once ``until`` holds, or ``timeout`` seconds have passed."""
    loop = asyncio.get_running_loop()
    changed = asyncio.Event()

    def listener() -> None:
        loop.call_soon_threadsafe(changed.set)

    job_manager.add_listener(listener)
    try:
        async with asyncio.timeout(timeout):
            while not until(job_manager.job(job_id)):
                await changed.wait()
                changed.clear()
    except TimeoutError:
        pass
    finally:
        job_manager.remove_listener(listener)
    return job_manager.job(job_id)
