"""``python -m tests.chaos --minutes 2 --seed 7``: kill and freeze processes for two minutes, and compare the output."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos.run import PARALLELISM, run_chaos, sized_workload
from tests.chaos.workload import Workload


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=2.0, help="how long processes are killed and frozen")
    parser.add_argument("--seed", type=int, default=1, help="decides which, when and how")
    parser.add_argument("--rows", type=int, help="orders; by default as many as take that long without disturbance")
    parser.add_argument("--keep", action="store_true", help="keep output and logs of a run that was identical too")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)

    begin = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - begin:7.1f} s  {text}", flush=True)

    directory = Path(tempfile.mkdtemp(prefix="sqlstream-chaos-"))
    try:
        seconds = arguments.minutes * 60
        workload = Workload(arguments.rows, PARALLELISM) if arguments.rows else sized_workload(seconds, directory)
        result = run_chaos(workload, arguments.seed, seconds, directory, say)
    except KeyboardInterrupt:
        shutil.rmtree(directory)
        return 130
    for difference in result.differences:
        print(difference)
    if result.differences:
        print(f"seed {arguments.seed}; logs, checkpoints and output are in {directory}/disturbed")
    elif arguments.keep:
        print(f"logs and output are in {directory}")
    else:
        shutil.rmtree(directory)
    print(result)
    return 1 if result.differences else 0


if __name__ == "__main__":
    sys.exit(main())
