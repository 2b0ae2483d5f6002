"""Starting a cluster of its own, and holding on to it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Thread

import msgspec

from sqlstream.deploy import daemon
from sqlstream.deploy.cluster_deployment import ClusterAddress, ClusterDeployment
from sqlstream.deploy.leash import Leash
from sqlstream.deploy.pid_file import PidFile

KIND = "standalone-job"

_PID_FILE_LOCK = Lock()


@dataclass(frozen=True)
class OwnClusterProcess:
    """The JobManager's process, whose TaskManagers end with it."""

    address: ClusterAddress
    log: Path
    process: subprocess.Popen[bytes]

    def wait(self) -> int:
        """Until the cluster has ended; the exit code, 1 when what it was there for failed."""
        return self.process.wait()

    def terminate(self) -> None:
        """Ask it to end what it is there for, and then itself."""
        self.process.terminate()


def start_own_cluster(
    deployment: ClusterDeployment, *, leash: Leash | None = None, output: int | None = None
) -> OwnClusterProcess:
    """Returns once it can be reached. With ``output`` what the script prints goes to that file descriptor instead of
    the log. ClusterError, in its own words, when it does not start."""
    starting = daemon.launch_with_document(
        KIND,
        "sqlstream.application",
        msgspec.json.encode(deployment),
        deployment.cluster_id,
        leash=leash,
        output=output,
    )
    address = msgspec.json.decode(starting.wait(), type=ClusterAddress)
    with _PID_FILE_LOCK:
        PidFile(KIND).add(starting.process.pid)
    # Whoever starts many must not be left with what the system keeps of each that nobody waits for.
    Thread(target=starting.process.wait, name=f"cluster-{address.cluster_id[:6]}", daemon=True).start()
    return OwnClusterProcess(address, starting.log, starting.process)
