"""A sink's NOT NULL and lengths are held: rows fail, are dropped, cut or padded, as the job says."""

from __future__ import annotations

from typing import Any

import pytest
from harness import batch_of, open_operator, rows_of

from sqlstream.columnar.batch import RowKind
from sqlstream.errors import DataError
from sqlstream.plan.physical import ConstraintEnforcer, LengthConstraint
from sqlstream.types.parse import parse_type
from sqlstream.types.schema import Field, Schema

ROW = Schema(
    tuple(
        Field(name, parse_type(type_))
        for name, type_ in {
            "id": "INT NOT NULL", "v": "VARCHAR(3)", "c": "CHAR(3)", "b": "VARBINARY(2)", "f": "BINARY(2)",
        }.items()
    )
)  # fmt: skip
LENGTHS = tuple(
    LengthConstraint(i, n, exact) for i, n, exact in [(1, 3, False), (2, 3, True), (3, 2, False), (4, 2, True)]
)


def enforced(rows: list[Any], *, drop: bool = False, lengths: bool = True, trim: bool = False) -> list[Any]:
    node = ConstraintEnforcer((0,), drop, LENGTHS if lengths else (), trim, ROW)
    return [row for _, row in rows_of(open_operator(node).on_batch(batch_of(ROW.to_arrow(), rows)))]


FITS = (1, "abc", "abc", b"ab", b"ab")


def test_rows_that_fit_pass_as_they_are_with_their_kinds() -> None:
    node = ConstraintEnforcer((0,), False, LENGTHS, False, ROW)
    batch = batch_of(ROW.to_arrow(), [FITS, (2, None, None, None, None)], [RowKind.UPDATE_AFTER, RowKind.DELETE])
    assert list(open_operator(node).on_batch(batch)) == [batch]


def test_a_null_fails_or_is_dropped() -> None:
    with pytest.raises(DataError, match="Column 'id' is NOT NULL, however, a null value") as raised:
        enforced([FITS, (None, *FITS[1:])])
    assert "'table.exec.sink.not-null-enforcer' = 'DROP'" in str(raised.value.hint)
    assert enforced([(None, *FITS[1:]), FITS], drop=True) == [FITS]
    assert enforced([(None, *FITS[1:])], drop=True) == []


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ((1, "abcd", "abc", b"ab", b"ab"), "Column 'v' is VARCHAR\\(3\\), however, a string of length 4"),
        ((1, "abc", "ab", b"ab", b"ab"), "Column 'c' is CHAR\\(3\\), however, a string of length 2"),
        ((1, "abc", "abc", b"abc", b"ab"), "Column 'b' is VARBINARY\\(2\\), however, a binary value of length 3"),
        ((1, "abc", "abc", b"ab", b""), "Column 'f' is BINARY\\(2\\), however, a binary value of length 0"),
    ],
)
def test_a_wrong_length_fails_where_that_is_wanted(row: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        enforced([FITS, row])
    assert enforced([row], lengths=False) == [row]


def test_values_are_cut_and_padded_by_characters_and_bytes() -> None:
    rows = [(1, "żółw", "ż", b"abc", b"a"), (2, "", "", b"", b""), (3, "a", "abcd", b"a", b"abc"), (4, *[None] * 4)]
    assert enforced(rows, trim=True) == [
        (1, "żół", "ż  ", b"ab", b"a\0"),
        (2, "", "   ", b"", b"\0\0"),
        (3, "a", "abc", b"a", b"ab"),
        (4, *[None] * 4),
    ]
