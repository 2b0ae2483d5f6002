"""``python -m sqlstream.application``: a cluster of its own, told on standard input what for."""

from __future__ import annotations

import sys

import msgspec

from sqlstream.application.own_cluster import run_own_cluster
from sqlstream.deploy.cluster_deployment import ClusterAddress, ClusterDeployment
from sqlstream.deploy.daemon import announce
from sqlstream.errors import SqlStreamError


def _announce(address: ClusterAddress) -> None:
    announce(msgspec.json.encode(address).decode())


def main() -> None:
    deployment = msgspec.json.decode(sys.stdin.buffer.read(), type=ClusterDeployment)
    try:
        status = run_own_cluster(deployment, _announce)
    except SqlStreamError as error:
        print(f"[ERROR] {error}", file=sys.stderr)
        sys.exit(1)
    sys.exit(status.exit_code)


if __name__ == "__main__":
    main()
