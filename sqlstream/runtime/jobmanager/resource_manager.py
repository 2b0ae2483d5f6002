"""The ResourceManager: which TaskManagers there are, who is silent for too long, and whose their slots are.

A pure state machine: time is handed in (ms, any epoch, never running backwards) and notices come out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlstream.runtime.jobmanager.messages import (
    RequestSlots,
    ResourceNotice,
    ReturnSlots,
    Slot,
    SlotsDenied,
    SlotsGranted,
    TaskManagerJoined,
    TaskManagerLost,
)
from sqlstream.runtime.jobmanager.views import TaskManagerView
from sqlstream.runtime.protocol import TaskManagerInfo


@dataclass
class _Member:
    info: TaskManagerInfo
    last_heartbeat: int
    allocated: dict[int, str] = field(default_factory=dict)
    """Slot index -> job."""

    @property
    def free(self) -> int:
        return self.info.slots - len(self.allocated)

    def allocate(self, job_id: str) -> Slot:
        index = next(i for i in range(self.info.slots) if i not in self.allocated)
        self.allocated[index] = job_id
        return Slot(self.info.id, self.info.address, index)


@dataclass(frozen=True)
class _Pending:
    request: RequestSlots
    since: int


class ResourceManager:
    """``heartbeat_timeout`` (ms) is None where TaskManagers cannot be lost: in this very process.

    ``heartbeat_interval`` (ms) is how often they report. When nothing at all happens for two of them this process
    itself stood still, and the reports of that time are waiting to be read: nothing is given up before two more.
    """

    def __init__(
        self, heartbeat_timeout: int | None, slot_request_timeout: int, heartbeat_interval: int | None = None
    ) -> None:
        self._heartbeat_timeout = heartbeat_timeout
        self._slot_request_timeout = slot_request_timeout
        self._standstill = None if heartbeat_interval is None else 2 * heartbeat_interval
        self._observed: int | None = None
        self._patient_until = 0
        self._members: dict[str, _Member] = {}
        self._pending: dict[str, _Pending] = {}

    def knows(self, task_manager_id: str) -> bool:
        return task_manager_id in self._members

    def views(self) -> tuple[TaskManagerView, ...]:
        return tuple(
            TaskManagerView(member.info, member.last_heartbeat, tuple(member.allocated.values()))
            for member in self._members.values()
        )

    def observe(self, now: int) -> None:
        """Something happens, be it a tick."""
        if self._standstill is not None:
            if self._observed is not None and self._is_watched() and now - self._observed > self._standstill:
                self._patient_until = now + self._standstill
            self._observed = now

    def register(self, info: TaskManagerInfo, now: int) -> Iterator[ResourceNotice]:
        """A TaskManager introduces itself; another one that had its address must be gone."""
        for other in [
            m.info for m in self._members.values() if m.info.address == info.address and m.info.id != info.id
        ]:
            yield from self.remove(other.id, f"another one registered at its address as {info.id}")
        if info.id in self._members:
            self._members[info.id].last_heartbeat = now
        else:
            self._members[info.id] = _Member(info, now)
            yield TaskManagerJoined(info.id)
        yield from self._serve()

    def heartbeat(self, task_manager_id: str, now: int) -> None:
        member = self._members.get(task_manager_id)
        if member is not None:
            member.last_heartbeat = now

    def remove(self, task_manager_id: str, reason: str) -> Iterator[ResourceNotice]:
        """A TaskManager is gone, and its slots with it."""
        member = self._members.pop(task_manager_id, None)
        if member is not None:
            yield TaskManagerLost(
                member.info.id,
                member.info.address,
                f"TaskManager {member.info.id} ({member.info.address}) was lost: {reason}",
            )

    def request(self, request: RequestSlots, now: int) -> Iterator[ResourceNotice]:
        """Slots now, or when there are enough, or a denial after the slot request timeout."""
        self._pending[request.job_id] = _Pending(request, now)
        yield from self._serve()

    def take_back(self, returned: ReturnSlots) -> Iterator[ResourceNotice]:
        """The job goes on without these slots."""
        for slot in returned.slots:
            member = self._members.get(slot.task_manager_id)
            if member is not None and member.allocated.get(slot.index) == returned.job_id:
                del member.allocated[slot.index]
        yield from self._serve()

    def free(self, job_id: str) -> Iterator[ResourceNotice]:
        """The job needs its slots no more, nor those it was waiting for."""
        self._pending.pop(job_id, None)
        for member in self._members.values():
            member.allocated = {index: job for index, job in member.allocated.items() if job != job_id}
        yield from self._serve()

    def tick(self, now: int) -> Iterator[ResourceNotice]:
        """Give up whoever has been silent, and whatever has been waited for, too long."""
        for member in list(self._members.values()):
            deadline = self._heartbeat_deadline(member)
            if deadline is not None and deadline <= now:
                seconds = (self._heartbeat_timeout or 0) / 1000
                yield from self.remove(member.info.id, f"no heartbeat for {seconds:g} s")
        for pending in list(self._pending.values()):
            if self._request_deadline(pending) <= now:
                del self._pending[pending.request.job_id]
                yield SlotsDenied(pending.request.job_id, self._shortage(pending.request))

    def next_deadline(self) -> int | None:
        """When ``tick`` has something to do, unless something happens before."""
        heartbeats = (self._heartbeat_deadline(member) for member in self._members.values())
        requests = map(self._request_deadline, self._pending.values())
        deadlines = (*heartbeats, *requests, self._next_observation())
        return min((deadline for deadline in deadlines if deadline is not None), default=None)

    def missing_slots(self) -> int:
        """How many more it would take to serve everyone who waits for some."""
        wanted = sum(pending.request.count for pending in self._pending.values())
        return max(0, wanted - sum(member.free for member in self._members.values()))

    def _heartbeat_deadline(self, member: _Member) -> int | None:
        if self._heartbeat_timeout is None:
            return None
        return max(member.last_heartbeat + self._heartbeat_timeout, self._patient_until)

    def _request_deadline(self, pending: _Pending) -> int:
        return max(pending.since + self._slot_request_timeout, self._patient_until)

    def _next_observation(self) -> int | None:
        """Ticks come often enough to notice a standstill."""
        if self._standstill is None or self._observed is None or not self._is_watched():
            return None
        return self._observed + self._standstill // 2

    def _is_watched(self) -> bool:
        """Whether there is anything to give up."""
        return bool(self._members or self._pending)

    def _serve(self) -> Iterator[ResourceNotice]:
        """Grant what can be granted, oldest request first; one that does not fit lets later ones pass."""
        for pending in list(self._pending.values()):
            request = pending.request
            if request.count <= sum(member.free for member in self._members.values()):
                del self._pending[request.job_id]
                yield SlotsGranted(request.job_id, tuple(self._take(request)))

    def _take(self, request: RequestSlots) -> Iterator[Slot]:
        """Spread over the TaskManagers: Python threads of one process share one interpreter lock."""
        for _ in range(request.count):
            yield max(self._members.values(), key=lambda member: member.free).allocate(request.job_id)

    def _shortage(self, request: RequestSlots) -> str:
        free = sum(member.free for member in self._members.values())
        total = sum(member.info.slots for member in self._members.values())
        return (
            f"no free slots: {request.count} needed, {free} of {total} free on {len(self._members)} TaskManager(s) "
            f"after waiting {self._slot_request_timeout / 1000:g} s; "
            "start more TaskManagers, raise taskmanager.numberOfTaskSlots, or lower parallelism.default"
        )
