"""A process of the cluster in the JSON shapes of Flink's REST API (v1): its logs, threads and environment."""

from __future__ import annotations

import platform
import sys

from sqlstream.runtime.diagnostics.messages import LogListing, ThreadDump
from sqlstream.web.shapes import cluster as shapes


def logs(listing: LogListing) -> shapes.Logs:
    """``/jobmanager/logs``, ``/taskmanagers/:taskmanagerid/logs``"""
    return {"logs": [{"name": file.name, "size": file.size, "mtime": file.mtime} for file in listing.files]}


def thread_dump(dump: ThreadDump) -> shapes.ThreadDump:
    """``/jobmanager/thread-dump``, ``/taskmanagers/:taskmanagerid/thread-dump``"""
    return {
        "threadInfos": [{"threadName": thread.name, "stringifiedThreadInfo": thread.text} for thread in dump.threads]
    }


def environment() -> shapes.Environment:
    """``/jobmanager/environment``, of this process."""
    flags = ((name, getattr(sys.flags, name)) for name in dir(sys.flags) if not name.startswith(("_", "n_")))
    return {
        "jvm": {
            "version": f"{platform.python_implementation()} {platform.python_version()}",
            "arch": platform.machine(),
            "options": [f"{name}={int(value)}" for name, value in flags if isinstance(value, int) and value],
        },
        "classpath": list(sys.path),
    }
