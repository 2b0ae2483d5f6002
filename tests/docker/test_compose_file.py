"""``docker-compose.yml`` asks for what there is: commands, options, ports, files."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from sqlstream.session.options import settable_options
from tests.docker.compose_file import ROOT, Service, services
from tests.docker.dockerfile import values
from tests.docs.test_page_commands import check_arguments

SERVICES = services()
ROLES = ("jobmanager", "taskmanager", "sql-gateway", "standalone-job")
PROFILES = [[], ["client"], ["application"], ["client", "application"]]


def compose() -> list[str] | None:
    """The command of Compose 2, as a plug-in or by itself."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]):
            version = subprocess.run([*command, "version", "--short"], capture_output=True, text=True, check=False)
            if version.returncode == 0 and not version.stdout.startswith("1."):
                return command
    return None


@pytest.mark.parametrize("profiles", PROFILES, ids=lambda profiles: " ".join(profiles) or "default")
def test_compose_accepts_it(profiles: list[str]) -> None:
    command = compose()
    if command is None:
        pytest.skip("Compose 2 is not installed")
    chosen = [argument for profile in profiles for argument in ("--profile", profile)]
    done = subprocess.run(
        [*command, *chosen, "config", "--services"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    wanted = {name for name, service in SERVICES.items() if not service.profiles or set(service.profiles) & {*profiles}}
    assert set(done.stdout.split()) == wanted


def test_there_are_the_services_of_a_cluster_and_the_profiles() -> None:
    by_profile = {
        profile: {name for name, service in SERVICES.items() if profile in (service.profiles or [""])}
        for profile in ("", "client", "application")
    }
    assert by_profile == {
        "": {"jobmanager", "taskmanager", "sql-gateway"},
        "client": {"sql-client"},
        "application": {"application", "application-taskmanager"},
    }


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_a_service_runs_a_verb_with_options_that_there_are(service: Service) -> None:
    verb, *arguments = service.command
    check_arguments([verb, "start-foreground", *arguments] if verb in ROLES else [verb, *arguments])
    assert set(service.options) <= set(settable_options())
    for key, value in service.options.items():
        settable_options()[key].parse(value)


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_a_published_port_is_reached_from_this_machine_alone(service: Service) -> None:
    (exposed,) = values("EXPOSE")
    for port in service.definition.get("ports", []):
        host, _, container = port.split(":")
        assert host == "127.0.0.1"
        assert container in exposed.split()


def test_processes_listen_where_others_look_for_them() -> None:
    listens = {
        "jobmanager.rpc.address": "jobmanager.bind-host",
        "rest.address": "rest.bind-address",
        "sql-gateway.endpoint.rest.address": "sql-gateway.endpoint.rest.bind-address",
    }
    sought = {(key, value) for service in SERVICES.values() for key, value in service.options.items() if key in listens}
    for key, name in sought:
        assert SERVICES[name].options[listens[key]] == "0.0.0.0"
        assert SERVICES[name].options[key] == name


def test_task_managers_can_be_scaled() -> None:
    for name in ("taskmanager", "application-taskmanager"):
        definition = SERVICES[name].definition
        assert not {"container_name", "hostname", "ports"} & set(definition)
        assert "taskmanager.rpc.port" not in SERVICES[name].options
        assert "taskmanager.host" not in SERVICES[name].options


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_state_is_shared_and_scripts_are_there(service: Service) -> None:
    state, scripts = service.definition["volumes"]
    assert state == "data:/data"
    host, container, mode = scripts.split(":")
    assert (container, mode) == ("/scripts", "ro")
    assert list((ROOT / host).glob("*.sql"))


def test_who_depends_on_another_waits_until_it_is_healthy() -> None:
    waits = {name: service.definition.get("depends_on", {}) for name, service in SERVICES.items()}
    healthy = {"condition": "service_healthy"}
    assert waits["taskmanager"] == waits["sql-gateway"] == {"jobmanager": healthy}
    assert waits["sql-client"] == {"sql-gateway": healthy}
    assert values("HEALTHCHECK")
