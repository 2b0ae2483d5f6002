"""Processing-time attributes: where they are kept, and where they are but a value."""

from __future__ import annotations

import pytest

from sqlstream.errors import SqlError
from tests.plan.planning import Workbench

CLICKS = """
CREATE TABLE clicks (
  id INT, k STRING, ts TIMESTAMP(3), proc AS PROCTIME(), WATERMARK FOR ts AS ts
) WITH ('connector' = 'datagen');
CREATE VIEW seen AS SELECT *, PROCTIME() AS seen FROM clicks WHERE id > 3;
"""
PROCTIME = "TIMESTAMP_LTZ(3) NOT NULL *PROCTIME*"


@pytest.fixture
def clicks(streaming: Workbench) -> Workbench:
    return streaming.create(CLICKS)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT proc AS p FROM clicks",
        "SELECT p FROM (SELECT id, proc AS p FROM clicks WHERE id > 3) WHERE p IS NOT NULL",
        "SELECT proc AS p FROM seen",
        "SELECT seen AS p FROM seen",
        "SELECT PROCTIME() AS p",
        "WITH c AS (SELECT proc FROM clicks) SELECT proc AS p FROM c",
        "SELECT proc AS p FROM clicks UNION ALL SELECT seen FROM seen",
        "SELECT c.proc AS p FROM clicks AS c JOIN customers AS u ON c.id = u.id",
        "SELECT c.proc AS p FROM customers AS u, clicks AS c",
    ],
)
def test_it_stays_an_attribute_where_it_is_passed_on(clicks: Workbench, query: str) -> None:
    assert clicks.columns(query) == [f"p {PROCTIME}"]


@pytest.mark.parametrize(
    ("query", "type_"),
    [
        ("SELECT CAST(proc AS TIMESTAMP_LTZ(3)) + INTERVAL '1' SECOND AS p FROM clicks", "TIMESTAMP_LTZ(3) NOT NULL"),
        ("SELECT proc AS p FROM clicks GROUP BY proc", "TIMESTAMP_LTZ(3) NOT NULL"),
        ("SELECT MAX(proc) AS p FROM clicks", "TIMESTAMP_LTZ(3)"),
        ("SELECT proc AS p FROM clicks UNION ALL SELECT CURRENT_TIMESTAMP", "TIMESTAMP_LTZ(3) NOT NULL"),
        ("SELECT DISTINCT proc AS p FROM clicks", "TIMESTAMP_LTZ(3) NOT NULL"),
    ],
)
def test_it_is_a_value_where_something_is_made_of_it(clicks: Workbench, query: str, type_: str) -> None:
    assert clicks.columns(query) == [f"p {type_}"]


def test_event_time_does_not_survive_a_regular_join(clicks: Workbench) -> None:
    assert clicks.columns("SELECT ts FROM clicks, customers") == ["ts TIMESTAMP(3)"]


def test_conditions_on_other_columns_go_below_it(streaming: Workbench) -> None:
    streaming.create("CREATE TABLE bare (id INT, k STRING, p AS PROCTIME()) WITH ('connector' = 'datagen')")
    plan = streaming.plan("SELECT b.p, c.name FROM bare AS b JOIN customers AS c ON b.k = c.name WHERE b.id > 3")
    assert "Calc(select=[k, PROCTIME() AS p], where=[id > 3])" in plan


def test_it_is_computed_where_the_rows_are_filtered(streaming: Workbench) -> None:
    streaming.create("CREATE TABLE bare (id INT, k STRING, p AS PROCTIME()) WITH ('connector' = 'datagen')")
    assert "Calc(select=[id, PROCTIME() AS p], where=[id > 3])" in streaming.plan("SELECT id, p FROM bare WHERE id > 3")


def test_what_is_random_is_still_computed_once(streaming: Workbench) -> None:
    plan = streaming.plan("SELECT id, r FROM (SELECT id, RAND() AS r FROM customers) WHERE r > 0.5 AND id > 3")
    assert plan.count("RAND()") == 1
    assert "RAND() AS r], where=[id > 3]" in plan


def test_it_takes_no_watermark(streaming: Workbench) -> None:
    streaming.create("CREATE TABLE bad (p AS PROCTIME(), WATERMARK FOR p AS p) WITH ('connector' = 'datagen')")
    with pytest.raises(SqlError, match="A watermark can not be defined for a processing-time attribute"):
        streaming.explain("SELECT * FROM bad")
