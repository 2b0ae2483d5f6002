"""What each statement does to a session, seen through other statements."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import sqlstream
from sqlstream.deploy.target import JobClient
from sqlstream.errors import CatalogError, ClusterError, ConfigError, PlanError, SqlError, SqlStreamError
from sqlstream.runtime.deployment import JobStatus
from sqlstream.session.session import Session


@pytest.fixture
def session() -> Iterator[Session]:
    with sqlstream.connect({"table.local-time-zone": "UTC"}) as session:
        yield session


def names(session: Session, sql: str) -> list[str]:
    return [row[0] for row in session.sql(sql)]


def land(directory: Path, number: int) -> None:
    """A file with the row ``number`` is there, as a whole."""
    (directory / ".landing").write_text(f'{{"a": {number}}}')
    (directory / ".landing").rename(directory / f"{number}.json")


TABLE = "CREATE TABLE t (a INT NOT NULL, b STRING, PRIMARY KEY (a) NOT ENFORCED) WITH ('connector' = 'datagen')"


class TestTables:
    def test_created_tables_are_listed_and_described(self, session: Session) -> None:
        session.sql(TABLE)
        assert names(session, "SHOW TABLES") == ["t"]
        assert list(session.sql("DESCRIBE t")) == [
            ("a", "INT", False, "PRI(a)", None, None),
            ("b", "STRING", True, None, None, None),
        ]

    def test_comments_are_described_where_there_are_any(self, session: Session) -> None:
        session.sql(TABLE.replace("b STRING", "b STRING COMMENT 'it''s b'"))
        described = session.sql("DESCRIBE t")
        assert described.schema.names[-1] == "comment"
        assert [row[-1] for row in described] == [None, "it's b"]

    def test_a_second_table_of_the_name_is_refused_unless_if_not_exists(self, session: Session) -> None:
        session.sql(TABLE)
        with pytest.raises(CatalogError, match="exists already"):
            session.sql(TABLE)
        session.sql(TABLE.replace("TABLE t", "TABLE IF NOT EXISTS t"))

    def test_dropping_what_is_not_there_suggests_what_is(self, session: Session) -> None:
        session.sql(TABLE.replace("TABLE t", "TABLE orders"))
        with pytest.raises(CatalogError, match="Did you mean 'orders'"):
            session.sql("DROP TABLE order_s")
        session.sql("DROP TABLE IF EXISTS order_s")
        session.sql("DROP TABLE orders")
        assert names(session, "SHOW TABLES") == []

    def test_a_temporary_table_hides_the_permanent_one(self, session: Session) -> None:
        session.sql(TABLE)
        session.sql("CREATE TEMPORARY TABLE t (x DOUBLE) WITH ('connector' = 'blackhole')")
        assert names(session, "DESCRIBE t") == ["x"]
        session.sql("DROP TEMPORARY TABLE t")
        assert names(session, "DESCRIBE t") == ["a", "b"]

    def test_alter_table_changes_columns_and_options(self, session: Session) -> None:
        session.sql(TABLE)
        session.sql("ALTER TABLE t ADD (c BIGINT, d AS a + 1 AFTER a)")
        session.sql("ALTER TABLE t MODIFY b VARCHAR(10) FIRST")
        session.sql("ALTER TABLE t RENAME c TO e")
        session.sql("ALTER TABLE t SET ('number-of-rows' = '3')")
        assert names(session, "DESCRIBE t") == ["b", "a", "d", "e"]
        created = names(session, "SHOW CREATE TABLE t")[0]
        assert "`b` VARCHAR(10)" in created
        assert "'number-of-rows' = '3'" in created
        session.sql("ALTER TABLE t DROP e")
        session.sql("ALTER TABLE t RESET ('number-of-rows')")
        assert "number-of-rows" not in names(session, "SHOW CREATE TABLE t")[0]

    def test_a_column_in_use_cannot_be_dropped(self, session: Session) -> None:
        session.sql("CREATE TABLE t (a INT, d AS a + 1) WITH ('connector' = 'datagen')")
        with pytest.raises(CatalogError, match="used by column 'd'"):
            session.sql("ALTER TABLE t DROP a")

    def test_a_renamed_table_keeps_its_definition(self, session: Session) -> None:
        session.sql(TABLE)
        session.sql("ALTER TABLE t RENAME TO u")
        assert names(session, "SHOW TABLES") == ["u"]

    def test_like_takes_columns_and_overwrites_options(self, session: Session) -> None:
        session.sql(TABLE)
        session.sql("CREATE TABLE u (c INT) WITH ('number-of-rows' = '1') LIKE t (EXCLUDING CONSTRAINTS)")
        assert names(session, "DESCRIBE u") == ["a", "b", "c"]
        created = names(session, "SHOW CREATE TABLE u")[0]
        assert "'connector' = 'datagen'" in created
        assert "PRIMARY KEY" not in created

    def test_create_table_as_runs_its_query(self, session: Session, tmp_path: Path) -> None:
        session.set("table.dml-sync", "true")
        session.sql(
            f"CREATE TABLE u WITH ('connector' = 'filesystem', 'path' = '{tmp_path}', 'format' = 'csv') "
            "AS SELECT k, k + 1 AS next FROM (VALUES (1), (2)) AS t(k)"
        )
        assert sorted(session.sql("SELECT * FROM u")) == [(1, 2), (2, 3)]

    def test_show_create_masks_secrets_and_can_be_run_again(self, session: Session) -> None:
        session.sql("CREATE TABLE t (a INT) WITH ('connector' = 'blackhole', 'password' = 'hush')")
        created = names(session, "SHOW CREATE TABLE t")[0]
        assert "hush" not in created
        assert "'password' = '******'" in created

    def test_an_ill_defined_table_is_refused(self, session: Session) -> None:
        with pytest.raises(SqlError):
            session.sql("CREATE TABLE t (a INT, WATERMARK FOR ts AS ts) WITH ('connector' = 'datagen')")


class TestViews:
    def test_views_are_listed_described_and_queried(self, session: Session) -> None:
        session.sql("CREATE VIEW v (x) AS SELECT k + 1 FROM (VALUES (1)) AS t(k)")
        assert names(session, "SHOW VIEWS") == ["v"]
        assert list(session.sql("SELECT x FROM v")) == [(2,)]
        assert names(session, "DESCRIBE v") == ["x"]
        assert "AS SELECT k + 1" in names(session, "SHOW CREATE VIEW v")[0]

    def test_a_view_keeps_the_database_it_was_made_in(self, session: Session) -> None:
        session.sql("CREATE VIEW inner_view AS SELECT 1 AS one")
        session.sql("CREATE VIEW v AS SELECT * FROM inner_view")
        session.sql("CREATE DATABASE other")
        session.sql("USE other")
        assert list(session.sql("SELECT * FROM default_database.v")) == [(1,)]

    def test_a_view_is_no_table(self, session: Session) -> None:
        session.sql("CREATE VIEW v AS SELECT 1 AS one")
        with pytest.raises(CatalogError, match="is a view"):
            session.sql("DROP TABLE v")
        session.sql("ALTER VIEW v AS SELECT 2 AS two")
        session.sql("ALTER VIEW v RENAME TO w")
        assert names(session, "DESCRIBE w") == ["two"]
        session.sql("DROP VIEW w")
        assert names(session, "SHOW VIEWS") == []

    def test_a_wrong_query_is_refused_at_once(self, session: Session) -> None:
        with pytest.raises(SqlError, match="nowhere"):
            session.sql("CREATE VIEW v AS SELECT * FROM nowhere")


class TestCatalogs:
    def test_databases(self, session: Session) -> None:
        session.sql("CREATE DATABASE shop")
        assert names(session, "SHOW DATABASES") == ["default_database", "shop"]
        session.sql("USE shop")
        assert names(session, "SHOW CURRENT DATABASE") == ["shop"]
        session.sql(TABLE)
        session.sql("USE default_database")
        assert names(session, "SHOW TABLES FROM shop") == ["t"]
        with pytest.raises(CatalogError):
            session.sql("DROP DATABASE shop")
        session.sql("DROP DATABASE shop CASCADE")
        assert names(session, "SHOW DATABASES") == ["default_database"]

    def test_a_file_catalog_outlives_the_session(self, session: Session, tmp_path: Path) -> None:
        create = f"CREATE CATALOG c WITH ('type' = 'file', 'path' = '{tmp_path}')"
        session.sql(create)
        session.sql("USE CATALOG c")
        session.sql(TABLE)
        with sqlstream.connect() as later:
            later.sql(create)
            database = names(later, "SHOW DATABASES IN c")[0]
            assert names(later, f"SHOW TABLES IN c.{database}") == ["t"]

    def test_unknown_catalog_type_lists_what_there_is(self, session: Session) -> None:
        with pytest.raises(SqlStreamError, match="generic_in_memory"):
            session.sql("CREATE CATALOG c WITH ('type' = 'generic_in_memry')")

    def test_the_current_catalog_cannot_be_dropped(self, session: Session) -> None:
        with pytest.raises(CatalogError, match="in use"):
            session.sql("DROP CATALOG default_catalog")


class TestFunctionsAndModels:
    def test_functions_are_kept_by_scope(self, session: Session) -> None:
        session.sql("CREATE FUNCTION f AS 'module.f' LANGUAGE PYTHON")
        session.sql("CREATE TEMPORARY SYSTEM FUNCTION g AS 'module.g'")
        assert names(session, "SHOW USER FUNCTIONS") == ["f", "g"]
        session.sql("DROP FUNCTION f")
        session.sql("DROP TEMPORARY SYSTEM FUNCTION g")
        assert names(session, "SHOW USER FUNCTIONS") == []
        with pytest.raises(CatalogError):
            session.sql("DROP FUNCTION f")

    def test_built_in_functions_are_listed_and_described(self, session: Session) -> None:
        assert {"upper", "count", "abs"} <= set(names(session, "SHOW FUNCTIONS"))
        assert names(session, "SHOW FUNCTIONS LIKE 'upp%'") == ["upper"]
        described = dict(session.sql("DESCRIBE FUNCTION upper").fetchall())  # type: ignore[arg-type]
        assert described["name"] == "UPPER"

    def test_models_are_kept_and_their_secrets_masked(self, session: Session) -> None:
        session.sql(
            "CREATE MODEL m INPUT (text STRING) OUTPUT (label STRING) WITH ('provider' = 'openai', 'api-key' = 'hush')"
        )
        assert names(session, "SHOW MODELS") == ["m"]
        assert "hush" not in names(session, "SHOW CREATE MODEL m")[0]
        session.sql("ALTER MODEL m RENAME TO n")
        session.sql("DROP MODEL n")
        assert names(session, "SHOW MODELS") == []


class TestSettings:
    def test_set_shows_and_reset_takes_back(self, session: Session) -> None:
        session.sql("SET 'parallelism.default' = '2'")
        assert ("parallelism.default", "2") in list(session.sql("SET"))
        session.sql("RESET 'parallelism.default'")
        assert "parallelism.default" not in names(session, "SET")

    def test_reset_keeps_what_the_session_started_with(self, session: Session) -> None:
        session.sql("SET 'table.local-time-zone' = 'Asia/Tokyo'")
        session.sql("RESET")
        assert session.time_zone == "UTC"

    def test_a_value_of_the_wrong_type_is_refused(self, session: Session) -> None:
        with pytest.raises(ConfigError, match="streaming, batch"):
            session.sql("SET 'execution.runtime-mode' = 'bach'")

    def test_secrets_are_masked(self, session: Session) -> None:
        session.sql("SET 'my.password' = 'hush'")
        assert ("my.password", "******") in list(session.sql("SET"))


class TestJobs:
    def test_finished_jobs_are_listed(self, session: Session) -> None:
        session.sql("SELECT 1").fetchall()
        assert [row[2] for row in session.sql("SHOW JOBS")] == ["FINISHED"]

    def test_an_unbounded_job_is_stopped(self, session: Session) -> None:
        session.sql("CREATE TABLE s (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '10')")
        session.sql("CREATE TABLE d (a INT) WITH ('connector' = 'blackhole')")
        job = session.sql("INSERT INTO d SELECT * FROM s").job
        assert job is not None
        session.sql(f"STOP JOB '{job.job_id}'")
        assert [row[2] for row in session.sql("SHOW JOBS")] == ["CANCELED"]

    def test_a_job_is_stopped_with_a_savepoint_and_gone_on_with(self, session: Session, tmp_path: Path) -> None:
        (tmp_path / "in").mkdir()
        land(tmp_path / "in", 1)
        session.sql(
            "CREATE TABLE s (a INT) WITH ('connector' = 'filesystem', 'format' = 'json', "
            f"'path' = '{tmp_path}/in', 'source.monitor-interval' = '20 ms')"
        )
        session.sql(
            f"CREATE TABLE d (a INT) WITH ('connector' = 'filesystem', 'format' = 'json', 'path' = '{tmp_path}/out')"
        )
        session.set("execution.checkpointing.interval", "50 ms")
        session.set("execution.checkpointing.dir", str(tmp_path / "checkpoints"))
        session.set("execution.checkpointing.savepoint-dir", str(tmp_path / "savepoints"))

        def read(rows: int) -> JobClient:
            """A job that has read that many rows."""
            job = session.sql("INSERT INTO d SELECT * FROM s").job
            assert job is not None
            while sum(task.records_in for _, _, tasks in job.progress().vertices for task in tasks) < rows:
                assert job.wait(0.02) is JobStatus.RUNNING
            return job

        ((path,),) = session.sql(f"STOP JOB '{read(1).job_id}' WITH SAVEPOINT")
        assert Path(path).parent == tmp_path / "savepoints"
        session.set("execution.state-recovery.path", path)
        land(tmp_path / "in", 2)
        session.sql(f"STOP JOB '{read(1).job_id}' WITH SAVEPOINT WITH DRAIN")
        assert [row[2] for row in session.sql("SHOW JOBS")] == ["FINISHED", "FINISHED"]
        session.reset()
        assert sorted(session.sql("SELECT * FROM d")) == [(1,), (2,)]

    def test_draining_needs_a_savepoint(self, session: Session) -> None:
        session.sql("CREATE TABLE s (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '10')")
        session.sql("CREATE TABLE d (a INT) WITH ('connector' = 'blackhole')")
        job = session.sql("INSERT INTO d SELECT * FROM s").job
        assert job is not None
        with pytest.raises(PlanError, match="WITH SAVEPOINT WITH DRAIN"):
            session.sql(f"STOP JOB '{job.job_id}' WITH DRAIN")

    def test_a_statement_set_is_one_job(self, session: Session, tmp_path: Path) -> None:
        for name in ("x", "y"):
            session.sql(
                f"CREATE TABLE {name} (a INT) WITH "
                f"('connector' = 'filesystem', 'path' = '{tmp_path}/{name}', 'format' = 'json')"
            )
        session.sql("EXECUTE STATEMENT SET BEGIN INSERT INTO x VALUES (1), (2); INSERT INTO y SELECT 3; END").wait()
        assert sorted(session.sql("SELECT a FROM x")) == [(1,), (2,)]
        assert list(session.sql("SELECT a FROM y")) == [(3,)]
        assert len(session.jobs) == 3


class TestResults:
    def test_arrow_has_the_final_rows(self, session: Session) -> None:
        table = session.sql("SELECT k, COUNT(*) AS n FROM (VALUES (1), (2), (2)) AS t(k) GROUP BY k").to_arrow()
        assert sorted(zip(*table.to_pydict().values(), strict=True)) == [(1, 1), (2, 2)]

    def test_rows_know_their_kind(self, session: Session) -> None:
        rows = session.sql("SELECT COUNT(*) FROM (VALUES (1), (2)) AS t(k)").fetchall()
        assert [(row.kind.short, *row) for row in rows] == [("+I", 1), ("-U", 1), ("+U", 2)]

    def test_the_statements_before_a_mistake_have_run(self, session: Session) -> None:
        with pytest.raises(SqlError) as caught:
            session.sql("CREATE VIEW v AS SELECT 1 AS one;\nSELECT * FRM v;")
        assert caught.value.position is not None
        assert caught.value.position.line == 2
        assert names(session, "SHOW VIEWS") == ["v"]

    def test_a_failed_job_says_what_failed_and_what_to_do(self, session: Session, tmp_path: Path) -> None:
        (tmp_path / "t.csv").write_text("1\nx\n")
        session.sql(
            f"CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'path' = '{tmp_path}', 'format' = 'csv')"
        )
        with pytest.raises(ClusterError) as caught:
            session.sql("SELECT a FROM t").fetchall()
        what, what_to_do = str(caught.value).splitlines()
        assert what.endswith("t.csv, line 2, column 'a': cannot read 'x' as INT.")
        assert "csv.ignore-parse-errors" in what_to_do


class TestOptions:
    def test_a_relative_path_means_the_directory_of_whoever_plans(
        self, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "rows.csv").write_text("1\n")
        monkeypatch.chdir(tmp_path)
        session.sql("CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'path' = 'rows.csv', 'format' = 'csv')")
        plan = session.sql("EXPLAIN JSON_EXECUTION_PLAN SELECT a FROM t").fetchall()[0][0]
        assert f'"path":"{tmp_path}/rows.csv"' in plan

    @pytest.mark.parametrize(
        ("options", "what", "what_to_do"),
        [
            ("'connector' = 'filesystm'", "Unknown connector 'filesystm'.", "Did you mean 'filesystem'?"),
            ("'connector' = 'datagen', 'number-of-row' = '1'", "'number-of-row'", "number-of-rows"),
            ("'connector' = 'filesystem', 'path' = 'x', 'format' = 'cvs'", "'cvs'", "csv"),
        ],
    )
    def test_a_wrong_option_names_the_table_and_what_was_meant(
        self, session: Session, options: str, what: str, what_to_do: str
    ) -> None:
        session.sql(f"CREATE TABLE t (a INT) WITH ({options})")
        with pytest.raises(SqlStreamError) as caught:
            session.sql("SELECT * FROM t")
        first, second = str(caught.value).splitlines()[:2]
        assert first.startswith("Table 'default_catalog.default_database.t': ")
        assert what in first
        assert what_to_do in second
