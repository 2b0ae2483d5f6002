"""Writes ``docs/rest-api.md`` from the requests as they are declared: ``python docs/generate_rest_api.py``."""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlstream.config.configuration import Configuration
from sqlstream.runtime.jobmanager.job_manager import JobManager
from sqlstream.web.rest_api import rest_api

PAGE = Path(__file__).with_name("rest-api.md")

_INTRODUCTION = """\
# The JobManager's REST API

A JobManager answers on `rest.port` (8081) in the shapes of Flink 2.3's REST API, at `/` and at `/v1/`: Flink's own
command line works with it (`flink list -m 127.0.0.1:8081`), and so does what was written for Flink. Times are
milliseconds since the epoch, durations are milliseconds. In a browser, <http://127.0.0.1:8081> shows an overview,
`/docs` describes every request, and `/openapi.json` is the same for programs.

```shell
curl http://127.0.0.1:8081/overview
```

```json
{"taskmanagers":2,"slots-total":2,"slots-available":2,"jobs-running":0,"jobs-finished":1,"jobs-cancelled":0,"jobs-failed":0,"flink-version":"0.1.0","flink-commit":"sqlstream"}
```

- What is wrong with a request is said with a status of 400 and above and `{"errors": ["..."]}`.
- A body must say that it is `application/json`; where every field may be left out it may be `{}`. Requests are limited
  to `rest.server.max-content-length`. There is no authentication: open the port only to a network that you trust.
  Requests that a browser sends for a page of another site are refused.
- What takes its time is triggered by one request and asked about with another, by the `request-id` that the first one
  was answered with, until its `status` is `COMPLETED`. With `wait-ms` (at most 30 000, not Flink's) the question is
  answered as soon as there is an outcome.
- Metrics: without `get` the names of all there are; with `get=numRecordsIn,numRecordsOut` these values. Where they are
  over several tasks, jobs or TaskManagers, `agg=min,max,avg,sum,skew` chooses the figures.
- A log can be read when it goes to a file: as it does when a process is started in the background, or its standard
  error is redirected, or `web.log.path` or `taskmanager.log.path` names it. Only that file and others beside it whose
  name begins with `sqlstream-` are shown.
- `DELETE /cluster` ends the JobManager and its TaskManagers. Jobs are cancelled; where `jobmanager.storage` is set they
  are suspended instead, and the next JobManager that is started with it goes on with them.
"""


def page() -> str:
    """The text of the page."""
    requests = [
        (operation["tags"][0], _row(method.upper(), path, operation))
        for path, operations in _document()["paths"].items()
        for method, operation in operations.items()
    ]
    order = list(dict.fromkeys(tag for tag, _ in requests))
    sections = groupby(sorted(requests, key=lambda request: order.index(request[0])), key=lambda request: request[0])
    return _INTRODUCTION + "".join(_section(tag, [row for _, row in rows]) for tag, rows in sections)


def _document() -> dict[str, Any]:
    manager = JobManager(Configuration(), lambda _: None, embedded=True)  # type: ignore[arg-type,return-value]
    try:
        return rest_api(manager).openapi()
    finally:
        manager.close()


def _section(tag: str, rows: list[str]) -> str:
    title = tag[0].upper() + tag[1:]
    return f"\n## {title}\n\n| request | gives |\n| --- | --- |\n" + "".join(f"{row}\n" for row in rows)


def _row(method: str, path: str, operation: dict[str, Any]) -> str:
    queries = [p["name"] for p in operation.get("parameters", []) if p["in"] == "query"]
    options = f" (`{'`, `'.join(queries)}`)" if queries else ""
    gives = " ".join(operation["description"].split()).replace("``", "`")
    return f"| `{method} {_template(path)}`{options} | {gives} |"


def _template(path: str) -> str:
    return re.sub(r"{(\w+?)(?:_id)?}", r":\1", path)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
