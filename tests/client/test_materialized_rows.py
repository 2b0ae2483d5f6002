"""What a changelog comes to, row by row."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from sqlstream.columnar.batch import RowKind
from sqlstream.session.text_result import Cells, TextPage
from sqlstream_client.materialized_rows import LatestChanges, MaterializedTable

_KINDS = {kind.short: kind for kind in RowKind}


def page(*changes: str) -> TextPage:
    """Changes such as ``+I a``."""
    kinds, rows = zip(*(change.split() for change in changes), strict=True)
    return TextPage([(row,) for row in rows], [_KINDS[kind] for kind in kinds])


def table(*pages: TextPage, max_rows: int = 100) -> list[str | None]:
    rows = MaterializedTable(max_rows)
    for each in pages:
        rows.add(each)
    return [cells[0] for cells in rows.snapshot()]


def test_an_update_changes_the_row_where_it_is() -> None:
    assert table(page("+I a", "+I b", "-U a", "+U c")) == ["c", "b"]


def test_even_when_its_two_halves_come_apart() -> None:
    assert table(page("+I a", "+I b", "-U a"), page("+U c", "+I d")) == ["c", "b", "d"]


def test_a_deleted_row_goes_the_latest_of_equal_ones_first() -> None:
    assert table(page("+I a", "+I b", "+I a", "-D a")) == ["a", "b"]


def test_what_is_taken_back_without_anything_new_is_gone() -> None:
    assert table(page("+I a", "+I b", "-U a", "+I c")) == ["b", "c"]


def test_the_oldest_rows_are_let_go() -> None:
    assert table(page("+I a", "+I b", "+I c"), page("+I d", "-D a"), max_rows=3) == ["b", "c", "d"]


def test_a_row_that_was_let_go_while_it_changed_comes_back_at_the_end() -> None:
    assert table(page("+I a", "+I b", "-U a"), page("+U c"), max_rows=1) == ["c"]


@given(st.lists(st.tuples(st.sampled_from(RowKind), st.sampled_from("abc")), max_size=40), st.integers(1, 7))
def test_it_is_the_changelog_applied_however_it_is_cut(changes: list[tuple[RowKind, str]], cut: int) -> None:
    present: Counter[str] = Counter()
    valid: list[tuple[RowKind, Cells]] = []
    for kind, value in changes:
        if kind in (RowKind.INSERT, RowKind.UPDATE_AFTER):
            present[value] += 1
        elif present[value]:
            present[value] -= 1
        else:
            continue
        valid.append((kind, (value,)))
    rows = MaterializedTable(1000)
    for start in range(0, len(valid), cut):
        part = valid[start : start + cut]
        rows.add(TextPage([cells for _, cells in part], [kind for kind, _ in part]))
    assert Counter(cells[0] for cells in rows.snapshot()) == +present


def test_of_changes_the_latest_are_kept() -> None:
    rows = LatestChanges(3)
    rows.add(page("+I a", "-U a", "+U b", "-D b"))
    assert rows.snapshot() == [("-U", "a"), ("+U", "b"), ("-D", "b")]
