"""Pages are bounded, and so is what waits to become one."""

from __future__ import annotations

from threading import Event, Thread

import numpy as np
import pyarrow as pa
import pytest

from sqlstream.columnar.batch import Batch
from sqlstream.gateway import result_pages
from sqlstream.gateway.changes import Changes
from sqlstream.gateway.errors import GatewayError
from sqlstream.gateway.result_page import ResultInfo, ResultType
from sqlstream.gateway.result_pages import PAGE_ROWS, ResultPages
from sqlstream.session.result import ResultKind
from sqlstream.types.logical import INT, STRING
from sqlstream.types.schema import Field, Schema

INFO = ResultInfo(ResultKind.SUCCESS_WITH_CONTENT, Schema((Field("a", INT),)), "UTC", "job", is_query=True)


def rows(count: int, start: int = 0) -> Batch:
    return Batch(pa.record_batch({"a": pa.array(np.arange(start, start + count, dtype=np.int32))}))


def values(pages: ResultPages, token: int) -> list[int]:
    return list(pages.take(token).rows().column("a").to_pylist())


def test_small_batches_are_put_together_and_large_ones_are_cut() -> None:
    pages = ResultPages.of(INFO, [rows(2), rows(3, 2), rows(PAGE_ROWS, 5)], Changes())
    assert values(pages, 0) == list(range(PAGE_ROWS))
    assert values(pages, 1) == list(range(PAGE_ROWS, PAGE_ROWS + 5))
    assert pages.take(2).type is ResultType.EOS


def test_wide_rows_make_small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(result_pages, "PAGE_BYTES", 10_000)
    info = ResultInfo(ResultKind.SUCCESS_WITH_CONTENT, Schema((Field("a", STRING),)), "UTC")
    wide = Batch(pa.record_batch({"a": ["x" * 4_000] * 10}))
    pages = ResultPages.of(info, [wide], Changes())
    sizes, token = [], 0
    while (page := pages.take(token)).type is ResultType.PAYLOAD:
        sizes.append(page.num_rows)
        token += 1
    assert (sum(sizes), max(sizes)) == (10, 3)


def test_kinds_stay_with_their_rows_when_a_batch_is_cut() -> None:
    kinds = np.arange(PAGE_ROWS + 1, dtype=np.int8) % 4
    pages = ResultPages.of(INFO, [rows(1), Batch(rows(PAGE_ROWS + 1).data, kinds)], Changes())
    first, second = pages.take(0).kinds(), pages.take(1).kinds()
    assert first is not None and second is not None
    assert first.to_pylist() == [0, *kinds[: PAGE_ROWS - 1]]
    assert second.to_pylist() == list(kinds[PAGE_ROWS - 1 :])


def test_the_writer_waits_while_nobody_reads() -> None:
    pages = ResultPages(INFO, Changes())
    assert pages.put(rows(PAGE_ROWS))
    written = Event()
    writer = Thread(target=lambda: (pages.put(rows(1, PAGE_ROWS)), written.set()))
    writer.start()
    assert not written.wait(0.05)
    assert len(values(pages, 0)) == PAGE_ROWS
    assert written.wait(10)
    writer.join()
    assert values(pages, 1) == [PAGE_ROWS]


def test_a_waiting_writer_hears_that_nobody_will_read() -> None:
    pages = ResultPages(INFO, Changes())
    pages.put(rows(PAGE_ROWS))
    answers: list[bool] = []
    writer = Thread(target=lambda: answers.append(pages.put(rows(1))))
    writer.start()
    pages.close()
    writer.join(10)
    assert answers == [False]
    assert pages.complete


def test_those_who_wait_are_told_of_rows_and_of_the_end() -> None:
    told = 0

    def listener() -> None:
        nonlocal told
        told += 1

    changes = Changes()
    changes.listen(listener)
    pages = ResultPages(INFO, changes)
    assert not pages.answers_at_once(0)
    pages.put(rows(1))
    assert (told, pages.answers_at_once(0)) == (1, True)
    pages.take(0)
    pages.finish()
    assert (told, pages.answers_at_once(1)) == (2, True)


def test_an_error_comes_after_the_rows_before_it() -> None:
    pages = ResultPages(INFO, Changes())
    pages.put(rows(1))
    pages.finish(GatewayError("the job failed"))
    assert values(pages, 0) == [0]
    for _ in range(2):
        with pytest.raises(GatewayError, match="the job failed"):
            pages.take(1)


def test_an_empty_page_moves_on() -> None:
    pages = ResultPages(INFO, Changes())
    assert (values(pages, 0), values(pages, 1)) == ([], [])
    with pytest.raises(GatewayError, match="Expecting token to be 2 or 1, but found 0"):
        pages.take(0)
