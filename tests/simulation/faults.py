"""What goes wrong in a schedule, drawn from its seed; after ``end`` nothing does any more."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from sqlstream.runtime.jobmanager.messages import SuspendJobs
from tests.simulation.network import CALM, Weather
from tests.simulation.task_manager import ModelTaskManager
from tests.simulation.timeline import Callback
from tests.simulation.world import World


def draw_weather(random: Random) -> Weather:
    """Half of the schedules have a good network."""
    if random.random() < 0.5:
        return Weather()
    return Weather(
        lost=random.choice((0.0, 0.02, 0.1)),
        doubled=random.choice((0.0, 0.02, 0.1)),
        slow=random.choice((0.0, 0.01, 0.05)),
        refused=random.choice((0.0, 0.0, 0.01)),
        longest_delay=random.choice((5, 50, 300)),
    )


class Faults:
    """Strike at random moments until ``end`` (ms). ``kinds`` are names of the methods below; those that make rows come
    twice where there are no checkpoints are left out then."""

    def __init__(self, world: World, end: int, *, exactly_once: bool) -> None:
        self._world = world
        self._random = world.random
        self._end = end
        kinds: list[Callable[[], None]] = [
            self._kill_task_manager,
            self._stop_task_manager,
            self._freeze_task_manager,
            self._cut_off_task_manager,
            self._add_task_manager,
            self._fail_task,
            self._fill_storage,
            self._slow_down_storage,
            self._freeze_job_manager,
            self._jump,
        ]
        if exactly_once:
            kinds += [self._kill_job_manager, self._kill_job_manager_during_uploads]
            kinds += [self._crash_job_manager, self._stop_job_manager]
            if self._random.random() < 0.1:
                kinds.append(self._corrupt)
        self._kinds = self._random.sample(kinds, self._random.randint(1, len(kinds)))
        count = self._random.choice((0, 1, 2, 3, 5, 8, 12))
        for _ in range(count):
            world.timeline.after(self._random.randint(0, end), self._random.choice(self._kinds))
        world.timeline.after(end, self._calm)

    def _later(self, callback: Callback, shortest: int, longest: int) -> None:
        delay = self._random.randint(shortest, longest)
        self._world.timeline.after(min(delay, self._end - self._world.timeline.now), callback)

    def _victim(self) -> ModelTaskManager | None:
        return self._random.choice(self._world.task_managers) if self._world.task_managers else None

    def _kill_task_manager(self) -> None:
        victim = self._victim()
        if victim is None:
            return
        self._world.kill_task_manager(victim)
        address = victim.address if self._random.random() < 0.5 else None
        self._later(lambda: self._replace(address), 10, 8_000)

    def _stop_task_manager(self) -> None:
        """In order: it says goodbye."""
        victim = self._victim()
        if victim is None or victim.frozen:
            return
        victim.say_goodbye()
        self._world.kill_task_manager(victim)
        self._later(self._world.start_task_manager, 10, 8_000)

    def _replace(self, address: str | None) -> None:
        if address is None or address not in self._world.network.processes:
            self._world.start_task_manager(address)

    def _freeze_task_manager(self) -> None:
        victim = self._victim()
        if victim is not None and not victim.frozen:
            victim.freeze()
            self._later(lambda: victim.thaw() if victim.frozen and victim.alive else None, 100, 12_000)

    def _cut_off_task_manager(self) -> None:
        victim = self._victim()
        if victim is not None:
            self._world.timeline.tell(f"{victim.name} is cut off")
            self._world.network.cut.add(victim.address)
            self._later(lambda: self._world.network.cut.discard(victim.address), 100, 12_000)

    def _add_task_manager(self) -> None:
        if len(self._world.task_managers) < 4:
            self._world.start_task_manager()

    def _fail_task(self) -> None:
        victim = self._victim()
        tasks = victim.running() if victim is not None and not victim.frozen else []
        if tasks:
            self._random.choice(tasks).fail("a row that cannot be")

    def _fill_storage(self) -> None:
        self._world.fill_storage(self._random.randint(50, 3_000))

    def _slow_down_storage(self) -> None:
        """And let a task fail meanwhile."""
        self._world.timeline.tell("the storage is slow")
        self._world.slow_uploads = 0.9
        self._later(self._fail_task, 10, 3_000)
        self._later(self._speed_up_storage, 500, 6_000)

    def _speed_up_storage(self) -> None:
        self._world.timeline.tell("the storage is fast again")
        self._world.slow_uploads = 0.0

    def _freeze_job_manager(self) -> None:
        victim = self._world.job_manager
        if victim is not None and not victim.frozen:
            victim.freeze()
            self._later(lambda: victim.thaw() if victim.frozen and victim.alive else None, 100, 12_000)

    def _jump(self) -> None:
        manager = self._world.job_manager
        if manager is not None and not manager.frozen:
            manager.jump(self._random.choice((10, 1_000, 30_000, 3_000_000)))

    def _kill_job_manager(self) -> None:
        self._world.kill_job_manager()
        self._later(self._world.start_job_manager, 10, 8_000)

    def _kill_job_manager_during_uploads(self) -> None:
        """The next one is there soon enough to hear of them."""
        self._slow_down_storage()
        self._later(self._world.kill_job_manager, 300, 3_000)
        self._later(self._world.start_job_manager, 3_000, 4_000)

    def _stop_job_manager(self) -> None:
        """In order: its tasks are told to end, as far as that goes, and the next one goes on with its jobs."""
        manager = self._world.job_manager
        if manager is not None and not manager.frozen:
            manager.handle(SuspendJobs())
            self._later(self._kill_job_manager, 1, 500)

    def _crash_job_manager(self) -> None:
        self._world.crash_job_manager_after(self._random.randint(1, 12))
        self._later(self._world.start_job_manager, 500, 8_000)

    def _corrupt(self) -> None:
        storage = self._world.storage
        files = [*storage.chunks, *storage.metadata]
        if files:
            file = self._random.choice(files[-6:])
            self._world.timeline.tell(f"{file} is corrupt")
            storage.corrupt.add(file)

    def _calm(self) -> None:
        """Everything heals, and there are TaskManagers enough."""
        world = self._world
        world.timeline.tell("the faults stop")
        world.network.weather = CALM
        world.network.cut.clear()
        world.slow_cancellations = world.slow_uploads = 0.0
        world.empty_storage()
        if world.job_manager is not None and world.job_manager.frozen:
            world.job_manager.thaw()
        world.no_more_crashes()
        world.start_job_manager()
        for manager in world.task_managers:
            if manager.frozen:
                manager.thaw()
        world.provide_slots()
