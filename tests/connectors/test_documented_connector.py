"""The connector in docs/writing-a-connector.md does what the page says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from connector_tables import context, drain, read_all, schema

from sqlstream.errors import ConfigError

PAGE = Path(__file__).parents[2] / "docs" / "writing-a-connector.md"


@pytest.fixture
def connector() -> Any:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(blocks[0], str(PAGE), "exec"), names)
    return names["NumbersConnector"]()


def test_the_documented_connector_reads_and_resumes(connector: Any) -> None:
    of = connector.source(context(schema(n="BIGINT"), {"limit": 10}))
    assert sorted(read_all(of, max_rows=2, parallelism=3)) == [(n,) for n in range(10)]
    (split,) = of.splits(1)
    reader = of.reader(split, None)
    assert reader.read(4, 0) is not None
    assert drain(of.reader(split, reader.position())) == [(n,) for n in range(4, 10)]


def test_the_documented_connector_checks_its_options(connector: Any) -> None:
    with pytest.raises(ConfigError, match="requires the option 'limit'"):
        connector.source(context(schema(n="BIGINT"), {}))
