"""The page about clusters names the REST paths that there are, all of them."""

from __future__ import annotations

import re

from sqlstream.config.configuration import Configuration
from sqlstream.runtime.jobmanager.job_manager import JobManager
from sqlstream.web.rest_api import rest_api
from tests.docs.markdown_pages import ROOT

_REQUEST = re.compile(r"`(?:(GET|PATCH|POST|DELETE) )?(/(?!v1/)[\w/:-]+)(?:\?[^`]*)?`")


def test_the_rest_paths_are_those_of_the_server() -> None:
    manager = JobManager(Configuration(), lambda _: None, embedded=True)
    try:
        paths = rest_api(manager).openapi()["paths"]
    finally:
        manager.close()
    served = {re.sub(r"\{\w+\}", ":", path) for path in paths if path != "/" and not path.startswith("/v1/")}
    page = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
    section = page[page.index("## REST") :]
    assert {re.sub(r":\w+", ":", found[2]) for found in _REQUEST.finditer(section)} == served
