"""The configuration file: nested or dotted keys, references, and errors that name the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from sqlstream.config.loader import load_configuration
from sqlstream.config.options import NUM_SLOTS, REST_PORT
from sqlstream.errors import ConfigError


@pytest.fixture
def conf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SQLSTREAM_CONF_DIR", str(tmp_path))
    return tmp_path / "config.yaml"


def test_keys_may_be_nested_or_dotted(conf: Path) -> None:
    conf.write_text("rest:\n  port: 9000\ntaskmanager.numberOfTaskSlots: 4\nsome.flag: true\nempty:\n")
    configuration = load_configuration()
    assert configuration.option(REST_PORT) == 9000
    assert configuration.option(NUM_SLOTS) == 4
    assert configuration["some.flag"] == "true"
    assert "empty" not in configuration


def test_given_options_win_over_the_file(conf: Path) -> None:
    conf.write_text("rest.port: 9000\n")
    assert load_configuration({"rest.port": "9001"}).option(REST_PORT) == 9001


def test_the_environment_wins_over_the_file_and_given_options_over_both(
    conf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conf.write_text("rest.port: 9000\ntaskmanager.numberOfTaskSlots: 4\nparallelism.default: 2\n")
    monkeypatch.setenv("SQLSTREAM_PROPERTIES", "rest.port: 9001\ntaskmanager.numberOfTaskSlots: 8\n")
    configuration = load_configuration({"rest.port": "9002"})
    assert configuration.option(REST_PORT) == 9002
    assert configuration.option(NUM_SLOTS) == 8
    assert configuration["parallelism.default"] == "2"


def test_the_environment_is_read_as_compose_files_write_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PASSWORD", "hunter2")
    monkeypatch.setenv(
        "SQLSTREAM_PROPERTIES",
        """
          # the JobManager
        jobmanager.rpc.address: jobmanager
            execution.checkpointing.dir: s3://bucket/checkpoints
          my.password: ${PASSWORD}
        quoted: 'a: b # c'
        flag: true
        nothing:
        rest.port: 1
        rest.port: 2
        """,
    )
    configuration = load_configuration()
    assert dict(configuration) == {
        "jobmanager.rpc.address": "jobmanager",
        "execution.checkpointing.dir": "s3://bucket/checkpoints",
        "my.password": "hunter2",
        "quoted": "a: b # c",
        "flag": "true",
        "rest.port": "2",
    }
    assert "hunter2" not in repr(configuration)


@pytest.mark.parametrize("line", ["my.password=hunter2", "my.password:hunter2", "my.password: a: hunter2", "hunter2"])
def test_a_mistake_in_the_environment_names_its_line_and_no_secret(
    conf: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    conf.write_text("")
    monkeypatch.setenv("SQLSTREAM_PROPERTIES", f"rest.port: 1\n{line}\n")
    with pytest.raises(ConfigError, match=r"\$SQLSTREAM_PROPERTIES, line 2: .*\n.*'key: value'") as caught:
        load_configuration()
    assert "hunter2" not in str(caught.value)


def test_without_a_file_there_are_only_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SQLSTREAM_CONF_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    assert dict(load_configuration()) == {}


def test_references_are_resolved(conf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hush\n")
    monkeypatch.setenv("DATA", "/data")
    conf.write_text(f"dir: ${{DATA}}/in\nuser: ${{file:{secret}}}\nmy.password: file:{secret}\nuri: file:///tmp/x\n")
    assert dict(load_configuration()) == {
        "dir": "/data/in",
        "user": "hush",
        "my.password": "hush",
        "uri": "file:///tmp/x",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: ${SQLSTREAM_NOT_SET}", r"'a' refers to \$\{SQLSTREAM_NOT_SET\}, which is not set"),
        ("my.token: file:/no/such/file", "refers to the file /no/such/file, which cannot be read"),
        ("a: 1\nb: [", r"config\.yaml, line 2"),
        ("just text", "does not hold options"),
    ],
)
def test_mistakes_say_where_and_what(conf: Path, text: str, message: str) -> None:
    conf.write_text(text)
    with pytest.raises(ConfigError, match=message):
        load_configuration()


def test_a_configuration_directory_without_a_file_is_an_error(conf: Path) -> None:
    with pytest.raises(ConfigError, match="There is no file"):
        load_configuration()
