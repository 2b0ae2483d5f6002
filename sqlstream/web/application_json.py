"""Applications in the JSON shapes of Flink's REST API (v1): one for each job."""

from __future__ import annotations

from collections.abc import Iterable

from sqlstream.runtime.deployment import JobStatus
from sqlstream.runtime.jobmanager.views import JobView
from sqlstream.web.job_json import job_overview
from sqlstream.web.shapes import applications as shapes
from sqlstream.web.vertex_json import span

_STATUS = {
    JobStatus.INITIALIZING: "CREATED",
    JobStatus.CREATED: "CREATED",
    JobStatus.RUNNING: "RUNNING",
    JobStatus.RESTARTING: "RUNNING",
    JobStatus.SUSPENDED: "RUNNING",
    JobStatus.RECONCILING: "RUNNING",
    JobStatus.FAILING: "FAILING",
    JobStatus.FAILED: "FAILED",
    JobStatus.CANCELLING: "CANCELING",
    JobStatus.CANCELED: "CANCELED",
    JobStatus.FINISHED: "FINISHED",
}
"""Of an application, by that of its job."""
_ENTERED_WITH = {
    "CREATED": JobStatus.INITIALIZING,
    "RUNNING": JobStatus.RUNNING,
    "FAILING": JobStatus.FAILING,
    "FAILED": JobStatus.FAILED,
    "CANCELING": JobStatus.CANCELLING,
    "CANCELED": JobStatus.CANCELED,
    "FINISHED": JobStatus.FINISHED,
}


def applications_overview(views: Iterable[JobView], now: int) -> shapes.ApplicationsOverview:
    """``/applications/overview``"""
    return {
        "applications": [
            {
                "id": view.graph.job_id,
                "name": _name(view),
                **span(view.start_time, view.end_time, now),
                "status": _STATUS[view.status],
                "jobs": {view.status.value: 1},
            }
            for view in views
        ]
    }


def application_details(view: JobView, now: int) -> shapes.ApplicationDetails:
    """``/applications/:applicationid``"""
    return {
        "id": view.graph.job_id,
        "name": _name(view),
        "status": _STATUS[view.status],
        **span(view.start_time, view.end_time, now),
        "timestamps": {name: view.since.get(status, 0) for name, status in _ENTERED_WITH.items()},
        "jobs": [job_overview(view, now)],
    }


def application_exceptions(view: JobView) -> shapes.ApplicationExceptions:
    """``/applications/:applicationid/exceptions``: why it failed, if it did."""
    cause = view.cause if view.status is JobStatus.FAILED else None
    entries: list[shapes.ApplicationException] = []
    if cause is not None:
        entries.append(
            {
                "exceptionName": cause.error,
                "stacktrace": cause.trace or cause.error,
                "timestamp": cause.timestamp,
                "jobId": view.graph.job_id,
            }
        )
    return {"exceptionHistory": {"entries": entries}}


def _name(view: JobView) -> str:
    return f"SingleJobApplication({view.graph.name})"
