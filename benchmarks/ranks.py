"""How fast Top-N and deduplication are on one core, over bids as Nexmark makes them: half of all for few hot auctions.

Run ``python -m benchmarks.ranks [--only TEXT]``. Every figure is the best of three passes over 32,768-row batches,
after one that compiles the kernels. "-U" says that updates show what they replace, so that rows have to be kept.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from benchmarks.arguments import Arguments
from benchmarks.kernels import BATCH, ROWS, Task, measure
from benchmarks.report import Report
from sqlstream.columnar.batch import Batch
from sqlstream.config.configuration import Configuration
from sqlstream.operators.base import OperatorContext, build_operator
from sqlstream.plan.physical import Deduplicate, Rank, Ranking, RankStrategy, RankType, SortKey
from sqlstream.types import logical as t
from sqlstream.types.schema import Field, Schema, TimeAttribute

BID = Schema(
    (
        Field("auction", t.BIGINT),
        Field("bidder", t.BIGINT),
        Field("price", t.BIGINT),
        Field("channel", t.STRING),
        Field("url", t.STRING),
        Field("ts", t.TimestampType(precision=3), TimeAttribute.ROWTIME),
        Field("extra", t.STRING),
    )
)
AUCTION, BIDDER, PRICE, TIME = 0, 1, 2, 5
BEST_PRICE = SortKey(PRICE, descending=True, nulls_last=True)


def bids() -> list[Batch]:
    random = np.random.default_rng(7)
    number = np.arange(ROWS)
    newest_auction, newest_person = number * 3 // 46 + 100, number // 46 + 100
    hot = random.random(ROWS) < 0.5
    auction = np.where(hot, newest_auction // 100 * 100, newest_auction + 1000 - random.integers(0, 100, ROWS))
    frequent = random.random(ROWS) < 0.75
    bidder = np.where(frequent, newest_person // 100 * 100, newest_person + 1000 - random.integers(0, 1000, ROWS))
    price = np.round(10 ** (random.random(ROWS) * 6) * 100).astype(np.int64)

    def texts(length: int) -> pa.Array:
        return pa.array([str(i).rjust(length, "x") for i in range(1000)]).take(pa.array(random.integers(0, 1000, ROWS)))

    times = pa.array(number // 10).cast(pa.timestamp("ms"))
    columns = [pa.array(auction), pa.array(bidder), pa.array(price), texts(10), texts(48), times, texts(60)]
    data = pa.RecordBatch.from_arrays(columns, schema=BID.to_arrow())
    return [Batch(data.slice(at, BATCH)) for at in range(0, ROWS, BATCH)]


def tasks() -> dict[str, Task]:
    batches = bids()

    def run(node: Rank | Deduplicate) -> Task:
        def task() -> None:
            operator = build_operator(node)
            operator.open(OperatorContext(Configuration()))
            for batch in batches:
                for _ in operator.on_batch(batch):
                    pass
            operator.close()

        return task

    found: dict[str, Task] = {}
    for update_before, suffix in ((False, ""), (True, ", -U")):
        last = Deduplicate((BIDDER, AUCTION), TIME, True, False, update_before, BID)
        found[f"last bid of bidder and auction (q18){suffix}"] = run(last)
        best = Ranking(RankType.ROW_NUMBER, 1, 1, (AUCTION,), (BEST_PRICE, SortKey(TIME)))
        found[f"best bid of auction (q9){suffix}"] = run(
            Rank(best, RankStrategy.APPEND_FAST, (), False, update_before, BID, BID)
        )
        top = Ranking(RankType.ROW_NUMBER, 1, 10, (AUCTION,), (BEST_PRICE,))
        ranked = Schema((*BID.fields, Field("rank_number", t.BIGINT)))
        found[f"10 best bids of auction with rank (q19){suffix}"] = run(
            Rank(top, RankStrategy.APPEND_FAST, (), True, update_before, ranked, BID)
        )
    return found


def run(arguments: Arguments) -> Report:
    """Measure all steps whose name contains ``arguments.only``."""
    report = Report("ranks", f"Top-N over {ROWS:,} bids", {"rows/s": ",.0f"})
    for name, task in tasks().items():
        if arguments.selects(name):
            report.add(name, {"rows/s": measure(task)})
    return report


if __name__ == "__main__":
    report = run(Arguments.parse(__doc__))
    report.print()
    report.write()
