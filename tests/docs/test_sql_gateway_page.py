"""The page about the SQL gateway names the REST requests that there are, and since which version."""

from __future__ import annotations

import re

from sqlstream.config.configuration import Configuration
from sqlstream.gateway.rest_api import rest_api
from sqlstream.gateway.session_manager import SessionManager
from tests.docs.markdown_pages import ROOT

_ROW = re.compile(r"^\| `(GET|POST|DELETE) (/[\w/:-]+)` \| (v\d) \|", re.MULTILINE)


def test_the_requests_are_those_of_the_server() -> None:
    sessions = SessionManager(Configuration())
    paths = rest_api(sessions).openapi()["paths"]
    sessions.close()
    first: dict[tuple[str, str], str] = {}
    for path, methods in sorted(paths.items()):
        _, version, *parts = path.split("/")
        for method in methods:
            first.setdefault((method.upper(), re.sub(r"\{\w+\}", ":", "/" + "/".join(parts))), version)
    page = (ROOT / "docs" / "sql-gateway.md").read_text(encoding="utf-8")
    assert {(m, re.sub(r":\w+", ":", path)): version for m, path, version in _ROW.findall(page)} == first
