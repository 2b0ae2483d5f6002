"""A client that is embedded, as most tests want it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from sqlstream_client.embedded_executor import EmbeddedExecutor


@pytest.fixture
def executor() -> Iterator[EmbeddedExecutor]:
    with closing(EmbeddedExecutor({"table.local-time-zone": "UTC"})) as executor:
        yield executor
