"""What the events of Nexmark promise: the same ones at any parallelism and from any position, mixed and distributed as
the benchmark describes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from connector_tables import drain, read_all, schema, source, through_json
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlstream.errors import ConfigError, ConnectorError
from sqlstream.spi.connector import Source, StartedSplit
from sqlstream.types.schema import Schema
from sqlstream_connectors.datagen.source import GeneratedReader, Share
from sqlstream_connectors.nexmark.events import EventColumns
from sqlstream_connectors.nexmark.pacing import Schedule
from sqlstream_connectors.nexmark.timeline import RateShape, Timeline
from sqlstream_connectors.nexmark.workload import Workload

PERSON = (
    "ROW<id BIGINT, name STRING, emailAddress STRING, creditCard STRING, city STRING, state STRING, "
    "`dateTime` TIMESTAMP(3), extra STRING>"
)
AUCTION = (
    "ROW<id BIGINT, itemName STRING, description STRING, initialBid BIGINT, reserve BIGINT, `dateTime` TIMESTAMP(3), "
    "expires TIMESTAMP(3), seller BIGINT, category BIGINT, extra STRING>"
)
BID = (
    "ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, `dateTime` TIMESTAMP(3), "
    "extra STRING>"
)
EVENTS = schema(event_type="INT", person=PERSON, auction=AUCTION, bid=BID)
FIRST = datetime(2015, 7, 15)


def _table(count: int, parallelism: int = 1, of: Schema = EVENTS, **options: Any) -> pa.Table:
    """All events, in no particular order."""
    events = source("nexmark", of, {"events.num": count, **{k.replace("_", "."): v for k, v in options.items()}})
    batches = []
    for split in events.splits(parallelism):
        reader = events.reader(split, None)
        while (batch := reader.read(1000, 0.0)) is not None:
            batch.data.validate(full=True)
            batches.append(batch.data)
    return pa.Table.from_batches(batches)


@pytest.fixture(scope="module")
def events() -> pa.Table:
    return _table(100_000)


def _of(events: pa.Table, kind: int, name: str) -> pa.Table:
    """The events of one kind as a table of their fields."""
    kept = events.filter(pa.compute.equal(events["event_type"], kind))
    return pa.Table.from_struct_array(kept[name].combine_chunks())


def test_each_event_has_one_row_and_no_other(events: pa.Table) -> None:
    kinds = events["event_type"].to_numpy()
    assert Counter(kinds.tolist()) == {0: 2_000, 1: 6_000, 2: 92_000}
    assert kinds[:6].tolist() == [0, 1, 1, 1, 2, 2]
    for kind, name in enumerate(("person", "auction", "bid")):
        assert (np.asarray(events[name].is_valid()) == (kinds == kind)).all()


def test_persons_and_auctions_are_numbered_and_what_refers_to_them_is_near(events: pa.Table) -> None:
    persons, auctions, bids = (_of(events, kind, name) for kind, name in enumerate(("person", "auction", "bid")))
    assert persons["id"].to_pylist() == list(range(1000, 3000))
    assert auctions["id"].to_pylist() == list(range(1000, 7000))
    sellers, bidders = auctions["seller"].to_numpy(), bids["bidder"].to_numpy()
    assert ((sellers >= 1000) & (sellers < 3010)).all() and ((bidders >= 1000) & (bidders < 3010)).all()
    latest = 1000 + np.arange(6000) // 3
    assert (sellers <= latest + 10).all() and (sellers > latest - 1000).all()
    assert 0.74 < np.mean(sellers == 1000 + (latest - 1000) // 100 * 100) < 0.77
    latest_person = 1000 + np.arange(92_000) // 46
    assert 0.74 < np.mean(bidders == 1001 + (latest_person - 1000) // 100 * 100) < 0.77
    latest_auction = 1002 + np.arange(92_000) // 46 * 3
    hot = bids["auction"].to_numpy() == 1000 + (latest_auction - 1000) // 100 * 100
    assert 0.49 < hot.mean() < 0.53
    assert (bids["auction"].to_numpy() <= latest_auction + 10).all()
    assert (bids["auction"].to_numpy()[~hot] >= (latest_auction - 100)[~hot]).all()


def test_prices_are_uniform_by_their_logarithm(events: pa.Table) -> None:
    prices = _of(events, 2, "bid")["price"].to_numpy()
    assert prices.min() >= 100 and prices.max() <= 100_000_000
    decades, _ = np.histogram(np.log10(prices), bins=[2, 3, 4, 5, 6, 7, 8.0001])
    assert (abs(decades / len(prices) - 1 / 6) < 0.01).all()
    auctions = _of(events, 1, "auction")
    assert (auctions["reserve"].to_numpy() > auctions["initialBid"].to_numpy()).all()
    assert set(auctions["category"].to_pylist()) == set(range(10, 15))


def test_time_follows_the_rate_and_auctions_last_until_about_a_hundred_others_have_begun(events: pa.Table) -> None:
    times = _of(events, 2, "bid")["dateTime"].to_pylist()
    assert times == sorted(times)
    assert (times[-1] - FIRST).total_seconds() == pytest.approx(10, abs=0.01)
    auctions = _of(events, 1, "auction")
    lengths = (auctions["expires"].to_numpy() - auctions["dateTime"].to_numpy()).astype("timedelta64[ms]").astype(int)
    assert lengths.min() >= 1 and lengths.max() <= 2 * 167 and 150 < lengths.mean() < 185


def test_texts_have_their_shapes(events: pa.Table) -> None:
    persons, auctions, bids = (_of(events, kind, name) for kind, name in enumerate(("person", "auction", "bid")))
    for column, pattern in {
        "name": r"^[A-Z][a-z]+ [A-Z][a-z]+$",
        "emailAddress": r"^[a-z ]{0,6}@[a-z ]{0,4}\.com$",
        "creditCard": r"^\d{4} \d{4} \d{4} \d{4}$",
        "state": r"^(AZ|CA|ID|OR|WA|WY)$",
    }.items():
        assert pa.compute.all(pa.compute.match_substring_regex(persons[column], pattern)).as_py(), column
    assert len(set(persons["city"].to_pylist())) == 10
    for text in (*auctions["itemName"].to_pylist(), *auctions["description"].to_pylist()):
        assert text == text.strip()
    assert max(map(len, auctions["itemName"].to_pylist())) == 19
    channels = Counter(bids["channel"].to_pylist())
    hot = sum(channels[name] for name in ("Google", "Facebook", "Baidu", "Apple"))
    assert 0.49 < hot / len(bids) < 0.51 and len(channels) > 9_000
    urls = bids["url"]
    pattern = r"^https://www\.nexmark\.com/[a-z_]{3,4}/[a-z_]{3,4}/[a-z_]{3,4}/item\.htm\?query=1(&channel_id=\d+)?$"
    assert pa.compute.all(pa.compute.match_substring_regex(urls, pattern)).as_py()
    identified = pa.compute.match_substring(urls, "channel_id").to_numpy()
    assert 0.43 < identified.mean() < 0.47


def test_padding_fills_events_up_to_their_average_size() -> None:
    sizes = {"person": 300, "auction": 600, "bid": 40}
    events = _table(20_000, **{f"{name}.avg-size": size for name, size in sizes.items()})
    for kind, (name, size) in enumerate(sizes.items()):
        of = _of(events, kind, name)
        texts = [column for column in of.columns if pa.types.is_string(column.type)]
        counted = texts[-1:] if name == "bid" else texts
        numbers = {"person": 8, "auction": 48, "bid": 32}[name]
        total = sum(pa.compute.sum(pa.compute.binary_length(text)).as_py() for text in counted)
        assert total / len(of) + numbers == pytest.approx(size, rel=0.02), name
    assert set(_of(_table(100, **{"bid.avg-size": 10}), 2, "bid")["extra"].to_pylist()) == {""}


def test_events_do_not_depend_on_parallelism_or_on_what_else_is_read(events: pa.Table) -> None:
    some = _table(300, parallelism=3)
    assert Counter(map(str, some.to_pylist())) == Counter(map(str, events.slice(0, 300).to_pylist()))
    narrow = _table(300, of=schema(bid="ROW<url STRING, price BIGINT>"))
    bids = [None if bid is None else {k: bid[k] for k in ("url", "price")} for bid in events["bid"].to_pylist()[:300]]
    assert narrow["bid"].to_pylist() == bids


def test_another_seed_gives_other_events() -> None:
    first, same, other = (str(_table(50, seed=seed).to_pylist()) for seed in (0, 0, 1))
    assert first == same and first != other


def _go_on(table: Source, started: Sequence[StartedSplit], parallelism: int) -> list[list[StartedSplit]]:
    parts = [part for each in started for part in table.parted(StartedSplit(each.split, through_json(each.position)))]
    return [list(table.joined(parts[subtask::parallelism])) for subtask in range(parallelism)]


@settings(deadline=None, max_examples=30)
@given(st.data())
def test_events_come_once_whatever_happens_to_the_parallelism(data: st.DataObject) -> None:
    table = source("nexmark", schema(bid="ROW<price BIGINT>", auction="ROW<id BIGINT>"), {"events.num": 200})
    started = [StartedSplit(split, None) for split in table.splits(data.draw(st.integers(1, 5)))]
    found: list[tuple[Any, ...]] = []
    for _ in range(3):
        readers = [(each, table.reader(each.split, each.position)) for each in started]
        left = []
        for each, reader in readers:
            read = reader.read(data.draw(st.integers(1, 40)), 0.0)
            if read is not None:
                found.extend(values for _, values in read.to_rows())
                left.append(StartedSplit(each.split, reader.position()))
        started = [split for splits in _go_on(table, left, data.draw(st.integers(1, 4))) for split in splits]
    for each in started:
        found.extend(drain(table.reader(each.split, each.position)))
    assert Counter(map(str, found)) == Counter(map(str, read_all(table)))


def test_rates_change_in_steps() -> None:
    square = Timeline.of(0, 100, 50, RateShape.SQUARE, 20)
    numbers = np.arange(3001)
    times = square.times(numbers)
    assert (np.diff(times) > 0).all()
    assert times[[0, 999, 1000, 1001, 1499, 1500, 3000]].tolist() == [0, 9990, 10000, 10020, 19980, 20000, 40000]
    sine = Timeline.of(0, 100, 50, RateShape.SINE, 10)
    assert sine.rates == (100, 95, 83, 67, 55, 50, 55, 67, 83, 95)
    for timeline in (square, sine):
        for seconds in (0.0, 0.5, 3.0, 10.0, 12.34, 20.0, 31.0):
            happened = timeline.before(seconds)
            around = timeline.times(np.arange(happened + 1))
            assert (around[:happened] < seconds * 1000).all() and around[happened] >= int(seconds * 1000)


def test_events_come_when_they_happen_if_asked_to() -> None:
    now = [5.0]

    def wait(seconds: float) -> None:
        now[0] += seconds

    timeline = Timeline.of(0, 100, 100, RateShape.SQUARE, 1)
    shares = [Share(0, 2, None, 10), Share(1, 2, None, 10)]
    columns = EventColumns(Workload(0, timeline, 1, 3, 46, 200, 500, 100, 2, 4, 4), EVENTS)
    schedule = Schedule(timeline, shares, lambda: now[0], wait)
    reader = GeneratedReader(EVENTS, columns, shares, schedule, keep_alive=False)
    rows = 0
    while now[0] < 15.0:
        read = reader.read(7, 0.02)
        assert read is not None
        rows += read.num_rows
    assert abs(rows - 1000) <= 2


def test_a_table_may_end_early_or_stay_open() -> None:
    assert len(_table(500, **{"stop-at": 120})) == 120
    assert not source("nexmark", EVENTS, {}).bounded
    kept = source("nexmark", EVENTS, {"events.num": 5, "keep-alive": "true"})
    assert not kept.bounded
    reader = kept.reader(kept.splits(1)[0], None)
    assert [read.num_rows for _ in range(3) if (read := reader.read(4, 0.0)) is not None] == [4, 1, 0]


def test_the_first_event_happens_when_told() -> None:
    times = _table(1, **{"base-time": "2026-01-02 03:04:05.678"})["person"].to_pylist()
    assert times[0]["dateTime"] == datetime(2026, 1, 2, 3, 4, 5, 678_000)


@pytest.mark.parametrize(
    ("of", "options", "message"),
    [
        (schema(bids=BID), {}, "has no column 'bids'"),
        (schema(bid="ROW<price INT>"), {}, "Column 'bid' is ROW<`price` INT>"),
        (schema(bid="ROW<amount BIGINT>"), {}, "Column 'bid' is"),
        (schema(event_type="BIGINT"), {}, "Column 'event_type' is BIGINT"),
    ],
)
def test_other_columns_are_refused(of: Schema, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConnectorError, match=message):
        source("nexmark", of, options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"person.proportion": 0}, "Invalid value '0' for option 'person.proportion'"),
        ({"events.num": -1}, "Invalid value '-1'"),
        ({"base-time": "yesterday"}, "Invalid value 'yesterday' for option 'base-time'"),
        ({"rate.shape": "ROUND"}, "Invalid value 'ROUND'"),
        ({"event.num": 5}, "Unknown option 'event.num'"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        source("nexmark", EVENTS, options)
