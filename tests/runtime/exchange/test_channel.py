import threading

import pytest
from scripted_tasks import PATIENCE, batch, values_of

from sqlstream.columnar.elements import EndOfInput, Watermark, WatermarkStatus
from sqlstream.errors import ClusterError
from sqlstream.runtime.deployment import ChannelId
from sqlstream.runtime.exchange.cancellation import Cancellation, TaskCanceledError
from sqlstream.runtime.exchange.channel import Channel, ChannelCapacity
from sqlstream.runtime.exchange.input_gate import InputGate


def channel(batches: int = 2, size: int = 1 << 20) -> Channel:
    return Channel(ChannelId("job", "edge", 0, 0, 1), ChannelCapacity(batches, size))


def test_a_full_channel_admits_no_further_batch_but_everything_else() -> None:
    bounded = channel(batches=2)
    assert bounded.try_put(batch(1))
    assert bounded.try_put(batch(2))
    assert not bounded.try_put(batch(3))
    assert bounded.try_put(Watermark(1))
    bounded.take()
    assert bounded.try_put(batch(3))


def test_bytes_bound_a_channel_but_never_stop_a_single_batch() -> None:
    bounded = channel(batches=10, size=20)
    assert bounded.try_put(batch(*range(1000)))
    assert not bounded.try_put(batch(1))
    bounded.take()
    assert bounded.try_put(batch(1, 2))
    assert not bounded.try_put(batch(1))


def test_control_elements_between_batches_are_bounded_and_only_the_latest_matter() -> None:
    held = channel()
    held.try_put(batch(1))
    for timestamp in range(1000):
        held.try_put(Watermark(timestamp))
        held.try_put(WatermarkStatus(idle=timestamp % 2 == 0))
    held.try_put(batch(2))
    held.try_put(EndOfInput())
    elements = [held.take()[0] for _ in range(5)]
    assert elements[1:3] == [Watermark(999), WatermarkStatus(idle=False)]
    assert values_of([elements[0], elements[3]]) == [1, 2]
    assert elements[4] == EndOfInput()


def test_a_producer_blocked_on_a_full_channel_goes_on_when_the_consumer_takes() -> None:
    bounded = channel(batches=1)
    cancellation = Cancellation()
    cancellation.on_cancel(bounded.wake)
    bounded.put(batch(1), cancellation)
    done = threading.Event()
    threading.Thread(target=lambda: (bounded.put(batch(2), cancellation), done.set()), daemon=True).start()
    bounded.take()
    assert done.wait(PATIENCE)
    assert bounded.batches == 1


@pytest.mark.parametrize("consumer_gone", [False, True])
def test_cancel_frees_a_blocked_producer(consumer_gone: bool) -> None:
    bounded = channel(batches=1)
    cancellation = Cancellation()
    cancellation.on_cancel(bounded.wake)
    bounded.put(batch(1), cancellation)
    if consumer_gone:
        bounded.close()
    canceled = threading.Event()

    def produce() -> None:
        try:
            bounded.put(batch(2), cancellation)
        except TaskCanceledError:
            canceled.set()

    threading.Thread(target=produce, daemon=True).start()
    cancellation.cancel()
    assert canceled.wait(PATIENCE)


def test_the_network_may_not_exceed_its_credit() -> None:
    fed = channel(batches=1)
    fed.receive(batch(1))
    with pytest.raises(ClusterError, match="credit"):
        fed.receive(batch(2))


def test_a_gate_reads_its_channels_in_turn() -> None:
    left, right = channel(10), channel(10)
    for value in range(3):
        left.try_put(batch(value))
    right.try_put(batch(100))
    gate = InputGate([left, right], Cancellation())
    taken = [gate.next(0) for _ in range(4)]
    assert [item[0] for item in taken if item] == [0, 1, 0, 0]
    assert gate.next(0) is None


def test_a_gate_raises_what_a_lost_producer_left_before_reading_on() -> None:
    fed = channel()
    gate = InputGate([fed], Cancellation())
    fed.receive(batch(1))
    fed.fail(ClusterError("lost"))
    with pytest.raises(ClusterError, match="lost"):
        gate.next(None)


def test_cancel_frees_a_waiting_gate() -> None:
    cancellation = Cancellation()
    gate = InputGate([channel()], cancellation)
    canceled = threading.Event()

    def consume() -> None:
        try:
            gate.next(None)
        except TaskCanceledError:
            canceled.set()

    threading.Thread(target=consume, daemon=True).start()
    cancellation.cancel()
    assert canceled.wait(PATIENCE)
