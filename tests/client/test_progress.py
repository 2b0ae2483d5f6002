"""What the progress view makes of a job's names and numbers."""

from __future__ import annotations

import pytest

from sqlstream.columnar.elements import MAX_TIMESTAMP, MIN_TIMESTAMP
from sqlstream_client.progress import watermark_text


@pytest.mark.parametrize(
    ("watermark", "text"),
    [(None, ""), (MIN_TIMESTAMP, ""), (MAX_TIMESTAMP, "end"), (1_356_998_400_000, "2013-01-01 00:00:00")],
)
def test_a_watermark_is_a_time(watermark: int | None, text: str) -> None:
    assert watermark_text(watermark) == text
