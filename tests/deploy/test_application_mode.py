"""A script on a cluster of its own: statements in order, and nothing left when it has ended, however it ends."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from own_cluster import Application, Place, WatchedProcess, place

pytestmark = pytest.mark.timeout(300)

ROWS = 16_000


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Place]:
    with place(tmp_path) as opened:
        yield opened


def script(directory: Path, text: str) -> Path:
    file = directory / "script.sql"
    file.write_text(text)
    return file


def csv(name: str, columns: str, path: Path) -> str:
    return f"CREATE TABLE {name} ({columns}) WITH ('connector' = 'filesystem', 'path' = '{path}', 'format' = 'csv');\n"


def numbers(name: str = "numbers", rows: int = ROWS, rate: int = 2_000) -> str:
    return (
        f"CREATE TABLE {name} (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '{rate}', "
        f"'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '{rows}');\n"
    )


ENDLESS = (
    "CREATE TABLE endless (n INT) WITH ('connector' = 'datagen', 'rows-per-second' = '10');\n"
    "CREATE TABLE nowhere (n INT) WITH ('connector' = 'blackhole');\n"
)


def checkpointed(directory: Path) -> list[str]:
    given = {
        "execution.checkpointing.interval": "200 ms",
        "execution.checkpointing.dir": f"{directory}/checkpoints",
        "restart-strategy.type": "fixed-delay",
        "restart-strategy.fixed-delay.attempts": "10",
        "restart-strategy.fixed-delay.delay": "100 ms",
    }
    return [argument for key, value in given.items() for argument in ("-D", f"{key}={value}")]


def lines(directory: Path) -> list[int]:
    """The numbers in the visible files of a CSV table, sorted."""
    files = (file for file in directory.rglob("*") if file.is_file() and not file.name.startswith((".", "_")))
    return sorted(int(line) for file in files for line in file.read_text().split())


def all_ended(processes: list[WatchedProcess]) -> bool:
    return all(process.has_ended() for process in processes)


def test_two_inserts_and_a_batch_statement_run_in_order_and_survive_a_killed_task_manager(
    here: Place, tmp_path: Path
) -> None:
    file = script(
        tmp_path,
        "SET 'table.dml-sync' = 'true';\n"
        + numbers()
        + csv("first", "n BIGINT", tmp_path / "first")
        + csv("second", "n BIGINT", tmp_path / "second")
        + "INSERT INTO first SELECT n FROM numbers WHERE MOD(n, 2) = 0;\n"
        "INSERT INTO second SELECT n * 10 FROM first;\n"
        "SET 'execution.runtime-mode' = 'batch';\n"
        "SELECT COUNT(*) AS c, COUNT(DISTINCT n) AS d, SUM(n) AS s FROM second;\n",
    )
    application = Application(here, file, *checkpointed(tmp_path))
    job = application.next_job()
    application.checkpoint(job)
    before = application.task_managers()
    assert len(before) == 1
    before[0].kill()
    application.until("sqlstream> INSERT INTO second")
    assert application.get(f"/jobs/{job}/metrics", get="numRestarts")[0]["value"] == "1"
    after = application.task_managers()
    assert len(after) == 1
    assert application.wait() == 0
    evens = ROWS // 2
    assert re.search(rf"\| +{evens} \| +{evens} \| +{10 * evens * (evens + 1)} \|", application.printed)
    assert lines(tmp_path / "first") == list(range(2, ROWS + 1, 2))
    assert lines(tmp_path / "second") == list(range(20, 10 * ROWS + 1, 20))
    assert application.printed.count("is FINISHED.") == 3
    assert application.printed.endswith("The application is SUCCEEDED.\n")
    assert all_ended([application.job_manager, *before, *after])
    with pytest.raises(httpx.ConnectError):
        application.get("/overview")


def test_cancelling_one_job_ends_the_application_and_the_others(here: Place, tmp_path: Path) -> None:
    file = script(tmp_path, ENDLESS + "INSERT INTO nowhere SELECT n FROM endless;\n" * 2)
    application = Application(here, file)
    first, second = application.next_job(), application.next_job()
    application.cancel(second)
    assert application.wait() == 0
    assert f"({first}) is CANCELED." in application.printed
    assert f"({second}) is CANCELED." in application.printed
    assert application.printed.endswith("The application is CANCELED.\n")
    assert application.job_manager.has_ended()


def test_statements_after_a_cancelled_job_are_left_out(here: Place, tmp_path: Path) -> None:
    file = script(
        tmp_path,
        "SET 'table.dml-sync' = 'true';\n" + ENDLESS + "INSERT INTO nowhere SELECT n FROM endless;\nSHOW TABLES;\n",
    )
    application = Application(here, file)
    job = application.next_job()
    cancelled = here.sqlstream("cancel", job, "-m", application.url.removeprefix("http://"))
    assert cancelled.returncode == 0, cancelled.stderr
    assert f"Job {job} is CANCELED." in cancelled.stdout
    assert application.wait() == 0
    assert "SHOW TABLES" not in application.printed
    assert application.printed.endswith("The application is CANCELED.\n")


def test_a_statement_that_fails_is_quoted_and_fails_the_application(here: Place, tmp_path: Path) -> None:
    file = script(
        tmp_path,
        ENDLESS + "INSERT INTO nowhere SELECT n FROM endless;\nSELECT\n  nope FROM endless;\nSHOW TABLES;\n",
    )
    application = Application(here, file)
    job = application.next_job()
    assert application.wait() == 1
    assert (
        f"[ERROR] Could not execute the statement at line 4 of {file}, 'SELECT nope FROM endless'. Reason:\n"
        in application.printed
    )
    assert f"({job}) is CANCELED." in application.printed
    assert "SHOW TABLES" not in application.printed
    assert application.printed.endswith("The application is FAILED.\n")
    assert application.job_manager.has_ended()


def test_a_statement_that_cannot_be_read_is_quoted_after_those_before_it_have_run(here: Place, tmp_path: Path) -> None:
    file = script(tmp_path, "SHOW DATABASES;\n\nSELECT 1 FROM\nWHERE;\nSHOW TABLES;\n")
    application = Application(here, file)
    assert application.wait() == 1
    assert "| default_database |" in application.printed
    assert f"the statement at line 3 of {file}, 'SELECT 1 FROM WHERE'. Reason:\n" in application.printed
    assert "(line 4, column 1)\n  WHERE;\n  ^" in application.printed
    assert "SHOW TABLES" not in application.printed


def test_a_job_that_fails_fails_the_application_with_its_cause(here: Place, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("1\nnone\n")
    file = script(
        tmp_path,
        ENDLESS
        + csv("text", "n INT", tmp_path / "text")
        + "INSERT INTO nowhere SELECT n FROM endless;\nINSERT INTO nowhere SELECT n FROM text;\n",
    )
    application = Application(here, file)
    first, second = application.next_job(), application.next_job()
    assert application.wait() == 1
    assert f"({first}) is CANCELED." in application.printed
    assert re.search(rf"\({second}\) is FAILED\.\n\[ERROR\] Job .* failed: .*none", application.printed)
    assert application.printed.endswith("The application is FAILED.\n")


def test_each_job_gets_the_task_managers_that_it_needs(here: Place, tmp_path: Path) -> None:
    file = script(tmp_path, ENDLESS + "INSERT INTO nowhere SELECT n FROM endless;\n")
    application = Application(here, file, "-p", "2", *checkpointed(tmp_path))
    application.checkpoint(application.next_job())
    assert len(application.task_managers()) == 2
    for process in (application.job_manager, *application.task_managers()):
        sockets = psutil.Process(process.pid).net_connections(kind="inet")
        assert {c.laddr.ip.removeprefix("::ffff:") for c in sockets if c.status == psutil.CONN_LISTEN} == {"127.0.0.1"}
    application.process.send_signal(signal.SIGKILL)
    here.sqlstream("standalone-job", "stop")


def test_task_managers_end_with_a_jobmanager_that_is_killed(here: Place, tmp_path: Path) -> None:
    file = script(tmp_path, ENDLESS + "INSERT INTO nowhere SELECT n FROM endless;\n")
    application = Application(here, file, *checkpointed(tmp_path))
    application.checkpoint(application.next_job())
    workers = application.task_managers()
    application.job_manager.kill()
    assert all_ended(workers)
    assert application.wait() not in (0, 1)


@pytest.mark.parametrize("killed", [True, False])
def test_the_next_jobmanager_of_the_cluster_goes_on_and_repeats_no_job(
    killed: bool, here: Place, tmp_path: Path
) -> None:
    file = script(
        tmp_path,
        csv("done", "n INT", tmp_path / "done")
        + csv("sums", "n BIGINT", tmp_path / "sums")
        + numbers()
        + "SET 'table.dml-sync' = 'true';\n"
        "SET 'execution.runtime-mode' = 'batch';\n"
        "INSERT OVERWRITE done VALUES (1), (2);\n"
        "SET 'execution.runtime-mode' = 'streaming';\n"
        "SET 'table.dml-sync' = 'false';\n"
        "INSERT INTO sums SELECT n FROM numbers;\n",
    )
    options = [
        *checkpointed(tmp_path),
        *("-D", f"jobmanager.storage={tmp_path}/storage", "-D", "high-availability.cluster-id=nightly"),
    ]
    application = Application(here, file, *options)
    done, sums = application.next_job(), application.next_job()
    application.checkpoint(sums)
    workers = application.task_managers()
    if killed:
        application.job_manager.kill()
        application.wait()
    else:
        assert here.sqlstream("standalone-job", "stop").returncode == 0
        assert application.wait() == 0
        assert application.printed.endswith("The application is UNKNOWN.\n")
    assert all_ended(workers)

    kept = sorted(path.name for path in (tmp_path / "storage").rglob(f"{sums}/checkpoints/*.json"))
    assert kept
    later = Application(here, file, *options)
    assert later.cluster_id == "nightly"
    assert later.next_job() == done
    later.until("FINISHED before the JobManager was started anew")
    assert later.next_job() == sums
    later.checkpoint(sums)
    assert later.get(f"/jobs/{sums}/checkpoints")["latest"]["restored"] is not None, f"{kept}\n{here.logs()}"
    assert later.wait() == 0
    assert later.printed.endswith("The application is SUCCEEDED.\n")
    assert lines(tmp_path / "done") == [1, 2]
    assert lines(tmp_path / "sums") == list(range(1, ROWS + 1))
    assert list((tmp_path / "storage").iterdir()) == []


def test_a_cluster_id_belongs_to_one_script(here: Place, tmp_path: Path) -> None:
    options = ["-D", f"jobmanager.storage={tmp_path}/storage", "-D", "high-availability.cluster-id=nightly"]
    application = Application(
        here, script(tmp_path, ENDLESS + "INSERT INTO nowhere SELECT n FROM endless;\n"), *options
    )
    application.next_job()
    application.job_manager.kill()
    application.wait()
    other = here.sqlstream(
        "run-application", "-t", "local-application", *options, str(script(tmp_path, "SHOW TABLES;"))
    )
    assert other.returncode == 1
    assert "nightly' has the jobs of another script." in other.stderr
    assert "Traceback" not in other.stderr


def test_run_takes_application_targets_too_and_tells_programs_where_it_is(here: Place, tmp_path: Path) -> None:
    file = script(tmp_path, "SHOW DATABASES;\nSELECT nope;\n")
    ran = here.sqlstream("run", "-t", "local-application", "--json", str(file))
    assert ran.returncode == 1
    told = json.loads(ran.stdout)
    assert told["rest-url"].startswith("http://127.0.0.1:")
    assert told["cluster-id"] in told["log"]
    assert told["exit-code"] == 1
    assert "| default_database |" in ran.stderr
    assert "The application is FAILED." in ran.stderr


@pytest.mark.parametrize("ends", [True, False])
def test_ctrl_c_ends_the_application_only_if_it_is_to(ends: bool, here: Place, tmp_path: Path) -> None:
    file = script(tmp_path, ENDLESS + "INSERT INTO nowhere SELECT n FROM endless;\n")
    application = Application(here, file, *(["-sae"] if ends else []))
    job = application.next_job()
    application.process.send_signal(signal.SIGINT)
    if ends:
        application.wait()
        assert application.printed.endswith("The application is CANCELED.\n")
    else:
        assert application.process.wait(60) == 130
        assert application.get(f"/jobs/{job}")["state"] in ("CREATED", "RUNNING")
        assert here.sqlstream("standalone-job", "stop").returncode == 0
    assert application.job_manager.has_ended()


def test_without_waiting_the_log_has_what_the_script_gave(here: Place, tmp_path: Path) -> None:
    started = here.sqlstream(
        *("run-application", "-t", "local-application", "-D", "execution.runtime-mode=batch"),
        str(script(tmp_path, "SET 'my.password' = 'tiger';\nSELECT 40 + 2 AS answer;\n")),
    )
    assert started.returncode == 0, started.stderr
    assert re.search(r"Cluster ID: \w+\nWatch it: http://", started.stdout)
    assert all_ended(here.job_managers())
    log = re.search(r"log (\S+)", started.stdout)
    assert log
    printed = Path(log[1]).read_text()
    assert "| answer |\n+--------+\n|     42 |\n" in printed
    assert "SET 'my.password' = '******';" in printed
    assert "tiger" not in printed


def test_the_cluster_stays_to_be_looked_at_where_that_is_wanted(here: Place, tmp_path: Path) -> None:
    options = ("-D", "execution.shutdown-on-application-finish=false", "-D", "my.password=tiger")
    application = Application(here, script(tmp_path, "SELECT 40 + 2 AS answer;\n"), *options)
    job = application.next_job()
    application.until("The application is SUCCEEDED.")
    assert application.get(f"/jobs/{job}")["state"] == "FINISHED"
    for process in (application.job_manager, *application.task_managers()):
        assert "tiger" not in " ".join(psutil.Process(process.pid).cmdline())
    assert httpx.delete(f"{application.url}/cluster").status_code == 200
    assert application.wait() == 0
    assert application.job_manager.has_ended()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["-t", "remote"],
            "'execution.target' = 'remote' takes no script in application mode.\nThere is: local-application.",
        ),
        (
            ["-t", "local-application", "-D", "high-availability.cluster-id=../up"],
            "'../up' is no 'high-availability.cluster-id'.",
        ),
        (["-t", "local-application", "-D", "rest.bind-address=nowhere.invalid"], "Cannot listen on nowhere.invalid"),
    ],
)
def test_what_cannot_be_deployed_is_told_in_a_line_or_two(
    arguments: list[str], told: str, here: Place, tmp_path: Path
) -> None:
    refused = here.sqlstream("run-application", *arguments, str(script(tmp_path, "SHOW TABLES;")))
    assert refused.returncode == 1
    assert told in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not here.job_managers()


def test_a_script_that_is_not_there_is_told(here: Place, tmp_path: Path) -> None:
    refused = here.sqlstream("run-application", "-t", "local-application", str(tmp_path / "none.sql"))
    assert refused.returncode == 1
    assert "Cannot read" in refused.stderr
