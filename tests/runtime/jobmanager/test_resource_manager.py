"""Who has which slot, and who is taken for lost."""

from __future__ import annotations

from sqlstream.runtime.jobmanager.messages import (
    RequestSlots,
    ReturnSlots,
    SlotsDenied,
    SlotsGranted,
    TaskManagerJoined,
    TaskManagerLost,
)
from sqlstream.runtime.jobmanager.resource_manager import ResourceManager
from sqlstream.runtime.protocol import TaskManagerInfo


def manager() -> ResourceManager:
    return ResourceManager(heartbeat_timeout=3_000, slot_request_timeout=10_000)


def info(number: int, slots: int = 2) -> TaskManagerInfo:
    return TaskManagerInfo(f"tm-{number}", f"host:{number}", slots)


def test_slots_are_granted_at_once_and_spread_over_the_task_managers() -> None:
    resources = manager()
    for number in (1, 2):
        assert list(resources.register(info(number), 0)) == [TaskManagerJoined(f"tm-{number}")]
    (granted,) = resources.request(RequestSlots("a", 2), 0)
    assert isinstance(granted, SlotsGranted)
    assert {slot.task_manager_id for slot in granted.slots} == {"tm-1", "tm-2"}


def test_a_request_waits_for_slots_and_takes_those_of_a_new_task_manager() -> None:
    resources = manager()
    assert list(resources.request(RequestSlots("a", 2), 0)) == []
    _, granted = resources.register(info(1), 5_000)
    assert isinstance(granted, SlotsGranted)


def test_a_request_takes_slots_that_another_job_gives_back() -> None:
    resources = manager()
    list(resources.register(info(1), 0))
    list(resources.request(RequestSlots("a", 2), 0))
    assert list(resources.request(RequestSlots("b", 1), 0)) == []
    (granted,) = resources.free("a")
    assert isinstance(granted, SlotsGranted)
    assert granted.job_id == "b"


def test_slots_are_missing_as_long_as_requests_wait_for_more_than_are_free() -> None:
    resources = manager()
    assert resources.missing_slots() == 0
    list(resources.request(RequestSlots("a", 3), 0))
    list(resources.request(RequestSlots("b", 4), 0))
    assert resources.missing_slots() == 7
    list(resources.register(info(1), 0))
    assert resources.missing_slots() == 5
    list(resources.register(info(2), 0))
    assert resources.missing_slots() == 3
    list(resources.free("b"))
    assert resources.missing_slots() == 0


def test_a_request_not_served_in_time_is_denied_with_the_figures() -> None:
    resources = manager()
    list(resources.register(info(1), 9_000))
    list(resources.request(RequestSlots("a", 3), 0))
    assert resources.next_deadline() == 10_000
    (denied,) = resources.tick(10_000)
    assert isinstance(denied, SlotsDenied)
    assert "3 needed, 2 of 2 free on 1 TaskManager(s) after waiting 10 s" in denied.error


def test_a_silent_task_manager_is_lost_when_the_heartbeat_timeout_has_passed() -> None:
    resources = manager()
    list(resources.register(info(1), 0))
    resources.heartbeat("tm-1", 1_000)
    assert list(resources.tick(3_999)) == []
    (lost,) = resources.tick(4_000)
    assert lost == TaskManagerLost("tm-1", "host:1", "TaskManager tm-1 (host:1) was lost: no heartbeat for 3 s")
    assert not resources.knows("tm-1")


def test_a_heartbeat_of_a_lost_task_manager_does_not_bring_it_back() -> None:
    resources = manager()
    list(resources.register(info(1), 0))
    list(resources.tick(3_000))
    resources.heartbeat("tm-1", 3_001)
    assert not resources.knows("tm-1")


def test_a_task_manager_restarted_at_the_same_address_replaces_the_old_one() -> None:
    resources = manager()
    list(resources.register(info(1), 0))
    lost, _ = resources.register(TaskManagerInfo("tm-new", "host:1", 2), 1)
    assert isinstance(lost, TaskManagerLost)
    assert [view.info.id for view in resources.views()] == ["tm-new"]


def test_registering_twice_keeps_the_slots_in_use() -> None:
    resources = manager()
    list(resources.register(info(1), 0))
    list(resources.request(RequestSlots("a", 1), 0))
    list(resources.register(info(1), 1))
    assert resources.views()[0].allocated == ("a",)


def test_in_one_process_nobody_is_lost() -> None:
    resources = ResourceManager(heartbeat_timeout=None, slot_request_timeout=1)
    list(resources.register(info(1), 0))
    assert resources.next_deadline() is None
    assert list(resources.tick(10**12)) == []


def patient_manager() -> ResourceManager:
    resources = ResourceManager(heartbeat_timeout=3_000, slot_request_timeout=10_000, heartbeat_interval=500)
    resources.observe(0)
    list(resources.register(info(1), 0))
    return resources


def test_ticks_come_often_enough_to_notice_a_standstill() -> None:
    resources = patient_manager()
    assert resources.next_deadline() == 500
    resources.observe(500)
    assert resources.next_deadline() == 1_000


def test_a_process_that_stood_still_reads_its_heartbeats_before_it_gives_anybody_up() -> None:
    resources = patient_manager()
    resources.observe(9_000)
    assert list(resources.tick(9_000)) == []
    resources.observe(9_001)
    resources.heartbeat("tm-1", 9_001)
    for now in range(9_500, 12_001, 500):
        resources.observe(now)
        assert list(resources.tick(now)) == []
    resources.observe(12_500)
    assert len(list(resources.tick(12_500))) == 1


def test_who_does_not_report_after_a_standstill_either_is_lost() -> None:
    resources = patient_manager()
    for now in (9_000, 9_500, 9_999):
        resources.observe(now)
        assert list(resources.tick(now)) == []
    resources.observe(10_000)
    assert [type(notice) for notice in resources.tick(10_000)] == [TaskManagerLost]


def test_a_request_is_not_denied_before_those_who_joined_during_a_standstill_are_heard() -> None:
    resources = ResourceManager(heartbeat_timeout=3_000, slot_request_timeout=10_000, heartbeat_interval=500)
    resources.observe(0)
    assert list(resources.request(RequestSlots("a", 2), 0)) == []
    assert resources.next_deadline() == 500
    resources.observe(20_000)
    assert list(resources.tick(20_000)) == []
    _, granted = resources.register(info(1), 20_001)
    assert isinstance(granted, SlotsGranted)


def test_silence_while_this_process_is_busy_is_silence() -> None:
    resources = patient_manager()
    for now in range(500, 3_000, 500):
        resources.observe(now)
        assert list(resources.tick(now)) == []
    resources.observe(3_000)
    assert [type(notice) for notice in resources.tick(3_000)] == [TaskManagerLost]


def test_returned_slots_serve_others_and_those_of_another_job_are_not_taken() -> None:
    resources = manager()
    list(resources.register(info(1), 0))
    (granted,) = resources.request(RequestSlots("a", 2), 0)
    assert isinstance(granted, SlotsGranted)
    list(resources.request(RequestSlots("b", 1), 0))
    (to_b,) = resources.take_back(ReturnSlots("a", granted.slots[:1]))
    assert isinstance(to_b, SlotsGranted)
    assert list(resources.take_back(ReturnSlots("a", to_b.slots))) == []
    assert sorted(resources.views()[0].allocated) == ["a", "b"]
