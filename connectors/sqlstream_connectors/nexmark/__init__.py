"""The ``nexmark`` connector: the events of an auction house, made up as they are read.

Facts about events (what they have, and how it is distributed) are those of the generator of github.com/nexmark/nexmark.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlstream.config.configuration import Configuration
from sqlstream.config.option import (
    BOOLEAN,
    DURATION,
    INTEGER,
    MEMORY_SIZE,
    ConfigOption,
    OptionType,
    enum_type,
)
from sqlstream.errors import ConfigError
from sqlstream.spi.connector import ConnectorFactory, Source, TableContext
from sqlstream.spi.table_options import check_options
from sqlstream_connectors.datagen.source import GeneratedSource, Pacing, Share, Unpaced
from sqlstream_connectors.nexmark.events import EventColumns, check_columns
from sqlstream_connectors.nexmark.pacing import Schedule
from sqlstream_connectors.nexmark.timeline import RateShape, Timeline
from sqlstream_connectors.nexmark.workload import Workload


def _parse_time(text: str) -> int:
    """Milliseconds since the epoch of ``2015-07-15 00:00:00``; ValueError if it is none."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


_TIME: OptionType[int] = OptionType("timestamp (such as '2015-07-15 00:00:00')", _parse_time)

FIRST_RATE = ConfigOption("first-event.rate", INTEGER, 10_000, "Events per second of event time, at first.")
NEXT_RATE = ConfigOption("next-event.rate", INTEGER, 10_000, "Events per second of event time, at the other extreme.")
RATE_SHAPE = ConfigOption("rate.shape", enum_type(RateShape), RateShape.SQUARE, "How it changes between the two rates.")
RATE_PERIOD = ConfigOption("rate.period", DURATION, 600_000, "In which time it changes to and fro.")
RATE_LIMITED = ConfigOption("rate.limited", BOOLEAN, False, "Whether events come no faster than they happen.")
MAX_EMIT_SPEED = ConfigOption("max-emit-speed", BOOLEAN, True, "Whether events come as fast as they can be read.")
PERSON_SIZE = ConfigOption("person.avg-size", MEMORY_SIZE, 200, "Bytes of a person, on average.")
AUCTION_SIZE = ConfigOption("auction.avg-size", MEMORY_SIZE, 500, "Bytes of an auction, on average.")
BID_SIZE = ConfigOption("bid.avg-size", MEMORY_SIZE, 100, "Bytes of a bid, on average.")
PERSONS = ConfigOption("person.proportion", INTEGER, 1, "How many events in a row are persons.")
AUCTIONS = ConfigOption("auction.proportion", INTEGER, 3, "How many events after them are auctions.")
BIDS = ConfigOption("bid.proportion", INTEGER, 46, "How many events after them are bids.")
HOT_AUCTIONS = ConfigOption("bid.hot-ratio.auctions", INTEGER, 2, "All but one in so many bids are for a hot auction.")
HOT_BIDDERS = ConfigOption("bid.hot-ratio.bidders", INTEGER, 4, "All but one in so many bids are by a hot bidder.")
HOT_SELLERS = ConfigOption(
    "auction.hot-ratio.sellers", INTEGER, 4, "All but one in so many auctions are a hot seller's."
)
EVENTS = ConfigOption("events.num", INTEGER, 0, "How many events there are; 0: no end of them.")
STOP_AT = ConfigOption("stop-at", INTEGER, -1, "The table ends at this event, if it comes first; -1: it does not.")
KEEP_ALIVE = ConfigOption("keep-alive", BOOLEAN, False, "Whether the table stays open after its last event.")
SEED = ConfigOption("seed", INTEGER, 0, "Another seed gives other events (not an option of Nexmark's).")
BASE_TIME = ConfigOption(
    "base-time", _TIME, 1_436_918_400_000, "When the first event happens (not an option of Nexmark's)."
)
_AT_LEAST: dict[ConfigOption[int], int] = {
    **dict.fromkeys((FIRST_RATE, NEXT_RATE, PERSONS, AUCTIONS, HOT_AUCTIONS, HOT_BIDDERS, HOT_SELLERS), 1),
    **dict.fromkeys((BIDS, EVENTS, PERSON_SIZE, AUCTION_SIZE, BID_SIZE), 0),
    STOP_AT: -1,
}
"""The smallest value of each number."""


class NexmarkConnector(ConnectorFactory):
    """Persons, auctions and bids. Without 'events.num' the table is unbounded."""

    identifier = "nexmark"

    @property
    def options(self) -> Sequence[ConfigOption[Any]]:
        return (*_AT_LEAST, RATE_SHAPE, RATE_PERIOD, RATE_LIMITED, MAX_EMIT_SPEED, KEEP_ALIVE, SEED, BASE_TIME)

    def source(self, context: TableContext) -> Source:
        check_options(self, context.options)
        check_columns(context.physical_schema)
        options = context.options
        for option, least in _AT_LEAST.items():
            if options.option(option) < least:
                raise ConfigError(
                    f"Invalid value '{options.option(option)}' for option '{option.key}'.",
                    hint=f"Expected {least} or more.",
                )
        workload = _workload(options)
        paced = options.option(RATE_LIMITED) or not options.option(MAX_EMIT_SPEED)

        def pacing(shares: Sequence[Share]) -> Pacing:
            return Schedule(workload.timeline, shares) if paced else Unpaced()

        return GeneratedSource(
            context.schema,
            EventColumns(workload, context.schema),
            _event_count(options),
            pacing,
            projects_fields=True,
            keep_alive=options.option(KEEP_ALIVE),
        )


def _workload(options: Configuration) -> Workload:
    rates = options.option(FIRST_RATE), options.option(NEXT_RATE)
    period = -(-options.option(RATE_PERIOD) // 1000)
    return Workload(
        seed=options.option(SEED),
        timeline=Timeline.of(options.option(BASE_TIME), *rates, options.option(RATE_SHAPE), period),
        persons=options.option(PERSONS),
        auctions=options.option(AUCTIONS),
        bids=options.option(BIDS),
        person_size=options.option(PERSON_SIZE),
        auction_size=options.option(AUCTION_SIZE),
        bid_size=options.option(BID_SIZE),
        hot_auctions=options.option(HOT_AUCTIONS),
        hot_bidders=options.option(HOT_BIDDERS),
        hot_sellers=options.option(HOT_SELLERS),
    )


def _event_count(options: Configuration) -> int | None:
    """How many events there are over all splits; None: without end."""
    limits = [options.option(EVENTS) or None, stop if (stop := options.option(STOP_AT)) >= 0 else None]
    return min((limit for limit in limits if limit is not None), default=None)
