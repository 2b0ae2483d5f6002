"""Only those fields of ROW columns are read that are used, where the connector can."""

from __future__ import annotations

import pytest

from tests.plan.planning import Workbench

EVENTS = """CREATE TABLE events (
    event_type INT, person ROW<id BIGINT, name STRING, `dateTime` TIMESTAMP(3)>,
    bid ROW<auction BIGINT, price BIGINT, `dateTime` TIMESTAMP(3), extra STRING>,
    ts AS CASE WHEN event_type = 0 THEN person.`dateTime` ELSE bid.`dateTime` END{watermark}
) WITH ('connector' = 'nexmark', 'events.num' = '100')"""


@pytest.mark.parametrize("watermark", ["", ", WATERMARK FOR ts AS ts"])
@pytest.mark.parametrize(
    ("query", "read"),
    [
        ("SELECT bid.price FROM events WHERE event_type = 2", ["event_type", "bid.price"]),
        ("SELECT bid.price + 1, bid.auction FROM events WHERE person.id IS NULL", ["bid.auction", "bid.price"]),
        ("SELECT bid FROM events WHERE bid.price > 3", ["bid"]),
        ("SELECT b.price FROM (SELECT bid AS b, event_type FROM events) WHERE b.auction > 3", ["bid.auction"]),
        ("SELECT COUNT(*) FROM events WHERE bid IS NULL AND person.id > 3", ["person.id", "bid"]),
        ("SELECT bid, COUNT(*) FROM events GROUP BY bid", ["bid"]),
        ("SELECT MAX(ts) FROM events", ["event_type", "person.dateTime", "bid.dateTime"]),
        ("SELECT a.bid.price, c.bid FROM events a JOIN events c ON a.bid.auction = c.person.id", ["person.id", "bid"]),
    ],
)
def test_unused_fields_are_not_read(streaming: Workbench, watermark: str, query: str, read: list[str]) -> None:
    streaming.create(EVENTS.format(watermark=watermark))
    plan = streaming.plan(query)
    projections = [line.split("project=[")[1].split("]")[0] for line in plan.splitlines() if "project=[" in line]
    assert any(all(part in projection.split(", ") for part in read) for projection in projections), plan
    used = {part for projection in projections for part in projection.split(", ")}
    whole = {"bid", "person"} & set(read)
    assert not any(part.startswith(f"{column}.extra") for part in used for column in ("bid", "person"))
    assert whole <= used


def test_other_connectors_are_asked_for_whole_columns(streaming: Workbench) -> None:
    streaming.create("CREATE TABLE nested (r ROW<a INT, b INT>, c INT) WITH ('connector' = 'datagen')")
    assert "project=[r]" in streaming.plan("SELECT r.a FROM nested")
