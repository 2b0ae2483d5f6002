"""Whether a process does its work: what a health check asks. Each gives a line to show, or raises SqlStreamError."""

from __future__ import annotations

import time

import msgspec

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import GATEWAY_ADDRESS, GATEWAY_PORT, HEARTBEAT_TIMEOUT, TASKMANAGER_PORT
from sqlstream.deploy.remote import RestConnection
from sqlstream.errors import ClusterError
from sqlstream.runtime.taskmanager.reachable_host import reachable_host

_PATIENCE = 5.0
"""Seconds for an answer."""


class _Overview(msgspec.Struct, rename="kebab"):
    taskmanagers: int
    slots_total: int
    slots_available: int


class _TaskManager(msgspec.Struct, rename="camel"):
    id: str
    host: str
    data_port: int
    time_since_last_heartbeat: int
    slots_number: int
    free_slots: int


class _TaskManagers(msgspec.Struct):
    taskmanagers: list[_TaskManager]


class _GatewayInfo(msgspec.Struct, rename="camel"):
    product_name: str
    version: str


def jobmanager_status(configuration: Configuration) -> str:
    """The JobManager at ``rest.address``:``rest.port`` answers."""
    connection = RestConnection(configuration, _PATIENCE)
    overview = connection.request("GET", "/overview", _Overview)
    return (
        f"The JobManager at {connection.url} answers: {overview.taskmanagers} TaskManager(s), "
        f"{overview.slots_available} of {overview.slots_total} slot(s) free."
    )


def taskmanager_status(configuration: Configuration) -> str:
    """The JobManager has heard from a TaskManager of this host within ``heartbeat.timeout``: of the one at
    ``taskmanager.rpc.port`` where that is given."""
    connection = RestConnection(configuration, _PATIENCE)
    host, port = reachable_host(configuration), configuration.option(TASKMANAGER_PORT)
    earliest = time.time() * 1000 - configuration.option(HEARTBEAT_TIMEOUT)
    heard = [
        manager
        for manager in connection.request("GET", "/taskmanagers", _TaskManagers).taskmanagers
        if manager.host == host and port in (0, manager.data_port) and manager.time_since_last_heartbeat >= earliest
    ]
    if not heard:
        where = f"{host}:{port}" if port else host
        raise ClusterError(
            f"The JobManager at {connection.url} does not hear from a TaskManager at {where}.",
            hint="Its log says whether it has found the JobManager, at jobmanager.rpc.address.",
        )
    return "\n".join(
        f"TaskManager {manager.id}: {manager.free_slots} of {manager.slots_number} slot(s) free" for manager in heard
    )


def gateway_status(configuration: Configuration) -> str:
    """The SQL gateway at its REST address answers."""
    from sqlstream.dbapi.gateway_client import GatewayClient

    url = f"http://{configuration.option(GATEWAY_ADDRESS)}:{configuration.option(GATEWAY_PORT)}"
    client = GatewayClient(url, _PATIENCE)
    try:
        info = client.ask("/info", _GatewayInfo)
    finally:
        client.close()
    return f"The SQL gateway at {url} answers: {info.product_name} {info.version}."
