"""Elements of collections become rows, each with its row and its row's kind."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from harness import batch_of, open_operator, randomly_cut, rows_of

from sqlstream.columnar.batch import Batch, RowKind
from sqlstream.errors import PlanError
from sqlstream.operators.base import build_operator
from sqlstream.plan.expressions import InputRef
from sqlstream.plan.physical import Correlate, JoinKind
from sqlstream.types import logical as t
from sqlstream.types.schema import Field, Schema

ITEM = t.RowType(fields=(t.RowField("name", t.STRING), t.RowField("n", t.INT)))
COLLECTIONS: dict[str, tuple[t.LogicalType, tuple[t.LogicalType, ...]]] = {
    "array": (t.ArrayType(t.STRING), (t.STRING,)),
    "rows": (t.ArrayType(ITEM), (t.STRING, t.INT)),
    "map": (t.MapType(t.STRING, t.INT), (t.STRING, t.INT)),
    "multiset": (t.MultisetType(t.STRING), (t.STRING,)),
    "nested": (t.ArrayType(t.ArrayType(t.INT)), (t.ArrayType(t.INT),)),
}


def unnesting(
    kind: str, join: JoinKind = JoinKind.INNER, ordinality: bool = False, outputs: tuple[int, ...] | None = None
) -> Correlate:
    type_, columns = COLLECTIONS[kind]
    types = (*columns, t.INT) if ordinality else columns
    outputs = tuple(range(len(types))) if outputs is None else outputs
    fields = (Field("id", t.INT), Field("c", type_), *(Field(f"f{i}", types[i]) for i in outputs))
    function = "UNNEST_WITH_ORDINALITY" if ordinality else "UNNEST"
    return Correlate(function, (InputRef(1, type_),), outputs, join, Schema(fields))


def rows(kind: str, *values: Any, kinds: list[RowKind] | None = None) -> Batch:
    schema = Schema((Field("id", t.INT), Field("c", COLLECTIONS[kind][0]))).to_arrow()
    return batch_of(schema, list(enumerate(values)), kinds)


def elements(node: Correlate, batch: Batch) -> list[tuple[Any, ...]]:
    """(kind, id, elements ...) of what comes out."""
    return [(kind, row[0], *row[2:]) for kind, row in rows_of(open_operator(node).on_batch(batch))]


def test_elements_of_arrays() -> None:
    batch = rows("array", ["a", None], [], None, ["ü"])
    assert elements(unnesting("array"), batch) == [("+I", 0, "a"), ("+I", 0, None), ("+I", 3, "ü")]
    assert elements(unnesting("array", JoinKind.LEFT), batch) == [
        ("+I", 0, "a"), ("+I", 0, None), ("+I", 1, None), ("+I", 2, None), ("+I", 3, "ü"),
    ]  # fmt: skip


def test_rows_become_columns_and_a_missing_row_is_none() -> None:
    batch = rows("rows", [{"name": "x", "n": 1}, None], [None], [None, {"name": None, "n": 2}])
    assert elements(unnesting("rows"), batch) == [("+I", 0, "x", 1), ("+I", 2, None, 2)]
    assert elements(unnesting("rows", JoinKind.LEFT, ordinality=True), batch) == [
        ("+I", 0, "x", 1, 1), ("+I", 1, None, None, None), ("+I", 2, None, 2, 2),
    ]  # fmt: skip


def test_entries_of_maps() -> None:
    batch = rows("map", [("a", 1), ("b", None)], None, [], [("c", 3)])
    assert elements(unnesting("map"), batch) == [("+I", 0, "a", 1), ("+I", 0, "b", None), ("+I", 3, "c", 3)]


def test_a_multiset_has_an_element_as_often_as_it_counts() -> None:
    batch = rows("multiset", [("a", 2), ("b", 1)], [], [("c", 0), ("d", 3)])
    assert elements(unnesting("multiset"), batch) == [
        ("+I", 0, "a"), ("+I", 0, "a"), ("+I", 0, "b"), ("+I", 2, "d"), ("+I", 2, "d"), ("+I", 2, "d"),
    ]  # fmt: skip


def test_ordinality_counts_within_a_row() -> None:
    batch = rows("multiset", [("a", 2), ("b", 1)], None, [("c", 1)])
    assert elements(unnesting("multiset", JoinKind.LEFT, ordinality=True), batch) == [
        ("+I", 0, "a", 1), ("+I", 0, "a", 2), ("+I", 0, "b", 3), ("+I", 1, None, None), ("+I", 2, "c", 1),
    ]  # fmt: skip


def test_rows_keep_their_kinds() -> None:
    batch = rows("array", ["a"], ["a"], ["b", "c"], None, kinds=[*RowKind])
    assert elements(unnesting("array", JoinKind.LEFT), batch) == [
        ("+I", 0, "a"), ("-U", 1, "a"), ("+U", 2, "b"), ("+U", 2, "c"), ("-D", 3, None),
    ]  # fmt: skip


def test_only_wanted_columns_come_out() -> None:
    node = unnesting("rows", ordinality=True, outputs=(2, 0))
    assert elements(node, rows("rows", [{"name": "x", "n": 1}])) == [("+I", 0, 1, "x")]
    assert elements(unnesting("array", outputs=()), rows("array", ["a", "b"])) == [("+I", 0), ("+I", 0)]


def test_many_elements_come_in_several_batches() -> None:
    operator = open_operator(unnesting("array", JoinKind.LEFT), **{"execution.batch-size": "100"})
    batches = list(operator.on_batch(rows("array", ["x"] * 250, None, ["y"])))
    assert [batch.num_rows for batch in batches] == [100, 100, 52]  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", COLLECTIONS)
@pytest.mark.parametrize("join", [JoinKind.INNER, JoinKind.LEFT])
@pytest.mark.parametrize("seed", range(5))
def test_the_cut_of_the_input_makes_no_difference(kind: str, join: JoinKind, seed: int) -> None:
    random_ = random.Random(seed)
    batch = rows(kind, *(_collection(kind, random_) for _ in range(60)))
    node = unnesting(kind, join, ordinality=True)
    cut = [row for part in randomly_cut(batch, random_) for row in elements(node, part)]
    assert cut == elements(node, batch)
    expected: Counter[int] = Counter()
    for id, value in enumerate(batch.column(1).to_pylist()):
        present = [element for element in value or () if kind != "rows" or element is not None]
        count = sum(n for _, n in present) if kind == "multiset" else len(present)
        expected[id] = max(count, int(join is JoinKind.LEFT))
    assert Counter(row[1] for row in cut) == +expected


def test_an_unknown_function_is_an_older_version() -> None:
    with pytest.raises(PlanError, match="Unknown table function 'SPREAD'"):
        build_operator(Correlate("SPREAD", (), (), JoinKind.INNER, Schema(())))


def _collection(kind: str, random_: random.Random) -> Any:
    if random_.random() < 0.2:
        return None
    size = random_.randint(0, 4)
    if kind == "rows":
        return [random_.choice((None, {"name": "é", "n": i})) for i in range(size)]
    if kind == "nested":
        return [random_.choice((None, [i, None])) for i in range(size)]
    if kind == "array":
        return [random_.choice((None, "", "long enough not to be inlined")) for _ in range(size)]
    return [(f"k{i}", random_.randint(0, 3)) for i in range(size)]
