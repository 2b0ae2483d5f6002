"""What programs read: with ``--json`` a verb prints one JSON document on stdout, and nothing else there.

Errors stay text on stderr, and the exit code says that there was one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer

AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON document for programs, in place of text for people.")
]


def print_json(document: Mapping[str, Any]) -> None:
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
