"""What a cluster of its own is told."""

from __future__ import annotations

import pytest

from sqlstream.config.configuration import Configuration
from sqlstream.deploy.cluster_deployment import cluster_id, own_cluster
from sqlstream.errors import ConfigError

SESSIONS = Configuration({"rest.port": "8081", "jobmanager.rpc.port": "6123", "taskmanager.rpc.port": "6122", "x": "1"})


def test_the_ports_of_the_session_s_cluster_are_left_to_it() -> None:
    options = own_cluster(SESSIONS, {"rest.port": "9999"}, None).options
    assert {key: value for key, value in options.items() if key.endswith("port")} == {
        "rest.port": "9999",
        "jobmanager.rpc.port": "0",
        "taskmanager.rpc.port": "0",
    }
    assert options["x"] == "1"


def test_there_is_time_to_start_task_managers_unless_told_otherwise() -> None:
    assert own_cluster(SESSIONS, {}, None).options["slot.request.timeout"] == "5 min"
    given = SESSIONS.with_({"slot.request.timeout": "1 s"})
    assert own_cluster(given, {}, None).options["slot.request.timeout"] == "1 s"


def test_an_id_of_a_session_s_cluster_is_not_that_of_this_one() -> None:
    configured = SESSIONS.with_({"high-availability.cluster-id": "theirs"})
    first, second = (own_cluster(configured, {}, None).cluster_id for _ in range(2))
    assert len({first, second, "theirs"}) == 3
    assert own_cluster(configured, {"high-availability.cluster-id": "mine"}, None).cluster_id == "mine"


@pytest.mark.parametrize("given", ["", ".", "..", "a/b", "/etc", "a b", "-x", "x" * 101, "a\n"])
def test_an_id_is_fit_for_a_file_s_name(given: str) -> None:
    with pytest.raises(ConfigError, match=r"is no 'high-availability\.cluster-id'"):
        cluster_id(given)
