"""One schedule from its seed: a world, its users and its faults, until every job has ended."""

from __future__ import annotations

from random import Random

from tests.simulation.faults import Faults, draw_weather
from tests.simulation.users import draw_users
from tests.simulation.violations import Violation
from tests.simulation.world import Settings, World

_PATIENCE = 600_000
"""ms after the last fault within which every job must have ended."""
_ANSWER_WITHIN = 60_000
"""ms after all jobs have ended within which their users' requests must have been answered."""


def run_schedule(seed: int, trace: list[str] | None = None) -> Violation | None:
    """The violation it ended with, if any. With ``trace``, what happened is added to it."""
    random = Random(seed)
    world = World(random, _draw_settings(random), draw_weather(random), trace)
    world.slow_cancellations = random.choice((0.0, 0.0, 0.05))
    world.slow_uploads = random.choice((0.0, 0.0, 0.05, 0.3))
    faults_end = random.choice((1_000, 5_000, 15_000))
    users = draw_users(world, random, faults_end)
    try:
        world.start_job_manager()
        for _ in range(random.randint(1, 4)):
            world.start_task_manager()
        for user in users:
            user.start()
        Faults(world, faults_end, exactly_once=all(user.checkpoints for user in users))

        def done() -> bool:
            return world.timeline.now > faults_end and all(user.look() for user in users)

        if not world.timeline.run_until(faults_end + _PATIENCE, done):
            raise Violation("liveness", f"{world.statuses()} {_PATIENCE} ms after the last fault")
        if not world.timeline.run_until(
            world.timeline.now + _ANSWER_WITHIN, lambda: not any(u.unanswered() for u in users)
        ):
            raise Violation("answers", f"{users[0].unanswered() + users[-1].unanswered()} have not been answered")
        world.auditor.check_end()
        for user in users:
            user.check_end()
    except Violation as violation:
        return violation
    return None


def _draw_settings(random: Random) -> Settings:
    interval = random.choice((300, 1_000))
    return Settings(
        heartbeat_interval=interval,
        heartbeat_timeout=interval * random.randint(3, 10),
        slot_request_timeout=random.choice((3_000, 10_000)),
        cancellation_timeout=random.choice((8_000, 60_000)),
        slots=random.randint(1, 3),
    )
