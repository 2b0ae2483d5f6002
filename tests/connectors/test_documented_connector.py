"""The connector in docs/writing-a-connector.md does what the page says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from connector_tables import batch, context, drain, read_all, schema, through_json

from sqlstream.errors import ConfigError
from sqlstream.spi.connector import WriterContext

PAGE = Path(__file__).parents[2] / "docs" / "writing-a-connector.md"


def documented(name: str) -> Any:
    """The connector class ``name`` of the page."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(next(block for block in blocks if f"class {name}" in block), str(PAGE), "exec"), names)
    return names[name]()


@pytest.fixture
def connector() -> Any:
    return documented("NumbersConnector")


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


def test_the_documented_sink_shows_each_piece_once_however_often_it_is_committed(tmp_path: Path) -> None:
    of = schema(n="INT")
    sink = documented("PiecesConnector").sink(context(of, {"directory": tmp_path}))
    writer = sink.writer(WriterContext(job_id="j"))
    writer.write(batch(of, (1,), (2,)))
    writer.flush()
    prepared = through_json(writer.prepare_commit())
    assert list(tmp_path.glob("*.json")) == []
    writer.write(batch(of, (3,)))
    writer.close()
    for _ in range(2):
        sink.committer().commit(prepared)
        assert [path.read_text() for path in tmp_path.iterdir()] == ['[{"n": 1}, {"n": 2}]']
    later = sink.writer(WriterContext(job_id="j", attempt=(0, 1)))
    later.write(batch(of, (3,)))
    sink.committer().commit([*prepared, *later.prepare_commit()])
    assert len(list(tmp_path.iterdir())) == 2


def test_the_documented_sink_does_not_hide_a_loss(tmp_path: Path) -> None:
    sink = documented("PiecesConnector").sink(context(schema(n="INT"), {"directory": tmp_path}))
    with pytest.raises(FileNotFoundError):
        sink.committer().commit(["gone.json"])
