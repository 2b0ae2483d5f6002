from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from sqlstream.columnar.elements import MAX_TIMESTAMP, MIN_TIMESTAMP, Watermark, WatermarkStatus
from sqlstream.runtime.exchange.watermark_valve import WatermarkValve


def test_lowest_of_all_channels_decides() -> None:
    valve = WatermarkValve(2)
    assert valve.on_watermark(0, 10) == []
    assert valve.on_watermark(1, 5) == [Watermark(5)]
    assert valve.on_watermark(1, 20) == [Watermark(10)]


def test_a_falling_watermark_is_ignored() -> None:
    valve = WatermarkValve(1)
    assert valve.on_watermark(0, 10) == [Watermark(10)]
    assert list(valve.on_watermark(0, 7)) == []
    assert valve.watermark == 10


def test_an_idle_channel_holds_nothing_back() -> None:
    valve = WatermarkValve(2)
    valve.on_watermark(0, 10)
    assert valve.on_status(1, idle=True) == [Watermark(10)]


def test_a_channel_back_from_idleness_holds_nothing_back_until_it_has_caught_up() -> None:
    valve = WatermarkValve(2)
    valve.on_watermark(0, 10)
    valve.on_status(1, idle=True)
    assert valve.on_status(1, idle=False) == []
    valve.on_watermark(1, 3)
    assert valve.on_watermark(0, 20) == [Watermark(20)]
    assert valve.on_watermark(1, 20) == []
    assert valve.on_watermark(0, 30) == []
    assert valve.on_watermark(1, 25) == [Watermark(25)]


def test_all_channels_idle_makes_the_valve_idle_and_flushes_the_highest() -> None:
    valve = WatermarkValve(2)
    valve.on_watermark(0, 10)
    valve.on_watermark(1, 20)
    assert valve.on_status(1, idle=True) == []
    assert valve.on_status(0, idle=True) == [Watermark(20), WatermarkStatus(idle=True)]
    assert valve.on_status(0, idle=False) == [WatermarkStatus(idle=False)]


def test_an_ended_channel_holds_nothing_back_and_does_not_move_time_by_itself() -> None:
    valve = WatermarkValve(3)
    valve.on_watermark(0, 10)
    valve.on_watermark(1, 5)
    valve.on_status(2, idle=True)
    assert valve.on_end(1) == [Watermark(10)]
    assert valve.on_watermark(0, MAX_TIMESTAMP) == [WatermarkStatus(idle=True)]
    assert list(valve.on_end(0)) == []
    assert list(valve.on_end(2)) == []
    assert valve.watermark == 10


@dataclass
class Channel:
    """The reference: a channel as the documentation speaks of it."""

    watermark: int = MIN_TIMESTAMP
    idle: bool = False
    ended: bool = False
    counted: bool = True
    """Whether it may hold time back: not while idle, and not behind after idleness."""


def reference(events: list[tuple[str, int, int]], channels: int) -> tuple[int, bool]:
    """The combined watermark and idleness after ``events``, told event by event as Flink's rules do."""
    states = [Channel() for _ in range(channels)]
    combined, idle = MIN_TIMESTAMP, False
    for event, index, timestamp in events:
        state = states[index]
        if event == "watermark" and timestamp > state.watermark:
            state.watermark = timestamp
        elif event == "idle":
            state.idle, state.counted = True, False
        elif event == "active" and state.idle:
            state.idle = False
        elif event == "end":
            state.ended, state.counted = True, False
        for other in states:
            if not other.idle and not other.ended and other.watermark >= combined:
                other.counted = True
        alive = [other for other in states if not other.ended]
        holding = [other.watermark for other in alive if other.counted and not other.idle]
        if alive:
            idle = all(other.idle for other in alive)
            combined = max([combined, *([min(holding)] if holding else []), *(o.watermark for o in alive if idle)])
    return combined, idle


@st.composite
def histories(draw: st.DrawFn) -> tuple[int, list[tuple[str, int, int]]]:
    channels = draw(st.integers(1, 4))
    event = st.tuples(
        st.sampled_from(["watermark", "watermark", "watermark", "idle", "active", "end"]),
        st.integers(0, channels - 1),
        st.integers(-5, 50),
    )
    events, ended = [], set()
    for item in draw(st.lists(event, max_size=40)):
        if item[1] not in ended:
            events.append(item)
        if item[0] == "end":
            ended.add(item[1])
    return channels, events


@given(histories())
def test_any_history_combines_as_the_reference_says(history: tuple[int, list[tuple[str, int, int]]]) -> None:
    channels, events = history
    valve = WatermarkValve(channels)
    actions = {
        "watermark": valve.on_watermark,
        "idle": lambda channel, _: valve.on_status(channel, idle=True),
        "active": lambda channel, _: valve.on_status(channel, idle=False),
        "end": lambda channel, _: valve.on_end(channel),
    }
    emitted = [output for event, channel, timestamp in events for output in actions[event](channel, timestamp)]
    combined, idle = reference(events, channels)
    watermarks = [output.timestamp for output in emitted if isinstance(output, Watermark)]
    statuses = [output.idle for output in emitted if isinstance(output, WatermarkStatus)]
    assert watermarks == sorted(set(watermarks))
    assert (watermarks or [MIN_TIMESTAMP])[-1] == valve.watermark == combined
    assert (statuses or [False])[-1] == idle
    assert statuses == [index % 2 == 0 for index in range(len(statuses))]
