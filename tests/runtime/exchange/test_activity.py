from sqlstream.runtime.exchange.activity import Activity, ActivityClock


def test_every_moment_belongs_to_one_activity() -> None:
    now = 0

    def pass_(milliseconds: int) -> None:
        nonlocal now
        now += milliseconds * 1_000_000

    clock = ActivityClock(lambda: now)
    pass_(5)
    with clock.during(Activity.IDLE):
        pass_(7)
        assert clock.milliseconds() == (5, 7, 0)
        with clock.during(Activity.BACKPRESSURED):
            pass_(11)
    pass_(2)
    assert clock.milliseconds() == (7, 7, 11)
    clock.attribute(2_000_000, Activity.IDLE)
    assert clock.milliseconds() == (5, 9, 11)
    clock.stop()
    pass_(100)
    assert clock.milliseconds() == (5, 9, 11)
