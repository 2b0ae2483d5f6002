"""One run: undisturbed, then disturbed, then row for row."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from tests.chaos.disturbance import Disturbance
from tests.chaos.faults import planned_faults
from tests.chaos.observer import FORGOTTEN, JobObserver
from tests.chaos.processes import ProcessCluster
from tests.chaos.workload import FULL_SPEED, Workload, differences

TASK_MANAGERS = 3
PARALLELISM = 3
SLOTS = 2
"""Of each TaskManager: any two of them can run the job."""
_PILOT_ROWS = 3_000_000
_JOB_OPTIONS = {
    "execution.checkpointing.interval": "1 s",
    "restart-strategy.type": "fixed-delay",
    "restart-strategy.fixed-delay.attempts": "1000000",
    "restart-strategy.fixed-delay.delay": "200 ms",
}


@dataclass(frozen=True)
class DisturbedRun:
    """``faults``: how often a process was killed or frozen; ``status``: in which the job ended, if it did."""

    faults: int
    recoveries: int
    median_recovery_seconds: float
    status: str


@dataclass(frozen=True)
class ChaosResult:
    """``differences``: how the output differs from what it must be; empty when it is identical."""

    run: DisturbedRun
    differences: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"chaos: kills={self.run.faults} recoveries={self.run.recoveries} "
            f"median_recovery_s={self.run.median_recovery_seconds:.1f} identical={'no' if self.differences else 'yes'}"
        )


def sized_workload(seconds: float, directory: Path) -> Workload:
    """As many rows as take ``seconds`` undisturbed, going by a short run in ``directory``."""
    took = run_undisturbed(Workload(_PILOT_ROWS, PARALLELISM), directory / "pilot")
    return Workload(max(_PILOT_ROWS, int(_PILOT_ROWS * seconds / took)), PARALLELISM)


def run_undisturbed(workload: Workload, directory: Path) -> float:
    """Run the script in a process of its own, its output below ``directory``; the seconds that the job took."""
    directory.mkdir()
    script = workload.write_script(directory / "script.sql", directory)
    finished = subprocess.run(
        [sys.executable, "-m", "sqlstream", "run", str(script)], capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return float(finished.stdout.rpartition("elapsed ")[2].split()[0].replace(",", ""))


def run_disturbed(
    workload: Workload, seed: int, seconds: float, directory: Path, say: Callable[[str], None]
) -> DisturbedRun:
    """Disturb a cluster of processes for ``seconds`` while it runs the script, its output below ``directory``, then
    let it finish."""
    directory.mkdir()
    script = workload.write_script(directory / "script.sql", directory)
    job_options = {**_JOB_OPTIONS, "execution.checkpointing.dir": str(directory / "checkpoints")}
    with ProcessCluster(directory / "cluster", TASK_MANAGERS, {"taskmanager.numberOfTaskSlots": str(SLOTS)}) as cluster:
        job_id = cluster.submit(script, *(a for key, value in job_options.items() for a in ("-D", f"{key}={value}")))
        with JobObserver(cluster, job_id) as observer:
            assert observer.wait_running(60), f"The job does not run: {observer.status}."
            disturbance = Disturbance(cluster, observer, say)
            disturbance.run(planned_faults(seed, seconds, 1 + TASK_MANAGERS))
            say("no more faults")
            ended = observer.wait_ended(120 + 10 * seconds)
            status = observer.status if ended else f"{observer.status} for too long"
            say(f"the job is {status}")
            return DisturbedRun(disturbance.faults, observer.recoveries, observer.median_recovery_seconds, status)


def run_chaos(
    workload: Workload, seed: int, seconds: float, directory: Path, say: Callable[[str], None]
) -> ChaosResult:
    """The whole run, in ``directory``."""
    took = run_undisturbed(replace(workload, rows_per_second=FULL_SPEED), directory / "undisturbed")
    say(f"{workload.rows:,} orders and as many payments take {took:.1f} s undisturbed, in one process")
    reference = workload.reference()
    found = [f"undisturbed: {text}" for text in differences(reference, directory / "undisturbed")]
    run = run_disturbed(workload, seed, seconds, directory / "disturbed", say)
    if run.status not in ("FINISHED", FORGOTTEN):
        found.append(f"the job is {run.status}")
    found += differences(reference, directory / "disturbed")
    return ChaosResult(run, tuple(found))
