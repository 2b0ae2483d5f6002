"""Rows as Python objects, at the edges."""

from __future__ import annotations

import pyarrow as pa
import pytest

from sqlstream.columnar.batch import Batch
from sqlstream.errors import DataError


@pytest.mark.parametrize("days", [2932897, -719163])
def test_a_date_that_python_does_not_have_is_an_error_that_names_its_column(days: int) -> None:
    batch = Batch(pa.record_batch({"d": pa.array([days], pa.int32()).cast(pa.date32())}))
    with pytest.raises(DataError, match="Column 'd' holds a date") as caught:
        batch.to_rows()
    assert "CAST(d AS STRING)" in (caught.value.hint or "")
