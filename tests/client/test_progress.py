"""What the progress view makes of a job's names and numbers."""

from __future__ import annotations

import pytest

from sqlstream.columnar.elements import MAX_TIMESTAMP, MIN_TIMESTAMP
from sqlstream_client.progress import short_name, watermark_text


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Source: flights -> Calc(select=[a, f(b) -> c]) -> Sink: daily", "Source: flights -> Calc -> Sink: daily"),
        ("Calc(select=[TIMESTAMPADD('MINUT... -> WatermarkAssigner(rowtime=[t])", "Calc -> WatermarkAssigner"),
        ("Sink: Collect", "Sink: Collect"),
    ],
)
def test_a_step_is_named_by_its_operators(name: str, short: str) -> None:
    assert short_name(name) == short


@pytest.mark.parametrize(
    ("watermark", "text"),
    [(None, ""), (MIN_TIMESTAMP, ""), (MAX_TIMESTAMP, "end"), (1_356_998_400_000, "2013-01-01 00:00:00")],
)
def test_a_watermark_is_a_time(watermark: int | None, text: str) -> None:
    assert watermark_text(watermark) == text
